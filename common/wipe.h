// Overwriting octets that may have been a key.

#ifndef BONDD_COMMON_WIPE_H_
#define BONDD_COMMON_WIPE_H_

#include <string.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace bondd {

// Sets every octet to zero, in a way that the compiler keeps even if nothing
// reads the memory again. An empty range may point nowhere.
inline void Wipe(std::span<uint8_t> octets) {
  if (!octets.empty()) explicit_bzero(octets.data(), octets.size());
}

// The same where the size is known, without a call: keys are moved often.
template <size_t N>
void Wipe(std::array<uint8_t, N>& octets) {
  octets.fill(0);
  // As if the zeros were read here.
  asm volatile("" : : "r"(octets.data()) : "memory");
}

}  // namespace bondd

#endif  // BONDD_COMMON_WIPE_H_
