#include "daemon/sources.h"

#include <errno.h>
#include <sys/random.h>

#include <utility>

namespace bondd::daemon {

bool SystemRandom::Fill(std::span<uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out = out.subspan(static_cast<size_t>(got));
  }
  return true;
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
