// The virtual clock of one air and the queue of what is due on it.

#ifndef BONDD_SIM_SCHEDULER_H_
#define BONDD_SIM_SCHEDULER_H_

#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "common/time_types.h"

namespace bondd::sim {

// Runs actions in the order of their times; those of equal time in the order
// in which they were given. Everything on the air that takes time hangs on one
// Scheduler, and the Air alone moves it.
class Scheduler {
 public:
  using Action = std::function<void()>;
  using Key = std::pair<Time, uint64_t>;

  Time now() const { return now_; }

  // An action given for the past runs at the present.
  Key Add(Time when, Action action);
  void Remove(const Key& key) { queue_.erase(key); }

  // When the earliest action is due; nothing = there is none.
  std::optional<Time> Next() const;
  // Moves the clock to the earliest action due at or before `limit` and runs
  // it. False when there is none.
  bool RunNext(Time limit);
  // Moves the clock on; never back.
  void MoveTo(Time now) { now_ = std::max(now_, now); }

 private:
  Time now_{};
  uint64_t next_number_ = 0;
  std::map<Key, Action> queue_;
};

// One action that its owner may replace or take back; it is taken back when
// the Timer goes. So an action that refers to the Timer's owner can't outlive
// it.
class Timer {
 public:
  explicit Timer(Scheduler& scheduler) : scheduler_(scheduler) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { Stop(); }

  // Replaces what was there.
  void Start(Time when, Scheduler::Action action);
  void Stop();
  bool running() const { return key_.has_value(); }

 private:
  Scheduler& scheduler_;
  std::optional<Scheduler::Key> key_;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_SCHEDULER_H_
