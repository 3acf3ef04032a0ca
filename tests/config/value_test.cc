#include "config/value.h"

#include <gtest/gtest.h>

namespace bondd::config {
namespace {

TEST(ValueTest, TakesYesAndNo) {
  EXPECT_EQ(ParseBool("yes"), true);
  EXPECT_EQ(ParseBool("true"), true);
  EXPECT_EQ(ParseBool("no"), false);
  EXPECT_EQ(ParseBool("false"), false);
  for (const char* text : {"", "1", "Yes", "yes "}) {
    EXPECT_FALSE(ParseBool(text)) << text;
  }
}

TEST(ValueTest, TakesNumbersWithinTheirRange) {
  EXPECT_EQ(ParseNumber("7", 7, 16), 7u);
  EXPECT_EQ(ParseNumber("16", 7, 16), 16u);
  EXPECT_EQ(ParseNumber("4294967295", 0, UINT32_MAX), UINT32_MAX);
  for (const char* text : {"6", "17", "", "-7", "+7", "0x8", "8 ", "8.0",
                           "99999999999999999999"}) {
    EXPECT_FALSE(ParseNumber(text, 7, 16)) << text;
  }
  EXPECT_EQ(ParseNumber("6", 7, 16).error(), "a number from 7 to 16");
}

TEST(ValueTest, TakesListsOfKeys) {
  const auto some = ParseKeys("sign, enc");
  ASSERT_TRUE(some);
  EXPECT_EQ(*some,
            (smp::KeyDistribution{.enc = true, .id = false, .sign = true}));
  const auto none = ParseKeys("");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  EXPECT_FALSE(ParseKeys("enc link"));
}

TEST(ValueTest, SplitsAtBlanksAndCommas) {
  using List = std::vector<std::string_view>;
  EXPECT_EQ(SplitList(" a, b\tc,,d "), (List{"a", "b", "c", "d"}));
  EXPECT_EQ(SplitList(" , "), List{});
}

}  // namespace
}  // namespace bondd::config
