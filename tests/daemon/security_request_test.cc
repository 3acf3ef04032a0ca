// What a Security Request leads to, and encryption without pairing.

#include <algorithm>

#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

class SecurityRequestTest : public PairTest {
 protected:
  void Connect(const Json& options = Json::object()) {
    Advertise();
    Do(central_, kCentralPath, "Connect", "ssa{sv}",
       Json::array({kPeripheralAddress, "public", options}));
    Await([&] { return !LinkOf(kPeripheralPath).empty(); });
  }

  // Bonded, and connected anew without encryption.
  void ConnectBonded() {
    PairWell();
    EXPECT_EQ(OnLink(central_, kCentralPath, "Disconnect"), "");
    Await([&] {
      return LinkOf(kCentralPath).empty() && LinkOf(kPeripheralPath).empty();
    });
    central_.ForgetSignals();
    peripheral_.ForgetSignals();
    Connect({{"Encrypt", "no"}});
  }

  std::unique_ptr<Call> Request(const Json& options = Json::object()) {
    return peripheral_.Start(LinkOf(kPeripheralPath), kConnection,
                             "SendSecurityRequest", "a{sv}",
                             Json::array({options}));
  }

  // The same, until it is answered: the result.
  Json Requested(const Json& options = Json::object()) {
    const auto call = Request(options);
    Await([&] { return call->done(); });
    EXPECT_FALSE(call->failed()) << call->message();
    return call->failed() ? Json() : call->values().at(0);
  }

  void ArmCentralsLink(const Json& options = Json::object()) {
    EXPECT_EQ(OnLink(central_, kCentralPath, "AcceptPairing", "a{sv}",
                     Json::array({options})),
              "");
  }
};

TEST_F(SecurityRequestTest, BondIsUsedBeforeAnyPairing) {
  ConnectBonded();
  ASSERT_FALSE(Encrypted(kCentralPath));
  const Json result = Requested();
  EXPECT_EQ(result["Status"], "ok");
  EXPECT_EQ(result["Method"], "Encryption");
  EXPECT_TRUE(Encrypted(kCentralPath));
  EXPECT_EQ(Completed(central_, kCentralPath), nullptr);
}

TEST_F(SecurityRequestTest, ArmedLinkPairsWhereThereIsNoBond) {
  Connect();
  ArmCentralsLink();
  const Json result = Requested();
  EXPECT_EQ(result["Method"], "JustWorks");
  EXPECT_EQ(result["Initiator"], false);
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
}

TEST_F(SecurityRequestTest, OptionsOfTheRequestHoldForThePairing) {
  Connect();
  ArmCentralsLink();
  const Json result = Requested({{"Bonding", false}, {"Mitm", "yes"}});
  EXPECT_EQ(result["Bonded"], false);
  constexpr int kMitmAndSecureConnections = 0x0C;
  EXPECT_EQ(result["PairingResponse"].at(3), kMitmAndSecureConnections);
}

TEST_F(SecurityRequestTest, AgentOfTheCentralIsAsked) {
  TestAgent agent(central_, "NoInputNoOutput");
  agent.make_default();
  Connect();
  EXPECT_EQ(Requested()["Method"], "JustWorks");
  ASSERT_EQ(agent.consents_asked(), 1u);
}

TEST_F(SecurityRequestTest, CallOfTheLocalUserIsConsent) {
  TestAgent agent(central_, "NoInputNoOutput");
  agent.set_answer(Answer::kNone);
  agent.make_default();
  Connect();
  const auto request = Request();
  AwaitPrompt(kCentralPath, "consent");
  EXPECT_EQ(PairingError(), "");
  Await([&] { return request->done(); });
  EXPECT_FALSE(request->failed()) << request->message();
  EXPECT_EQ(agent.withdrawn(), 1u);
}

TEST_F(SecurityRequestTest, WithoutConsentItGetsPairingNotSupported) {
  Connect();
  const auto call = Request();
  Await([&] { return call->done(); });
  EXPECT_EQ(call->error(), "org.bondd.Error.Smp.PairingNotSupported");
  EXPECT_FALSE(Encrypted(kCentralPath));
}

TEST_F(SecurityRequestTest, WeakerBondLeadsToPairingOverTheEncryptedLink) {
  ConnectBonded();
  TestAgent first(central_, "DisplayYesNo");
  TestAgent second(peripheral_, "DisplayYesNo");
  ArmCentralsLink();
  const Json result = Requested({{"RequireLevel", 4}});
  EXPECT_EQ(result["Method"], "NumericComparison");
  EXPECT_EQ(result["SecurityLevel"], 4);
  EXPECT_EQ(LinkProperty(kCentralPath, "SecurityLevel"), 4);
}

TEST_F(SecurityRequestTest, KeyThatThePeerHasLostNeverLeadsToPairing) {
  ConnectBonded();
  Do(peripheral_, kPeripheralPath, "RemoveBonding", "ss",
     Json::array({kCentralAddress, "public"}));
  Await([&] { return LinkOf(kCentralPath).empty(); });
  Connect({{"Encrypt", "no"}});
  ArmCentralsLink();
  const auto call = Request();
  constexpr char kBond[] = "/org/bondd/sim0/bond_public_02B0DD000001";
  Await([&] {
    return central_.Property(kBond, "org.bondd.Bond1", "PeerLostKeys") == true;
  });
  EXPECT_FALSE(Encrypted(kCentralPath));
  EXPECT_EQ(Completed(central_, kCentralPath), nullptr);
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_FALSE(IsBonded(kPeripheralPath, kCentralAddress));
}

TEST_F(SecurityRequestTest, ConnectJoinsAnEncryptionThatIsUnderWay) {
  ConnectBonded();
  const auto encryption =
      central_.Start(LinkOf(kCentralPath), kConnection, "InitiateEncryption",
                     "a{sv}", Json::array({Json::object()}));
  const auto pairing = StartPairing(central_);
  Do(central_, kCentralPath, "Connect", "ssa{sv}",
     Json::array({kPeripheralAddress, "public", Json::object()}));
  EXPECT_TRUE(Encrypted(kCentralPath));
  Await([&] { return encryption->done() && pairing->done(); });
  EXPECT_FALSE(encryption->failed()) << encryption->message();
  EXPECT_NE(pairing->error(), "org.bondd.Error.InProgress");
}

TEST_F(SecurityRequestTest, ThatIsNotAnsweredEndsAfterTimeoutMs) {
  TestAgent agent(central_, "NoInputNoOutput");
  agent.set_answer(Answer::kNone);
  agent.make_default();
  Connect();
  const auto request = Request({{"TimeoutMs", 200}});
  Await([&] { return request->done(); });
  EXPECT_EQ(request->error(), "org.bondd.Error.TimedOut");
}

TEST_F(SecurityRequestTest, CentralSendsNone) {
  Connect();
  EXPECT_EQ(OnLink(central_, kCentralPath, "SendSecurityRequest", "a{sv}",
                   Json::array({Json::object()})),
            "WrongRole");
}

TEST_F(SecurityRequestTest, SecondCallHasToWait) {
  TestAgent agent(central_, "NoInputNoOutput");
  agent.set_answer(Answer::kNone);
  agent.make_default();
  Connect();
  const auto request = Request();
  AwaitPrompt(kCentralPath, "consent");
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "SendSecurityRequest", "a{sv}",
                   Json::array({Json::object()})),
            "InProgress");
  EXPECT_EQ(OnLink(central_, kCentralPath, "InitiateEncryption", "a{sv}",
                   Json::array({Json::object()})),
            "InProgress");
}

using EncryptionTest = SecurityRequestTest;

TEST_F(EncryptionTest, BondEncryptsOnRequestOfTheCaller) {
  ConnectBonded();
  const Json result =
      central_
          .Must(LinkOf(kCentralPath), kConnection, "InitiateEncryption",
                "a{sv}", Json::array({Json::object()}))
          .at(0);
  EXPECT_EQ(result["Encrypted"], true);
  EXPECT_EQ(result["SecurityLevel"], 2);
  EXPECT_EQ(result["KeySize"], 16);
}

TEST_F(EncryptionTest, WithoutABondThereIsNothingToEncryptWith) {
  Connect();
  EXPECT_EQ(OnLink(central_, kCentralPath, "InitiateEncryption", "a{sv}",
                   Json::array({Json::object()})),
            "DoesNotExist");
}

TEST_F(EncryptionTest, KeyThatThePeerDoesNotKnowIsMissing) {
  Connect();
  const Json key(std::vector<int>(16, 7));
  EXPECT_EQ(OnLink(central_, kCentralPath, "InitiateEncryption", "a{sv}",
                   Json::array({{{"Ltk", key}, {"Ediv", 7}, {"Rand", 7}}})),
            "KeyMissing");
  EXPECT_FALSE(Encrypted(kCentralPath));
}

TEST_F(EncryptionTest, PeripheralDoesNotInitiateIt) {
  Connect();
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "InitiateEncryption", "a{sv}",
                   Json::array({Json::object()})),
            "WrongRole");
}

TEST_F(EncryptionTest, LevelBeyondTheBondIsNotAchievable) {
  ConnectBonded();
  EXPECT_EQ(OnLink(central_, kCentralPath, "InitiateEncryption", "a{sv}",
                   Json::array({{{"Level", 3}}})),
            "NotAchievable");
}

}  // namespace
}  // namespace bondd::daemon::test
