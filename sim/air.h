// The simulated radio: one shared air, in which simulated controllers
// advertise, scan, connect, exchange ACL data and run the link-layer
// encryption procedure for real (AES-CCM session keys are derived from the
// long term key on each side, and differing keys end in a MIC failure).
//
// Time is whatever the caller says it is: all that goes over the air takes
// effect at a later instant, when Advance() reaches it.

#ifndef BONDD_SIM_AIR_H_
#define BONDD_SIM_AIR_H_

#include <memory>
#include <optional>

#include "common/device_address.h"
#include "common/time_types.h"
#include "hci/transport.h"

namespace bondd::sim {

// How one simulated controller presents itself.
struct ControllerOptions {
  // Nothing = a controller without a public address (reads as zeros).
  std::optional<DeviceAddress> public_address;
  // ... (buffer sizes, supported states, dual mode, missing commands)
};

class Air {
 public:
  Air();
  Air(const Air&) = delete;
  Air& operator=(const Air&) = delete;
  ~Air();

  // A new controller on this air; it leaves the air when the transport is
  // destroyed. The air must outlive the transport. The transport's fd() is -1
  // and its Read() yields what has become due.
  std::unique_ptr<hci::Transport> AddController(ControllerOptions options,
                                                Time now);

  // When Advance() wants to be called next; nothing = never.
  std::optional<Time> Deadline() const;
  // Lets everything happen that is due at `now`.
  void Advance(Time now);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_AIR_H_
