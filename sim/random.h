// Random octets for the simulated radio: session key diversifiers and what LE
// Rand returns.

#ifndef BONDD_SIM_RANDOM_H_
#define BONDD_SIM_RANDOM_H_

#include <cstdint>
#include <span>

namespace bondd::sim {

// False when the system's generator failed; then the octets are unspecified.
bool FillRandom(std::span<uint8_t> octets);

}  // namespace bondd::sim

#endif  // BONDD_SIM_RANDOM_H_
