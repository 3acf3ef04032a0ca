#include "bonds/disk_health.h"

#include <gtest/gtest.h>

#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::KeyOfPeer;
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

TEST_F(DiskHealthTest, RefusesEachBondOfADamagedFileUntilItWasWritten) {
  health_.Note(Fail(ErrorCode::kCorrupt, "damaged"), {KeyOfPeer(1)});
  // They may be on the same page.
  for (const uint32_t peer : {1, 2}) {
    ASSERT_FALSE(health_.Check(KeyOfPeer(peer)));
    EXPECT_EQ(health_.Check(KeyOfPeer(peer)).error().code, ErrorCode::kCorrupt);
    EXPECT_TRUE(health_.failing(KeyOfPeer(peer)));
  }
  EXPECT_TRUE(health_.Check());
  health_.Note({}, {KeyOfPeer(2)});
  health_.Note({});
  EXPECT_FALSE(health_.Check(KeyOfPeer(1)));
  EXPECT_TRUE(health_.Check(KeyOfPeer(2)));
  EXPECT_FALSE(health_.Check(KeyOfPeer(3)));
  health_.Note({}, {KeyOfPeer(1)});
  for (const uint32_t peer : {1, 2, 3}) {
    EXPECT_TRUE(health_.Check(KeyOfPeer(peer)));
  }
}

TEST_F(DiskHealthTest, RefusesABondOnABadSectorThoughOthersCanBeWritten) {
  health_.Note(Fail(ErrorCode::kIo, "bad"), {KeyOfPeer(1)});
  EXPECT_FALSE(health_.Check(KeyOfPeer(1)));
  EXPECT_FALSE(health_.Check(KeyOfPeer(2)));
  health_.Note({}, {KeyOfPeer(3)});
  EXPECT_FALSE(health_.Check(KeyOfPeer(1)));
  EXPECT_TRUE(health_.Check(KeyOfPeer(2)));
  health_.Note({}, {KeyOfPeer(1)});
  EXPECT_TRUE(health_.Check(KeyOfPeer(1)));
}

TEST_F(DiskHealthTest, DoesNotKnowWhatIsDamagedWhenNoBondWas) {
  health_.Note(Fail(ErrorCode::kCorrupt, "damaged"));
  EXPECT_FALSE(health_.Check());
  EXPECT_FALSE(health_.Check(KeyOfPeer(1)));
  health_.Note({}, {KeyOfPeer(2)});
  EXPECT_TRUE(health_.Check(KeyOfPeer(1)));
}

TEST_F(DiskHealthTest, RemembersNoMoreThanItMust) {
  for (uint32_t peer = 0; peer < 1000; ++peer) {
    health_.Note(Fail(ErrorCode::kCorrupt, "damaged"), {KeyOfPeer(peer)});
    health_.Note({}, {KeyOfPeer(2000 + peer)});
    EXPECT_FALSE(health_.Check(KeyOfPeer(peer)));
    EXPECT_TRUE(health_.Check(KeyOfPeer(2000 + peer)));
  }
  EXPECT_FALSE(health_.Check(KeyOfPeer(999)));
  EXPECT_FALSE(health_.Check(KeyOfPeer(2000)));
  for (uint32_t peer = 0; peer < 1000; ++peer) {
    health_.Note({}, {KeyOfPeer(peer)});
  }
  EXPECT_TRUE(health_.Check(KeyOfPeer(2000)));
}

TEST_F(DiskHealthTest, KnowsThatMoreThanThereIsCannotBeWritten) {
  EXPECT_FALSE(directory_.CheckSpace(UINT64_MAX));
}

}  // namespace
}  // namespace bondd::bonds
