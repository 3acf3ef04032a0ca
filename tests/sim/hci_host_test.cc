// bondd's own host side on the simulated radio.

#include <gtest/gtest.h>

#include "hci/controller.h"
#include "sim/air.h"
#include "tests/support/sim_host.h"

namespace bondd::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A controller of the air with bondd's host on it.
struct Station {
  Station(sim::Air& air, sim::ControllerOptions options, Time now)
      : transport(air.AddController(std::move(options), now)),
        host(*transport) {
    host.Start(now);
  }

  void Turn(Time now) {
    const std::optional<Time> due = host.Deadline();
    if (due && *due <= now) host.OnDeadline(now);
    while (host.OnReadable(now)) {
    }
    for (hci::Event& event : host.TakeEvents()) {
      events.push_back(std::move(event));
    }
  }

  template <typename Kind>
  const Kind* Find() const {
    for (const hci::Event& event : events) {
      if (const auto* found = std::get_if<Kind>(&event)) return found;
    }
    return nullptr;
  }

  std::unique_ptr<sim::VirtualController> transport;
  hci::Controller host;
  std::vector<hci::Event> events;
};

class HciHostTest : public testing::Test {
 protected:
  template <typename Condition>
  bool RunUntil(Condition condition, Duration limit = seconds(20)) {
    const Time end = now_ + limit;
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

  void MakeLink() {
    ASSERT_TRUE(RunUntil([&] {
      return central_.Find<hci::Ready>() && peripheral_.Find<hci::Ready>();
    }));
    ASSERT_TRUE(peripheral_.host.StartAdvertising({}, now_));
    central_.host.Connect(PublicAddress(2), seconds(10), now_);
    ASSERT_TRUE(RunUntil([&] {
      return central_.Find<hci::LinkUp>() && peripheral_.Find<hci::LinkUp>();
    }));
    at_central_ = central_.Find<hci::LinkUp>()->link;
    at_peripheral_ = peripheral_.Find<hci::LinkUp>()->link;
  }

  void Encrypt(const hci::LinkKey128& one, const hci::LinkKey128& other) {
    central_.host.EnableEncryption(at_central_, 0, 0, one, now_);
    ASSERT_TRUE(RunUntil(
        [&] { return peripheral_.Find<hci::LongTermKeyRequested>(); }));
    peripheral_.host.AnswerLongTermKeyRequest(at_peripheral_, other.Clone(),
                                              now_);
  }

  Time now_{};
  sim::Air air_;
  Station central_{air_, {.public_address = PublicAddress(1)}, now_};
  Station peripheral_{air_, {.public_address = PublicAddress(2)}, now_};
  hci::LinkId at_central_{};
  hci::LinkId at_peripheral_{};
};

TEST_F(HciHostTest, StartsUp) {
  ASSERT_TRUE(RunUntil([&] { return central_.Find<hci::Ready>(); }));
  EXPECT_EQ(central_.Find<hci::Ready>()->public_address, PublicAddress(1));
}

TEST_F(HciHostTest, CarriesAndAcknowledgesSmpPdus) {
  MakeLink();
  const Bytes pdu(65, 0x0C);
  central_.host.SendSmp(at_central_, pdu, now_);
  ASSERT_TRUE(RunUntil([&] {
    return peripheral_.Find<hci::SmpPduReceived>() &&
           central_.Find<hci::SmpPdusAcknowledged>();
  }));
  EXPECT_EQ(peripheral_.Find<hci::SmpPduReceived>()->pdu, pdu);
}

TEST_F(HciHostTest, EncryptsWithEqualKeys) {
  MakeLink();
  Encrypt(KeyOf(1), KeyOf(1));
  ASSERT_TRUE(RunUntil([&] {
    return central_.Find<hci::EncryptionChanged>() &&
           peripheral_.Find<hci::EncryptionChanged>();
  }));
  EXPECT_TRUE(central_.Find<hci::EncryptionChanged>()->encrypted);
}

TEST_F(HciHostTest, LosesTheLinkWithDifferentKeys) {
  MakeLink();
  Encrypt(KeyOf(1), KeyOf(2));
  ASSERT_TRUE(RunUntil([&] {
    return central_.Find<hci::LinkDown>() && peripheral_.Find<hci::LinkDown>();
  }));
  EXPECT_EQ(peripheral_.Find<hci::LinkDown>()->reason,
            static_cast<uint8_t>(hci::HciError::kMicFailure));
  EXPECT_FALSE(central_.Find<hci::EncryptionChanged>());
}

}  // namespace
}  // namespace bondd::test
