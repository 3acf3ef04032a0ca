#include "common/device_address.h"

#include <gtest/gtest.h>

namespace bondd {
namespace {

DeviceAddress Random(std::string_view text) {
  return DeviceAddress::Parse(text, AddressType::kRandom).value();
}

TEST(DeviceAddress, IsWrittenMostSignificantOctetFirst) {
  const auto address =
      DeviceAddress::Parse("a1:B2:c3:D4:e5:F6", AddressType::kPublic);
  ASSERT_TRUE(address);
  EXPECT_EQ(address->octets[0], 0xF6);
  EXPECT_EQ(address->octets[5], 0xA1);
  EXPECT_EQ(address->ToString(), "A1:B2:C3:D4:E5:F6");
}

TEST(DeviceAddress, RefusesEveryOtherText) {
  for (const char* text :
       {"", "A1:B2:C3:D4:E5", "A1:B2:C3:D4:E5:F6:07", "A1-B2-C3-D4-E5-F6",
        "A1:B2:C3:D4:E5:G6", "A1B2C3D4E5F6", " A1:B2:C3:D4:E5:F6",
        "A1:B2:C3:D4:E5:F", "+1:B2:C3:D4:E5:F6"}) {
    EXPECT_FALSE(DeviceAddress::Parse(text, AddressType::kPublic)) << text;
  }
}

TEST(DeviceAddress, KnowsTheKindsOfRandomAddress) {
  EXPECT_TRUE(Random("C0:00:00:00:00:01").IsStaticRandom());
  EXPECT_TRUE(Random("FF:00:00:00:00:01").IsStaticRandom());
  EXPECT_TRUE(Random("40:00:00:00:00:01").IsResolvablePrivate());
  EXPECT_TRUE(Random("3F:00:00:00:00:01").IsNonResolvablePrivate());
  EXPECT_TRUE(Random("C0:00:00:00:00:01").IsIdentity());
  EXPECT_FALSE(Random("40:00:00:00:00:01").IsIdentity());
}

TEST(DeviceAddress, PublicOneIsAnIdentityWhateverItsBits) {
  const auto address =
      DeviceAddress::Parse("40:00:00:00:00:01", AddressType::kPublic);
  EXPECT_TRUE(address->IsIdentity());
  EXPECT_FALSE(address->IsResolvablePrivate());
  EXPECT_FALSE(address->IsStaticRandom());
}

TEST(DeviceAddress, DiffersByItsTypeToo) {
  const auto address =
      DeviceAddress::Parse("C0:00:00:00:00:01", AddressType::kPublic);
  EXPECT_NE(*address, Random("C0:00:00:00:00:01"));
  EXPECT_TRUE(DeviceAddress().IsZero());
  EXPECT_FALSE(address->IsZero());
}

}  // namespace
}  // namespace bondd
