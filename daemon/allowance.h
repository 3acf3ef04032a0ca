// How often something may happen that a peer can bring about at will: so many
// times at once, and then once in so long. A Link has one for each place in
// which it tells of refusals that nobody here has to do with.

#ifndef BONDD_DAEMON_ALLOWANCE_H_
#define BONDD_DAEMON_ALLOWANCE_H_

#include <algorithm>
#include <cstddef>

#include "common/time_types.h"

namespace bondd::daemon {

class Allowance {
 public:
  // Each use is paid back after `interval`; `burst` may be owed at a time.
  Allowance(size_t burst, Duration interval)
      : interval_(interval), limit_(interval * burst) {}

  bool Left(Time now) const { return Next(now) <= now + limit_; }
  // Whether it may happen now; uses up one if so.
  bool Take(Time now) {
    if (!Left(now)) return false;
    paid_back_ = Next(now);
    return true;
  }

 private:
  // When all would be paid back if it happened now.
  Time Next(Time now) const { return std::max(paid_back_, now) + interval_; }

  Duration interval_;
  Duration limit_;
  Time paid_back_ = Time::min();
};

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_ALLOWANCE_H_
