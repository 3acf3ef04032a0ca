// What the state directory and the key are like when bondd starts, and what
// that means to those who pair.

#include <stdlib.h>
#include <sys/mount.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "bonds/store.h"
#include "tests/bonds/forged_row.h"
#include "tests/daemon/pair.h"
#include "tests/daemon/peer.h"

namespace bondd::daemon::test {
namespace {

// Where a folder is, something is mounted. Needs root.
class Mount {
 public:
  explicit Mount(const std::filesystem::path& path) : path_(path) {}
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;
  ~Mount() { umount2(path_.c_str(), MNT_DETACH); }

  // What is there can only be read.
  bool ReadOnly() const {
    return mount(path_.c_str(), path_.c_str(), nullptr, MS_BIND, nullptr) ==
               0 &&
           mount(nullptr, path_.c_str(), nullptr,
                 MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
  }
  // A disk with room for a few bonds.
  bool SmallDisk() const {
    return mount("none", path_.c_str(), "tmpfs", 0, "size=2m,mode=0700") == 0;
  }
  void Fill() const {
    std::ofstream file(path_ / "filler");
    const std::string block(4096, 'f');
    while (file.write(block.data(), block.size()).flush()) {
    }
  }
  void Empty() const { std::filesystem::remove(path_ / "filler"); }

 private:
  std::filesystem::path path_;
};

class StateTest : public PairTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(geteuid(), 0u) << "mounting needs root, as ./test has";
    PairTest::SetUp();
  }

  void Stop() { ASSERT_EQ(bondd_->Stop(), EX_OK) << bondd_->Output(); }

  std::string Connected() {
    Advertise();
    return central_
        .Finish(kCentralPath, kAdapter, "Connect", "ssa{sv}",
                Json::array({kPeripheralAddress, "public", Json::object()}))
        ->message();
  }
  bool SaysOnTheBus(const std::string& text) {
    return std::ranges::any_of(StoreNotices(), [&](const Json& notice) {
      return notice.get<std::string>().find(text) != std::string::npos;
    });
  }
  // It goes on without a store: nobody can bond, everybody can pair.
  void ExpectPairingWithoutBondingAlone() {
    Accept({{"Bonding", false}});
    EXPECT_EQ(PairingError(), "StoreFailed");
    EXPECT_EQ(PairingError({{"Bonding", false}}), "");
  }
};

TEST_F(StateTest, ReadOnlyDirectoryIsUsedAsItIs) {
  PairWell();
  Stop();
  const Mount medium(world_.state());
  ASSERT_TRUE(medium.ReadOnly());
  Start();
  EXPECT_TRUE(SaysOnTheBus("Read-only file system"));
  EXPECT_TRUE(bondd_->Says("Read-only file system")) << bondd_->Output();
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_EQ(Connected(), "");
  EXPECT_TRUE(Encrypted(kCentralPath));
  // Those who are bonded can't bond anew, nor can others.
  Accept({{"Address", kCentralAddress},
          {"AddressType", "public"},
          {"Bonding", false}});
  EXPECT_EQ(PairingError(), "StoreFailed");
  EXPECT_EQ(PairingError({{"Bonding", false}}), "");
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
}

TEST_F(StateTest, RowThatIsDamagedInBothFilesIsToldAndTheOthersAreThere) {
  PairWell();
  Stop();
  for (const char* file : {"bonds.db", "bonds.copy"}) {
    bonds::testing::RunSql(
        world_.state() / file,
        "UPDATE bonds SET sealed = substr(sealed, 1, 30) || "
        "iif(substr(sealed, 31, 1) = x'00', x'01', x'00') || "
        "substr(sealed, 32) WHERE hex(adapter) LIKE '%000000DDB002'");
  }
  Start();
  EXPECT_TRUE(SaysOnTheBus(std::string("the bond with ") + kPeripheralAddress));
  EXPECT_TRUE(bondd_->Says(std::string("the bond with ") + kPeripheralAddress));
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_TRUE(IsBonded(kPeripheralPath, kCentralAddress));
  Restart();
  EXPECT_EQ(StoreNotices(), Json::array());
}

// CVE-2026-43020: rows that open, for they were sealed with the right key, and
// that no pairing has left behind.
TEST_F(StateTest, Row29_RowThatIsNoBondIsToldAndSetAsideAndBonddGoesOn) {
  using bonds::testing::BondWithPeer;
  PairWell();
  Stop();
  const std::filesystem::path before = world_.folder.path() / "before";
  std::filesystem::copy(world_.state(), before);
  const std::string named = std::string("the bond with ") + kPeripheralAddress;
  const auto peer =
      DeviceAddress::Parse(kPeripheralAddress, AddressType::kPublic);
  const bonds::BondSecrets secrets = bonds::EncodeSecrets(BondWithPeer(1));
  const auto expect_set_aside = [&](ByteView attributes, ByteView octets) {
    std::filesystem::remove_all(world_.state());
    std::filesystem::copy(before, world_.state());
    bonds::testing::PutForgedRow(world_.state(), *peer, attributes, octets);
    Start();
    EXPECT_TRUE(SaysOnTheBus(named)) << StoreNotices();
    EXPECT_TRUE(bondd_->Says(named)) << bondd_->Output();
    EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
    EXPECT_TRUE(IsBonded(kPeripheralPath, kCentralAddress));
    Advertise();
    Accept({{"Address", kCentralAddress}, {"AddressType", "public"}});
    EXPECT_EQ(PairingError(), "");
    EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
    Stop();
    EXPECT_EQ(bonds::testing::QuerySql(world_.state() / "bonds.db",
                                       "SELECT count(*) FROM quarantine"),
              1);
  };
  const struct {
    const char* what;
    size_t position;
    uint8_t value;
  } cases[] = {{"key size", 4, 0},    {"key size", 4, 6},
               {"key size", 4, 17},   {"key size", 4, 255},
               {"all flags", 3, 255}, {"unknown key", 5, 0x3F}};
  for (const auto& [what, position, value] : cases) {
    SCOPED_TRACE(std::string(what) + ": " + std::to_string(value));
    bonds::AttributeOctets attributes =
        bonds::EncodeAttributes(BondWithPeer(1));
    attributes[position] = value;
    expect_set_aside(attributes, secrets.Reveal());
  }
  const bonds::AttributeOctets attributes =
      bonds::EncodeAttributes(BondWithPeer(1));
  const ByteView all = attributes;
  expect_set_aside(all.first(all.size() - 1), secrets.Reveal());
  expect_set_aside(all, secrets.Reveal().first(secrets.kSize - 1));
}

// --- The credential.

// As systemd does it for LoadCredentialEncrypted=bondd.key.
class CredentialTest : public StateTest {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(Folder());
    Write('k');
    setenv("CREDENTIALS_DIRECTORY", Folder().c_str(), 1);
    StateTest::SetUp();
  }
  void TearDown() override { unsetenv("CREDENTIALS_DIRECTORY"); }

  std::filesystem::path Folder() const {
    return world_.folder.path() / "credentials";
  }
  void Write(char octet) const {
    world_.Write("credentials/bondd.key", std::string(32, octet));
  }
  void ExpectLockedAndNothingDeleted() {
    Start();
    EXPECT_TRUE(SaysOnTheBus("bondd.key")) << bondd_->Output();
    EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
    Advertise();
    ExpectPairingWithoutBondingAlone();
    Stop();
    EXPECT_FALSE(std::filesystem::exists(world_.state() / "bonds.key"));
    Write('k');
    Start();
    EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
    EXPECT_EQ(StoreNotices(), Json::array());
  }
};

TEST_F(CredentialTest, SealsTheBondsAndNoKeyFileIsMade) {
  PairWell();
  EXPECT_FALSE(std::filesystem::exists(world_.state() / "bonds.key"));
  Restart();
  EXPECT_FALSE(std::filesystem::exists(world_.state() / "bonds.key"));
  EXPECT_EQ(StoreNotices(), Json::array());
  EXPECT_EQ(Connected(), "");
  EXPECT_TRUE(Encrypted(kCentralPath));
}

TEST_F(CredentialTest, OtherOneIsToldAndOpensNothing) {
  PairWell();
  Stop();
  Write('x');
  ExpectLockedAndNothingDeleted();
}

TEST_F(CredentialTest, MissingOneIsToldAndNoKeyTakesItsPlace) {
  PairWell();
  Stop();
  std::filesystem::remove(Folder() / "bondd.key");
  ExpectLockedAndNothingDeleted();
}

// --- A peer that asks for a bond there is no room for.

class PeerAtTheDoorTest : public StateTest {
 protected:
  Words MoreArguments() override {
    return {"--sim-listen", "unix:" + Socket().native(), "--config",
            world_.Write("few.conf",
                         "[Bonds]\n"
                         "MaxBonds=2\n"
                         "[RepeatedAttempts]\n"
                         "MaxAttempts=10\n")};
  }
  std::filesystem::path Socket() const { return world_.folder.path() / "air"; }

  // It connects to sim0 and pairs; what it hears instead of a response.
  std::optional<smp::PairingFailedReason> AskForABond(Peer& peer) {
    central_.ForgetSignals();
    Do(central_, kCentralPath, "StartAdvertising", "a{sv}",
       Json::array({{{"IntervalMs", 20}}}));
    peer.Connect(*DeviceAddress::Parse(kCentralAddress, AddressType::kPublic));
    Await([&] { return peer.linked(); });
    peer.Give(smp::StartPairing{peer.parameters.Clone()});
    Await([&] { return !peer.end().reports.empty(); });
    const auto failure = peer.end().Report().failure;
    AwaitCompleted(central_, kCentralPath);
    Do(central_, kCentralPath, "StopAdvertising");
    return failure ? failure->reason : std::nullopt;
  }
  void Part(Peer& peer) {
    peer.Disconnect();
    Await([&] { return !peer.linked() && LinkOf(kCentralPath).empty(); });
  }
  void Arm(const Json& options) {
    Do(central_, kCentralPath, "AcceptPairing", "a{sv}",
       Json::array({options}));
  }
  Json Bonds() {
    return Json::array({central_.Must(kCentralPath, kAdapter, "ListBonds", "uu",
                                      Json::array({0, 0})),
                        central_.Must(kPeripheralPath, kAdapter, "ListBonds",
                                      "uu", Json::array({0, 0}))});
  }

  void ExpectRefusedBeforePhase2(Peer& peer, const std::string& why) {
    Arm({{"Count", 2}});
    EXPECT_EQ(AskForABond(peer), smp::PairingFailedReason::kUnspecifiedReason);
    EXPECT_EQ(peer.received(smp::Code::kPairingResponse), 0u);
    const Json told = AwaitCompleted(central_, kCentralPath);
    EXPECT_EQ(told["Status"], "failed");
    EXPECT_EQ(told["Reason"], 8);
    EXPECT_EQ(told["Side"], "local");
    EXPECT_TRUE(bondd_->Says(why)) << bondd_->Output();
    Part(peer);
  }
  void ExpectPairsWithoutBonding(Peer& peer) {
    Arm({{"Bonding", false}});
    EXPECT_EQ(AskForABond(peer), std::nullopt);
    EXPECT_TRUE(peer.end().Succeeded());
    Part(peer);
  }
};

TEST_F(PeerAtTheDoorTest, Row21_IsRefusedBeforePhase2WhereMaxBondsIsReached) {
  PairWell();
  const Json before = Bonds();
  Peer peer(world_.loop, Socket());
  Await([&] { return peer.ready(); });
  central_.Must(LinkOf(kCentralPath), kConnection, "Disconnect");
  Await([&] { return LinkOf(kCentralPath).empty(); });
  ExpectRefusedBeforePhase2(peer, "MaxBonds");
  EXPECT_EQ(Bonds(), before);
  ExpectPairsWithoutBonding(peer);
  EXPECT_EQ(Bonds(), before);
  EXPECT_EQ(Connected(), "");
  EXPECT_TRUE(Encrypted(kCentralPath));
}

class FullDiskTest : public PeerAtTheDoorTest {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(world_.state());
    disk_.emplace(world_.state());
    ASSERT_TRUE(disk_->SmallDisk());
    PeerAtTheDoorTest::SetUp();
    peer_ = std::make_unique<Peer>(world_.loop, Socket());
    Await([&] { return peer_->ready(); });
  }
  void TearDown() override {
    peer_.reset();
    bondd_.reset();
  }

  void StartAtFirstOnAFullDisk() {
    peer_.reset();
    Stop();
    for (const auto& entry :
         std::filesystem::directory_iterator(world_.state())) {
      std::filesystem::remove(entry);
    }
    disk_->Fill();
    Start();
  }
  void PairWhenThereIsRoom() {
    disk_->Empty();
    Accept({{"Count", 2}});
    // The first to ask finds out.
    Await([&] { return PairingError() == ""; });
  }

  std::optional<Mount> disk_;
  std::unique_ptr<Peer> peer_;
};

TEST_F(FullDiskTest, PeerIsRefusedBeforePhase2AndTakenWhenThereIsRoom) {
  disk_->Fill();
  ExpectRefusedBeforePhase2(*peer_, "No space left");
  ExpectPairsWithoutBonding(*peer_);
  disk_->Empty();
  Arm(Json::object());
  EXPECT_EQ(AskForABond(*peer_), std::nullopt);
  EXPECT_EQ(Bonds().at(0).at(0).size(), 1u);
}

TEST_F(FullDiskTest, FirstStartIsMadeGoodWhenThereIsRoom) {
  StartAtFirstOnAFullDisk();
  EXPECT_TRUE(SaysOnTheBus("until it can be written"));
  Advertise();
  ExpectPairingWithoutBondingAlone();
  PairWhenThereIsRoom();
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
  Restart();
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
}

TEST_F(FullDiskTest, ControllerOfAFirstStartIsKnownOnceThereIsABondToBetray) {
  StartAtFirstOnAFullDisk();
  Await([&] {
    return bondd_->Says("sim0: what is known of the controller is not");
  });
  Advertise();
  PairWhenThereIsRoom();
  Stop();
  const auto store = bonds::Store::Open({.directory = world_.state()});
  ASSERT_TRUE(store.has_value()) << store.error().message;
  const bonds::LocalIdentity* identity = (*store)->FindIdentity(
      "sim0", DeviceAddress::Parse(kCentralAddress, AddressType::kPublic));
  ASSERT_NE(identity, nullptr);
  EXPECT_NE(identity->controller, "");
}

}  // namespace
}  // namespace bondd::daemon::test
