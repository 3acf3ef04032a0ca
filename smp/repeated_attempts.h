// How long has to pass after a pairing that failed before the next one with
// the same peer: a wait for each peer, and one for all strangers together.
//
// daemon/ keeps one for each adapter. It asks before it lets a peer or a local
// caller begin, and tells how each pairing has ended. Time is an argument.
//
// [Vol 3, Part H] 2.3.6

#ifndef BONDD_SMP_REPEATED_ATTEMPTS_H_
#define BONDD_SMP_REPEATED_ATTEMPTS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "common/device_address.h"
#include "common/time_types.h"
#include "smp/attempt_policy.h"
#include "smp/messages.h"

namespace bondd::smp {

// Whether a pairing that ended like this is an attempt that failed. What our
// own side took back or could not do is none, nor is one that was refused
// because it came too early. A refusal that nobody was asked about (unarmed,
// not Pairable) is none either, but does not show here.
bool CountsAsAttempt(const PairingFailure& failure);

// One wait that grows with each failure and shrinks with time. RepeatedAttempts
// holds one for each peer, and one more for all strangers.
class BackOff {
 public:
  void Fail(const AttemptPolicy& policy, size_t free_attempts, Time now);
  // A success takes back one step, so that it can't wipe out a series of
  // failures.
  void Succeed(const AttemptPolicy& policy, Time now);
  // When the next attempt may begin; nothing = at once.
  std::optional<Time> Until(Time now) const;
  // Nothing is left that a next failure would have to remember.
  bool Forgotten(const AttemptPolicy& policy, Time now) const;

 private:
  void Decay(const AttemptPolicy& policy, Time now);
  void StepBack(const AttemptPolicy& policy);

  size_t failures_ = 0;  // as long as there is no wait yet
  Duration wait_{};      // the latest, less what has decayed of it
  Time until_{};         // the end of the latest wait
  Time decayed_{};       // up to when decay has been reckoned
};

class RepeatedAttempts {
 public:
  // Whose attempt it is. Addresses that can be changed at will are held
  // together as strangers, unless the peer is known, or somebody here has
  // started the pairing or armed it for this very address.
  struct Claimant {
    DeviceAddress address;  // the identity if known, else as on the air
    bool known = false;     // bonded, or resolved to a bond
    bool wanted = false;    // by a local caller, who named the address
  };

  // Memory is bounded: peers beyond this count as strangers.
  static constexpr size_t kMaxPeers = 256;
  // As so many strangers may fail before all of them have to wait.
  static constexpr size_t kFreeForStrangers = 8;

  explicit RepeatedAttempts(const AttemptPolicy& policy = {})
      : policy_(policy) {}

  const AttemptPolicy& policy() const { return policy_; }
  // Holds from the next failure on; waits that run are kept.
  void SetPolicy(const AttemptPolicy& policy) { policy_ = policy; }

  // When a Pairing Request or a Security Request, the peer's or ours, may be
  // let through; nothing = now. A peer that comes earlier gets Repeated
  // Attempts, which is not an attempt itself.
  std::optional<Time> BlockedUntil(const Claimant& claimant, Time now) const;

  void Failed(const Claimant& claimant, Time now);
  void Succeeded(const Claimant& claimant, Time now);

  size_t size() const { return peers_.size(); }

 private:
  bool IsStranger(const Claimant& claimant) const;
  bool MakeRoom(Time now);

  AttemptPolicy policy_;
  std::unordered_map<DeviceAddress, BackOff> peers_;
  BackOff strangers_;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_REPEATED_ATTEMPTS_H_
