#include "bonds/ledger.h"

#include <gtest/gtest.h>

#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::BondWithPeer;
using testing::KeyOfPeer;
using testing::Must;
using testing::SealerOf;

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
