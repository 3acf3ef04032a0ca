#include "bonds/resolver.h"

#include <gtest/gtest.h>

#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using testing::KeyOf;
using testing::PrivateAddress;
using testing::PublicAddress;

smp::Irk IrkOf(uint8_t number) { return KeyOf<smp::Irk>(number); }

TEST(ResolverTest, GivesTheIdentityWhoseKeyMadeTheAddress) {
  Resolver resolver;
  for (uint8_t number = 1; number <= 20; ++number) {
    resolver.Add(PublicAddress(number), IrkOf(number));
  }
  for (uint8_t number = 1; number <= 20; ++number) {
    EXPECT_EQ(resolver.Resolve(PrivateAddress(IrkOf(number), 1000)),
              PublicAddress(number));
  }
}

TEST(ResolverTest, GivesTheSameAnswerAgain) {
  Resolver resolver;
  resolver.Add(PublicAddress(1), IrkOf(1));
  const DeviceAddress known = PrivateAddress(IrkOf(1), 1);
  const DeviceAddress unknown = PrivateAddress(IrkOf(2), 1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(resolver.Resolve(known), PublicAddress(1));
    EXPECT_EQ(resolver.Resolve(unknown), std::nullopt);
  }
}

TEST(ResolverTest, KnowsANewKeyAtOnce) {
  Resolver resolver;
  const DeviceAddress address = PrivateAddress(IrkOf(1), 1);
  EXPECT_EQ(resolver.Resolve(address), std::nullopt);
  const Resolver::Slot slot = resolver.Add(PublicAddress(1), IrkOf(1));
  EXPECT_EQ(resolver.Resolve(address), PublicAddress(1));
  resolver.Replace(slot, IrkOf(2));
  EXPECT_EQ(resolver.Resolve(address), std::nullopt);
  EXPECT_EQ(resolver.Resolve(PrivateAddress(IrkOf(2), 1)), PublicAddress(1));
}

TEST(ResolverTest, ForgetsAKeyAtOnceAndKeepsTheOthers) {
  Resolver resolver;
  for (uint8_t number = 1; number <= 3; ++number) {
    EXPECT_EQ(resolver.Add(PublicAddress(number), IrkOf(number)), number - 1U);
    resolver.Resolve(PrivateAddress(IrkOf(number), 1));
  }
  EXPECT_EQ(resolver.Remove(0), PublicAddress(3)) << "which has slot 0 now";
  EXPECT_EQ(resolver.Resolve(PrivateAddress(IrkOf(1), 1)), std::nullopt);
  EXPECT_EQ(resolver.Resolve(PrivateAddress(IrkOf(2), 1)), PublicAddress(2));
  EXPECT_EQ(resolver.Resolve(PrivateAddress(IrkOf(3), 1)), PublicAddress(3));
  EXPECT_EQ(resolver.Remove(0), PublicAddress(2));
  EXPECT_EQ(resolver.Resolve(PrivateAddress(IrkOf(3), 2)), std::nullopt);
  EXPECT_EQ(resolver.Resolve(PrivateAddress(IrkOf(2), 2)), PublicAddress(2));
  EXPECT_EQ(resolver.Remove(0), std::nullopt) << "it was the last";
}

TEST(ResolverTest, LetsTwoIdentitiesShareAKey) {
  Resolver resolver;
  resolver.Add(PublicAddress(1), IrkOf(1));
  resolver.Add(PublicAddress(2), IrkOf(1));
  const auto first = resolver.Resolve(PrivateAddress(IrkOf(1), 1));
  ASSERT_TRUE(first);
  resolver.Remove(first == PublicAddress(1) ? 0 : 1);
  const auto second = resolver.Resolve(PrivateAddress(IrkOf(1), 1));
  ASSERT_TRUE(second);
  EXPECT_NE(first, second);
}

TEST(ResolverTest, AnswersRightHoweverManyAddressesGoBy) {
  Resolver resolver;
  resolver.Add(PublicAddress(1), IrkOf(1));
  const DeviceAddress known = PrivateAddress(IrkOf(1), 0xFFFF);
  for (uint16_t number = 0; number < 10000; ++number) {
    EXPECT_EQ(resolver.Resolve(PrivateAddress(IrkOf(2), number)), std::nullopt);
    if (number % 500 == 0) {
      EXPECT_EQ(resolver.Resolve(known), PublicAddress(1));
    }
  }
}

}  // namespace
}  // namespace bondd::bonds
