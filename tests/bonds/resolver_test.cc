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
    resolver.Put(PublicAddress(number), IrkOf(number));
  }
  for (uint8_t number = 1; number <= 20; ++number) {
    EXPECT_EQ(resolver.Resolve(PrivateAddress(IrkOf(number), 1000)),
              PublicAddress(number));
  }
}

TEST(ResolverTest, GivesTheSameAnswerAgain) {
  Resolver resolver;
  resolver.Put(PublicAddress(1), IrkOf(1));
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
  resolver.Put(PublicAddress(1), IrkOf(1));
  EXPECT_EQ(resolver.Resolve(address), PublicAddress(1));
  resolver.Put(PublicAddress(1), IrkOf(2));
  EXPECT_EQ(resolver.Resolve(address), std::nullopt);
  EXPECT_EQ(resolver.Resolve(PrivateAddress(IrkOf(2), 1)), PublicAddress(1));
}

TEST(ResolverTest, ForgetsAKeyAtOnceAndKeepsTheOthers) {
  Resolver resolver;
  for (uint8_t number = 1; number <= 3; ++number) {
    resolver.Put(PublicAddress(number), IrkOf(number));
    resolver.Resolve(PrivateAddress(IrkOf(number), 1));
  }
  resolver.Remove(PublicAddress(1));
  resolver.Remove(PublicAddress(1));
  EXPECT_EQ(resolver.Resolve(PrivateAddress(IrkOf(1), 1)), std::nullopt);
  EXPECT_EQ(resolver.Resolve(PrivateAddress(IrkOf(2), 1)), PublicAddress(2));
  EXPECT_EQ(resolver.Resolve(PrivateAddress(IrkOf(3), 1)), PublicAddress(3));
  resolver.Remove(PublicAddress(3));
  EXPECT_EQ(resolver.Resolve(PrivateAddress(IrkOf(3), 2)), std::nullopt);
  EXPECT_EQ(resolver.Resolve(PrivateAddress(IrkOf(2), 2)), PublicAddress(2));
}

TEST(ResolverTest, LetsTwoIdentitiesShareAKey) {
  Resolver resolver;
  resolver.Put(PublicAddress(1), IrkOf(1));
  resolver.Put(PublicAddress(2), IrkOf(1));
  const auto first = resolver.Resolve(PrivateAddress(IrkOf(1), 1));
  ASSERT_TRUE(first);
  resolver.Remove(*first);
  const auto second = resolver.Resolve(PrivateAddress(IrkOf(1), 1));
  ASSERT_TRUE(second);
  EXPECT_NE(first, second);
}

TEST(ResolverTest, AnswersRightHoweverManyAddressesGoBy) {
  Resolver resolver;
  resolver.Put(PublicAddress(1), IrkOf(1));
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
