#include "bonds/store.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using testing::AdapterAddress;
using testing::Await;
using testing::BondWithPeer;
using testing::KeyOfPeer;
using testing::LegacyBondWithPeer;
using testing::PrivateAddress;
using testing::PublicAddress;
using testing::SameBond;

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() { Open(); }

  void Open(size_t max_bonds = 1024) {
    store_.reset();
    auto opened =
        Store::Open({.directory = directory_.path(), .max_bonds = max_bonds});
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  LocalIdentity IdentityOf(
      const std::string& spec,
      const std::optional<DeviceAddress>& public_address = std::nullopt) {
    Result<LocalIdentity> identity =
        testing::AwaitIdentity(*store_, spec, public_address);
    EXPECT_TRUE(identity);
    return identity ? std::move(*identity) : LocalIdentity{};
  }

  bool Readable() {
    pollfd poll_fd{.fd = store_->fd(), .events = POLLIN, .revents = 0};
    return ::poll(&poll_fd, 1, 0) == 1;
  }

  testing::TemporaryDirectory directory_;
  std::unique_ptr<Store> store_;
};

TEST_F(StoreTest, KeepsABondAcrossARestart) {
  const Bond bond = BondWithPeer(1);
  ASSERT_TRUE(Await(*store_, store_->Save(bond.Clone())));
  Open();
  const Bond* found = store_->Find(bond.key());
  ASSERT_NE(found, nullptr);
  EXPECT_TRUE(SameBond(*found, bond));
}

TEST_F(StoreTest, KeepsALegacyBondAcrossARestart) {
  const Bond bond = LegacyBondWithPeer(1);
  ASSERT_TRUE(Await(*store_, store_->Save(bond.Clone())));
  Open();
  const Bond* found = store_->Find(bond.key());
  ASSERT_NE(found, nullptr);
  EXPECT_TRUE(SameBond(*found, bond));
}

TEST_F(StoreTest, ShowsABondOnlyWhenItIsCommitted) {
  const RequestId request = store_->Save(BondWithPeer(1));
  EXPECT_EQ(store_->Find(KeyOfPeer(1)), nullptr);
  store_->Drain();
  EXPECT_EQ(store_->Find(KeyOfPeer(1)), nullptr);
  EXPECT_TRUE(Readable());
  EXPECT_TRUE(Await(*store_, request));
  EXPECT_FALSE(Readable());
  EXPECT_NE(store_->Find(KeyOfPeer(1)), nullptr);
}

TEST_F(StoreTest, ReplacesTheBondOfTheSamePeerAndNoOther) {
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(1, 1))));
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(2, 1))));
  const uint64_t generation = store_->Find(KeyOfPeer(1))->generation;
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(1, 2))));
  Open();
  EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(1)), BondWithPeer(1, 2)));
  EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(2)), BondWithPeer(2, 1)));
  EXPECT_GT(store_->Find(KeyOfPeer(1))->generation, generation);
}

TEST_F(StoreTest, SetsTheTimeOfCreationWhenThereIsNone) {
  Bond bond = BondWithPeer(1);
  bond.created = 0;
  ASSERT_TRUE(Await(*store_, store_->Save(std::move(bond))));
  EXPECT_GT(store_->Find(KeyOfPeer(1))->created, 1'700'000'000'000'000u);
}

TEST_F(StoreTest, RefusesABondThatNoPairingCanHaveMade) {
  Bond bond = BondWithPeer(1);
  bond.data.security.key_size = 17;
  const Result<void> outcome = Await(*store_, store_->Save(std::move(bond)));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store_->Find(KeyOfPeer(1)), nullptr);
}

TEST_F(StoreTest, RemovesABondForGood) {
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(1))));
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(2))));
  ASSERT_TRUE(Await(*store_, store_->Remove(KeyOfPeer(1))));
  EXPECT_EQ(store_->Find(KeyOfPeer(1)), nullptr);
  Open();
  EXPECT_EQ(store_->Find(KeyOfPeer(1)), nullptr);
  EXPECT_NE(store_->Find(KeyOfPeer(2)), nullptr);
}

TEST_F(StoreTest, SaysThatABondToRemoveIsNotThere) {
  const Result<void> outcome = Await(*store_, store_->Remove(KeyOfPeer(1)));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kNotFound);
}

TEST_F(StoreTest, RemovesAllBondsOfOneAdapterOnly) {
  Bond foreign = BondWithPeer(3);
  foreign.adapter = PublicAddress(999);
  const BondKey foreign_key = foreign.key();
  store_->Save(BondWithPeer(1));
  store_->Save(BondWithPeer(2));
  store_->Save(std::move(foreign));
  ASSERT_TRUE(Await(*store_, store_->RemoveAll(AdapterAddress())));
  EXPECT_EQ(store_->Count(AdapterAddress()), 0u);
  Open();
  EXPECT_EQ(store_->Count(AdapterAddress()), 0u);
  EXPECT_NE(store_->Find(foreign_key), nullptr);
}

TEST_F(StoreTest, FindsABondByItsResolvablePrivateAddress) {
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(1))));
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(2))));
  const DeviceAddress address =
      PrivateAddress(*BondWithPeer(2).data.peer_irk, 77);
  const Bond* found = store_->FindByAddress(AdapterAddress(), address);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->data.identity, PublicAddress(2));
  EXPECT_EQ(store_->FindByAddress(PublicAddress(999), address), nullptr);
}

TEST_F(StoreTest, ListsBondsInTheOrderOfTheirAddresses) {
  for (const uint32_t number : {3, 1, 4, 2}) store_->Save(BondWithPeer(number));
  store_->Drain();
  store_->TakeCompletions();
  const auto middle = store_->List(AdapterAddress(), 1, 2);
  ASSERT_EQ(middle.size(), 2u);
  EXPECT_EQ(middle[0]->data.identity, PublicAddress(2));
  EXPECT_EQ(middle[1]->data.identity, PublicAddress(3));
  EXPECT_EQ(store_->List(AdapterAddress(), 0, 0).size(), 4u);
  EXPECT_TRUE(store_->List(AdapterAddress(), 4, 1).empty());
}

TEST_F(StoreTest, KeepsTheNameAndThatThePeerLostItsKeys) {
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(1))));
  store_->SetPeerLostKeys(KeyOfPeer(1), true);
  ASSERT_TRUE(Await(*store_, store_->SetName(KeyOfPeer(1), "Maus ü")));
  Open();
  const Bond* found = store_->Find(KeyOfPeer(1));
  EXPECT_EQ(found->name, "Maus ü");
  EXPECT_TRUE(found->peer_lost_keys);
  EXPECT_EQ(found->data.local_ltk, BondWithPeer(1).data.local_ltk);
}

TEST_F(StoreTest, RefusesANameThatIsNotUtf8) {
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(1))));
  const Result<void> outcome =
      Await(*store_, store_->SetName(KeyOfPeer(1), "\xC3"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store_->Find(KeyOfPeer(1))->name, "Keyboard");
}

TEST_F(StoreTest, WritesLastUsedAtMostOnceAMinute) {
  constexpr uint64_t kSecond = 1'000'000;
  constexpr uint64_t kStart = 1'700'000'000 * kSecond;
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(1))));
  store_->Touch(KeyOfPeer(1), kStart);
  store_->Touch(KeyOfPeer(1), kStart + 59 * kSecond);
  EXPECT_EQ(store_->Find(KeyOfPeer(1))->last_used, kStart + 59 * kSecond);
  Open();
  EXPECT_EQ(store_->Find(KeyOfPeer(1))->last_used, kStart);
  store_->Touch(KeyOfPeer(1), kStart + 60 * kSecond);
  store_->Touch(KeyOfPeer(1), kStart + 120 * kSecond);
  Open();
  EXPECT_EQ(store_->Find(KeyOfPeer(1))->last_used, kStart + 120 * kSecond);
}

TEST_F(StoreTest, WritesThatANewBondWasUsedHoweverLatelyTheOldOneWas) {
  constexpr uint64_t kNow = 1'800'000'000'000'000;
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(1, 1))));
  store_->Touch(KeyOfPeer(1), kNow);
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(1, 2))));
  store_->Touch(KeyOfPeer(1), kNow + 1);
  Open();
  EXPECT_EQ(store_->Find(KeyOfPeer(1))->last_used, kNow + 1);
}

TEST_F(StoreTest, DoesNotBringBackAnOldBondWhenItsStateIsChanged) {
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(1, 1))));
  store_->Save(BondWithPeer(1, 2));
  store_->SetPeerLostKeys(KeyOfPeer(1), true);
  Open();
  EXPECT_EQ(store_->Find(KeyOfPeer(1))->data.local_ltk,
            BondWithPeer(1, 2).data.local_ltk);
}

TEST_F(StoreTest, KeepsTheNameThatABondWasGivenWhileItsNextOneWasOnItsWay) {
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(1, 1))));
  store_->SetName(KeyOfPeer(1), "Kitchen");
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(1, 2))));
  EXPECT_EQ(store_->Find(KeyOfPeer(1))->name, "Kitchen");
  Open();
  EXPECT_EQ(store_->Find(KeyOfPeer(1))->name, "Kitchen");
}

TEST_F(StoreTest, EndsWithWhatWasSaidLastOfThePeersKeys) {
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(1))));
  store_->SetPeerLostKeys(KeyOfPeer(1), true);
  store_->SetPeerLostKeys(KeyOfPeer(1), false);
  store_->Drain();
  store_->TakeCompletions();
  EXPECT_FALSE(store_->Find(KeyOfPeer(1))->peer_lost_keys);
  Open();
  EXPECT_FALSE(store_->Find(KeyOfPeer(1))->peer_lost_keys);
}

TEST_F(StoreTest, CountsSignaturesOfTheKeysThatTheyWereMadeWith) {
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(1, 1))));
  // All three are of the old keys: nobody was told of the new ones yet.
  store_->Save(BondWithPeer(1, 2));
  store_->NextSignCounter(KeyOfPeer(1));
  store_->SetPeerLostKeys(KeyOfPeer(1), true);
  const Result<void> outcome =
      Await(*store_, store_->AcceptSignCounter(KeyOfPeer(1), 70'000));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(1)), BondWithPeer(1, 2)));
  // Those of the new keys count.
  EXPECT_TRUE(Await(*store_, store_->AcceptSignCounter(KeyOfPeer(1), 20)));
  EXPECT_TRUE(Await(*store_, store_->AcceptSignCounter(KeyOfPeer(1), 21)));
  Open();
  EXPECT_EQ(store_->Find(KeyOfPeer(1))->data.peer_sign_counter, 22u);
  EXPECT_FALSE(store_->Find(KeyOfPeer(1))->peer_lost_keys);
}

TEST_F(StoreTest, RefusesANewBondAtTheLimitAndKeepsTheOldOnes) {
  Open(2);
  store_->Save(BondWithPeer(1));
  store_->Save(BondWithPeer(2));
  EXPECT_FALSE(store_->CanStore(KeyOfPeer(3)));
  const Result<void> outcome = Await(*store_, store_->Save(BondWithPeer(3)));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kLimit);
  EXPECT_EQ(store_->Count(AdapterAddress()), 2u);
  EXPECT_TRUE(store_->CanStore(KeyOfPeer(2)));
  EXPECT_TRUE(Await(*store_, store_->Save(BondWithPeer(2, 9))));
}

TEST_F(StoreTest, MakesAnIdentityPerAdapterOnceAndForAll) {
  const LocalIdentity first = IdentityOf("hci0");
  EXPECT_FALSE(first.irk.IsZero());
  EXPECT_TRUE(first.static_address.IsStaticRandom());
  EXPECT_TRUE(IdentityOf("hci0") == first);
  EXPECT_FALSE(IdentityOf("hci1") == first);
  Open();
  EXPECT_TRUE(IdentityOf("hci0") == first);
}

TEST_F(StoreTest, GivesEachAdapterItsIdentityWhereverItIsPluggedIn) {
  const LocalIdentity one = IdentityOf("hci0", PublicAddress(1));
  const LocalIdentity two = IdentityOf("hci1", PublicAddress(2));
  EXPECT_FALSE(one == two);
  Open();
  EXPECT_TRUE(IdentityOf("hci1", PublicAddress(1)) == one);
  EXPECT_TRUE(IdentityOf("hci0", PublicAddress(2)) == two);
}

TEST_F(StoreTest, KeepsWhatIsKnownOfAControllerBesideItsIdentity) {
  const LocalIdentity fresh = IdentityOf("hci0", PublicAddress(1));
  EXPECT_EQ(fresh.controller, "");
  const std::string longest(kMaxControllerSize, 'x');
  for (const std::string& known : {std::string("a port"), longest}) {
    ASSERT_TRUE(
        Await(*store_, store_->SetController("hci0", PublicAddress(1), known)));
    EXPECT_EQ(IdentityOf("hci0", PublicAddress(1)).controller, known);
    Open();
    const LocalIdentity again = IdentityOf("hci1", PublicAddress(1));
    EXPECT_EQ(again.controller, known);
    EXPECT_TRUE(again.irk == fresh.irk);
    EXPECT_EQ(again.static_address, fresh.static_address);
  }
  EXPECT_EQ(Await(*store_, store_->SetController("hci0", PublicAddress(1),
                                                 longest + "x"))
                .error()
                .code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(
      Await(*store_, store_->SetController("hci9", std::nullopt, "nowhere"))
          .error()
          .code,
      ErrorCode::kNotFound);
}

TEST_F(StoreTest, HandsAnIdentityKeptUnderASpecToOneAdapter) {
  const LocalIdentity former = IdentityOf("hci0");
  EXPECT_TRUE(IdentityOf("hci0", PublicAddress(1)) == former);
  EXPECT_FALSE(IdentityOf("hci0", PublicAddress(2)) == former);
  EXPECT_FALSE(IdentityOf("hci0") == former);
  Open();
  EXPECT_TRUE(IdentityOf("hci1", PublicAddress(1)) == former);
  EXPECT_FALSE(IdentityOf("hci0", PublicAddress(2)) == former);
  EXPECT_FALSE(IdentityOf("hci0", PublicAddress(3)) == former);
}

TEST_F(StoreTest, LeavesAnIdentityToBondsOfItsStaticAddress) {
  const LocalIdentity former = IdentityOf("hci0");
  Bond bond = BondWithPeer(1);
  bond.adapter = former.static_address;
  ASSERT_TRUE(Await(*store_, store_->Save(std::move(bond))));
  EXPECT_FALSE(IdentityOf("hci0", PublicAddress(1)) == former);
  Open();
  EXPECT_TRUE(IdentityOf("hci0") == former);
}

TEST_F(StoreTest, AnswersWhatWasAskedBeforeAnIdentity) {
  const RequestId bond = store_->Save(BondWithPeer(1));
  const RequestId identity = store_->RequestIdentity("hci0");
  EXPECT_EQ(store_->FindIdentity("hci0"), nullptr);
  store_->Drain();
  // On the disk, but nobody was told.
  EXPECT_EQ(store_->FindIdentity("hci0"), nullptr);
  const auto completions = store_->TakeCompletions();
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[0].request, bond);
  EXPECT_EQ(completions[1].request, identity);
  EXPECT_TRUE(completions[0].outcome && completions[1].outcome);
  EXPECT_NE(store_->FindIdentity("hci0"), nullptr);
}

TEST_F(StoreTest, CarriesOutWhatIsQueuedBeforeItCloses) {
  for (uint32_t number = 0; number < 50; ++number) {
    store_->Save(BondWithPeer(number));
  }
  Open();
  EXPECT_EQ(store_->Count(AdapterAddress()), 50u);
}

TEST_F(StoreTest, KeepsItsFilesToItself) {
  ASSERT_TRUE(Await(*store_, store_->Save(BondWithPeer(1))));
  for (const auto& entry :
       std::filesystem::directory_iterator(directory_.path())) {
    struct stat status {};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << entry.path();
  }
}

TEST_F(StoreTest, RefusesADirectoryThatAnotherStoreUses) {
  const auto second = Store::Open({.directory = directory_.path()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  EXPECT_NE(second.error().message.find(directory_.path().native()),
            std::string::npos);
}

TEST_F(StoreTest, OpensAgainAfterTheOtherStoreIsGone) {
  store_.reset();
  EXPECT_TRUE(Store::Open({.directory = directory_.path()}));
}

}  // namespace
}  // namespace bondd::bonds
