#include "hci/error_name.h"

#include <gtest/gtest.h>

namespace bondd::hci {
namespace {

TEST(ErrorName, NamesCodesAsTheSpecificationDoes) {
  EXPECT_EQ(ErrorName(0x00), "Success");
  EXPECT_EQ(ErrorName(0x06), "PIN or Key Missing");
  EXPECT_EQ(ErrorName(0x13), "Remote User Terminated Connection");
  EXPECT_EQ(ErrorName(0x2A), "Different Transaction Collision");
  EXPECT_EQ(ErrorName(0x3B), "Unacceptable Connection Parameters");
  EXPECT_EQ(ErrorName(0x3D), "Connection Terminated due to MIC Failure");
  EXPECT_EQ(ErrorName(0x48), "Insufficient Channels");
}

TEST(ErrorName, HasANameForCodesWithoutOne) {
  EXPECT_EQ(ErrorName(0x2B), "Unknown Error");
  EXPECT_EQ(ErrorName(0x49), "Unknown Error");
  EXPECT_EQ(ErrorName(0xFF), "Unknown Error");
}

TEST(ErrorName, DescribesACodeWithItsNumber) {
  EXPECT_EQ(DescribeError(0x08), "Connection Timeout (0x08)");
}

}  // namespace
}  // namespace bondd::hci
