// What is between the two ends of a link: the connection events in which PDUs
// go over the air.

#ifndef BONDD_SIM_CONNECTION_H_
#define BONDD_SIM_CONNECTION_H_

#include <array>

#include "common/time_types.h"
#include "hci/events.h"
#include "sim/link_pdu.h"
#include "sim/scheduler.h"

namespace bondd::sim {

class Link;

// Carries PDUs from each Link to the other, in order and acknowledged, at the
// connection events, until an end leaves or contact is lost. The Air owns it;
// each end belongs to its controller and is borrowed here.
//
// Connection events in which neither end has anything to send are not played.
class Connection {
 public:
  Connection(Scheduler& scheduler, const LinkParameters& parameters);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Join(Link& end);
  // The end is heard no more, for whatever reason. Who is left notices by its
  // supervision timeout.
  void Leave(const Link& end);
  bool abandoned() const { return !ends_[0] && !ends_[1]; }

  // To be called when an end has got something to send.
  void Wake();

  // From now, or from the connection event of that number on, nothing gets
  // through any more.
  void LoseContact();
  void LoseContactAt(uint32_t event);

  const LinkParameters& parameters() const { return parameters_; }
  // [Vol 6, Part B] 5.1.1: new parameters hold from six events after the one
  // in which they were sent.
  void Update(const LinkParameters& parameters);
  // connEventCount of the event in which an update sent at the next event takes
  // effect.
  uint16_t UpdateInstant() const;

 private:
  // What the two ends exchange at most in one event, in each direction.
  static constexpr size_t kPdusPerEvent = 4;
  static constexpr uint32_t kEventsToInstant = 6;

  Duration Interval() const;
  // Number of the first event after the present, counted from base_.
  uint32_t NextEvent() const;
  Time TimeOf(uint32_t event) const;
  void PlayEvent();
  // False when there is nothing to carry, or nobody to carry it to.
  bool Carry(Link* sender, Link* receiver);
  void StartSupervision(Link& end);
  void ApplyUpdate(const LinkParameters& parameters);

  Scheduler& scheduler_;
  LinkParameters parameters_;
  // The first anchor point since the connection was made or updated, and the
  // number of its event.
  Time base_;
  uint32_t base_event_ = 0;
  bool contact_ = true;
  // Indexed by role.
  std::array<Link*, 2> ends_{};
  Timer event_timer_;
  Timer update_timer_;
  Timer loss_timer_;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_CONNECTION_H_
