// What bonds do after the pairing that made them.

#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

class BondTest : public PairTest {
 protected:
  void SetUp() override {
    PairTest::SetUp();
    PairWell();
  }

  // The central connects, which uses the bond if there is one.
  void Connect() {
    Advertise();
    central_.Must(kCentralPath, kAdapter, "Connect", "ssa{sv}",
                  Json::array({kPeripheralAddress, "public", Json::object()}));
  }

  // Up to the number that both users have to compare.
  std::unique_ptr<Call> PairAgain() {
    central_.ForgetSignals();
    peripheral_.ForgetSignals();
    Accept({{"Address", kCentralAddress},
            {"AddressType", "public"},
            {"IoCapability", "DisplayYesNo"}});
    auto call = StartPairing(central_, {{"IoCapability", "DisplayYesNo"}});
    AwaitPrompt(kPeripheralPath, "number-comparison");
    return call;
  }

  // The peer hears of it, and no bond is left.
  void ExpectCanceled(const Call& call) {
    Await([&] { return call.done(); });
    EXPECT_EQ(call.error(), "org.bondd.Error.Canceled");
    constexpr int kUnspecifiedReason = 0x08;
    EXPECT_EQ(AwaitCompleted(peripheral_, kPeripheralPath)["Reason"],
              kUnspecifiedReason);
    Await([&] { return LinkOf(kCentralPath).empty(); });
    EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
    EXPECT_FALSE(central_.Objects().contains(
        "/org/bondd/sim0/bond_public_02B0DD000001"));
  }

  std::unique_ptr<Call> RemoveBonding() {
    return central_.Finish(kCentralPath, kAdapter, "RemoveBonding", "ss",
                           Json::array({kPeripheralAddress, "public"}));
  }
};

TEST_F(BondTest, EncryptsWithoutPairingAfterARestart) {
  Restart();
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_TRUE(IsBonded(kPeripheralPath, kCentralAddress));
  Connect();
  EXPECT_TRUE(Encrypted(kCentralPath));
  Await([&] { return Encrypted(kPeripheralPath); });
  EXPECT_EQ(LinkProperty(kCentralPath, "SecurityLevel"), 2);
  EXPECT_EQ(LinkProperty(kCentralPath, "SecureConnections"), true);
  EXPECT_EQ(Completed(central_, kCentralPath), nullptr);
  EXPECT_EQ(Completed(central_, kPeripheralPath), nullptr);
}

TEST_F(BondTest, IsTheOneOfTheRoleThatThisSideHad) {
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress, "central"));
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress, "peripheral"));
  EXPECT_TRUE(IsBonded(kPeripheralPath, kCentralAddress, "peripheral"));
  EXPECT_FALSE(IsBonded(kPeripheralPath, kCentralAddress, "central"));
  EXPECT_FALSE(IsBonded(kCentralPath, kCentralAddress));
}

TEST_F(BondTest, RemovingItDropsTheLinkAndTheObject) {
  ASSERT_TRUE(
      central_.Objects().contains("/org/bondd/sim0/bond_public_02B0DD000001"));
  const auto removed = RemoveBonding();
  EXPECT_FALSE(removed->failed()) << removed->message();
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_TRUE(IsBonded(kPeripheralPath, kCentralAddress));
  EXPECT_FALSE(
      central_.Objects().contains("/org/bondd/sim0/bond_public_02B0DD000001"));
  Await([&] { return LinkOf(kCentralPath).empty(); });
  Restart();
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
}

TEST_F(BondTest, RemovingItCancelsAPairing) {
  const auto call = PairAgain();
  EXPECT_FALSE(RemoveBonding()->failed());
  ExpectCanceled(*call);
}

TEST_F(BondTest, RemovingAllCancelsAPairing) {
  const auto call = PairAgain();
  Do(central_, kCentralPath, "RemoveAllBonds");
  ExpectCanceled(*call);
}

TEST_F(BondTest, CanBeRemovedOnce) {
  RemoveBonding();
  EXPECT_EQ(RemoveBonding()->error(), "org.bondd.Error.DoesNotExist");
}

TEST_F(BondTest, PeerThatLostItsKeysKeepsTheLinkUnencrypted) {
  central_.Must(kPeripheralPath, kAdapter, "RemoveBonding", "ss",
                Json::array({kCentralAddress, "public"}));
  Await([&] { return LinkOf(kCentralPath).empty(); });
  Connect();
  EXPECT_FALSE(Encrypted(kCentralPath));
  EXPECT_EQ(LinkProperty(kCentralPath, "SecurityLevel"), 1);
  EXPECT_EQ(central_.Property("/org/bondd/sim0/bond_public_02B0DD000001",
                              "org.bondd.Bond1", "PeerLostKeys"),
            true);
}

TEST_F(BondTest, IsNotReplacedByAPairingThatWasNotArmedForThisPeer) {
  Accept();
  const auto call = Pair();
  EXPECT_EQ(call->error(), "org.bondd.Error.Smp.AuthenticationRequirements");
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_TRUE(IsBonded(kPeripheralPath, kCentralAddress));
}

TEST_F(BondTest, IsReplacedByAPairingArmedForThisPeer) {
  Accept({{"Address", kCentralAddress}, {"AddressType", "public"}});
  const auto call = Pair();
  EXPECT_FALSE(call->failed()) << call->message();
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_TRUE(IsBonded(kPeripheralPath, kCentralAddress));
}

TEST_F(BondTest, TwoCallsThatWaitForTheLinkAreBothAnswered) {
  Restart();
  Advertise();
  Accept({{"Address", kCentralAddress}, {"AddressType", "public"}});
  const auto first = StartPairing(central_);
  const auto second = StartPairing(central_);
  Await([&] { return first->done() && second->done(); });
  EXPECT_FALSE(first->failed()) << first->message();
  EXPECT_EQ(second->error(), "org.bondd.Error.InProgress");
}

TEST_F(BondTest, IsNeverReplacedWhereTheCallSaysSo) {
  Accept({{"Address", kCentralAddress}, {"AddressType", "public"}});
  EXPECT_EQ(PairingError({{"Replace", "never"}}),
            "Smp.AuthenticationRequirements");
}

TEST_F(BondTest, IsReplacedWhenTheAgentThatIsAskedAgrees) {
  TestAgent agent(central_, "NoInputNoOutput");
  Accept({{"Address", kCentralAddress}, {"AddressType", "public"}});
  EXPECT_EQ(PairingError({{"Replace", "ask"}}), "");
  EXPECT_EQ(agent.consents_asked(), 1u);
}

TEST_F(BondTest, IsKeptWhenTheAgentThatIsAskedRefuses) {
  TestAgent agent(central_, "NoInputNoOutput");
  agent.set_answer(Answer::kRefuse);
  peripheral_.ForgetSignals();
  Accept({{"Address", kCentralAddress}, {"AddressType", "public"}});
  EXPECT_EQ(PairingError({{"Replace", "ask"}}), "Rejected");
  EXPECT_EQ(agent.consents_asked(), 1u);
  constexpr int kAuthenticationRequirements = 0x03;
  EXPECT_EQ(AwaitCompleted(peripheral_, kPeripheralPath)["Reason"],
            kAuthenticationRequirements);
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
}

TEST_F(BondTest, IsKeptWhenThePeripheralsAgentRefuses) {
  TestAgent agent(peripheral_, "NoInputNoOutput");
  agent.set_answer(Answer::kRefuse);
  agent.make_default();
  Accept({{"Address", kCentralAddress},
          {"AddressType", "public"},
          {"Replace", "ask"}});
  EXPECT_EQ(PairingError(), "Smp.AuthenticationRequirements");
  EXPECT_EQ(agent.consents_asked(), 1u);
  EXPECT_TRUE(IsBonded(kPeripheralPath, kCentralAddress));
}

}  // namespace
}  // namespace bondd::daemon::test
