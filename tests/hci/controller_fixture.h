// A Controller on a FakeController, in virtual time.

#ifndef BONDD_TESTS_HCI_CONTROLLER_FIXTURE_H_
#define BONDD_TESTS_HCI_CONTROLLER_FIXTURE_H_

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "hci/controller.h"
#include "hci/l2cap.h"
#include "tests/hci/fake_controller.h"

namespace bondd::hci::testing {

class ControllerTest : public ::testing::Test {
 protected:
  static constexpr uint16_t kHandle = 0x0040;
  static constexpr uint16_t kOtherHandle = 0x0041;
  static constexpr Duration kTimeout = std::chrono::seconds(20);

  void TearDown() override {
    EXPECT_EQ(fake_.violations(), std::vector<std::string>());
  }

  // Lets the two talk until nothing more is to be said.
  void Run() {
    bool lost = false;
    do {
      controller_.OnReadable(now_);
      for (Event& event : controller_.TakeEvents()) {
        lost = lost || std::holds_alternative<Lost>(event);
        events_.push_back(std::move(event));
      }
    } while (fake_.has_more() && !lost);
  }

  // Time passes; every deadline in between is kept.
  void Pass(Duration duration) {
    const Time end = now_ + duration;
    for (auto due = controller_.Deadline(); due && *due <= end;
         due = controller_.Deadline()) {
      now_ = std::max(now_, *due);
      controller_.OnDeadline(now_);
      Run();
    }
    now_ = end;
    Run();
  }

  void StartUp() {
    controller_.Start(now_);
    Run();
    ASSERT_TRUE(TakeOnly<Ready>().has_value());
    fake_.TakeCommands();
  }

  // The one event that there is since the last look; nothing (and a failure)
  // when it is another, or not one.
  template <typename T>
  std::optional<T> TakeOnly() {
    std::vector<Event> events = std::exchange(events_, {});
    EXPECT_EQ(events.size(), 1u);
    if (events.size() != 1 || !std::holds_alternative<T>(events[0])) {
      ADD_FAILURE() << "not the expected event";
      return std::nullopt;
    }
    return std::move(std::get<T>(events[0]));
  }

  void ExpectNoEvent() {
    EXPECT_TRUE(events_.empty());
    events_.clear();
  }

  LinkId BringUpPeripheralLink(uint16_t handle = kHandle) {
    EXPECT_TRUE(controller_.StartAdvertising({}, now_).has_value());
    Run();
    fake_.ConnectAsPeripheral(handle, PeerAddress());
    Run();
    const auto up = TakeOnly<LinkUp>();
    fake_.TakeCommands();
    return up ? up->link : LinkId{0};
  }

  LinkId BringUpCentralLink(uint16_t handle = kHandle,
                            const DeviceAddress& peer = PeerAddress()) {
    controller_.Connect(peer, kTimeout, now_);
    Run();
    fake_.ConnectAsCentral(handle, peer);
    Run();
    const auto up = TakeOnly<LinkUp>();
    fake_.TakeCommands();
    return up ? up->link : LinkId{0};
  }

  // The payload of the only frame that was written, in one packet.
  std::optional<L2capFrame> TakeOnlyFrame() {
    const std::vector<Bytes> packets = fake_.TakeAcl();
    EXPECT_EQ(packets.size(), 1u);
    if (packets.size() != 1) return std::nullopt;
    Reader reader(packets[0]);
    reader.U32();  // handle, flags, length
    const uint16_t length = reader.U16();
    L2capFrame frame{.cid = reader.U16(), .payload = {}};
    const ByteView rest = reader.Rest();
    EXPECT_EQ(rest.size(), length);
    frame.payload.assign(rest.begin(), rest.end());
    return frame;
  }

  FakeController fake_;
  Controller controller_{fake_};
  Time now_{std::chrono::hours(1)};
  std::vector<Event> events_;
};

}  // namespace bondd::hci::testing

#endif  // BONDD_TESTS_HCI_CONTROLLER_FIXTURE_H_
