#include "smp/repeated_attempts.h"

#include <gtest/gtest.h>

#include "smp/phase.h"
#include "tests/support/smp_fakes.h"

namespace bondd::smp::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Claimant = RepeatedAttempts::Claimant;

constexpr Time kStart = Time(seconds(1000));

Claimant Public() { return {.address = PublicAddress("00:11:22:33:44:55")}; }
Claimant Stranger(uint32_t number) {
  Claimant claimant{.address = RandomAddress("C0:00:00:00:00:00")};
  for (size_t i = 0; i < 4; ++i) {
    claimant.address.octets[i] = static_cast<uint8_t>(number >> (8 * i));
  }
  return claimant;
}
Claimant PublicOfNumber(uint32_t number) {
  Claimant claimant = Stranger(number);
  claimant.address.type = AddressType::kPublic;
  return claimant;
}

// Fails as soon as it may, so many times; the waits in between.
std::vector<Duration> Waits(RepeatedAttempts& attempts, const Claimant& peer,
                            int times, Time& now) {
  std::vector<Duration> waits;
  for (int i = 0; i < times; ++i) {
    EXPECT_FALSE(attempts.BlockedUntil(peer, now));
    attempts.Failed(peer, now);
    const Time until = attempts.BlockedUntil(peer, now).value_or(now);
    waits.push_back(until - now);
    now = until;
  }
  return waits;
}

TEST(RepeatedAttempts, FirstAttemptIsFree) {
  RepeatedAttempts attempts;
  EXPECT_FALSE(attempts.BlockedUntil(Public(), kStart));
  EXPECT_FALSE(attempts.BlockedUntil(Stranger(1), kStart));
  EXPECT_EQ(attempts.size(), 0u);
}

TEST(RepeatedAttempts, WaitDoublesFromFirstToMaxAndNeverShrinks) {
  RepeatedAttempts attempts;
  Time now = kStart;
  const std::vector<Duration> expected = {
      milliseconds(500),   milliseconds(1000),  milliseconds(2000),
      milliseconds(4000),  milliseconds(8000),  milliseconds(16000),
      milliseconds(32000), milliseconds(64000), milliseconds(64000)};
  EXPECT_EQ(Waits(attempts, Public(), 9, now), expected);
}

TEST(RepeatedAttempts, WaitIsOverToTheMicrosecond) {
  RepeatedAttempts attempts;
  attempts.Failed(Public(), kStart);
  const Time end = kStart + milliseconds(500);
  EXPECT_EQ(attempts.BlockedUntil(Public(), end - Duration(1)), end);
  EXPECT_FALSE(attempts.BlockedUntil(Public(), end));
}

TEST(RepeatedAttempts, EveryNumberOfThePolicyHolds) {
  RepeatedAttempts attempts({.first = seconds(1),
                             .max = seconds(18),
                             .decay = seconds(5),
                             .exponent = 3,
                             .max_attempts = 2});
  Time now = kStart;
  const std::vector<Duration> expected = {Duration{}, seconds(1), seconds(3),
                                          seconds(9), seconds(18)};
  EXPECT_EQ(Waits(attempts, Public(), 5, now), expected);
  // 18 s less one step is 6 s, times three is 18 s again.
  now += seconds(5);
  EXPECT_EQ(Waits(attempts, Public(), 1, now).front(), seconds(18));
  // Three steps leave less than First: it is all forgotten.
  now += seconds(15);
  const std::vector<Duration> anew = {Duration{}, seconds(1)};
  EXPECT_EQ(Waits(attempts, Public(), 2, now), anew);
}

TEST(RepeatedAttempts, WaitOfExponentOneStaysTheSame) {
  RepeatedAttempts attempts({.exponent = 1});
  Time now = kStart;
  for (const Duration wait : Waits(attempts, Public(), 5, now)) {
    EXPECT_EQ(wait, milliseconds(500));
  }
}

TEST(RepeatedAttempts, ShrinksByAStepForEachDecayTimeWithoutFailure) {
  RepeatedAttempts attempts;
  Time now = kStart;
  Waits(attempts, Public(), 4, now);  // up to 4 s
  now += seconds(64);
  EXPECT_EQ(Waits(attempts, Public(), 1, now).front(), seconds(4));
  now += seconds(2 * 64);
  EXPECT_EQ(Waits(attempts, Public(), 1, now).front(), seconds(2));
  now += seconds(3 * 64);
  EXPECT_EQ(Waits(attempts, Public(), 1, now).front(), milliseconds(500));
}

TEST(RepeatedAttempts, SuccessTakesBackOneStepOnly) {
  RepeatedAttempts attempts;
  Time now = kStart;
  Waits(attempts, Public(), 4, now);  // up to 4 s
  attempts.Succeeded(Public(), now);
  EXPECT_EQ(Waits(attempts, Public(), 1, now).front(), seconds(4));
}

TEST(RepeatedAttempts, SuccessAfterOneFailureForgetsThePeer) {
  RepeatedAttempts attempts;
  Time now = kStart;
  Waits(attempts, Public(), 1, now);
  attempts.Succeeded(Public(), now);
  EXPECT_EQ(attempts.size(), 0u);
  attempts.Succeeded(Public(), now);
}

TEST(RepeatedAttempts, OnePeersFailuresDoNotHoldUpAnother) {
  RepeatedAttempts attempts;
  Time now = kStart;
  Waits(attempts, Public(), 6, now);
  attempts.Failed(Public(), now);
  EXPECT_FALSE(attempts.BlockedUntil(PublicOfNumber(9), now));
  EXPECT_FALSE(attempts.BlockedUntil(Stranger(9), now));
}

TEST(RepeatedAttempts, AnotherAddressEachTimeDoesNotEscape) {
  RepeatedAttempts attempts;
  Time now = kStart;
  uint32_t number = 0;
  for (; number + 1 < RepeatedAttempts::kFreeForStrangers; ++number) {
    attempts.Failed(Stranger(number), now);
    EXPECT_FALSE(attempts.BlockedUntil(Stranger(number + 1), now));
  }
  Duration last{};
  for (int i = 0; i < 10; ++i) {
    attempts.Failed(Stranger(number++), now);
    const auto until = attempts.BlockedUntil(Stranger(number), now);
    ASSERT_TRUE(until);
    EXPECT_GE(*until - now, last);
    last = *until - now;
    now = *until;
  }
  EXPECT_EQ(last, seconds(64));
}

TEST(RepeatedAttempts, StrangersDoNotHoldUpWhoIsKnownOrWanted) {
  RepeatedAttempts attempts;
  for (uint32_t i = 0; i < 20; ++i) attempts.Failed(Stranger(i), kStart);
  Claimant peer = Stranger(100);
  EXPECT_TRUE(attempts.BlockedUntil(peer, kStart));
  peer.known = true;
  EXPECT_FALSE(attempts.BlockedUntil(peer, kStart));
  peer.known = false;
  peer.wanted = true;
  EXPECT_FALSE(attempts.BlockedUntil(peer, kStart));
  EXPECT_FALSE(attempts.BlockedUntil(Public(), kStart));
}

TEST(RepeatedAttempts, WhoIsKnownOrWantedDoesNotHoldUpStrangers) {
  RepeatedAttempts attempts;
  for (uint32_t i = 0; i < 20; ++i) {
    Claimant peer = Stranger(i);
    peer.known = i % 2 == 0;
    peer.wanted = !peer.known;
    attempts.Failed(peer, kStart);
    // Its own failures count all the same.
    EXPECT_TRUE(attempts.BlockedUntil(peer, kStart));
  }
  EXPECT_FALSE(attempts.BlockedUntil(Stranger(100), kStart));
}

TEST(RepeatedAttempts, MemoryIsBoundedAndAFullTableEscapesNobody) {
  RepeatedAttempts attempts;
  const Claimant first = PublicOfNumber(0);
  for (uint32_t i = 0; i < 10'000; ++i) {
    attempts.Failed(PublicOfNumber(i), kStart);
  }
  EXPECT_EQ(attempts.size(), RepeatedAttempts::kMaxPeers);
  EXPECT_TRUE(attempts.BlockedUntil(first, kStart));
  EXPECT_TRUE(attempts.BlockedUntil(PublicOfNumber(20'000), kStart));
  // Once the old waits are forgotten there is room again.
  const Time later = kStart + std::chrono::hours(1);
  attempts.Failed(PublicOfNumber(1), later);
  EXPECT_TRUE(attempts.BlockedUntil(PublicOfNumber(1), later));
  EXPECT_FALSE(attempts.BlockedUntil(PublicOfNumber(2), later));
  attempts.Failed(PublicOfNumber(30'000), later);
  EXPECT_EQ(attempts.size(), 2u);
}

TEST(RepeatedAttempts, ANewPolicyHoldsFromTheNextFailureOn) {
  RepeatedAttempts attempts;
  attempts.Failed(Public(), kStart);
  attempts.SetPolicy({.first = seconds(3)});
  const Time end = kStart + milliseconds(500);
  EXPECT_EQ(attempts.BlockedUntil(Public(), kStart), end);
  attempts.Failed(PublicOfNumber(7), kStart);
  EXPECT_EQ(attempts.BlockedUntil(PublicOfNumber(7), kStart),
            kStart + seconds(3));
}

TEST(CountsAsAttempt, NotWhatOurOwnSideTookBackOrCouldNotDo) {
  const auto counts = [](FailureCause cause) {
    return CountsAsAttempt(
        FailureOf(cause, PairingFailedReason::kUnspecifiedReason));
  };
  EXPECT_FALSE(counts(FailureCause::kCanceled));
  EXPECT_FALSE(counts(FailureCause::kStore));
  EXPECT_FALSE(counts(FailureCause::kInternal));
  EXPECT_FALSE(counts(FailureCause::kNotAchievable));
  EXPECT_TRUE(counts(FailureCause::kCheck));
  EXPECT_TRUE(counts(FailureCause::kPeer));
  EXPECT_TRUE(counts(FailureCause::kRefused));
  EXPECT_TRUE(counts(FailureCause::kTimeout));
  EXPECT_TRUE(counts(FailureCause::kLinkLost));
}

TEST(CountsAsAttempt, NotWhatWasTurnedAwayAsTooEarly) {
  const auto reason = PairingFailedReason::kRepeatedAttempts;
  EXPECT_FALSE(CountsAsAttempt(FailureOf(FailureCause::kRefused, reason)));
  // The peer says that we are the ones who try too often.
  EXPECT_TRUE(CountsAsAttempt(FailureOf(FailureCause::kPeer, reason)));
}

}  // namespace
}  // namespace bondd::smp::test
