// bondd and another host on its air: addresses that change, and signed writes.

#include "tests/daemon/peer.h"

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

  void Part() {
    peer_->Disconnect();
    Await([&] { return !peer_->linked() && LinkOf(kCentralPath).empty(); });
  }

  std::unique_ptr<Peer> peer_;
};

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

TEST_F(PeerTest, SignedWriteIsTakenOnceAndAForgedOneNever) {
  peer_->parameters.responder_keys.sign = true;
  PairWithPeer(Peer::PrivateAddress(1),
               {{"ResponderKeys", {"enc", "id", "sign"}}});
  ASSERT_NE(peer_->bond(), nullptr);
  smp::BondData bond = peer_->bond()->Clone();
  ASSERT_TRUE(bond.local_csrk);
  // [Vol 3, Part F] 3.4.5.4: a write of one octet to attribute 3.
  const Bytes write = smp::SignWith(bond, Bytes{0xD2, 0x03, 0x00, 0x2A});
  const auto count = [&](const std::string& text) {
    const std::string output = bondd_->Output();
    size_t found = 0;
    for (size_t at = output.find(text); at != output.npos;
         at = output.find(text, at + 1)) {
      ++found;
    }
    return found;
  };
  peer_->SendAtt(write);
  Await([&] { return count("signed write verified") == 1; });
  peer_->SendAtt(write);
  Await([&] { return count("signed write dropped") == 1; });
  Bytes forged = smp::SignWith(bond, Bytes{0xD2, 0x03, 0x00, 0x2A});
  forged.back() ^= 1;
  peer_->SendAtt(forged);
  Await([&] { return count("signed write dropped") == 2; });
  EXPECT_EQ(count("signed write verified"), 1u);
}

}  // namespace
}  // namespace bondd::daemon::test
