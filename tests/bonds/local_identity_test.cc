#include "bonds/local_identity.h"

#include <gtest/gtest.h>

namespace bondd::bonds {
namespace {

TEST(LocalIdentityTest, HasAnIrkAndAStaticRandomAddress) {
  const Result<LocalIdentity> identity = MakeLocalIdentity();
  ASSERT_TRUE(identity);
  EXPECT_FALSE(identity->irk.IsZero());
  EXPECT_TRUE(identity->static_address.IsStaticRandom());
}

TEST(LocalIdentityTest, IsAnotherOneEachTime) {
  const Result<LocalIdentity> first = MakeLocalIdentity();
  const Result<LocalIdentity> second = MakeLocalIdentity();
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(first->irk == second->irk);
  EXPECT_NE(first->static_address, second->static_address);
}

}  // namespace
}  // namespace bondd::bonds
