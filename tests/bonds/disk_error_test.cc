// Calls that change or read files fail, each in its turn: the store says so,
// goes on, and has lost nothing when the disk is well again.

#include <errno.h>
#include <gtest/gtest.h>

#include "tests/bonds/fault_shim.h"
#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::Await;
using testing::BondWithPeer;
using testing::Calls;
using testing::Fault;
using testing::FaultPlan;
using testing::FaultScope;
using testing::KeyOfPeer;
using testing::LegacyBondWithPeer;
using testing::Must;
using testing::SameBond;

class DiskErrorTest : public testing::StoreFixture {
 protected:
  DiskErrorTest() {
    MakeStore();
    KeepAsTemplate();
  }

  struct Outcome {
    bool opened = false;
    bool saved = false;
    bool came_to_an_end = false;  // there were fewer calls than that
  };

  // Opens the store, saves two bonds and closes it, with one thing going wrong.
  Outcome SaveUnder(const FaultPlan& plan) {
    StartFromTemplate();
    Outcome outcome;
    const FaultScope scope(plan);
    auto opened = TryOpen();
    if (opened) {
      outcome.opened = true;
      Store& store = **opened;
      outcome.saved = Await(store, store.Save(BondWithPeer(1, 2))).has_value();
      // What came first may have failed: the store is to go on.
      const bool again = Await(store, store.Save(BondWithPeer(4))).has_value();
      if (plan.fault == Fault::kError && !outcome.saved) {
        EXPECT_TRUE(again);
      }
      opened->reset();
    } else {
      EXPECT_FALSE(opened.error().message.empty());
    }
    outcome.came_to_an_end = scope.count() < plan.at;
    return outcome;
  }

  void ExpectNothingLost(const Outcome& outcome) {
    OpenAndSettle();
    EXPECT_FALSE(store_->locked());
    ASSERT_NE(store_->Find(KeyOfPeer(1)), nullptr);
    const Bond& replaced = *store_->Find(KeyOfPeer(1));
    const bool is_new = SameBond(replaced, BondWithPeer(1, 2));
    EXPECT_TRUE(is_new || SameBond(replaced, BondWithPeer(1)));
    if (outcome.saved) {
      EXPECT_TRUE(is_new);
    }
    ASSERT_NE(store_->Find(KeyOfPeer(2)), nullptr);
    EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(2)), LegacyBondWithPeer(2)));
    ASSERT_NE(store_->Find(KeyOfPeer(3)), nullptr);
    EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(3)), BondWithPeer(3)));
    EXPECT_TRUE(Must(store_->IdentityOf("hci0")) == identity_);
  }

  void FailEverywhere(FaultPlan plan) {
    bool end = false;
    for (plan.at = 1; !end && !HasFailure(); ++plan.at) {
      ASSERT_LT(plan.at, 10'000);
      SCOPED_TRACE("error " + std::to_string(plan.error) + " at call " +
                   std::to_string(plan.at));
      const Outcome outcome = SaveUnder(plan);
      ExpectNothingLost(outcome);
      end = outcome.came_to_an_end;
    }
  }
};

TEST_F(DiskErrorTest, SurvivesAFullDiskAtEachCall) {
  FailEverywhere({.fault = Fault::kError, .error = ENOSPC});
  FailEverywhere({.fault = Fault::kErrorSince, .error = ENOSPC});
}

TEST_F(DiskErrorTest, SurvivesABadDiskAtEachCall) {
  FailEverywhere({.fault = Fault::kError, .error = EIO});
  FailEverywhere({.fault = Fault::kErrorSince, .error = EIO});
}

TEST_F(DiskErrorTest, SurvivesADiskThatCanOnlyBeReadAtEachCall) {
  FailEverywhere({.fault = Fault::kErrorSince, .error = EROFS});
}

TEST_F(DiskErrorTest, SurvivesShortWritesAtEachCall) {
  FailEverywhere({.fault = Fault::kShortWrite});
}

TEST_F(DiskErrorTest, SurvivesABadSectorAtEachRead) {
  FailEverywhere(
      {.calls = Calls::kReading, .fault = Fault::kError, .error = EIO});
}

TEST_F(DiskErrorTest, RefusesBondingWhileTheDiskIsFullAndTakesItUpAgain) {
  OpenAndSettle();
  EXPECT_TRUE(store_->CanStore(KeyOfPeer(9)));
  {
    const FaultScope scope(
        {.fault = Fault::kErrorSince, .at = 1, .error = ENOSPC});
    const auto outcome = Await(*store_, store_->Save(BondWithPeer(9)));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kNoSpace);
    const auto possible = store_->CanStore(KeyOfPeer(9));
    ASSERT_FALSE(possible);
    EXPECT_EQ(possible.error().code, ErrorCode::kNoSpace);
    // Asking found out once more that it is so.
    store_->Drain();
    store_->TakeCompletions();
    EXPECT_FALSE(store_->CanStore(KeyOfPeer(9)));
    store_->Drain();
  }
  store_->TakeCompletions();
  EXPECT_FALSE(store_->CanStore(KeyOfPeer(9)));
  store_->Drain();
  store_->TakeCompletions();
  EXPECT_TRUE(store_->CanStore(KeyOfPeer(9)));
  EXPECT_TRUE(Await(*store_, store_->Save(BondWithPeer(9))));
  EXPECT_EQ(store_->Count(testing::AdapterAddress()), 4u);
}

TEST_F(DiskErrorTest, KeepsTheCopyBehindUntilItCanBeWritten) {
  OpenAndSettle();
  {
    const FaultScope scope({.fault = Fault::kErrorSince,
                            .at = 1,
                            .error = EIO,
                            .only = "bonds.copy"});
    MustSave(BondWithPeer(9));
    const auto notices = store_->TakeNotices();
    ASSERT_EQ(testing::CountOf(notices, NoticeKind::kCopy), 1u);
    EXPECT_NE(notices[0].message.find("can't be written"), std::string::npos);
    MustSave(BondWithPeer(10));
    EXPECT_TRUE(store_->TakeNotices().empty());
  }
  MustSave(BondWithPeer(11));
  EXPECT_EQ(testing::CountOf(store_->TakeNotices(), NoticeKind::kCopy), 1u);
  Close();
  std::filesystem::remove(File("bonds.db"));
  OpenAndSettle();
  for (const uint32_t peer : {9, 10, 11}) {
    EXPECT_NE(store_->Find(KeyOfPeer(peer)), nullptr);
  }
}

}  // namespace
}  // namespace bondd::bonds
