#include "bonds/disk_health.h"

#include <gtest/gtest.h>

#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::Must;

class DiskHealthTest : public ::testing::Test {
 protected:
  testing::TemporaryDirectory temporary_;
  StateDirectory directory_ = Must(StateDirectory::Open(temporary_.path()));
  DiskHealth health_{directory_};
};

TEST_F(DiskHealthTest, IsWellOnADiskWithSpace) {
  EXPECT_TRUE(health_.Check());
  EXPECT_FALSE(health_.failing());
}

TEST_F(DiskHealthTest, IsIllAfterAWriteThatFailedUntilOneSucceeds) {
  health_.Note(Fail(ErrorCode::kNoSpace, "full"));
  ASSERT_FALSE(health_.Check());
  EXPECT_EQ(health_.Check().error().code, ErrorCode::kNoSpace);
  EXPECT_TRUE(health_.failing());
  health_.Note({});
  EXPECT_TRUE(health_.Check());
}

TEST_F(DiskHealthTest, DoesNotBlameTheDiskForWhatWasAsked) {
  for (const ErrorCode code :
       {ErrorCode::kInvalidArgument, ErrorCode::kNotFound, ErrorCode::kLimit,
        ErrorCode::kTimedOut, ErrorCode::kClosed}) {
    health_.Note(Fail(code, "no"));
    EXPECT_TRUE(health_.Check());
  }
}

TEST_F(DiskHealthTest, KnowsThatMoreThanThereIsCannotBeWritten) {
  EXPECT_FALSE(directory_.CheckSpace(UINT64_MAX));
}

}  // namespace
}  // namespace bondd::bonds
