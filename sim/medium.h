// The shared air: who hears whom.

#ifndef BONDD_SIM_MEDIUM_H_
#define BONDD_SIM_MEDIUM_H_

#include <memory>
#include <vector>

#include "sim/advertising_pdu.h"
#include "sim/connection.h"
#include "sim/scheduler.h"

namespace bondd::sim {

class Controller;

// Carries what one controller advertises to all others, and makes the
// connections that come of it. The Air owns it; the controllers, which are
// borrowed, come and go.
class Medium {
 public:
  Scheduler& scheduler() { return scheduler_; }
  const Scheduler& scheduler() const { return scheduler_; }

  void Add(Controller& controller) { controllers_.push_back(&controller); }
  void Remove(const Controller& controller);
  const std::vector<Controller*>& controllers() const { return controllers_; }

  // One advertising event of `sender`.
  void Advertise(Controller& sender, const AdvertisingPdu& pdu);

  // Clears away the links and connections that have ended. Never called from
  // within one of them.
  void ClearAway();

 private:
  void Connect(Controller& central, Controller& peripheral);

  Scheduler scheduler_;
  std::vector<Controller*> controllers_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_MEDIUM_H_
