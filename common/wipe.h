// Overwriting octets that may have been a key.

#ifndef BONDD_COMMON_WIPE_H_
#define BONDD_COMMON_WIPE_H_

#include <string.h>

#include <cstdint>
#include <span>

namespace bondd {

// Sets every octet to zero, in a way that the compiler keeps even if nothing
// reads the memory again. An empty range may point nowhere.
inline void Wipe(std::span<uint8_t> octets) {
  if (!octets.empty()) explicit_bzero(octets.data(), octets.size());
}

}  // namespace bondd

#endif  // BONDD_COMMON_WIPE_H_
