// Calls that change or read files fail, each in its turn: the store says so,
// goes on, and has lost nothing when the disk is well again.

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "bonds/rekey.h"
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
using testing::RunSql;
using testing::SameBond;

class DiskErrorTest : public testing::StoreFixture {
 protected:
  DiskErrorTest() {
    MakeStore();
    KeepAsTemplate();
  }

  // What is done while one thing goes wrong; whether it was acknowledged.
  using Work = std::function<bool(const FaultPlan&)>;
  // Called with the store opened again on a disk that is well.
  using Check = std::function<void(bool done)>;

  // Work that is done in a store: opens it before, and closes it.
  Work In(const std::function<bool(Store&, const FaultPlan&)>& work) {
    return [this, work](const FaultPlan& plan) {
      const auto opened = TryOpen();
      if (opened) return work(**opened, plan);
      EXPECT_FALSE(opened.error().message.empty());
      return false;
    };
  }

  void FailEverywhere(FaultPlan plan, const Work& work, const Check& check) {
    bool end = false;
    for (plan.at = 1; !end && !HasFailure(); ++plan.at) {
      ASSERT_LT(plan.at, 10'000);
      SCOPED_TRACE("error " + std::to_string(plan.error) + " at call " +
                   std::to_string(plan.at));
      StartFromTemplate();
      bool done = false;
      {
        const FaultScope scope(plan);
        done = work(plan);
        end = scope.count() < plan.at;
      }
      OpenAndSettle();
      EXPECT_FALSE(store_->locked());
      check(done);
      if (end) {
        EXPECT_TRUE(done) << "though nothing went wrong";
      }
    }
    EXPECT_GT(plan.at, plan.calls == Calls::kReading ? 5 : 15)
        << "that many calls at least are made";
  }

  // Two bonds saved, one of them in place of another.
  void FailWhileSaving(const FaultPlan& plan) {
    FailEverywhere(
        plan, In([](Store& store, const FaultPlan& under) {
          const bool saved =
              Await(store, store.Save(BondWithPeer(1, 2))).has_value();
          // What came first may have failed: the store is to go on.
          const bool again =
              Await(store, store.Save(BondWithPeer(4))).has_value();
          if (under.fault == Fault::kError && !saved) {
            EXPECT_TRUE(again);
          }
          return saved;
        }),
        [this](bool saved) {
          ASSERT_NE(store_->Find(KeyOfPeer(1)), nullptr);
          const Bond& replaced = *store_->Find(KeyOfPeer(1));
          const bool is_new = SameBond(replaced, BondWithPeer(1, 2));
          EXPECT_TRUE(is_new || SameBond(replaced, BondWithPeer(1)));
          if (saved) {
            EXPECT_TRUE(is_new);
          }
          ExpectOthersThere();
        });
  }

  // In each way that a disk can fail.
  void FailInEachWay(const Work& work, const Check& check) {
    FailEverywhere({.fault = Fault::kError, .error = EIO}, work, check);
    FailEverywhere({.fault = Fault::kErrorSince, .error = ENOSPC}, work, check);
    FailEverywhere({.fault = Fault::kErrorSince, .error = EROFS}, work, check);
    FailEverywhere({.fault = Fault::kShortWrite}, work, check);
  }
};

TEST_F(DiskErrorTest, SurvivesAFullDiskAtEachCall) {
  FailWhileSaving({.fault = Fault::kError, .error = ENOSPC});
  FailWhileSaving({.fault = Fault::kErrorSince, .error = ENOSPC});
}

TEST_F(DiskErrorTest, SurvivesABadDiskAtEachCall) {
  FailWhileSaving({.fault = Fault::kError, .error = EIO});
  FailWhileSaving({.fault = Fault::kErrorSince, .error = EIO});
}

TEST_F(DiskErrorTest, SurvivesADiskThatCanOnlyBeReadAtEachCall) {
  FailWhileSaving({.fault = Fault::kErrorSince, .error = EROFS});
}

TEST_F(DiskErrorTest, SurvivesShortWritesAtEachCall) {
  FailWhileSaving({.fault = Fault::kShortWrite});
}

TEST_F(DiskErrorTest, SurvivesABadSectorAtEachRead) {
  FailWhileSaving(
      {.calls = Calls::kReading, .fault = Fault::kError, .error = EIO});
}

// What the file lacks is in the copy alone.
class CopyReadErrorTest : public DiskErrorTest {
 protected:
  void ExpectAllAfterErrorsAtEachRead() {
    KeepAsTemplate();
    for (const Fault fault : {Fault::kError, Fault::kErrorSince}) {
      bool end = false;
      for (int at = 1; !end && !HasFailure(); ++at) {
        SCOPED_TRACE("read " + std::to_string(at) +
                     (fault == Fault::kError ? "" : " and all after it"));
        StartFromTemplate();
        {
          const FaultScope scope({.calls = Calls::kReading,
                                  .fault = fault,
                                  .at = at,
                                  .error = EIO,
                                  .only = "bonds.copy"});
          if (const auto opened = TryOpen()) (*opened)->Drain();
          end = scope.count() < at;
          EXPECT_GT(scope.count(), 0);
        }
        OpenAndSettle();
        ExpectAllThere();
      }
    }
  }

  void StartAgain() {
    std::filesystem::remove_all(Template());
    for (const auto& entry : std::filesystem::directory_iterator(Path())) {
      std::filesystem::remove_all(entry);
    }
    MakeStore();
  }
};

TEST_F(CopyReadErrorTest, LosesNothingThatIsInTheCopyAlone) {
  StartAgain();
  RunSql(File("bonds.db"), "DELETE FROM bonds WHERE generation = 1");
  ExpectAllAfterErrorsAtEachRead();

  StartAgain();
  testing::WriteWholeFile(File("bonds.db"), std::string(10'000, 'x'));
  ExpectAllAfterErrorsAtEachRead();

  StartAgain();
  std::filesystem::remove(File("bonds.db"));
  ExpectAllAfterErrorsAtEachRead();
}

TEST_F(CopyReadErrorTest, LosesNothingThatTheFileLostAtItsEnd) {
  StartAgain();
  std::filesystem::copy(File("bonds.db"), File("old.db"));
  Open();
  MustSave(BondWithPeer(1, 2));
  MustSave(BondWithPeer(1));
  Close();
  std::filesystem::rename(File("old.db"), File("bonds.db"));
  RunSql(File("bonds.db"), "DELETE FROM bonds WHERE generation = 1");
  ExpectAllAfterErrorsAtEachRead();
}

TEST_F(CopyReadErrorTest, ReadsWhatItCanWhileTheCopyCanNotBeOpened) {
  StartAgain();
  RunSql(File("bonds.db"), "DELETE FROM bonds WHERE generation = 1");
  KeepAsTemplate();
  for (const bool gone : {false, true}) {
    SCOPED_TRACE(gone ? "no file" : "a damaged file");
    StartFromTemplate();
    if (gone) std::filesystem::remove(File("bonds.db"));
    // No file that it would open.
    std::filesystem::rename(File("bonds.copy"), File("elsewhere"));
    std::filesystem::create_symlink(File("elsewhere"), File("bonds.copy"));
    OpenAndSettle();
    EXPECT_EQ(testing::CountOf(notices_, NoticeKind::kReadOnly), 1u);
    EXPECT_EQ(store_->Count(testing::AdapterAddress()), gone ? 0u : 2u);
    EXPECT_FALSE(Await(*store_, store_->Save(BondWithPeer(9))));
    Close();
    std::filesystem::remove(File("bonds.copy"));
    std::filesystem::rename(File("elsewhere"), File("bonds.copy"));
    OpenAndSettle();
    ExpectAllThere();
  }
}

TEST_F(CopyReadErrorTest, KeepBondsFromBeingStoredUntilTheCopyIsMovedAway) {
  StartFromTemplate();
  RunSql(File("bonds.db"), "DELETE FROM bonds WHERE generation = 1");
  std::filesystem::rename(File("bonds.copy"), File("elsewhere"));
  std::filesystem::create_symlink(File("elsewhere"), File("bonds.copy"));
  OpenAndSettle();
  EXPECT_FALSE(Await(*store_, store_->Save(BondWithPeer(9))));
  std::filesystem::remove(File("bonds.copy"));
  Must(Await(*store_, store_->Save(BondWithPeer(9))));
  OpenAndSettle();
  EXPECT_TRUE(notices_.empty());
  EXPECT_NE(store_->Find(KeyOfPeer(9)), nullptr);
  ExpectOthersThere();
}

TEST_F(CopyReadErrorTest, AreOfNoConsequenceWhereTheFileHasAll) {
  bool end = false;
  size_t set_aside = 0;
  for (int at = 1; !end && !HasFailure(); ++at) {
    SCOPED_TRACE("read " + std::to_string(at) + " and all after it");
    StartFromTemplate();
    {
      const FaultScope scope({.calls = Calls::kReading,
                              .fault = Fault::kErrorSince,
                              .at = at,
                              .error = EIO,
                              .only = "bonds.copy"});
      OpenAndSettle();
      ExpectAllThere();
      MustSave(BondWithPeer(1, 2));
      MustSave(BondWithPeer(1));
      end = scope.count() < at;
    }
    set_aside += testing::CountOf(notices_, NoticeKind::kFileSetAside);
    OpenAndSettle();
    Close();
    std::filesystem::remove(File("bonds.db"));
    OpenAndSettle();
    ExpectAllThere();
  }
  EXPECT_GT(set_aside, 0u);
}

TEST_F(DiskErrorTest, RemovesABondWhollyOrNotAtAll) {
  FailInEachWay(In([](Store& store, const FaultPlan&) {
                  return Await(store, store.Remove(KeyOfPeer(1))).has_value();
                }),
                [this](bool removed) {
                  const Bond* found = store_->Find(KeyOfPeer(1));
                  if (removed) {
                    EXPECT_EQ(found, nullptr);
                  }
                  if (found != nullptr) {
                    EXPECT_TRUE(SameBond(*found, BondWithPeer(1)));
                  }
                  ExpectOthersThere();
                });
}

TEST_F(DiskErrorTest, ImportsAllBondsOrNone) {
  testing::TemporaryDirectory outside;
  const auto opened = [&](int flags) {
    return UniqueFd(
        ::open((outside.path() / "export").c_str(), flags | O_CLOEXEC, 0600));
  };
  StartFromTemplate();
  Open();
  MustSave(BondWithPeer(1, 2));
  MustSave(BondWithPeer(4));
  Must(Await(*store_, store_->Export({.fd = opened(O_WRONLY | O_CREAT),
                                      .adapter = testing::AdapterAddress()})));
  FailInEachWay(
      In([&](Store& store, const FaultPlan&) {
        return Await(store,
                     store.Import({.fd = opened(O_RDONLY),
                                   .adapter = testing::AdapterAddress()}))
            .has_value();
      }),
      [this](bool done) {
        const bool imported = store_->Find(KeyOfPeer(4)) != nullptr;
        EXPECT_TRUE(imported || !done);
        ASSERT_NE(store_->Find(KeyOfPeer(1)), nullptr);
        EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(1)),
                             BondWithPeer(1, imported ? 2 : 1)));
        ExpectOthersThere();
      });
}

TEST_F(DiskErrorTest, KeepsAllBondsWhileTheKeyIsChanged) {
  FailInEachWay(
      [this](const FaultPlan&) {
        const auto changed = Rekey(Path(), {});
        if (!changed) {
          EXPECT_FALSE(changed.error().message.empty());
        }
        return changed.has_value();
      },
      [this](bool) { ExpectAllThere(); });
}

TEST_F(DiskErrorTest, KeepsAllBondsWhileAFileOfVersionOneIsSealed) {
  std::filesystem::remove_all(Template());
  std::filesystem::create_directory(Template());
  std::filesystem::copy(UNSEALED_STORE, Template() / "bonds.db");
  FailInEachWay(
      In([](Store& store, const FaultPlan&) { return !store.locked(); }),
      [this](bool) {
        EXPECT_EQ(store_->Count(testing::AdapterAddress()), 3u);
        EXPECT_TRUE(Must(testing::AwaitIdentity(*store_, "hci0")).irk ==
                    testing::KeyOf<smp::Irk>(0x77));
      });
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

TEST_F(DiskErrorTest, GivesIdentitiesThatItStoresBeforeTheFirstBond) {
  OpenAndSettle();
  const DeviceAddress address = testing::PublicAddress(7);
  std::optional<LocalIdentity> fresh;
  {
    const FaultScope scope(
        {.fault = Fault::kErrorSince, .at = 1, .error = ENOSPC});
    const RequestId taken = store_->RequestIdentity("hci0", address);
    const RequestId other = store_->RequestIdentity("hci0");
    const RequestId again = store_->RequestIdentity("hci0");
    store_->Drain();
    const auto completions = store_->TakeCompletions();
    ASSERT_EQ(completions.size(), 3u);
    for (const RequestId request : {taken, other, again}) {
      EXPECT_TRUE(std::ranges::any_of(completions, [&](const auto& completion) {
        return completion.request == request && completion.outcome;
      }));
    }
    EXPECT_TRUE(*store_->FindIdentity("hci0", address) == identity_);
    fresh = store_->FindIdentity("hci0")->Clone();
    EXPECT_FALSE(*fresh == identity_);
    EXPECT_FALSE(store_->CanStore(KeyOfPeer(9)));
    EXPECT_FALSE(Await(*store_, store_->Save(BondWithPeer(9))));
  }
  // The one before found out that it is so no more.
  EXPECT_FALSE(store_->CanStore(KeyOfPeer(9)));
  store_->Drain();
  store_->TakeCompletions();
  EXPECT_TRUE(store_->CanStore(KeyOfPeer(9)));
  EXPECT_TRUE(Await(*store_, store_->Save(BondWithPeer(9))));
  OpenAndSettle();
  EXPECT_TRUE(*store_->FindIdentity("hci0", address) == identity_);
  EXPECT_TRUE(*store_->FindIdentity("hci0") == *fresh);
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
