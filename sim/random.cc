#include "sim/random.h"

#include <openssl/rand.h>

namespace bondd::sim {

bool FillRandom(std::span<uint8_t> octets) {
  return RAND_bytes(octets.data(), static_cast<int>(octets.size())) == 1;
}

}  // namespace bondd::sim
