// Whatever a controller sends, the host neither breaks nor grows.

#include <random>

#include "tests/hci/controller_fixture.h"

namespace bondd::hci::testing {
namespace {

class RobustnessTest : public ControllerTest {
 protected:
  // The fake controller is fed nonsense here: what it makes of the host's
  // commands proves nothing.
  void TearDown() override {}
};

TEST_F(RobustnessTest, IgnoresVendorAndUnknownEvents) {
  StartUp();
  constexpr auto kVendor = static_cast<EventCode>(0xFF);
  constexpr auto kUnknown = static_cast<EventCode>(0x7E);
  constexpr uint8_t kUnknownSubevent = 0x77;
  fake_.SendEvent(EventPacketOf(kVendor, Bytes(20)));
  fake_.SendEvent(EventPacketOf(kUnknown, {}));
  fake_.SendEvent(EventPacketOf(EventCode::kLeMeta, Bytes{kUnknownSubevent}));
  fake_.SendEvent(EventPacketOf(EventCode::kLeMeta, {}));
  Run();
  ExpectNoEvent();
}

TEST_F(RobustnessTest, SurvivesEveryEventWithRandomParameters) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> octet(0, 255);
  StartUp();
  BringUpPeripheralLink();
  for (int round = 0; round < 20'000; ++round) {
    const auto code = static_cast<EventCode>(octet(random));
    // It would end the game.
    if (code == EventCode::kHardwareError) continue;
    Bytes parameters(static_cast<size_t>(octet(random) % 40));
    for (uint8_t& value : parameters) {
      value = static_cast<uint8_t>(octet(random));
    }
    if (!parameters.empty() && round % 2 == 0) {
      parameters[0] = static_cast<uint8_t>(parameters[0] % 12);
    }
    fake_.SendEvent(
        EventPacketOf(round % 2 == 0 ? EventCode::kLeMeta : code, parameters));
    Run();
    events_.clear();
  }
  // It still takes what makes sense.
  fake_.SendEvent(
      ConnectionCompleteEvent(kOtherHandle, Role::kPeripheral, PeerAddress()));
  Run();
  bool is_up = false;
  for (const Event& event : events_) {
    const auto* up = std::get_if<LinkUp>(&event);
    is_up = is_up || (up != nullptr && up->handle == kOtherHandle);
  }
  EXPECT_TRUE(is_up);
}

TEST_F(RobustnessTest, SurvivesRandomAclData) {
  std::mt19937 random(2);
  std::uniform_int_distribution<int> octet(0, 255);
  StartUp();
  BringUpPeripheralLink();
  for (int round = 0; round < 20'000; ++round) {
    Bytes data(static_cast<size_t>(octet(random) % 40));
    for (uint8_t& value : data) value = static_cast<uint8_t>(octet(random) % 8);
    fake_.SendAcl(
        AclPacketOf(kHandle, static_cast<uint8_t>(octet(random) % 4), data));
    fake_.SendEvent(CompletedPacketsEvent(kHandle, 4));
    Run();
    fake_.TakeAcl();
    events_.clear();
  }
  // The link still works.
  fake_.SendAcl(FramePacket(kHandle, kCidSmp, Bytes{0x0B, 0x01}));
  Run();
  EXPECT_TRUE(TakeOnly<SmpPduReceived>().has_value());
}

TEST_F(RobustnessTest, ReadsABoundedAmountAtOnce) {
  StartUp();
  constexpr auto kVendor = static_cast<EventCode>(0xFF);
  for (int i = 0; i < 1000; ++i) fake_.SendEvent(EventPacketOf(kVendor, {}));
  EXPECT_TRUE(controller_.OnReadable(now_));
  EXPECT_TRUE(fake_.has_more());
}

}  // namespace
}  // namespace bondd::hci::testing
