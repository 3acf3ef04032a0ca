#include "bonds/bond_file.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::BondWithPeer;
using testing::KeyOf;
using testing::KeyOfPeer;
using testing::Must;
using testing::SameBond;
using testing::SealerOf;

class BondFileTest : public ::testing::Test {
 protected:
  Result<TouchedRows> Apply(Change change) {
    return file_.Apply(change, ++generation_, sealer_);
  }
  Result<TouchedRows> Put(uint32_t peer, uint8_t flavour = 1) {
    Bond bond = BondWithPeer(peer, flavour);
    bond.generation = generation_ + 1;
    return Apply(PutBond{std::move(bond)});
  }

  // As it is read from the disk, after which it has to be intact.
  Contents Reload() {
    LoadedFile loaded = file_.Load(sealer_);
    EXPECT_TRUE(loaded.intact());
    return std::move(loaded.contents);
  }

  testing::TemporaryDirectory directory_;
  Sealer sealer_ = SealerOf(1);
  BondFile file_ = Must(BondFile::Open(directory_.path() / "bonds.db"));
  uint64_t generation_ = 0;
};

TEST_F(BondFileTest, HoldsWhatWasPut) {
  Must(Put(1));
  Must(Put(2));
  Must(Put(1, 2));
  const Contents contents = Reload();
  ASSERT_EQ(contents.bonds.size(), 2u);
  EXPECT_TRUE(SameBond(contents.bonds.front(), BondWithPeer(1, 2)));
  EXPECT_TRUE(SameBond(contents.bonds.back(), BondWithPeer(2)));
  EXPECT_EQ(contents.bonds.front().generation, 3u);
  EXPECT_EQ(contents.generation, 3u);
}

TEST_F(BondFileTest, TellsWhichRowsWereTouched) {
  const TouchedRows put = Must(Put(1));
  EXPECT_EQ(put.bonds.size(), 1u);
  Must(Put(2));
  EXPECT_EQ(
      Must(Apply(RemoveAdapterBonds{testing::AdapterAddress()})).bonds.size(),
      2u);
  const TouchedRows identity =
      Must(Apply(PutIdentity{"hci0", Must(MakeLocalIdentity())}));
  EXPECT_EQ(identity.identities.size(), 1u);
  EXPECT_TRUE(Must(Apply(Probe{})).empty());
}

TEST_F(BondFileTest, StaysIntactUnderEveryKindOfChange) {
  Must(Put(1));
  Must(Put(2));
  Must(Put(3));
  Must(Apply(PutName{KeyOfPeer(1), "Mouse"}));
  Must(Apply(PutLastUsed{KeyOfPeer(1), 77}));
  Must(Apply(AmendBond{.key = KeyOfPeer(1), .peer_lost_keys = true}));
  Must(Apply(RemoveBond{KeyOfPeer(2)}));
  Must(Apply(PutIdentity{"hci0", Must(MakeLocalIdentity())}));
  Must(Apply(Probe{KeyOfPeer(1)}));
  const Contents contents = Reload();
  ASSERT_EQ(contents.bonds.size(), 2u);
  EXPECT_EQ(contents.bonds.front().name, "Mouse");
  EXPECT_EQ(contents.bonds.front().last_used, 77u);
  EXPECT_TRUE(contents.bonds.front().peer_lost_keys);
  EXPECT_EQ(contents.bonds.front().generation, 6u);
  EXPECT_EQ(contents.generation, 9u);
  Must(Apply(RemoveAdapterBonds{testing::AdapterAddress()}));
  EXPECT_TRUE(Reload().bonds.empty());
}

TEST_F(BondFileTest, StaysIntactWhenBondsTakeThePlaceOfOthers) {
  Must(Put(1));
  Must(Put(2));
  Must(Put(2, 2));
  PutBonds several{
      .bonds = {}, .replace = smp::ReplaceOption::kAlways, .max_bonds = 10};
  for (const uint32_t peer : {1, 2, 3}) {
    several.bonds.push_back(BondWithPeer(peer, 3));
    several.bonds.back().generation = generation_ + 1;
  }
  Must(Apply(std::move(several)));
  Bond former = BondWithPeer(1);
  former.generation = generation_ + 1;
  Must(Apply(UndoBond{.key = KeyOfPeer(1), .former = std::move(former)}));
  Must(Apply(UndoBond{.key = KeyOfPeer(2)}));
  EXPECT_FALSE(Apply(RemoveBond{KeyOfPeer(2)}));
  const Contents contents = Reload();
  ASSERT_EQ(contents.bonds.size(), 2u);
  EXPECT_EQ(contents.bonds.front().generation, 5u);
  EXPECT_EQ(contents.bonds.back().generation, 4u);
}

TEST_F(BondFileTest, StaysIntactWhenADamagedRowIsOverwrittenOrRemoved) {
  for (const uint32_t peer : {1, 2, 3}) Must(Put(peer));
  Must(file_.database().Execute(
      "UPDATE bonds SET sealed = x'00' WHERE generation < 3"));
  EXPECT_FALSE(Apply(AmendBond{.key = KeyOfPeer(1), .peer_lost_keys = true}));
  Must(Put(1, 2));
  Must(Apply(RemoveBond{KeyOfPeer(2)}));
  EXPECT_EQ(Reload().bonds.size(), 2u);
}

TEST_F(BondFileTest, MissesTheLastWriteOfARow) {
  Must(Put(1));
  Must(Put(2));
  Must(file_.database().Execute(
      "CREATE TEMP TABLE kept AS SELECT * FROM bonds WHERE generation = 1"));
  Must(Put(1, 2));
  EXPECT_TRUE(file_.Load(sealer_).intact());
  Must(file_.database().Execute("REPLACE INTO bonds SELECT * FROM kept"));
  const LoadedFile loaded = file_.Load(sealer_);
  EXPECT_TRUE(loaded.damaged.empty());
  ASSERT_EQ(loaded.faults.size(), 1u);
  EXPECT_NE(loaded.faults[0].find("older"), std::string::npos);
}

TEST_F(BondFileTest, StaysAsItIsWhenItIsProbed) {
  Must(Put(1));
  Must(Put(2));
  const Contents before = Reload();
  for (const uint32_t peer : {1, 2, 3}) {
    EXPECT_TRUE(Must(Apply(Probe{KeyOfPeer(peer)})).empty());
    const Contents after = Reload();
    EXPECT_TRUE(std::ranges::equal(
        after.bonds, before.bonds, [](const Bond& a, const Bond& b) {
          return SameBond(a, b) && a.generation == b.generation;
        }));
  }
}

TEST_F(BondFileTest, IsProbedWhereTheBondWouldBeWritten) {
  constexpr uint32_t kPeers = 1000;
  PutBonds many{.bonds = {}, .max_bonds = kPeers};
  for (uint32_t peer = 0; peer < kPeers; peer += 2) {
    many.bonds.push_back(BondWithPeer(peer));
    many.bonds.back().name = std::string(kMaxNameSize, 'n');
  }
  Must(Apply(std::move(many)));
  Must(file_.database().Checkpoint());
  const std::filesystem::path path = directory_.path() / "bonds.db";
  std::string content = testing::ReadWholeFile(path);
  content.replace(content.size() / 2, content.size() / 4, content.size() / 4,
                  '\xFF');
  testing::WriteWholeFile(directory_.path() / "damaged.db", content);
  file_ = Must(BondFile::Open(directory_.path() / "damaged.db"));
  size_t written = 0;
  for (uint32_t peer = 0; peer < kPeers; peer += 33) {
    const auto probed = Apply(Probe{KeyOfPeer(peer)});
    const auto put = Put(peer);
    EXPECT_EQ(probed.has_value(), put.has_value()) << peer;
    if (put) {
      ++written;
    } else {
      EXPECT_EQ(probed.error().code, put.error().code);
    }
  }
  EXPECT_GT(written, 5u);
  EXPECT_LT(written, 25u);
}

TEST_F(BondFileTest, ChangesNothingWhenAChangeFails) {
  Must(Put(1));
  EXPECT_EQ(Apply(RemoveBond{KeyOfPeer(9)}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Apply(PutName{KeyOfPeer(9), "x"}).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(Apply(PutLastUsed{KeyOfPeer(9), 1}).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(Apply(AmendBond{.key = KeyOfPeer(9), .peer_lost_keys = true})
                .error()
                .code,
            ErrorCode::kNotFound);
  const Contents contents = Reload();
  EXPECT_EQ(contents.bonds.size(), 1u);
  EXPECT_EQ(contents.generation, 1u);
}

TEST_F(BondFileTest, NeverLowersASignCounter) {
  Must(Put(1));
  Must(Apply(AmendBond{.key = KeyOfPeer(1),
                       .local_sign_counter = 1000,
                       .peer_sign_counter = 2000}));
  Must(Apply(AmendBond{
      .key = KeyOfPeer(1), .local_sign_counter = 5, .peer_sign_counter = 6}));
  const Contents contents = Reload();
  EXPECT_EQ(contents.bonds.front().data.local_sign_counter, 1000u);
  EXPECT_EQ(contents.bonds.front().data.peer_sign_counter, 2000u);
}

TEST_F(BondFileTest, NeverReplacesAnIdentity) {
  const LocalIdentity first = Must(MakeLocalIdentity());
  Must(Apply(PutIdentity{"hci0", first.Clone()}));
  EXPECT_FALSE(Apply(PutIdentity{"hci0", Must(MakeLocalIdentity())}));
  EXPECT_TRUE(Reload().identities.at("hci0") == first);
}

TEST_F(BondFileTest, MovesAnIdentityToAnotherNameInOneTransaction) {
  const LocalIdentity identity = Must(MakeLocalIdentity());
  Must(Apply(PutIdentity{"hci0", identity.Clone()}));
  EXPECT_FALSE(Apply(PutIdentity{"one", identity.Clone(), "hci1"}));
  Must(Apply(PutIdentity{"one", identity.Clone(), "hci0"}));
  const Contents contents = Reload();
  ASSERT_EQ(contents.identities.size(), 1u);
  EXPECT_TRUE(contents.identities.at("one") == identity);
}

TEST_F(BondFileTest, SealsTheSecretsOfEveryRow) {
  Must(Put(1));
  const LocalIdentity identity = Must(MakeLocalIdentity());
  Must(Apply(PutIdentity{"hci0", identity.Clone()}));
  Must(file_.database().Checkpoint());
  const std::string file =
      testing::ReadWholeFile(directory_.path() / "bonds.db");
  const smp::BondData data = BondWithPeer(1).data.Clone();
  const auto appears = [&](std::span<const uint8_t, 16> key) {
    return file.find(std::string(key.begin(), key.end())) != std::string::npos;
  };
  EXPECT_FALSE(appears(data.local_ltk->ltk.Reveal()));
  EXPECT_FALSE(appears(data.peer_irk->Reveal()));
  EXPECT_FALSE(appears(data.local_csrk->Reveal()));
  EXPECT_FALSE(appears(data.peer_csrk->Reveal()));
  EXPECT_FALSE(appears(identity.irk.Reveal()));
}

TEST_F(BondFileTest, TellsWhatIsDamagedFromWhatIsNot) {
  Must(Put(1));
  Must(Put(2));
  Must(file_.database().Execute(
      "UPDATE bonds SET generation = 9 WHERE generation = 1"));
  const LoadedFile loaded = file_.Load(sealer_);
  EXPECT_FALSE(loaded.intact());
  ASSERT_EQ(loaded.damaged.size(), 1u);
  EXPECT_EQ(loaded.damaged[0].what, "the bond with A0:00:00:00:00:01 (public)");
  ASSERT_EQ(loaded.contents.bonds.size(), 1u);
  EXPECT_TRUE(SameBond(loaded.contents.bonds.front(), BondWithPeer(2)));
}

TEST_F(BondFileTest, MissesRowsThatAreGone) {
  Must(Put(1));
  Must(Put(2));
  Must(file_.database().Execute("DELETE FROM bonds WHERE generation = 2"));
  EXPECT_FALSE(file_.Load(sealer_).intact());
}

TEST_F(BondFileTest, MissesAHeadThatIsGoneOrAltered) {
  Must(Put(1));
  Must(file_.database().Execute("UPDATE head SET generation = 100"));
  EXPECT_FALSE(file_.Load(sealer_).intact());
  Must(file_.database().Execute("DELETE FROM head"));
  EXPECT_FALSE(file_.Load(sealer_).intact());
}

TEST_F(BondFileTest, OpensNothingWithAnotherKey) {
  Must(Put(1));
  Sealer other = SealerOf(2);
  const LoadedFile loaded = file_.Load(other);
  EXPECT_TRUE(loaded.contents.bonds.empty());
  EXPECT_FALSE(loaded.intact());
  EXPECT_FALSE(OpensAnySeal(file_.database(), other));
  EXPECT_TRUE(OpensAnySeal(file_.database(), sealer_));
}

TEST_F(BondFileTest, ReplacesItsContentsAndKeepsWhatWasDamaged) {
  Must(Put(1));
  Contents contents;
  contents.bonds.push_back(BondWithPeer(7));
  contents.generation = 50;
  Must(file_.Replace(contents,
                     {DamagedRow{.what = "a row",
                                 .reason = "torn",
                                 .adapter = {1},
                                 .identity = {2},
                                 .name = {},
                                 .attributes = {},
                                 .sealed = {3}}},
                     sealer_));
  const Contents reloaded = Reload();
  ASSERT_EQ(reloaded.bonds.size(), 1u);
  EXPECT_TRUE(SameBond(reloaded.bonds.front(), BondWithPeer(7)));
  EXPECT_EQ(reloaded.generation, 50u);
  EXPECT_EQ(
      Must(file_.database().QueryInteger("SELECT count(*) FROM quarantine")),
      1);
}

}  // namespace
}  // namespace bondd::bonds
