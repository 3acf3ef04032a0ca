// Two whole hosts in virtual time: each a Security Manager on a Controller on
// a simulated controller, and the air between them.

#ifndef BONDD_TESTS_SIM_STATIONS_H_
#define BONDD_TESTS_SIM_STATIONS_H_

#include <functional>
#include <memory>
#include <optional>

#include "hci/controller.h"
#include "sim/air.h"
#include "tests/support/smp_end.h"

namespace bondd::test {

// One host. It makes its Security Manager when a link comes up, as daemon/
// does, and keeps user and bonds from one link to the next.
class Station {
 public:
  Station(sim::Air& air, const DeviceAddress& address, uint64_t seed, Time now);

  // Hands on what the controller has for the Security Manager and the other
  // way round, until neither has anything.
  void Turn(Time now);
  std::optional<Time> Deadline() const;
  void Give(smp::Input input, Time now);

  void HangUp(Time now);
  // Answers the question for a passkey, if that was asked last.
  void Type(uint32_t passkey, Time now);

  hci::Controller& host() { return host_; }
  bool ready() const { return ready_; }
  bool linked() const { return link_.has_value(); }
  bool encrypted() const { return encrypted_; }
  // Of the present link, or of the last one.
  smp::test::SmpEnd& end() { return *end_; }
  const DeviceAddress& address() const { return address_; }
  // Why the last link ended: an HCI error code.
  std::optional<uint8_t> down_reason() const { return down_reason_; }

 private:
  void MakeEnd(const hci::LinkUp& up);
  void Take(hci::Event event, Time now);
  void Carry(smp::Output output, Time now);

  DeviceAddress address_;
  uint64_t seed_;
  std::unique_ptr<sim::VirtualController> transport_;
  hci::Controller host_;
  bool ready_ = false;
  bool encrypted_ = false;
  std::optional<hci::LinkId> link_;
  std::optional<uint8_t> down_reason_;
  size_t typed_ = 0;  // the questions there were when a passkey was typed
  std::unique_ptr<smp::test::SmpEnd> end_;
};

class Stations {
 public:
  Stations();

  Station& central() { return central_; }
  Station& peripheral() { return peripheral_; }
  Time now() const { return now_; }

  // Both are ready and the central has a link to the peripheral.
  bool Connect();
  bool Disconnect();
  void Give(Station& station, smp::Input input);
  // False when it has not come true after a minute of the air's time.
  bool RunUntil(const std::function<bool()>& condition);
  // Both ends have a report each, and nothing is to be done any more.
  bool RunToReports();

 private:
  // Whoever is asked for a passkey reads it off the other's screen.
  void TypePasskeys();

  Time now_{};
  sim::Air air_;
  Station central_;
  Station peripheral_;
};

}  // namespace bondd::test

#endif  // BONDD_TESTS_SIM_STATIONS_H_
