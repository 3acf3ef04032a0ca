// bondd and another host on its air: addresses that change, and signed writes.

#include "tests/daemon/peer.h"

#include <algorithm>
#include <chrono>

#include "smp/signer.h"
#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

class PeerTest : public PairTest {
 protected:
  Words MoreArguments() override {
    return {"--sim-listen", "unix:" + Socket().native(), "--log-level",
            "debug"};
  }
  void SetUp() override {
    PairTest::SetUp();
    peer_ = std::make_unique<Peer>(world_.loop, Socket());
    Await([&] { return peer_->ready(); });
  }

  std::filesystem::path Socket() const {
    return world_.folder.path() / "radio";
  }

  // sim0 pairs with the peer, which it finds under this address.
  Json PairWithPeer(const DeviceAddress& address,
                    const Json& options = Json::object()) {
    peer_->Advertise(address);
    const auto call =
        central_.Finish(kCentralPath, kAdapter, "InitiatePairing", "ssa{sv}",
                        Json::array({address.ToString(), "random", options}));
    EXPECT_FALSE(call->failed()) << call->message();
    Await([&] { return !peer_->end().reports.empty(); });
    return call->failed() ? Json() : call->values().at(0);
  }

  // How many lines of the journal have this in them.
  size_t Logged(const std::string& text) const {
    const std::string output = bondd_->Output();
    size_t found = 0;
    for (size_t at = output.find(text); at != output.npos;
         at = output.find(text, at + 1)) {
      ++found;
    }
    return found;
  }

  void Part() {
    peer_->Disconnect();
    Await([&] { return !peer_->linked() && LinkOf(kCentralPath).empty(); });
  }

  // What everybody on the bus can see of the bonds.
  Json Bonds() {
    Json bonds;
    const Json objects = central_.Objects();
    for (const auto& [path, interfaces] : objects.items()) {
      if (interfaces.contains("org.bondd.Bond1")) bonds[path] = interfaces;
    }
    return bonds;
  }
  // sim0 has a bond with a peer that is away. Somebody else takes the peer's
  // place, who has seen its private address and knows none of its keys.
  void LetAnImpostorCome() {
    PairWithPeer(Peer::PrivateAddress(1));
    Part();
    bonds_ = Bonds();
    EXPECT_EQ(bonds_.size(), 1u);
    peer_.reset();
    peer_ = std::make_unique<Peer>(world_.loop, Socket());
    Await([&] { return peer_->ready(); });
    central_.ForgetSignals();
  }
  // The address resolves, and gets its owner nothing.
  void ExpectAHintAndNoMore() {
    EXPECT_EQ(LinkProperty(kCentralPath, "Peer"),
              Json::array({Peer::Identity().ToString(), "random"}));
    EXPECT_EQ(LinkProperty(kCentralPath, "Encrypted"), false);
    EXPECT_EQ(LinkProperty(kCentralPath, "SecurityLevel"), 1);
    EXPECT_EQ(Bonds(), bonds_);
    for (const auto& signal : central_.signals()) {
      EXPECT_EQ(signal.path.find("/bond_"), signal.path.npos) << signal.member;
    }
  }

  std::unique_ptr<Peer> peer_;
  Json bonds_;
};

TEST_F(PeerTest, ReplayedAddressOfABondUnlocksNothingInACentral) {
  LetAnImpostorCome();
  peer_->Advertise(Peer::PrivateAddress(1));
  Do(central_, kCentralPath, "Connect", "ssa{sv}",
     Json::array(
         {Peer::PrivateAddress(1).ToString(), "random", {{"Encrypt", "no"}}}));
  ExpectAHintAndNoMore();
  // It has to know the key as soon as that is asked for.
  EXPECT_EQ(OnLink(central_, kCentralPath, "InitiateEncryption", "a{sv}",
                   Json::array({Json::object()})),
            "KeyMissing");
  EXPECT_EQ(LinkProperty(kCentralPath, "SecurityLevel"), 1);
  const Json now = Bonds();
  for (const auto& [path, interfaces] : bonds_.items()) {
    EXPECT_EQ(now[path]["org.bondd.Bond1"]["LastUsed"],
              interfaces["org.bondd.Bond1"]["LastUsed"]);
  }
}

TEST_F(PeerTest, ReplayedAddressOfABondUnlocksNothingInAPeripheral) {
  LetAnImpostorCome();
  Do(central_, kCentralPath, "StartAdvertising", "a{sv}",
     Json::array({{{"IntervalMs", 20}}}));
  // Whoever comes may pair, so nobody meant this bond.
  Do(central_, kCentralPath, "AcceptPairing", "a{sv}",
     Json::array({Json::object()}));
  peer_->Connect(*DeviceAddress::Parse(kCentralAddress, AddressType::kPublic),
                 Peer::PrivateAddress(1));
  Await([&] { return peer_->linked() && !LinkOf(kCentralPath).empty(); });
  ExpectAHintAndNoMore();
  peer_->Give(smp::StartPairing{smp::PairingParameters()});
  Await([&] { return !peer_->end().reports.empty(); });
  const auto& failure = peer_->end().reports.back().failure;
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->reason,
            smp::PairingFailedReason::kAuthenticationRequirements);
  ExpectAHintAndNoMore();
}

TEST_F(PeerTest, ReplayedAddressOfABondIsOneAmongOthersInAScan) {
  LetAnImpostorCome();
  peer_->Advertise(Peer::PrivateAddress(1));
  Do(central_, kCentralPath, "StartScan", "a{sv}",
     Json::array({Json::object()}));
  const auto found = [&] {
    return std::ranges::any_of(central_.signals(), [](const auto& signal) {
      return signal.member == "DeviceFound" &&
             signal.arguments.at(0)["Address"] ==
                 Peer::PrivateAddress(1).ToString();
    });
  };
  Await(found);
  EXPECT_EQ(LinkOf(kCentralPath), "");
  EXPECT_EQ(Bonds(), bonds_);
}

TEST_F(PeerTest, BondedPeerIsFoundUnderAnAddressThatItsIrkResolves) {
  const Json result = PairWithPeer(Peer::PrivateAddress(1));
  EXPECT_EQ(result["Peer"],
            Json::array({Peer::Identity().ToString(), "random"}));
  Part();
  peer_->Advertise(Peer::PrivateAddress(2));
  Do(central_, kCentralPath, "Connect", "ssa{sv}",
     Json::array({Peer::Identity().ToString(), "random", Json::object()}));
  EXPECT_EQ(LinkProperty(kCentralPath, "OnAirAddress"),
            Peer::PrivateAddress(2).ToString());
  EXPECT_EQ(LinkProperty(kCentralPath, "Peer"), result["Peer"]);
  EXPECT_TRUE(Encrypted(kCentralPath));
}

TEST_F(PeerTest, SearchForABondedPeerEndsWithItsTime) {
  PairWithPeer(Peer::PrivateAddress(1));
  Part();
  const auto call = central_.Finish(
      kCentralPath, kAdapter, "Connect", "ssa{sv}",
      Json::array(
          {Peer::Identity().ToString(), "random", {{"TimeoutMs", 200}}}));
  EXPECT_EQ(call->error(), "org.bondd.Error.TimedOut");
}

TEST_F(PeerTest, SearchForABondedPeerEndsWhenItConnectsByItself) {
  PairWithPeer(Peer::PrivateAddress(1));
  Part();
  const auto call = central_.Start(
      kCentralPath, kAdapter, "Connect", "ssa{sv}",
      Json::array({Peer::Identity().ToString(), "random", Json::object()}));
  Do(central_, kCentralPath, "StartAdvertising", "a{sv}",
     Json::array({{{"IntervalMs", 20}}}));
  EXPECT_FALSE(call->done());
  peer_->Connect(*DeviceAddress::Parse(kCentralAddress, AddressType::kPublic),
                 Peer::PrivateAddress(2));
  Await([&] { return call->done(); });
  ASSERT_FALSE(call->failed()) << call->message();
  EXPECT_EQ(call->values().at(0), LinkOf(kCentralPath));
  EXPECT_EQ(LinkProperty(kCentralPath, "Role"), "peripheral");
  // Nothing is left of the search: the peer is not connected to once more.
  Part();
  peer_->Advertise(Peer::PrivateAddress(3));
  EXPECT_EQ(
      central_
          .Finish(
              kCentralPath, kAdapter, "Connect", "ssa{sv}",
              Json::array({kPeripheralAddress, "public", {{"TimeoutMs", 300}}}))
          ->error(),
      "org.bondd.Error.TimedOut");
  EXPECT_FALSE(peer_->linked());
}

TEST_F(PeerTest, SignedWriteIsTakenOnceAndAForgedOneNever) {
  peer_->parameters.responder_keys.sign = true;
  PairWithPeer(Peer::PrivateAddress(1),
               {{"ResponderKeys", {"enc", "id", "sign"}}});
  ASSERT_NE(peer_->bond(), nullptr);
  smp::BondData bond = peer_->bond()->Clone();
  ASSERT_TRUE(bond.local_csrk);
  // [Vol 3, Part F] 3.4.5.4: a write of one octet to attribute 3.
  const Bytes write = smp::SignWith(bond, Bytes{0xD2, 0x03, 0x00, 0x2A});
  peer_->SendAtt(write);
  Await([&] { return Logged("signed write verified") == 1; });
  peer_->SendAtt(write);
  Await([&] { return Logged("signed write dropped") == 1; });
  Bytes forged = smp::SignWith(bond, Bytes{0xD2, 0x03, 0x00, 0x2A});
  forged.back() ^= 1;
  peer_->SendAtt(forged);
  Await([&] { return Logged("signed write dropped") == 2; });
  EXPECT_EQ(Logged("signed write verified"), 1u);
}

// Requests that nobody here has to do with: not armed, no agent, or not even
// valid. Each is answered; the journal and the bus don't drown.
class FloodTest : public PeerTest {
 protected:
  void BePeripheral() {
    Do(central_, kCentralPath, "StartAdvertising", "a{sv}",
       Json::array({{{"IntervalMs", 20}}}));
    peer_->Connect(
        *DeviceAddress::Parse(kCentralAddress, AddressType::kPublic));
    Await([&] { return peer_->linked() && !LinkOf(kCentralPath).empty(); });
    central_.ForgetSignals();
  }
  void BeCentral() {
    peer_->Advertise(Peer::Identity());
    Do(central_, kCentralPath, "Connect", "ssa{sv}",
       Json::array({Peer::Identity().ToString(), "random", Json::object()}));
    Await([&] { return peer_->linked(); });
    central_.ForgetSignals();
  }

  void Flood(const Bytes& pdu) {
    const auto begun = std::chrono::steady_clock::now();
    for (size_t i = 1; i <= kFlood; ++i) {
      peer_->SendSmp(pdu);
      // So many at a time, as a queue has an end.
      if (i % 50 != 0) continue;
      Await([&] { return peer_->received(smp::Code::kPairingFailed) == i; });
    }
    // So many at once, and more for the time that it took.
    const auto took = std::chrono::steady_clock::now() - begun;
    const auto lines = 1 + static_cast<size_t>(took / std::chrono::seconds(5));
    const auto allowed =
        32 + static_cast<size_t>(took / std::chrono::seconds(1));
    central_.Property(kCentralPath, kAdapter, "Address");
    EXPECT_LE(Heard("PairingCompleted"), allowed);
    EXPECT_LE(Heard("PairingRequested") + Heard("SecurityRequested"), allowed);
    EXPECT_GE(Heard("PairingCompleted"), 1u);
    EXPECT_LE(Logged("pairing refused"), lines);
    EXPECT_LE(Logged("pairing failed"), lines);
    EXPECT_GE(Logged("pairing failed"), 1u);
  }

  size_t Heard(const std::string& member) const {
    return static_cast<size_t>(std::ranges::count_if(
        central_.signals(),
        [&](const auto& signal) { return signal.member == member; }));
  }

  static constexpr size_t kFlood = 200;
};

TEST_F(FloodTest, OfUnarmedPairingRequestsDrownsNobody) {
  BePeripheral();
  Flood({0x01, 3, 0, 0x09, 16, 3, 3});
  // It was no attempt: once somebody wants to, the peer may pair at once.
  Do(central_, kCentralPath, "AcceptPairing", "a{sv}",
     Json::array({Json::object()}));
  peer_->Give(smp::StartPairing{smp::PairingParameters()});
  Await([&] { return !peer_->end().reports.empty(); });
  EXPECT_TRUE(peer_->end().Succeeded());
}

TEST_F(FloodTest, OfSecurityRequestsThatNobodyAgreesToDrownsNobody) {
  BeCentral();
  Flood({0x0B, 0x09});
  const auto call =
      central_.Finish(LinkOf(kCentralPath), kConnection, "InitiatePairing",
                      "a{sv}", Json::array({Json::object()}));
  EXPECT_FALSE(call->failed()) << call->message();
}

TEST_F(FloodTest, OfMalformedPairingRequestsDrownsNobodyAndWaitsNoLonger) {
  BePeripheral();
  constexpr uint8_t kNoKeySize = 0;
  Flood({0x01, 3, 0, 0x09, kNoKeySize, 3, 3});
  // Those within the wait have not made it longer.
  Do(central_, kCentralPath, "AcceptPairing", "a{sv}",
     Json::array({Json::object()}));
  while (!peer_->end().Succeeded()) {
    const size_t reports = peer_->end().reports.size();
    ASSERT_LT(reports, 20'000u);
    peer_->Give(smp::StartPairing{smp::PairingParameters()});
    Await([&] { return peer_->end().reports.size() > reports; });
  }
}

// Keypress Notifications: more than anybody types, in the time that a passkey
// is on show.
TEST_F(FloodTest, OfKeypressesDrownsNobody) {
  TestAgent agent(central_, "DisplayOnly");
  SetProperty(central_, kCentralPath, "Trace", true);
  peer_->parameters.io_capability = smp::IoCapability::kKeyboardOnly;
  peer_->parameters.keypress = true;
  peer_->Advertise(Peer::Identity());
  const auto call =
      central_.Start(kCentralPath, kAdapter, "InitiatePairing", "ssa{sv}",
                     Json::array({Peer::Identity().ToString(),
                                  "random",
                                  {{"Keypress", true}, {"Mitm", "yes"}}}));
  Await([&] {
    return peer_->linked() && peer_->end().Asked<smp::PasskeyInputPrompt>() &&
           !agent.Asked("DisplayPasskey").empty();
  });
  central_.ForgetSignals();
  const auto begun = std::chrono::steady_clock::now();
  for (size_t i = 1; i <= kFlood; ++i) {
    peer_->SendSmp(Bytes{0x0E, 0x01});
    if (i % 10 == 0) Await([&] { return Heard("PduTraced") >= i; });
  }
  const auto took = std::chrono::steady_clock::now() - begun;
  const auto allowed =
      33 + static_cast<size_t>(took / std::chrono::milliseconds(50));
  EXPECT_LE(Heard("Keypress"), allowed);
  EXPECT_GE(Heard("Keypress"), 32u);
  const auto displays = agent.Asked("DisplayPasskey");
  EXPECT_LE(displays.size(), allowed + 1);
  peer_->Give(smp::UserReply(
      smp::EnterPasskey{peer_->end().asked.back().prompt,
                        displays.front().at(0).get<uint32_t>()}));
  Await([&] { return call->done(); });
  EXPECT_FALSE(call->failed()) << call->message();
}

// The same key has the same worth, whoever names it.
TEST_F(PeerTest, GivenKeyThatABondHasIsWorthWhatTheBondSays) {
  peer_->parameters.secure_connections = smp::SecureConnectionsOption::kOff;
  peer_->parameters.min_key_size = peer_->parameters.max_key_size = 7;
  PairWithPeer(Peer::PrivateAddress(1), {{"MinKeySize", 7}});
  ASSERT_NE(peer_->bond(), nullptr);
  const smp::LongTermKey key = peer_->bond()->local_ltk->Clone();
  Part();
  peer_->Advertise(Peer::PrivateAddress(2));
  Do(central_, kCentralPath, "Connect", "ssa{sv}",
     Json::array({Peer::Identity().ToString(), "random", {{"Encrypt", "no"}}}));
  const auto octets = key.ltk.Reveal();
  const Json ltk(std::vector<int>(octets.begin(), octets.end()));
  const auto encrypt = [&](const Json& level) {
    Json options = {{"Ltk", ltk}, {"Ediv", key.ediv}, {"Rand", key.rand}};
    options.update(level);
    return central_.Finish(LinkOf(kCentralPath), kConnection,
                           "InitiateEncryption", "a{sv}",
                           Json::array({options}));
  };
  const auto call = encrypt(Json::object());
  ASSERT_FALSE(call->failed()) << call->message();
  const Json result = call->values().at(0);
  EXPECT_EQ(result["KeySize"], 7);
  EXPECT_EQ(result["SecureConnections"], false);
  EXPECT_EQ(result["Authenticated"], false);
  EXPECT_EQ(result["SecurityLevel"], 2);
  EXPECT_EQ(encrypt({{"Level", 3}})->error(), "org.bondd.Error.NotAchievable");
}

// What nobody has a bond about is worth what its owner says.
TEST_F(PeerTest, GivenKeyIsWorthTheLevelThatItIsGivenFor) {
  PairWithPeer(Peer::PrivateAddress(1));
  const smp::LongTermKey key = peer_->bond()->local_ltk->Clone();
  ASSERT_EQ(key.rand, 0u);
  Do(central_, kCentralPath, "RemoveBonding", "ss",
     Json::array({Peer::Identity().ToString(), "random"}));
  Await([&] { return !peer_->linked() && LinkOf(kCentralPath).empty(); });
  peer_->Advertise(Peer::Identity());
  Do(central_, kCentralPath, "Connect", "ssa{sv}",
     Json::array({Peer::Identity().ToString(), "random", Json::object()}));
  const auto octets = key.ltk.Reveal();
  const Json ltk(std::vector<int>(octets.begin(), octets.end()));
  for (const int level : {0, 1, 2, 3, 4}) {
    Json options = {{"Ltk", ltk}};
    if (level > 0) options["Level"] = level;
    const auto call =
        central_.Finish(LinkOf(kCentralPath), kConnection, "InitiateEncryption",
                        "a{sv}", Json::array({options}));
    ASSERT_FALSE(call->failed()) << call->message();
    const Json result = call->values().at(0);
    EXPECT_EQ(result["KeySize"], 16);
    EXPECT_EQ(result["Authenticated"], level >= 3);
    EXPECT_EQ(result["SecureConnections"], level == 4);
    EXPECT_EQ(result["SecurityLevel"], std::max(level, 2));
  }
}

}  // namespace
}  // namespace bondd::daemon::test
