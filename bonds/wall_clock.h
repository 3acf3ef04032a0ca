// What is written beside a bond about when something was done, for people to
// read. That clock may be set at any time: nothing is decided by it, but for
// how often LastUsed goes to the disk.

#ifndef BONDD_BONDS_WALL_CLOCK_H_
#define BONDD_BONDS_WALL_CLOCK_H_

#include <chrono>
#include <cstdint>

namespace bondd::bonds {

// Microseconds since 1970-01-01 00:00 UTC.
inline uint64_t WallClock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_WALL_CLOCK_H_
