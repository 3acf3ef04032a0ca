#include "bonds/ledger.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "tests/bonds/fault_shim.h"
#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::BondWithPeer;
using testing::Fault;
using testing::KeyOfPeer;
using testing::Must;
using testing::SealerOf;

constexpr size_t kMany = 9000;

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest()
      : directory_(Must(StateDirectory::Open(temporary_.path()))),
        ledger_(
            directory_, Must(BondFile::Open(directory_.File(kBondFileName))),
            Must(BondFile::Open(directory_.File(kCopyFileName))), SealerOf(1)) {
  }

  static void Apply(Ledger& ledger, Change change) {
    Must(ledger.Apply(change));
  }
  void Put(uint32_t peer, uint8_t flavour = 1) {
    Apply(ledger_, PutBond{BondWithPeer(peer, flavour)});
  }

  // More than SQLite keeps in memory, so that it has to read.
  void PutMany() {
    PutBonds change;
    change.max_bonds = kMany;
    for (uint32_t i = 1; i <= kMany; ++i) {
      change.bonds.push_back(BondWithPeer(i));
      change.bonds.back().name = std::string(kMaxNameSize, 'n');
    }
    Apply(ledger_, std::move(change));
  }
  static testing::FaultPlan ReadsFail(Fault fault, const char* only) {
    return {.calls = testing::Calls::kReading,
            .fault = fault,
            .at = 1,
            .error = EIO,
            .only = only};
  }

  // What somebody finds who has the copy alone.
  LoadedFile ReadCopy() {
    std::filesystem::copy(directory_.File(kCopyFileName),
                          temporary_.path() / "read.db");
    std::filesystem::copy(temporary_.path() / "bonds.copy-wal",
                          temporary_.path() / "read.db-wal");
    Sealer sealer = SealerOf(1);
    LoadedFile loaded =
        Must(BondFile::Open(temporary_.path() / "read.db")).Load(sealer);
    std::filesystem::remove(temporary_.path() / "read.db");
    return loaded;
  }

  testing::TemporaryDirectory temporary_;
  StateDirectory directory_;
  Ledger ledger_;
};

TEST_F(LedgerTest, BringsChangesToTheCopyWhenAsked) {
  Must(ledger_.UpdateCopy());
  Put(1);
  Put(2);
  EXPECT_GT(ledger_.Backlog(), 0u);
  Must(ledger_.UpdateCopy());
  EXPECT_EQ(ledger_.Backlog(), 0u);
  const LoadedFile copy = ReadCopy();
  EXPECT_TRUE(copy.intact());
  EXPECT_EQ(copy.contents.bonds.size(), 2u);
  EXPECT_EQ(copy.contents.generation, 2u);
}

TEST_F(LedgerTest, TakesRemovedBondsOutOfTheCopy) {
  Put(1);
  Put(2);
  Must(ledger_.UpdateCopy());
  Apply(ledger_, RemoveBond{KeyOfPeer(1)});
  Must(ledger_.UpdateCopy());
  const LoadedFile copy = ReadCopy();
  EXPECT_TRUE(copy.intact());
  EXPECT_EQ(copy.contents.bonds.size(), 1u);
}

TEST_F(LedgerTest, CountsEachRowThatLagsBehindOnce) {
  Must(ledger_.UpdateCopy());
  for (uint8_t i = 0; i < 50; ++i) Put(1, i);
  EXPECT_LE(ledger_.Backlog(), 2u);
}

TEST_F(LedgerTest, KeepsItsLogSmall) {
  for (uint32_t i = 0; i < 1500; ++i) {
    Put(i % 7);
    Must(ledger_.UpdateCopy());
  }
  EXPECT_LT(std::filesystem::file_size(temporary_.path() / "bonds.db-wal"),
            5'000'000u);
  EXPECT_LT(std::filesystem::file_size(temporary_.path() / "bonds.copy-wal"),
            20'000'000u);
}

TEST_F(LedgerTest, DoesWithoutACopy) {
  Ledger alone(directory_, Must(BondFile::Open(temporary_.path() / "alone.db")),
               std::nullopt, SealerOf(1));
  Apply(alone, PutBond{BondWithPeer(1)});
  Must(alone.UpdateCopy());
  EXPECT_EQ(alone.Backlog(), 0u);
  EXPECT_TRUE(alone.TakeNotices().empty());
}

TEST_F(LedgerTest, MendsACopyThatIsDamagedWhileItRuns) {
  PutMany();
  Must(ledger_.UpdateCopy());
  Put(1, 2);
  {
    const testing::FaultScope damaged(ReadsFail(Fault::kError, kCopyFileName));
    Must(ledger_.UpdateCopy());
    EXPECT_GT(damaged.count(), 0);
  }
  EXPECT_EQ(ReadCopy().contents.bonds.size(), kMany);
}

TEST_F(LedgerTest, TriesAgainToMakeACopyAnew) {
  PutMany();
  Must(ledger_.UpdateCopy());
  Put(1, 2);
  {
    const testing::FaultScope damaged(
        ReadsFail(Fault::kErrorSince, kCopyFileName));
    EXPECT_FALSE(ledger_.UpdateCopy());
    EXPECT_FALSE(ledger_.UpdateCopy());
  }
  ledger_.TakeNotices();
  Put(2, 2);
  Must(ledger_.UpdateCopy());
  EXPECT_EQ(ReadCopy().contents.bonds.size(), kMany);
  const auto notices = ledger_.TakeNotices();
  ASSERT_FALSE(notices.empty());
  EXPECT_EQ(notices.back().level, LogLevel::kNotice);
}

TEST_F(LedgerTest, KeepsTheCopyWhenItIsTheFileThatCannotBeRead) {
  PutMany();
  {
    const testing::FaultScope damaged(
        ReadsFail(Fault::kErrorSince, kBondFileName));
    EXPECT_FALSE(ledger_.UpdateCopy());
    EXPECT_GT(damaged.count(), 0);
  }
  EXPECT_FALSE(
      std::filesystem::exists(directory_.File("bonds.copy.damaged-1")));
  Must(ledger_.UpdateCopy());
  EXPECT_EQ(ReadCopy().contents.bonds.size(), kMany);
}

TEST_F(LedgerTest, RefusesEverythingWhenItIsLocked) {
  Ledger locked(Error{ErrorCode::kCrypto, "no key"});
  Change change = Probe{};
  const auto outcome = locked.Apply(change);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "no key");
  EXPECT_FALSE(locked.UpdateCopy());
  EXPECT_TRUE(locked.Checkpoint());
}

}  // namespace
}  // namespace bondd::bonds
