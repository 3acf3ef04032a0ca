// Two hosts on the simulated radio, with controllers that are awkward in ways
// that the scripted one is not.

#include <gtest/gtest.h>

#include "hci/controller.h"
#include "sim/air.h"
#include "tests/hci/packets.h"

namespace bondd::hci::testing {
namespace {

using std::chrono::seconds;

// One host with its controller.
struct Station {
  Station(sim::Air& air, const sim::ControllerOptions& options, Time now)
      : transport(air.AddController(options, now)), host(*transport) {
    host.Start(now);
  }

  void Turn(Time now) {
    const std::optional<Time> due = host.Deadline();
    if (due && *due <= now) host.OnDeadline(now);
    while (host.OnReadable(now)) {
    }
    for (Event& event : host.TakeEvents()) events.push_back(std::move(event));
  }

  template <typename T>
  const T* Find() const {
    for (const Event& event : events) {
      if (const T* found = std::get_if<T>(&event)) return found;
    }
    return nullptr;
  }

  std::unique_ptr<sim::VirtualController> transport;
  Controller host;
  std::vector<Event> events;
};

// No public address, one command credit, two shared buffers of 27 octets, and
// nothing at the same time.
sim::ControllerOptions AwkwardController() {
  sim::ControllerOptions options;
  options.dual_mode = true;
  options.separate_le_buffers = false;
  options.acl_data_length = 27;
  options.acl_data_packets = 2;
  options.supported_states = 0xFF;
  return options;
}

class SimulatedRadioTest : public ::testing::Test {
 protected:
  template <typename Condition>
  bool RunUntil(Condition condition) {
    const Time end = now_ + seconds(60);
    while (!condition()) {
      std::optional<Time> next = air_.Deadline();
      for (const Station* one : {&central_, &peripheral_}) {
        next = Earlier(next, one->host.Deadline());
      }
      if (!next || *next > end) return false;
      now_ = std::max(now_, *next);
      air_.Advance(now_);
      central_.Turn(now_);
      peripheral_.Turn(now_);
    }
    return true;
  }

  void SetUp() override {
    ASSERT_TRUE(RunUntil([this] {
      return central_.Find<Ready>() && peripheral_.Find<Ready>();
    }));
    central_.host.SetRandomAddress(OwnRandomAddress(), now_);
    peripheral_.host.SetRandomAddress(OtherPeerAddress(), now_);
    ASSERT_TRUE(peripheral_.host.StartAdvertising({}, now_).has_value());
  }

  void MakeLink() {
    central_.host.Connect(OtherPeerAddress(), seconds(20), now_);
    ASSERT_TRUE(RunUntil([this] {
      return central_.Find<LinkUp>() && peripheral_.Find<LinkUp>();
    }));
  }

  Time now_{};
  sim::Air air_;
  Station central_{air_, AwkwardController(), now_};
  Station peripheral_{air_, AwkwardController(), now_};
};

TEST_F(SimulatedRadioTest, ConnectsUnderTheRandomAddresses) {
  MakeLink();
  EXPECT_EQ(central_.Find<LinkUp>()->local, OwnRandomAddress());
  EXPECT_EQ(central_.Find<LinkUp>()->peer, OtherPeerAddress());
  EXPECT_EQ(peripheral_.Find<LinkUp>()->local, OtherPeerAddress());
  EXPECT_EQ(peripheral_.Find<LinkUp>()->peer, OwnRandomAddress());
}

TEST_F(SimulatedRadioTest, ScansThenConnectsThoughItCantDoBothAtOnce) {
  ASSERT_TRUE(central_.host.StartScan({}, now_).has_value());
  ASSERT_TRUE(RunUntil([this] { return central_.Find<AdvertisingReport>(); }));
  EXPECT_EQ(central_.Find<AdvertisingReport>()->address, OtherPeerAddress());
  MakeLink();
}

TEST_F(SimulatedRadioTest, CarriesManyLongPdusThroughTwoSmallBuffers) {
  MakeLink();
  constexpr size_t kPdus = 20;
  for (size_t i = 0; i < kPdus; ++i) {
    central_.host.SendSmp(central_.Find<LinkUp>()->link,
                          Bytes(65, static_cast<uint8_t>(i)), now_);
  }
  const auto received = [this] {
    size_t count = 0;
    for (const Event& event : peripheral_.events) {
      const auto* pdu = std::get_if<SmpPduReceived>(&event);
      if (pdu == nullptr) continue;
      EXPECT_EQ(pdu->pdu, Bytes(65, static_cast<uint8_t>(count)));
      ++count;
    }
    return count;
  };
  EXPECT_TRUE(RunUntil([&] { return received() == kPdus; }));
  const auto acknowledged = [this] {
    size_t count = 0;
    for (const Event& event : central_.events) {
      const auto* pdus = std::get_if<SmpPdusAcknowledged>(&event);
      if (pdus != nullptr) count += pdus->count;
    }
    return count;
  };
  EXPECT_TRUE(RunUntil([&] { return acknowledged() == kPdus; }));
}

TEST_F(SimulatedRadioTest, AdvertisesAgainAfterTheLink) {
  MakeLink();
  central_.host.Disconnect(central_.Find<LinkUp>()->link, 0x13, now_);
  ASSERT_TRUE(RunUntil([this] {
    return central_.Find<LinkDown>() && peripheral_.Find<LinkDown>();
  }));
  central_.events.clear();
  peripheral_.events.clear();
  MakeLink();
}

TEST_F(SimulatedRadioTest, EndsItsLinksAtShutdownSoThatThePeerKnowsAtOnce) {
  MakeLink();
  central_.host.Shutdown(now_);
  ASSERT_TRUE(RunUntil([this] {
    return central_.Find<Lost>() && peripheral_.Find<LinkDown>();
  }));
  EXPECT_EQ(central_.Find<Lost>()->error.code, ErrorCode::kClosed);
  EXPECT_EQ(peripheral_.Find<LinkDown>()->reason,
            static_cast<uint8_t>(HciError::kRemoteUserTerminatedConnection));
}

TEST_F(SimulatedRadioTest, GivesUpOnAPeerThatIsNotThere) {
  central_.host.Connect(PeerAddress(), seconds(5), now_);
  ASSERT_TRUE(RunUntil([this] { return central_.Find<ConnectFailed>(); }));
  EXPECT_EQ(central_.Find<ConnectFailed>()->error.code, ErrorCode::kTimedOut);
  MakeLink();
}

}  // namespace
}  // namespace bondd::hci::testing
