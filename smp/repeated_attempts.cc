#include "smp/repeated_attempts.h"

#include <algorithm>

namespace bondd::smp {

bool CountsAsAttempt(const PairingFailure& failure) {
  switch (failure.cause) {
    case FailureCause::kCanceled:
    case FailureCause::kStore:
    case FailureCause::kInternal:
    case FailureCause::kNotAchievable:
      return false;
    case FailureCause::kRefused:
      return failure.reason != PairingFailedReason::kRepeatedAttempts;
    case FailureCause::kCheck:
    case FailureCause::kPeer:
    case FailureCause::kTimeout:
    case FailureCause::kLinkLost:
      return true;
  }
  return true;
}

// [Vol 3, Part H] 2.3.6: the wait grows exponentially with every failure.
void BackOff::Fail(const AttemptPolicy& policy, size_t free_attempts,
                   Time now) {
  Decay(policy, now);
  decayed_ = now;
  if (++failures_ < free_attempts) return;
  wait_ = wait_ == Duration{} ? policy.first
                              : std::min(wait_ * policy.exponent, policy.max);
  until_ = std::max(until_, now + wait_);
  decayed_ = until_;
}

void BackOff::Succeed(const AttemptPolicy& policy, Time now) {
  Decay(policy, now);
  StepBack(policy);
}

std::optional<Time> BackOff::Until(Time now) const {
  if (now >= until_) return std::nullopt;
  return until_;
}

bool BackOff::Forgotten(const AttemptPolicy& policy, Time now) const {
  BackOff later = *this;
  later.Decay(policy, now);
  return now >= until_ && later.failures_ == 0;
}

// [Vol 3, Part H] 2.3.6: and shrinks exponentially while nothing fails.
void BackOff::Decay(const AttemptPolicy& policy, Time now) {
  while (failures_ > 0 && now >= decayed_ + policy.decay) {
    decayed_ += policy.decay;
    StepBack(policy);
  }
}

void BackOff::StepBack(const AttemptPolicy& policy) {
  if (policy.exponent > 1) wait_ /= policy.exponent;
  const bool waited = policy.exponent > 1 && wait_ >= policy.first;
  if (waited) return;
  wait_ = {};
  failures_ = 0;
}

bool RepeatedAttempts::IsStranger(const Claimant& claimant) const {
  if (claimant.known || claimant.wanted) return false;
  return claimant.address.type == AddressType::kRandom ||
         (peers_.size() >= kMaxPeers && !peers_.contains(claimant.address));
}

std::optional<Time> RepeatedAttempts::BlockedUntil(const Claimant& claimant,
                                                   Time now) const {
  std::optional<Time> until;
  if (const auto it = peers_.find(claimant.address); it != peers_.end()) {
    until = it->second.Until(now);
  }
  if (!IsStranger(claimant)) return until;
  const std::optional<Time> all = strangers_.Until(now);
  return until && all ? std::max(until, all) : (until ? until : all);
}

void RepeatedAttempts::Failed(const Claimant& claimant, Time now) {
  if (peers_.contains(claimant.address) || MakeRoom(now)) {
    peers_[claimant.address].Fail(policy_, policy_.max_attempts, now);
  }
  if (!IsStranger(claimant)) return;
  strangers_.Fail(
      policy_, std::max<size_t>(kFreeForStrangers, policy_.max_attempts), now);
}

void RepeatedAttempts::Succeeded(const Claimant& claimant, Time now) {
  const auto it = peers_.find(claimant.address);
  if (it == peers_.end()) return;
  it->second.Succeed(policy_, now);
  if (it->second.Forgotten(policy_, now)) peers_.erase(it);
}

// Waits that still count are never given up for a new peer's.
bool RepeatedAttempts::MakeRoom(Time now) {
  if (peers_.size() < kMaxPeers) return true;
  std::erase_if(peers_, [&](const auto& peer) {
    return peer.second.Forgotten(policy_, now);
  });
  return peers_.size() < kMaxPeers;
}

}  // namespace bondd::smp
