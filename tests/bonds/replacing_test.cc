// What becomes of a bond that comes between the decision to replace and the
// transaction that does it.

#include "bonds/replacing.h"

#include "bonds/ledger.h"
#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::AdapterAddress;
using testing::Await;
using testing::AwaitAnswer;
using testing::BondWithPeer;
using testing::KeyOfPeer;
using testing::LegacyBondWithPeer;
using testing::Must;
using testing::SameBond;
using testing::SealerOf;
using enum smp::ReplaceOption;

constexpr smp::ReplaceOption kRules[] = {kNever, kAsk, kNotWeaker, kAlways};

class ReplacingTest : public ::testing::Test {
 protected:
  ReplacingTest()
      : directory_(Must(StateDirectory::Open(temporary_.path()))),
        ledger_(directory_,
                Must(BondFile::Open(directory_.File(kBondFileName))),
                std::nullopt, SealerOf(1)) {}

  // The generation of the transaction.
  uint64_t Apply(Change change) {
    Must(ledger_.Apply(change));
    return ledger_.generation();
  }
  // Not of a pairing.
  uint64_t Import(Bond bond) {
    PutBonds import{.bonds = {}, .replace = kAlways, .max_bonds = 10};
    import.bonds.push_back(std::move(bond));
    return Apply(std::move(import));
  }
  // Of a pairing that knew what there was up to `judged`.
  Result<void> Pair(Bond bond, uint64_t judged, smp::ReplaceOption newer) {
    Change change = PutBond{std::move(bond), 10, {judged, newer}};
    return ledger_.Apply(change);
  }
  Result<void> Undo(uint64_t generation, std::optional<Bond> former = {}) {
    Change change = UndoBond{KeyOfPeer(1), generation, std::move(former)};
    return ledger_.Apply(change);
  }
  bool Holds(const Bond& bond) {
    Sealer sealer = SealerOf(1);
    const Contents contents = ledger_.file().Load(sealer).contents;
    return contents.bonds.size() == 1 && SameBond(contents.bonds.front(), bond);
  }

  testing::TemporaryDirectory temporary_;
  StateDirectory directory_;
  Ledger ledger_;
};

TEST_F(ReplacingTest, BondThatWasJudgedGoesWhateverHoldsForOthers) {
  for (const smp::ReplaceOption rule : kRules) {
    const uint64_t judged = Import(BondWithPeer(1));
    Must(Pair(LegacyBondWithPeer(1), judged, rule));
    EXPECT_TRUE(Holds(LegacyBondWithPeer(1)));
  }
}

TEST_F(ReplacingTest, StrongerBondThatCameInBetweenStaysUnlessAllMayGo) {
  for (const smp::ReplaceOption rule : kRules) {
    const uint64_t judged = Import(BondWithPeer(1, 1));
    Import(BondWithPeer(1, 2));
    const auto outcome = Pair(LegacyBondWithPeer(1), judged, rule);
    EXPECT_EQ(outcome.has_value(), rule == kAlways);
    if (outcome) continue;
    EXPECT_EQ(outcome.error().code, ErrorCode::kExists);
    EXPECT_TRUE(Holds(BondWithPeer(1, 2)));
  }
}

TEST_F(ReplacingTest, BondThatIsNotStrongerGoesIfThatIsTheRule) {
  for (const smp::ReplaceOption rule : kRules) {
    Import(LegacyBondWithPeer(1));
    const auto outcome = Pair(BondWithPeer(1), 0, rule);
    EXPECT_EQ(outcome.has_value(), rule == kAlways || rule == kNotWeaker);
    EXPECT_TRUE(Holds(outcome ? BondWithPeer(1) : LegacyBondWithPeer(1)));
  }
}

TEST_F(ReplacingTest, BondOfAnotherPeerIsInNobodysWay) {
  Import(BondWithPeer(1));
  EXPECT_TRUE(Pair(LegacyBondWithPeer(2), 0, kNever));
}

TEST_F(ReplacingTest, BondThatOnlyChangedItsStateIsTheOneThatWasJudged) {
  const uint64_t judged = Import(BondWithPeer(1));
  Apply(AmendBond{
      .key = KeyOfPeer(1), .generation = judged, .peer_lost_keys = true});
  Apply(PutName{KeyOfPeer(1), "Mouse"});
  EXPECT_TRUE(Pair(LegacyBondWithPeer(1), judged, kNever));
}

TEST_F(ReplacingTest, BondThatIsGoneIsInNobodysWay) {
  Import(BondWithPeer(1));
  Apply(RemoveBond{KeyOfPeer(1)});
  EXPECT_TRUE(Pair(LegacyBondWithPeer(1), 0, kNever));
}

TEST_F(ReplacingTest, BondThatCameBackAfterARemovalIsAnotherOne) {
  const uint64_t judged = Import(BondWithPeer(1));
  Apply(RemoveBond{KeyOfPeer(1)});
  Import(BondWithPeer(1));
  EXPECT_FALSE(Pair(LegacyBondWithPeer(1), judged, kNotWeaker));
}

TEST_F(ReplacingTest, TellsWhatItReplaced) {
  Import(BondWithPeer(1));
  Change change = PutBond{BondWithPeer(1, 2)};
  Must(ledger_.Apply(change));
  const auto& put = std::get<PutBond>(change);
  ASSERT_TRUE(put.replaced);
  EXPECT_TRUE(SameBond(*put.replaced, BondWithPeer(1)));
}

TEST_F(ReplacingTest, UndoingBringsBackWhatThereWasUnderTheNameOfNow) {
  Import(BondWithPeer(1, 1));
  const uint64_t put = Apply(PutBond{BondWithPeer(1, 2)});
  Apply(PutName{KeyOfPeer(1), "Mouse"});
  Must(Undo(put, BondWithPeer(1, 1)));
  Bond expected = BondWithPeer(1, 1);
  expected.name = "Mouse";
  EXPECT_TRUE(Holds(expected));
}

TEST_F(ReplacingTest, UndoingTheFirstBondLeavesNone) {
  const uint64_t put = Apply(PutBond{BondWithPeer(1)});
  Must(Undo(put));
  Sealer sealer = SealerOf(1);
  const LoadedFile loaded = ledger_.file().Load(sealer);
  EXPECT_TRUE(loaded.intact());
  EXPECT_TRUE(loaded.contents.bonds.empty());
}

TEST_F(ReplacingTest, UndoingLeavesWhatCameInBetween) {
  for (const bool first : {true, false}) {
    if (!first) Import(BondWithPeer(1, 1));
    const uint64_t put = Apply(PutBond{BondWithPeer(1, 2)});
    Import(BondWithPeer(1, 3));
    const auto outcome =
        Undo(put, first ? std::nullopt : std::optional(BondWithPeer(1, 1)));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kNotFound);
    EXPECT_TRUE(Holds(BondWithPeer(1, 3)));
  }
}

TEST_F(ReplacingTest, UndoingBringsNothingBackThatWasRemoved) {
  Import(BondWithPeer(1, 1));
  const uint64_t put = Apply(PutBond{BondWithPeer(1, 2)});
  Apply(RemoveBond{KeyOfPeer(1)});
  EXPECT_FALSE(Undo(put, BondWithPeer(1, 1)));
  EXPECT_FALSE(Undo(put));
}

// The same as the loop thread sees it.
class ReplacingStoreTest : public testing::StoreFixture {
 protected:
  void SetUp() override { Open(); }

  // Where the store has it, and where the next run finds it.
  void ExpectThere(const Bond& bond) {
    ASSERT_NE(store_->Find(bond.key()), nullptr);
    EXPECT_TRUE(SameBond(*store_->Find(bond.key()), bond));
    Open();
    ASSERT_NE(store_->Find(bond.key()), nullptr);
    EXPECT_TRUE(SameBond(*store_->Find(bond.key()), bond));
  }
  void Settle() {
    store_->Drain();
    store_->TakeCompletions();
  }
};

TEST_F(ReplacingStoreTest, KnowsWhichTransactionsItsBondsAreOf) {
  const uint64_t before = store_->generation();
  const RequestId save = store_->Save(BondWithPeer(1));
  store_->Drain();
  EXPECT_EQ(store_->generation(), before);
  Must(Await(*store_, save));
  EXPECT_EQ(store_->generation(), store_->Find(KeyOfPeer(1))->generation);
}

TEST_F(ReplacingStoreTest, KeepsABondThatNobodyKnewOf) {
  const uint64_t judged = store_->generation();
  // As good as an import: nobody was told of it yet.
  store_->Save(BondWithPeer(1));
  store_->Drain();
  const auto outcome = AwaitAnswer(
      *store_, store_->Save(LegacyBondWithPeer(1), {judged, kNotWeaker}));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kExists);
  EXPECT_TRUE(store_->CanStore(KeyOfPeer(1)));
  ExpectThere(BondWithPeer(1));
}

TEST_F(ReplacingStoreTest, JudgesNoBondTwice) {
  MustSave(BondWithPeer(1));
  const uint64_t judged = store_->generation();
  Must(Await(*store_, store_->Save(LegacyBondWithPeer(1), {judged, kNever})));
  ExpectThere(LegacyBondWithPeer(1));
}

TEST_F(ReplacingStoreTest, JudgesABondOfAnEarlierRunOnce) {
  MustSave(BondWithPeer(1));
  Open();
  Must(Await(*store_, store_->Save(LegacyBondWithPeer(1),
                                   {store_->generation(), kNever})));
  ExpectThere(LegacyBondWithPeer(1));
}

TEST_F(ReplacingStoreTest, TakesABondBackOnceItIsThere) {
  const RequestId save = store_->Save(BondWithPeer(1));
  const RequestId undo = store_->Undo(save);
  Settle();
  EXPECT_TRUE(Await(*store_, undo));
  EXPECT_EQ(store_->Find(KeyOfPeer(1)), nullptr);
  Open();
  EXPECT_EQ(store_->Find(KeyOfPeer(1)), nullptr);
}

TEST_F(ReplacingStoreTest, GivesTheReplacedBondItsPlaceBackAsItWasThen) {
  MustSave(BondWithPeer(1, 1));
  // On its way to the disk when the next bond comes.
  store_->AcceptSignCounter(KeyOfPeer(1), 40);
  const RequestId undo = store_->Undo(store_->Save(BondWithPeer(1, 2)));
  Settle();
  EXPECT_TRUE(Await(*store_, undo));
  Bond expected = BondWithPeer(1, 1);
  expected.data.peer_sign_counter = 41;
  ExpectThere(expected);
}

TEST_F(ReplacingStoreTest, TakesNothingBackThatWasNotKept) {
  MustSave(BondWithPeer(1));
  const uint64_t judged = store_->generation() - 1;
  const RequestId undo =
      store_->Undo(store_->Save(LegacyBondWithPeer(1), {judged, kNotWeaker}));
  Settle();
  const auto outcome = testing::TakeAnswer(*store_, undo);
  ASSERT_TRUE(outcome);
  ASSERT_FALSE(*outcome);
  EXPECT_EQ(outcome->error().code, ErrorCode::kNotFound);
  ExpectThere(BondWithPeer(1));
}

TEST_F(ReplacingStoreTest, LeavesWhatCameAfterABondThatIsTakenBack) {
  MustSave(BondWithPeer(1, 1));
  const RequestId save = store_->Save(BondWithPeer(1, 2));
  store_->Save(BondWithPeer(1, 3));
  const RequestId undo = store_->Undo(save);
  Settle();
  Must(Await(*store_, undo));
  EXPECT_TRUE(store_->CanStore(KeyOfPeer(1)));
  ExpectThere(BondWithPeer(1, 3));
}

TEST_F(ReplacingStoreTest, LeavesWhatWasRemovedAfterABondThatIsTakenBack) {
  MustSave(BondWithPeer(1, 1));
  const RequestId save = store_->Save(BondWithPeer(1, 2));
  store_->Remove(KeyOfPeer(1));
  const RequestId undo = store_->Undo(save);
  Settle();
  EXPECT_FALSE(Await(*store_, undo));
  EXPECT_EQ(store_->Count(AdapterAddress()), 0u);
}

TEST_F(ReplacingStoreTest, TakesBackBeforeItCloses) {
  const RequestId save = store_->Save(BondWithPeer(1));
  store_->Undo(save);
  Settle();
  Open();
  EXPECT_EQ(store_->Find(KeyOfPeer(1)), nullptr);
}

TEST_F(ReplacingStoreTest, TakesBackTwoInARowToWhatWasThereBeforeThem) {
  MustSave(BondWithPeer(1, 1));
  store_->Undo(store_->Save(BondWithPeer(1, 2)));
  const RequestId last = store_->Undo(store_->Save(BondWithPeer(1, 3)));
  Must(AwaitAnswer(*store_, last));
  ExpectThere(BondWithPeer(1, 1));
}

}  // namespace
}  // namespace bondd::bonds
