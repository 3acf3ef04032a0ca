// What AcceptPairing has armed, on a link or on an adapter.

#ifndef BONDD_DAEMON_ARMED_H_
#define BONDD_DAEMON_ARMED_H_

#include <optional>
#include <string>
#include <utility>

#include "common/time_types.h"
#include "dbus/operations.h"

namespace bondd::daemon {

class Armed {
 public:
  Armed(dbus::ArmOptions options, dbus::Caller caller, Time now)
      : options_(std::move(options)), caller_(std::move(caller)) {
    if (options_.duration) until_ = now + *options_.duration;
  }

  bool Covers(const DeviceAddress& on_air,
              const DeviceAddress& identity) const {
    return !options_.address || *options_.address == on_air ||
           *options_.address == identity;
  }
  const smp::PairingOptions& pairing() const { return options_.pairing; }
  const std::optional<DeviceAddress>& address() const {
    return options_.address;
  }
  const dbus::Caller& caller() const { return caller_; }
  std::optional<Time> until() const { return until_; }
  bool Expired(Time now) const { return until_ && now >= *until_; }
  // One more pairing is completed; true when it was the last one.
  bool Complete() { return options_.count == 0 || --options_.count == 0; }

 private:
  dbus::ArmOptions options_;
  dbus::Caller caller_;
  std::optional<Time> until_;
};

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_ARMED_H_
