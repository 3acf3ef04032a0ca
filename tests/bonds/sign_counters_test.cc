#include "bonds/sign_counters.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using testing::KeyOfPeer;

constexpr uint32_t kLast = std::numeric_limits<uint32_t>::max();
constexpr uint32_t kBlock = SignCounters::kBlock;

TEST(SignCountersTest, GivesNoValueBeforeABlockIsReserved) {
  SignCounters counters;
  EXPECT_EQ(counters.Next(KeyOfPeer(1), 10), std::nullopt);
  EXPECT_EQ(counters.Reserve(KeyOfPeer(1), 10), 10 + kBlock);
  EXPECT_EQ(counters.Next(KeyOfPeer(1), 10), std::nullopt);
  counters.ReserveEnded(KeyOfPeer(1));
  EXPECT_EQ(counters.Next(KeyOfPeer(1), 10 + kBlock), 10u);
  EXPECT_EQ(counters.Next(KeyOfPeer(1), 10 + kBlock), 11u);
}

TEST(SignCountersTest, GivesEachValueOfABlockOnce) {
  SignCounters counters;
  EXPECT_EQ(counters.Next(KeyOfPeer(1), 0), std::nullopt);
  for (uint32_t value = 0; value < kBlock; ++value) {
    EXPECT_EQ(counters.Next(KeyOfPeer(1), kBlock), value);
  }
  EXPECT_EQ(counters.Next(KeyOfPeer(1), kBlock), std::nullopt);
}

TEST(SignCountersTest, ReservesAheadOfTheEndOfABlock) {
  SignCounters counters;
  counters.Next(KeyOfPeer(1), 0);
  uint32_t left = kBlock;
  while (!counters.Reserve(KeyOfPeer(1), kBlock)) {
    ASSERT_TRUE(counters.Next(KeyOfPeer(1), kBlock));
    --left;
  }
  EXPECT_GT(left, 0u);
  EXPECT_LT(left, kBlock);
}

TEST(SignCountersTest, ReservesOnceAtATime) {
  SignCounters counters;
  EXPECT_TRUE(counters.Reserve(KeyOfPeer(1), 0));
  EXPECT_FALSE(counters.Reserve(KeyOfPeer(1), 0));
  counters.ReserveEnded(KeyOfPeer(1));
  EXPECT_TRUE(counters.Reserve(KeyOfPeer(1), 0));
}

TEST(SignCountersTest, ComesToAnEndWithoutStartingOver) {
  SignCounters counters;
  EXPECT_EQ(counters.Reserve(KeyOfPeer(1), kLast - 3), kLast);
  counters.ReserveEnded(KeyOfPeer(1));
  for (uint32_t value = kLast - 3; value < kLast; ++value) {
    EXPECT_EQ(counters.Next(KeyOfPeer(1), kLast), value);
  }
  EXPECT_EQ(counters.Next(KeyOfPeer(1), kLast), std::nullopt);
  EXPECT_EQ(counters.Reserve(KeyOfPeer(1), kLast), std::nullopt);
}

TEST(SignCountersTest, AcceptsOnlyHigherValuesThanBefore) {
  SignCounters counters;
  EXPECT_FALSE(counters.Accept(KeyOfPeer(1), 4, 5));
  EXPECT_TRUE(counters.Accept(KeyOfPeer(1), 5, 5));
  EXPECT_FALSE(counters.Accept(KeyOfPeer(1), 5, 5));
  EXPECT_TRUE(counters.Accept(KeyOfPeer(1), 90, 5));
  EXPECT_FALSE(counters.Accept(KeyOfPeer(1), 89, 5));
  EXPECT_FALSE(counters.Accept(KeyOfPeer(1), kLast, 5));
}

TEST(SignCountersTest, BeginsAnewWithANewKey) {
  SignCounters counters;
  EXPECT_TRUE(counters.Accept(KeyOfPeer(1), 90, 0));
  counters.Next(KeyOfPeer(1), 0);
  counters.Next(KeyOfPeer(1), kBlock);
  counters.Forget(KeyOfPeer(1));
  EXPECT_TRUE(counters.Accept(KeyOfPeer(1), 0, 0));
  EXPECT_EQ(counters.Next(KeyOfPeer(1), 0), std::nullopt);
}

TEST(SignCountersTest, KeepsBondsApart) {
  SignCounters counters;
  EXPECT_TRUE(counters.Accept(KeyOfPeer(1), 90, 0));
  EXPECT_TRUE(counters.Accept(KeyOfPeer(2), 1, 0));
  counters.ForgetAdapter(testing::AdapterAddress());
  EXPECT_TRUE(counters.Accept(KeyOfPeer(1), 1, 0));
}

}  // namespace
}  // namespace bondd::bonds
