// The Security Manager's randomness and key pairs in the daemon: the
// kernel's generator, and a small pool of P-256 pairs made while nothing else
// is to do.

#ifndef BONDD_DAEMON_SOURCES_H_
#define BONDD_DAEMON_SOURCES_H_

#include <vector>

#include "smp/sources.h"

namespace bondd::daemon {

class SystemRandom : public smp::RandomSource {
 public:
  bool Fill(std::span<uint8_t> out) override;
};

class KeyPairPool : public smp::KeyPairSource {
 public:
  // From the pool, else made now.
  Result<smp::KeyPair> Take() override;
  // Makes one pair if there is room. True when there is room for more.
  bool Refill();

 private:
  std::vector<smp::KeyPair> pairs_;
};

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_SOURCES_H_
