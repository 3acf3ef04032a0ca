#include "daemon/sources.h"

#include <openssl/rand.h>

#include <utility>

namespace bondd::daemon {

bool SystemRandom::Fill(std::span<uint8_t> out) {
  return RAND_priv_bytes(out.data(), static_cast<int>(out.size())) == 1;
}

Result<smp::KeyPair> KeyPairPool::Take() {
  if (pairs_.empty()) return smp::KeyPair::Generate();
  smp::KeyPair pair = std::move(pairs_.back());
  pairs_.pop_back();
  return pair;
}

bool KeyPairPool::Refill() {
  constexpr size_t kRoom = 4;
  if (pairs_.size() >= kRoom) return false;
  auto pair = smp::KeyPair::Generate();
  if (!pair) return false;
  pairs_.push_back(std::move(*pair));
  return pairs_.size() < kRoom;
}

}  // namespace bondd::daemon
