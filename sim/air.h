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

#include "common/time_types.h"
#include "sim/controller_options.h"
#include "sim/virtual_controller.h"

namespace bondd::sim {

// Holds the clock, the queue of what is due, and the controllers of its
// transports. Whoever owns the loop, or the test, drives it: Advance() when
// Deadline() has come, then every transport is read until it has nothing more.
//
// What hosts write between two calls is handled at the time of the second one,
// after all that was due until then; the Deadline() is at once while there is
// such. So a loop in virtual time goes from Deadline() to Deadline(), and not
// beyond it.
class Air {
 public:
  Air();
  Air(const Air&) = delete;
  Air& operator=(const Air&) = delete;
  ~Air();

  // A new controller on this air; it leaves the air when the transport is
  // destroyed. The air must outlive the transport.
  std::unique_ptr<VirtualController> AddController(ControllerOptions options,
                                                   Time now);

  // When Advance() wants to be called next; nothing = never.
  std::optional<Time> Deadline() const;
  // Lets everything happen that is due at `now`, in the order of its time.
  void Advance(Time now);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_AIR_H_
