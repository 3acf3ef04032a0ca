// A controller that sends any events and data to a host that is started up,
// advertises, scans, connects and pairs meanwhile.

#include <fuzzer/FuzzedDataProvider.h>

#include "hci/controller.h"
#include "tests/fuzz/check.h"
#include "tests/hci/fake_controller.h"

namespace bondd::hci::testing {
namespace {

using std::chrono::milliseconds;

class Session {
 public:
  explicit Session(FuzzedDataProvider& input) : input_(input) {}

  void Play() {
    controller_.Start(now_);
    Run();
    while (input_.remaining_bytes() > 0 && !lost_) {
      if (input_.ConsumeBool()) {
        FromController();
      } else {
        FromOwner();
      }
      Run();
    }
  }

 private:
  // Lets the two talk until nothing more is to be said.
  void Run() {
    constexpr int kMany = 1000;
    for (int turns = 0; !lost_; ++turns) {
      Check(turns < kMany, "the host comes to rest");
      controller_.OnReadable(now_);
      for (const Event& event : controller_.TakeEvents()) Take(event);
      fake_.TakeCommands();
      fake_.TakeAcl();
      if (!fake_.has_more()) return;
    }
  }

  void Take(const Event& event) {
    Check(!lost_, "nothing follows Lost");
    if (std::holds_alternative<Lost>(event)) lost_ = true;
    if (const auto* up = std::get_if<LinkUp>(&event)) {
      Check(up->link > link_ || !link_seen_, "links are numbered upwards");
      link_ = up->link;
      link_seen_ = true;
    }
  }

  Bytes Octets(size_t most) {
    return input_.ConsumeBytes<uint8_t>(
        input_.ConsumeIntegralInRange<size_t>(0, most));
  }

  void FromController() {
    switch (input_.ConsumeIntegralInRange(0, 6)) {
      case 0:
        return fake_.SendEvent(EventPacketOf(
            static_cast<EventCode>(input_.ConsumeIntegral<uint8_t>()),
            Octets(64)));
      case 1:
        return fake_.SendEvent(EventPacketOf(EventCode::kLeMeta, Octets(64)));
      case 2:
        return fake_.SendEvent(Octets(8));
      case 3:
        return fake_.SendAcl(Octets(40));
      case 4:
        return fake_.SendAcl(
            AclPacketOf(Handle(), input_.ConsumeIntegralInRange<uint8_t>(0, 3),
                        Octets(40)));
      case 5:
        return fake_.SendEvent(ConnectionCompleteEvent(
            Handle(), input_.ConsumeBool() ? Role::kCentral : Role::kPeripheral,
            PeerAddress()));
      default:
        return fake_.SendEvent(CompletedPacketsEvent(
            Handle(), input_.ConsumeIntegral<uint16_t>()));
    }
  }

  uint16_t Handle() { return input_.ConsumeIntegralInRange<uint16_t>(0, 3); }

  void FromOwner() {
    switch (input_.ConsumeIntegralInRange(0, 9)) {
      case 0:
        return static_cast<void>(controller_.StartAdvertising({}, now_));
      case 1:
        return controller_.StopAdvertising(now_);
      case 2:
        return static_cast<void>(controller_.StartScan({}, now_));
      case 3:
        return controller_.StopScan(now_);
      case 4:
        return controller_.Connect(PeerAddress(), milliseconds(2000), now_);
      case 5:
        return controller_.CancelConnect(PeerAddress(), now_);
      case 6:
        return controller_.SendSmp(link_, Octets(70), now_);
      case 7:
        return controller_.EnableEncryption(link_, 0, 0, LinkKey128(), now_);
      case 8:
        return controller_.Disconnect(link_, 0x13, now_);
      default:
        return Pass(milliseconds(input_.ConsumeIntegral<uint16_t>()));
    }
  }

  void Pass(Duration duration) {
    const Time end = now_ + duration;
    constexpr int kMany = 1000;
    int turns = 0;
    for (auto due = controller_.Deadline(); due && *due <= end && !lost_;
         due = controller_.Deadline()) {
      Check(++turns < kMany, "time does not stand still");
      now_ = std::max(now_, *due);
      controller_.OnDeadline(now_);
      Run();
    }
    now_ = end;
  }

  FuzzedDataProvider& input_;
  FakeController fake_;
  Controller controller_{fake_};
  Time now_{std::chrono::hours(1)};
  LinkId link_{};
  bool link_seen_ = false;
  bool lost_ = false;
};

}  // namespace
}  // namespace bondd::hci::testing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider input(data, size);
  bondd::hci::testing::Session(input).Play();
  return 0;
}
