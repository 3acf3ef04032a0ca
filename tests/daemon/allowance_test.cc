#include "daemon/allowance.h"

#include <gtest/gtest.h>

namespace bondd::daemon {
namespace {

using std::chrono::seconds;

constexpr Time kStart = Time(seconds(1000));

TEST(Allowance, GivesSoManyAtOnceAndThenOneInEachInterval) {
  Allowance allowance(3, seconds(2));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(allowance.Take(kStart));
  EXPECT_FALSE(allowance.Left(kStart));
  EXPECT_FALSE(allowance.Take(kStart + seconds(2) - Duration(1)));
  EXPECT_TRUE(allowance.Take(kStart + seconds(2)));
  EXPECT_FALSE(allowance.Take(kStart + seconds(2)));
  EXPECT_TRUE(allowance.Take(kStart + seconds(4)));
}

TEST(Allowance, IsWholeAgainAfterAWhileAndNeverMore) {
  Allowance allowance(3, seconds(2));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(allowance.Take(kStart));
  const Time later = kStart + seconds(1000);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(allowance.Take(later));
  EXPECT_FALSE(allowance.Take(later));
}

TEST(Allowance, IsNotUsedUpByWhatItForbids) {
  Allowance allowance(1, seconds(5));
  EXPECT_TRUE(allowance.Take(kStart));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(allowance.Take(kStart));
  EXPECT_TRUE(allowance.Take(kStart + seconds(5)));
}

}  // namespace
}  // namespace bondd::daemon
