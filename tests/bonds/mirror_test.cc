#include "bonds/mirror.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::BondWithPeer;
using testing::Must;
using testing::SealerOf;

class MirrorTest : public ::testing::Test {
 protected:
  BondFile NewFile(const char* name) {
    return Must(BondFile::Open(directory_.path() / name));
  }
  TouchedRows Put(BondFile& file, uint32_t peer) {
    Bond bond = BondWithPeer(peer);
    bond.generation = ++generation_;
    return Apply(file, PutBond{std::move(bond)}, generation_);
  }
  TouchedRows Apply(BondFile& file, Change change, uint64_t generation) {
    return Must(file.Apply(change, generation, sealer_));
  }
  void ExpectSame() {
    const LoadedFile from = from_.Load(sealer_);
    const LoadedFile to = to_.Load(sealer_);
    EXPECT_TRUE(from.intact());
    EXPECT_TRUE(to.intact());
    EXPECT_TRUE(std::ranges::equal(from.contents.bonds, to.contents.bonds,
                                   testing::SameBond));
    EXPECT_TRUE(from.contents.identities == to.contents.identities);
  }

  testing::TemporaryDirectory directory_;
  Sealer sealer_ = SealerOf(1);
  BondFile from_ = NewFile("from.db");
  BondFile to_ = NewFile("to.db");
  uint64_t generation_ = 0;
};

TEST_F(MirrorTest, MirrorsTheRowsThatWereTouched) {
  TouchedRows touched = Put(from_, 1);
  touched.Merge(Put(from_, 2));
  touched.Merge(
      Apply(from_, PutIdentity{"hci0", Must(MakeLocalIdentity())}, 3));
  Must(MirrorRows(from_.database(), to_.database(), touched));
  ExpectSame();
}

TEST_F(MirrorTest, FindsEveryKindOfDifference) {
  for (uint32_t peer = 1; peer <= 9; ++peer) Put(from_, peer);
  Apply(from_, PutIdentity{"hci0", Must(MakeLocalIdentity())}, 10);
  EXPECT_EQ(Must(MirrorAll(from_.database(), to_.database())), 10u);
  ExpectSame();
  EXPECT_EQ(Must(MirrorAll(from_.database(), to_.database())), 0u);
  Put(to_, 50);
  Must(to_.database().Execute(
      "DELETE FROM bonds WHERE generation IN (1, 9);"
      "UPDATE bonds SET name = x'41' WHERE generation = 2;"
      "UPDATE bonds SET last_used = 5 WHERE generation = 3;"
      "UPDATE bonds SET attributes = x'00' WHERE generation = 4;"
      "UPDATE bonds SET sealed = x'00' WHERE generation = 5;"
      "UPDATE bonds SET identity = x'00' WHERE generation = 6;"
      "DELETE FROM identities; INSERT INTO identities VALUES(x'41', x'00')"));
  // The row whose key was altered counts twice, so does the identity's.
  EXPECT_EQ(Must(MirrorAll(from_.database(), to_.database())), 11u);
  ExpectSame();
}

TEST_F(MirrorTest, EmptiesAFileWhoseModelIsEmpty) {
  Put(to_, 1);
  EXPECT_EQ(Must(MirrorAll(from_.database(), to_.database())), 1u);
  ExpectSame();
}

}  // namespace
}  // namespace bondd::bonds
