// The numbers of [Vol 3, Part H] 2.3.6, as configuration and D-Bus give them.

#ifndef BONDD_SMP_ATTEMPT_POLICY_H_
#define BONDD_SMP_ATTEMPT_POLICY_H_

#include <cstdint>

#include "common/time_types.h"

namespace bondd::smp {

// See "Repeated attempts" of the D-Bus API.
struct AttemptPolicy {
  Duration first = std::chrono::milliseconds(500);  // the shortest wait
  Duration max = std::chrono::milliseconds(64000);  // the longest
  // A time without failures that makes the wait shorter by one step.
  Duration decay = std::chrono::milliseconds(64000);
  uint8_t exponent = 2;      // by which each failure multiplies the wait
  uint8_t max_attempts = 1;  // failures before the waiting starts
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_ATTEMPT_POLICY_H_
