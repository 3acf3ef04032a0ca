// A controller that comes with the address of another one: it gets no key of
// the bonds that the other one has, until it is trusted.

#include <algorithm>

#include "tests/api/relay.h"
#include "tests/daemon/fake_controller.h"
#include "tests/daemon/pair.h"
#include "tests/daemon/peer.h"
#include "tests/daemon/written.h"
#include "tests/dbus/as_user.h"

namespace bondd::daemon::test {
namespace {

constexpr char kPath[] = "/org/bondd/h40";

// One bondd has the radio and offers two controllers: the one is for the peer,
// the other for the bondd that is tested, at the place that it knows or at
// another.
class TrustTest : public testing::Test {
 protected:
  void SetUp() override {
    radio_.emplace(
        world_,
        Words{"--adapter", "sim", "--sim-listen",
              "unix:" + known_place_.native(), "--sim-listen",
              "unix:" + peers_place_.native(), "--bus-name", "org.radio",
              "--state-dir", world_.folder.path() / "radio"});
    Await([&] { return user_.HasOwner("org.radio"); });
    peer_.emplace(world_.loop, peers_place_);
    Await([&] { return peer_->ready(); });
    Start(known_place_);
    PairWithPeer();
  }

  void Await(const std::function<bool()>& done) {
    if (world_.loop.RunUntil(done)) return;
    throw std::runtime_error("waited in vain; bondd said: " +
                             (bondd_ ? bondd_->Output() : ""));
  }

  void Start(const std::filesystem::path& place) {
    if (bondd_) {
      EXPECT_EQ(bondd_->Stop(), 0) << bondd_->Output();
    }
    bondd_.reset();
    bondd_.emplace(world_, Words{"--adapter", "unix:" + place.native()});
    Await([&] { return user_.HasOwner("org.bondd"); });
    Await([&] { return user_.Objects().contains(kPath); });
    user_.ForgetSignals();
  }
  void StartElsewhere() {
    std::filesystem::remove(other_place_);
    relay_.emplace(world_.loop, other_place_, known_place_, written_.hook());
    Start(other_place_);
  }
  // What knows the address of the controller, and is not it.
  void StartOnFake() {
    StartElsewhere();
    ASSERT_FALSE(Trusted());
  }

  // It comes to the place where the other one was.
  void ReplaceByFake(const EarlyLinks& links) {
    relay_.reset();
    std::filesystem::remove(other_place_);
    const auto hook = [links, written = written_.hook()](
                          hci::H4Direction direction, hci::Packet& packet) {
      ChangeMaker(direction, packet);
      links.AddTo(direction, packet);
      return written(direction, packet);
    };
    relay_.emplace(world_.loop, other_place_, known_place_, hook);
    Await([&] {
      const Json objects = user_.Objects();
      return objects.contains(kPath) &&
             objects[kPath][kAdapter]["Trusted"] == false;
    });
  }

  bool Trusted() { return user_.Property(kPath, kAdapter, "Trusted"); }

  std::string Error(const std::string& path, const char* interface,
                    const char* method, const std::string& signature,
                    const Json& arguments) {
    const auto call =
        user_.Finish(path, interface, method, signature, arguments);
    if (call->error() == "org.bondd.Error.NotAuthorized") {
      EXPECT_TRUE(call->message().starts_with("NotAuthorized: Trusted"))
          << call->message();
    }
    return call->error();
  }
  std::string PairingError(const Json& options) {
    return Error(kPath, kAdapter, "InitiatePairing", "ssa{sv}",
                 Json::array({Peer::Identity().ToString(), "random", options}));
  }

  void PairWithPeer() {
    peer_->Advertise(Peer::Identity());
    EXPECT_EQ(PairingError(Json::object()), "");
    Await([&] { return !peer_->end().reports.empty(); });
    Part();
    ASSERT_NE(peer_->bond(), nullptr);
    const smp::BondData& bond = *peer_->bond();
    for (const auto* key : {&bond.local_ltk, &bond.peer_ltk}) {
      if (*key) keys_.push_back(OctetsOf((*key)->ltk.Reveal()));
    }
    ASSERT_TRUE(bond.peer_irk);
    keys_.push_back(OctetsOf(bond.peer_irk->Reveal()));
    bond_path_ = user_
                     .Must(kPath, kAdapter, "FindBond", "ss",
                           Json::array({Peer::Identity().ToString(), "random"}))
                     .at(0);
  }
  static Bytes OctetsOf(ByteView octets) {
    return {octets.begin(), octets.end()};
  }

  std::string Link() {
    const Json objects = user_.Objects();
    for (const auto& [path, interfaces] : objects.items()) {
      if (interfaces.contains(kConnection)) return path;
    }
    return "";
  }
  Json LinkProperty(const char* name) {
    return user_.Property(Link(), kConnection, name);
  }
  void Part() {
    peer_->Disconnect();
    Await([&] { return !peer_->linked() && Link().empty(); });
  }
  void ConnectFromPeer() {
    user_.Must(kPath, kAdapter, "StartAdvertising", "a{sv}",
               Json::array({{{"IntervalMs", 20}}}));
    peer_->Connect(*DeviceAddress::Parse(
        user_.Property(kPath, kAdapter, "Address").get<std::string>(),
        AddressType::kPublic));
    Await([&] { return peer_->linked() && !Link().empty(); });
  }

  World world_;
  BusClient user_{world_.loop, world_.bus.address()};
  const std::filesystem::path known_place_ = world_.folder.path() / "known";
  const std::filesystem::path other_place_ = world_.folder.path() / "other";
  const std::filesystem::path peers_place_ = world_.folder.path() / "peers";
  std::optional<Bondd> radio_;
  std::optional<Peer> peer_;
  Written written_;
  std::optional<api::test::Relay> relay_;
  std::optional<Bondd> bondd_;
  std::vector<Bytes> keys_;
  std::string bond_path_;
};

TEST_F(TrustTest, ControllerThatComesBackToItsPlaceIsTrusted) {
  EXPECT_TRUE(Trusted());
  Start(known_place_);
  EXPECT_TRUE(Trusted());
}

TEST_F(TrustTest, FakeControllerGetsNoKeyWhateverItAsksFor) {
  const Json bond = user_.Objects()[bond_path_];
  StartOnFake();
  EXPECT_TRUE(bondd_->Says("bondctl -a h40 trust")) << bondd_->Output();
  ConnectFromPeer();
  // Of the bond, and of others that there might be.
  peer_->Give(smp::Encrypt{});
  const auto refusals = [&] {
    return written_.Commands(hci::Opcode::kLeLongTermKeyRequestNegativeReply);
  };
  Await([&] { return refusals() == 1 && !peer_->end().manager.encrypting(); });
  for (uint16_t ediv = 1; ediv <= 3; ++ediv) {
    smp::Encrypt encrypt;
    encrypt.key = smp::LongTermKey{smp::Ltk(), ediv, 7};
    encrypt.security.key_size = 16;
    peer_->Give(std::move(encrypt));
    Await([&] {
      return refusals() == 1u + ediv && !peer_->end().manager.encrypting();
    });
  }
  EXPECT_EQ(written_.Commands(hci::Opcode::kLeLongTermKeyRequestReply), 0u);
  EXPECT_EQ(LinkProperty("Encrypted"), false);
  Part();
  peer_->Advertise(Peer::Identity());
  user_.Must(
      kPath, kAdapter, "Connect", "ssa{sv}",
      Json::array({Peer::Identity().ToString(), "random", Json::object()}));
  EXPECT_EQ(LinkProperty("Encrypted"), false);
  EXPECT_EQ(Error(Link(), kConnection, "InitiateEncryption", "a{sv}",
                  Json::array({Json::object()})),
            "org.bondd.Error.NotAuthorized");
  EXPECT_EQ(written_.Commands(hci::Opcode::kLeEnableEncryption), 0u);
  for (const Bytes& key : keys_) EXPECT_FALSE(written_.Has(key));
  EXPECT_EQ(user_.Objects()[bond_path_], bond);
}

TEST_F(TrustTest, FakeControllerThatAsksBeforeItIsJudgedGetsNoKey) {
  StartElsewhere();
  EXPECT_EQ(Error(kPath, kAdapter, "Trust", "", Json::array()), "");
  const Json bond = user_.Objects()[bond_path_];
  user_.ForgetSignals();
  ReplaceByFake(EarlyLinks(Peer::Identity()));
  using enum hci::Opcode;
  Await([&] {
    return written_.Commands(kLeLongTermKeyRequestReply) > 0 ||
           (written_.Commands(kDisconnect) == 1 &&
            written_.Commands(kLeLongTermKeyRequestNegativeReply) == 1);
  });
  EXPECT_EQ(written_.Commands(kLeLongTermKeyRequestReply), 0u);
  for (const Bytes& key : keys_) EXPECT_FALSE(written_.Has(key));
  EXPECT_FALSE(AnyLinkShown(user_));
  EXPECT_EQ(user_.Objects()[bond_path_], bond);
}

TEST_F(TrustTest, FakeControllerMakesNoBonds) {
  const Json bond = user_.Objects()[bond_path_];
  StartOnFake();
  EXPECT_EQ(PairingError(Json::object()), "org.bondd.Error.NotAuthorized");
  EXPECT_EQ(Error(kPath, kAdapter, "AcceptPairing", "a{sv}",
                  Json::array({Json::object()})),
            "org.bondd.Error.NotAuthorized");
  // Nothing is kept of such a pairing, and it shows no IRK that is.
  peer_->Advertise(Peer::Identity());
  EXPECT_EQ(PairingError({{"Bonding", false}}), "");
  for (const Bytes& key : keys_) EXPECT_FALSE(written_.Has(key));
  EXPECT_EQ(user_.Objects()[bond_path_], bond);
}

TEST_F(TrustTest, PeerHearsThatAFakeControllerMakesNoBonds) {
  StartOnFake();
  TestAgent agent(user_, "NoInputNoOutput");
  agent.make_default();
  ConnectFromPeer();
  peer_->Give(smp::StartPairing{smp::PairingParameters()});
  Await([&] { return !peer_->end().reports.empty(); });
  const auto& failure = peer_->end().reports.back().failure;
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->reason, smp::PairingFailedReason::kUnspecifiedReason);
}

TEST_F(TrustTest, TrustGivesItTheBondsFromThenOn) {
  StartOnFake();
  ConnectFromPeer();
  EXPECT_EQ(Error(kPath, kAdapter, "Trust", "", Json::array()), "");
  EXPECT_TRUE(Trusted());
  EXPECT_TRUE(std::ranges::any_of(user_.signals(), [](const auto& signal) {
    return signal.member == "PropertiesChanged" &&
           signal.arguments.at(1).contains("Trusted");
  }));
  peer_->Give(smp::Encrypt{});
  Await([&] { return LinkProperty("Encrypted") == true; });
  EXPECT_EQ(written_.Commands(hci::Opcode::kLeLongTermKeyRequestReply), 1u);
  EXPECT_TRUE(written_.Has(keys_.front()));
  Part();
  StartElsewhere();
  EXPECT_TRUE(Trusted());
  Start(known_place_);
  EXPECT_FALSE(Trusted());
}

TEST_F(TrustTest, TrustIsNotForEverybodyWhoMayCall) {
  StartOnFake();
  constexpr uid_t kStranger = 1;
  std::optional<BusClient> stranger;
  {
    const dbus::test::AsUser as(kStranger);
    stranger.emplace(world_.loop, world_.bus.address());
    // The bus knows who this is once it has answered.
    ASSERT_TRUE(stranger->HasOwner("org.bondd"));
  }
  const auto call = stranger->Finish(kPath, kAdapter, "Trust");
  EXPECT_EQ(call->error(), "org.bondd.Error.NotAuthorized");
  EXPECT_FALSE(Trusted());
}

}  // namespace
}  // namespace bondd::daemon::test
