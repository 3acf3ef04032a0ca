#include "bonds/merge.h"

#include <gtest/gtest.h>

#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using testing::BondWithPeer;
using testing::KeyOf;
using testing::PublicAddress;

struct Written {
  uint32_t peer;
  uint64_t generation;
};

// An intact file of these bonds, whose last transaction was `generation`.
LoadedFile FileOf(uint64_t generation, std::vector<Written> bonds) {
  LoadedFile file;
  file.contents.generation = generation;
  for (const auto& [peer, written] : bonds) {
    Bond bond = BondWithPeer(peer);
    bond.generation = written;
    file.contents.bonds.push_back(std::move(bond));
  }
  return file;
}

LoadedFile Damaged(LoadedFile file) {
  file.faults.push_back("damaged");
  return file;
}

std::vector<std::pair<uint32_t, uint64_t>> BondsOf(const Contents& contents) {
  std::vector<std::pair<uint32_t, uint64_t>> bonds;
  for (const Bond& bond : contents.bonds) {
    bonds.emplace_back(bond.data.identity.octets[0], bond.generation);
  }
  return bonds;
}

using Bonds = std::vector<std::pair<uint32_t, uint64_t>>;

TEST(MergeTest, GoesByTheFileWhenItIsIntactAndAsNew) {
  EXPECT_EQ(BondsOf(Merge(FileOf(5, {{1, 5}}), FileOf(4, {{1, 3}, {2, 4}}))),
            (Bonds{{1, 5}}));
  EXPECT_EQ(BondsOf(Merge(FileOf(5, {{1, 5}}), FileOf(5, {{1, 5}, {2, 4}}))),
            (Bonds{{1, 5}}));
}

TEST(MergeTest, GoesByTheCopyWhenTheFileLostItsEnd) {
  EXPECT_EQ(BondsOf(Merge(FileOf(4, {{1, 3}, {2, 4}}), FileOf(5, {{1, 3}}))),
            (Bonds{{1, 3}}));
}

TEST(MergeTest, GoesByTheCopyWhenTheFileIsDamaged) {
  EXPECT_EQ(
      BondsOf(Merge(Damaged(FileOf(5, {{2, 2}})), FileOf(5, {{1, 5}, {2, 2}}))),
      (Bonds{{1, 5}, {2, 2}}));
}

TEST(MergeTest, TakesWhatIsNewerInTheFileWhenItGoesByTheCopy) {
  EXPECT_EQ(BondsOf(Merge(Damaged(FileOf(5, {{1, 5}, {2, 1}, {3, 3}})),
                          FileOf(5, {{1, 4}, {2, 2}}))),
            (Bonds{{1, 5}, {2, 2}}));
}

TEST(MergeTest, TakesTheNewerOfEachBondWhenNeitherCanBeTrusted) {
  const Contents merged = Merge(Damaged(FileOf(6, {{1, 6}, {2, 2}, {3, 3}})),
                                Damaged(FileOf(5, {{1, 1}, {2, 5}, {4, 4}})));
  EXPECT_EQ(BondsOf(merged), (Bonds{{1, 6}, {2, 5}, {3, 3}, {4, 4}}));
  EXPECT_EQ(merged.generation, 6u);
}

TEST(MergeTest, TakesTheNewerOfEachBondWhenTheCopyLagsBehindADamagedFile) {
  EXPECT_EQ(
      BondsOf(Merge(Damaged(FileOf(6, {{1, 6}})), FileOf(5, {{1, 1}, {2, 2}}))),
      (Bonds{{1, 6}, {2, 2}}));
}

TEST(MergeTest, TakesIdentitiesFromBoth) {
  LoadedFile file = Damaged(FileOf(6, {}));
  LoadedFile copy = Damaged(FileOf(5, {}));
  file.contents.identities.emplace(
      "hci0", LocalIdentity{KeyOf<smp::Irk>(1), PublicAddress(1)});
  copy.contents.identities.emplace(
      "hci1", LocalIdentity{KeyOf<smp::Irk>(2), PublicAddress(2)});
  const Contents merged = Merge(std::move(file), std::move(copy));
  EXPECT_EQ(merged.identities.size(), 2u);
}

}  // namespace
}  // namespace bondd::bonds
