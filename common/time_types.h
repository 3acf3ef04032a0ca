// The one notion of time: a point on the monotonic clock, in microseconds.
//
// Nothing below daemon/ reads a clock. Whoever needs the time is handed it,
// so that tests run thirty-second timers in no time at all.

#ifndef BONDD_COMMON_TIME_TYPES_H_
#define BONDD_COMMON_TIME_TYPES_H_

#include <algorithm>
#include <chrono>
#include <optional>

namespace bondd {

using Duration = std::chrono::microseconds;
using Time = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// The earlier of two deadlines, where nothing means never.
inline std::optional<Time> Earlier(std::optional<Time> a,
                                   std::optional<Time> b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

}  // namespace bondd

#endif  // BONDD_COMMON_TIME_TYPES_H_
