// The power goes, at each call that changes a file: what was acknowledged is
// on the disk.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <iostream>
#include <map>

#include "bonds/rekey.h"
#include "tests/bonds/fault_shim.h"
#include "tests/bonds/fixture.h"
#include "tests/bonds/loop_disk.h"

namespace bondd::bonds {
namespace {

using testing::AdapterAddress;
using testing::Await;
using testing::BondWithPeer;
using testing::KeyOfPeer;
using testing::LoopDisk;
using testing::Must;
using testing::PublicAddress;
using testing::SameBond;

constexpr int kPowerCuts = 1000 / EACH_POINT;
// On the disk at any time; each is made, replaced and removed in turn.
constexpr uint32_t kPeers = 12;

class PowerCutTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::geteuid(), 0u) << "mounting a disk needs root, as ./test has";
  }

  // What a power cut leaves on the disk.
  struct Cut {
    bool acknowledged = false;  // the answer was there before
    std::vector<uint8_t> image;
  };
  static Cut CutOf(const LoopDisk& disk, int store_fd) {
    const bool acknowledged = testing::HasAnswer(store_fd, 0);
    return {.acknowledged = acknowledged, .image = disk.Image()};
  }

  // The flavour of the bond with each peer.
  using State = std::map<uint32_t, uint8_t>;

  static Result<void> Step(Store& store, int number, State& state) {
    const uint32_t peer = static_cast<uint32_t>(number) % kPeers + 1;
    if (number % 5 == 4 && state.contains(peer)) {
      state.erase(peer);
      return Await(store, store.Remove(KeyOfPeer(peer)));
    }
    const auto flavour = static_cast<uint8_t>(number % 200 + 1);
    state[peer] = flavour;
    return Await(store, store.Save(BondWithPeer(peer, flavour)));
  }

  static bool Holds(const Store& store, const State& state) {
    for (uint32_t peer = 1; peer <= kPeers; ++peer) {
      const Bond* found = store.Find(KeyOfPeer(peer));
      const auto expected = state.find(peer);
      if ((found != nullptr) != (expected != state.end())) return false;
      if (found != nullptr &&
          !SameBond(*found, BondWithPeer(peer, expected->second))) {
        return false;
      }
    }
    return true;
  }
};

TEST_F(PowerCutTest, LosesNothingThatWasAcknowledged) {
  LoopDisk disk;
  auto store = Must(Store::Open({.directory = disk.path() / "state"}));
  store->Drain();
  State before;
  int cuts = 0;
  int after_answer = 0;
  for (int number = 0; cuts < kPowerCuts && !HasFailure(); ++number) {
    std::vector<Cut> images;
    State after = before;
    {
      const testing::HookScope hook([&] {
        // Now and then the kernel has written more than it was asked to.
        if (images.size() % 3 == 2) ::sync();
        images.push_back(CutOf(disk, store->fd()));
      });
      // Takes the answer when the copy is written, too: until then it can be
      // seen to be there.
      ASSERT_TRUE(Step(*store, number, after));
    }
    images.push_back({.acknowledged = true, .image = disk.Image()});
    // Mounting is waiting, most of the time: all of them at once.
    std::vector<std::future<bool>> checks;
    for (const Cut& cut : images) {
      after_answer += cut.acknowledged ? 1 : 0;
      checks.push_back(std::async(std::launch::async, [&] {
        const LoopDisk rest(cut.image);
        const auto again =
            Must(Store::Open({.directory = rest.path() / "state"}));
        return Holds(*again, after) ||
               (!cut.acknowledged && Holds(*again, before));
      }));
    }
    for (size_t i = 0; i < checks.size(); ++i, ++cuts) {
      EXPECT_TRUE(checks[i].get()) << "step " << number << ", cut " << i;
    }
    before = std::move(after);
  }
  EXPECT_GE(cuts, kPowerCuts);
  // Most of them fall between the answer and the end of the copy.
  EXPECT_GT(after_answer, cuts / 3);
  std::cout << cuts << " power cuts, " << after_answer
            << " of them after the answer\n";
}

TEST_F(PowerCutTest, KeepsTheFirstBondAndItsKey) {
  LoopDisk disk;
  std::vector<Cut> cuts;
  // None while the store is being opened.
  std::atomic<int> store_fd = -1;
  {
    const testing::HookScope hook(
        [&] { cuts.push_back(CutOf(disk, store_fd)); });
    auto store = Must(Store::Open({.directory = disk.path() / "state"}));
    store->Drain();
    store->TakeCompletions();
    store_fd = store->fd();
    Must(Await(*store, store->Save(BondWithPeer(1))));
    store_fd = -1;
  }
  ASSERT_GT(cuts.size(), 10u);
  EXPECT_GT(std::ranges::count(cuts, true, &Cut::acknowledged), 1);
  for (const Cut& cut : cuts) {
    const LoopDisk rest(cut.image);
    auto again = Must(Store::Open({.directory = rest.path() / "state"}));
    EXPECT_FALSE(again->locked());
    if (cut.acknowledged) {
      ASSERT_NE(again->Find(KeyOfPeer(1)), nullptr);
      EXPECT_TRUE(SameBond(*again->Find(KeyOfPeer(1)), BondWithPeer(1)));
    }
    EXPECT_TRUE(Await(*again, again->Save(BondWithPeer(2))));
  }
}

class OwnDiskTest : public PowerCutTest {};

TEST_F(OwnDiskTest, RefusesBondingOnAFullDiskBeforeItTries) {
  LoopDisk disk;
  auto store = Must(Store::Open({.directory = disk.path() / "state"}));
  Must(Await(*store, store->Save(BondWithPeer(1))));
  disk.Fill();
  const auto possible = store->CanStore(KeyOfPeer(2));
  ASSERT_FALSE(possible);
  EXPECT_EQ(possible.error().code, ErrorCode::kNoSpace);
  disk.Empty();
  EXPECT_TRUE(store->CanStore(KeyOfPeer(2)));
  EXPECT_TRUE(Await(*store, store->Save(BondWithPeer(2))));
}

TEST_F(OwnDiskTest, FillsNoSmallDiskWithItsLogs) {
  LoopDisk disk;
  auto store = Must(Store::Open({.directory = disk.path() / "state"}));
  constexpr uint32_t kWrites = 500;
  for (uint32_t number = 0; number < kWrites; ++number) {
    ASSERT_TRUE(store->CanStore(KeyOfPeer(number % kPeers))) << number;
    Must(Await(*store, store->Save(BondWithPeer(number % kPeers))));
    store->Drain();
  }
}

TEST_F(OwnDiskTest, StartsOnAFullDiskWithItsBonds) {
  LoopDisk disk;
  auto store = Must(Store::Open({.directory = disk.path() / "state"}));
  Must(Await(*store, store->Save(BondWithPeer(1))));
  store.reset();
  disk.Fill();
  store = Must(Store::Open({.directory = disk.path() / "state"}));
  EXPECT_NE(store->Find(KeyOfPeer(1)), nullptr);
  EXPECT_FALSE(store->CanStore(KeyOfPeer(2)));
}

TEST_F(OwnDiskTest, RefusesBondingWhenTheDiskTurnsReadOnly) {
  LoopDisk disk;
  auto store = Must(Store::Open({.directory = disk.path() / "state"}));
  Must(Await(*store, store->Save(BondWithPeer(1))));
  disk.MakeReadOnly();
  // Some kernels tell nobody about it: then the first write that fails does.
  EXPECT_FALSE(Await(*store, store->Save(BondWithPeer(2))));
  EXPECT_FALSE(store->CanStore(KeyOfPeer(2)));
  EXPECT_NE(store->Find(KeyOfPeer(1)), nullptr);
  store.reset();
  const auto again = Must(Store::Open({.directory = disk.path() / "state"}));
  EXPECT_NE(again->Find(KeyOfPeer(1)), nullptr);
  EXPECT_FALSE(again->CanStore(KeyOfPeer(2)));
  EXPECT_FALSE(Await(*again, again->Save(BondWithPeer(2))));
}

// A disk with a store that was left as by a power cut: its logs hold the bonds
// with peers 1 and 2.
class ReadOnlyStartTest : public PowerCutTest {
 protected:
  void SetUp() override {
    PowerCutTest::SetUp();
    if (HasFatalFailure()) return;
    disk_.emplace();
    const auto store = Must(Store::Open({.directory = disk_->path() / "live"}));
    Must(Await(*store, store->Save(BondWithPeer(1))));
    Must(Await(*store, store->Save(BondWithPeer(2))));
    identity_ = Must(testing::AwaitIdentity(*store, "hci0"));
    store->Drain();
    std::filesystem::copy(disk_->path() / "live", State(),
                          std::filesystem::copy_options::recursive);
  }
  void TearDown() override { store_.reset(); }

  std::filesystem::path State() const { return disk_->path() / "state"; }
  void Open() {
    store_.reset();
    store_ = Must(Store::Open({.directory = State()}));
  }
  void ExpectBonds() {
    for (const uint32_t peer : {1, 2}) {
      ASSERT_NE(store_->Find(KeyOfPeer(peer)), nullptr);
      EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(peer)), BondWithPeer(peer)));
    }
    EXPECT_TRUE(Must(testing::AwaitIdentity(*store_, "hci0")) == identity_);
  }
  void ExpectRefusal() {
    EXPECT_FALSE(store_->CanStore(KeyOfPeer(3)));
    EXPECT_FALSE(Await(*store_, store_->Save(BondWithPeer(3))));
    EXPECT_FALSE(store_->CanStore(KeyOfPeer(3)));
    EXPECT_EQ(store_->Find(KeyOfPeer(3)), nullptr);
    store_->Drain();
    store_->TakeCompletions();
  }
  // The first to ask makes it find out.
  void ExpectRecovery() {
    EXPECT_FALSE(store_->CanStore(KeyOfPeer(3)));
    store_->Drain();
    store_->TakeCompletions();
    EXPECT_TRUE(store_->CanStore(KeyOfPeer(3)));
    EXPECT_TRUE(Await(*store_, store_->Save(BondWithPeer(3))));
  }
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(State())) {
      files[entry.path().filename()] = testing::ReadWholeFile(entry.path());
    }
    return files;
  }

  std::optional<LoopDisk> disk_;
  LocalIdentity identity_;
  std::unique_ptr<Store> store_;
};

TEST_F(ReadOnlyStartTest, UsesTheBondsAndTouchesNothing) {
  const auto files = Files();
  disk_->Remount(false);
  Open();
  const auto notices = store_->TakeNotices();
  ASSERT_EQ(testing::CountOf(notices, NoticeKind::kReadOnly), 1u);
  EXPECT_NE(notices[0].message.find(State().native()), std::string::npos);
  ExpectBonds();
  ExpectRefusal();
  EXPECT_TRUE(Files() == files);
}

TEST_F(ReadOnlyStartTest, GoesOnWhenTheDiskCanBeWritten) {
  disk_->Remount(false);
  Open();
  ExpectRefusal();
  disk_->Remount(true);
  ExpectRecovery();
  EXPECT_EQ(testing::CountOf(store_->TakeNotices(), NoticeKind::kRestored), 1u);
  Open();
  EXPECT_NE(store_->Find(KeyOfPeer(3)), nullptr);
  ExpectBonds();
}

TEST_F(ReadOnlyStartTest, StoresAnIdentityBeforeTheFirstBond) {
  disk_->Remount(false);
  Open();
  const LocalIdentity fresh = Must(testing::AwaitIdentity(*store_, "hci1"));
  EXPECT_TRUE(Must(testing::AwaitIdentity(*store_, "hci0", PublicAddress(7))) ==
              identity_);
  ExpectRefusal();
  disk_->Remount(true);
  ExpectRecovery();
  Open();
  EXPECT_TRUE(Must(testing::AwaitIdentity(*store_, "hci1")) == fresh);
  EXPECT_TRUE(Must(testing::AwaitIdentity(*store_, "hci0", PublicAddress(7))) ==
              identity_);
}

TEST_F(ReadOnlyStartTest, ExportsWhatItHas) {
  disk_->Remount(false);
  Open();
  testing::TemporaryDirectory elsewhere;
  const auto file = elsewhere.path() / "bonds";
  ExportRequest request;
  request.fd =
      UniqueFd(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  request.adapter = AdapterAddress();
  EXPECT_TRUE(Await(*store_, store_->Export(std::move(request))));
  EXPECT_NE(testing::ReadWholeFile(file).find("peer_irk"), std::string::npos);
}

TEST_F(ReadOnlyStartTest, MendsInMemoryWhatItWouldHaveMended) {
  testing::WriteWholeFile(State() / "bonds.db", std::string(9000, 'x'));
  std::filesystem::remove(State() / "bonds.db-wal");
  const auto files = Files();
  disk_->Remount(false);
  Open();
  ExpectBonds();
  ExpectRefusal();
  EXPECT_TRUE(Files() == files);
  disk_->Remount(true);
  ExpectRecovery();
  Open();
  EXPECT_NE(store_->Find(KeyOfPeer(3)), nullptr);
}

TEST_F(ReadOnlyStartTest, UsesTheCopyOnADiskTooFullToMendTheFile) {
  std::filesystem::remove(State() / "bonds.db");
  std::filesystem::remove(State() / "bonds.db-wal");
  disk_->Fill();
  Open();
  ExpectBonds();
  ExpectRefusal();
  disk_->Empty();
  ExpectRecovery();
  Open();
  EXPECT_NE(store_->Find(KeyOfPeer(3)), nullptr);
  ExpectBonds();
}

TEST_F(ReadOnlyStartTest, TellsOfAKeyThatIsMissingWhereItWouldBe) {
  std::filesystem::remove(State() / "bonds.key");
  disk_->Remount(false);
  Open();
  ASSERT_TRUE(store_->locked());
  EXPECT_NE(store_->locked()->message.find(State().native()),
            std::string::npos);
}

TEST_F(ReadOnlyStartTest, IsNotRekeyed) {
  disk_->Remount(false);
  EXPECT_FALSE(Rekey(State(), {}));
  disk_->Remount(true);
  Open();
  ExpectBonds();
}

}  // namespace
}  // namespace bondd::bonds
