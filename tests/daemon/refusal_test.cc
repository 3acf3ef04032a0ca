// Calls and pairings that bondd refuses: one error each, and nothing done.

#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

using RefusalTest = PairTest;

// 24 of the attack catalogue, its half on D-Bus. CVE-2023-45866: Just Works
// that nobody here has agreed to, neither by arming nor by an agent.
TEST_F(RefusalTest,
       Row24_SilentJustWorksGetsPairingNotSupported_CVE_2023_45866) {
  Advertise();
  const auto call = Pair();
  EXPECT_EQ(call->error(), "org.bondd.Error.Smp.PairingNotSupported");
  EXPECT_TRUE(call->message().starts_with("Smp.PairingNotSupported"))
      << call->message();
  EXPECT_NE(call->message().find("0x05"), std::string::npos) << call->message();
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_FALSE(IsBonded(kPeripheralPath, kCentralAddress));
}

TEST_F(RefusalTest, ArmingThatWasTakenBackAllowsNothing) {
  Advertise();
  Accept();
  peripheral_.Must(kPeripheralPath, kAdapter, "CancelAcceptPairing");
  EXPECT_EQ(Pair()->error(), "org.bondd.Error.Smp.PairingNotSupported");
}

TEST_F(RefusalTest, ArmingCountsOnePairing) {
  PairWell();
  central_.Must(kCentralPath, kAdapter, "RemoveBonding", "ss",
                Json::array({kPeripheralAddress, "public"}));
  peripheral_.Must(kPeripheralPath, kAdapter, "RemoveBonding", "ss",
                   Json::array({kCentralAddress, "public"}));
  Await([&] { return LinkOf(kCentralPath).empty(); });
  Advertise();
  EXPECT_EQ(Pair()->error(), "org.bondd.Error.Smp.PairingNotSupported");
}

TEST_F(RefusalTest, ConsentRefusedByTheAgentGetsPairingNotSupported) {
  TestAgent agent(peripheral_, "NoInputNoOutput");
  agent.set_answer(Answer::kRefuse);
  agent.make_default();
  Advertise();
  EXPECT_EQ(Pair()->error(), "org.bondd.Error.Smp.PairingNotSupported");
  EXPECT_EQ(agent.consents_asked(), 1u);
  EXPECT_EQ(AwaitCompleted(peripheral_, kPeripheralPath)["Reason"], 0x05);
}

TEST_F(RefusalTest, NamesAnOptionThatItDoesNotKnow) {
  const auto call = Pair({{"Colour", "red"}});
  EXPECT_EQ(call->error(), "org.bondd.Error.InvalidArguments");
  EXPECT_TRUE(call->message().starts_with("InvalidArguments"))
      << call->message();
  EXPECT_NE(call->message().find("Colour"), std::string::npos)
      << call->message();
  EXPECT_EQ(LinkOf(kCentralPath), "");
}

TEST_F(RefusalTest, NamesAnOptionOfTheWrongType) {
  const auto call = Pair({{"Bonding", "yes"}});
  EXPECT_EQ(call->error(), "org.bondd.Error.InvalidArguments");
  EXPECT_NE(call->message().find("Bonding"), std::string::npos)
      << call->message();
}

TEST_F(RefusalTest, NamesAnOptionOutOfRange) {
  const auto call = Pair({{"MaxKeySize", 17}});
  EXPECT_EQ(call->error(), "org.bondd.Error.InvalidArguments");
  EXPECT_NE(call->message().find("MaxKeySize"), std::string::npos)
      << call->message();
}

TEST_F(RefusalTest, RefusesAnAddressThatIsNone) {
  const auto call =
      central_.Finish(kCentralPath, kAdapter, "InitiatePairing", "ssa{sv}",
                      Json::array({"02:B0:DD", "public", Json::object()}));
  EXPECT_EQ(call->error(), "org.bondd.Error.InvalidArguments");
}

TEST_F(RefusalTest, OptionsThatContradictEachOtherAreNotAchievable) {
  Advertise();
  Accept();
  const auto call = Pair({{"SecureConnections", "off"}, {"RequireLevel", 4}});
  EXPECT_EQ(call->error(), "org.bondd.Error.NotAchievable");
}

TEST_F(RefusalTest, OptionsThatContradictEachOtherAreNotWorthAConnection) {
  const auto call = Pair(
      {{"SecureConnections", "off"}, {"RequireLevel", 4}, {"TimeoutMs", 100}});
  EXPECT_EQ(call->error(), "org.bondd.Error.NotAchievable");
  EXPECT_EQ(LinkOf(kCentralPath), "");
}

TEST_F(RefusalTest, UnknownPathIsAnUnknownObject) {
  const auto call =
      central_.Finish("/org/bondd/sim7", kAdapter, "StopAdvertising");
  EXPECT_EQ(call->error(), "org.freedesktop.DBus.Error.UnknownObject");
}

TEST_F(RefusalTest, PathOfALinkThatIsGoneIsAnUnknownObject) {
  PairWell();
  const std::string link = LinkOf(kCentralPath);
  central_.Must(link, kConnection, "Disconnect");
  Await([&] { return LinkOf(kCentralPath).empty(); });
  const auto call = central_.Finish(link, kConnection, "Disconnect");
  EXPECT_EQ(call->error(), "org.freedesktop.DBus.Error.UnknownObject");
}

TEST_F(RefusalTest, PathOfALinkIsNeverThatOfTheNextOneWithItsHandle) {
  const auto without_number = [](const std::string& path) {
    return path.substr(0, path.rfind('_'));
  };
  PairWell();
  const std::string former = LinkOf(kCentralPath);
  central_.Must(former, kConnection, "Disconnect");
  Await([&] { return LinkOf(kCentralPath).empty(); });
  central_.Must(kCentralPath, kAdapter, "Connect", "ssa{sv}",
                Json::array({kPeripheralAddress, "public", Json::object()}));
  const std::string next = LinkOf(kCentralPath);
  EXPECT_EQ(without_number(next), without_number(former));
  EXPECT_NE(next, former);
  const auto call = central_.Finish(former, kConnection, "Disconnect");
  EXPECT_EQ(call->error(), "org.freedesktop.DBus.Error.UnknownObject");
  EXPECT_EQ(LinkOf(kCentralPath), next);
}

TEST_F(RefusalTest, PeripheralDoesNotInitiatePairing) {
  PairWell();
  const auto call = peripheral_.Finish(LinkOf(kPeripheralPath), kConnection,
                                       "InitiatePairing", "a{sv}",
                                       Json::array({Json::object()}));
  EXPECT_EQ(call->error(), "org.bondd.Error.WrongRole");
}

TEST_F(RefusalTest, ReplyThatNothingAskedForIsABadState) {
  PairWell();
  const auto call = central_.Finish(LinkOf(kCentralPath), kConnection,
                                    "ConfirmNumber", "b", Json::array({true}));
  EXPECT_EQ(call->error(), "org.bondd.Error.BadState");
}

TEST_F(RefusalTest, PeerThatConnectsFirstEndsTheAttemptToConnectToIt) {
  const auto connect = [&] {
    return central_.Start(
        kCentralPath, kAdapter, "Connect", "ssa{sv}",
        Json::array({kPeripheralAddress, "public", {{"TimeoutMs", 20000}}}));
  };
  const auto first = connect();
  const auto pairing = StartPairing(central_);
  central_.Must(kCentralPath, kAdapter, "StartAdvertising", "a{sv}",
                Json::array({{{"IntervalMs", 20}}}));
  peripheral_.Must(kPeripheralPath, kAdapter, "Connect", "ssa{sv}",
                   Json::array({kCentralAddress, "public", Json::object()}));
  Await([&] { return first->done() && pairing->done(); });
  ASSERT_FALSE(first->failed()) << first->message();
  EXPECT_EQ(first->values().at(0), LinkOf(kCentralPath));
  EXPECT_EQ(pairing->error(), "org.bondd.Error.WrongRole");
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "Disconnect"), "");
  Await([&] { return LinkOf(kCentralPath).empty(); });
  const auto second = connect();
  Advertise();
  Await([&] { return second->done(); });
  EXPECT_FALSE(second->failed()) << second->message();
}

TEST_F(RefusalTest, PeerThatIsNotThereTimesOut) {
  const auto call = central_.Finish(
      kCentralPath, kAdapter, "Connect", "ssa{sv}",
      Json::array({kPeripheralAddress, "public", {{"TimeoutMs", 100}}}));
  EXPECT_EQ(call->error(), "org.bondd.Error.TimedOut");
  EXPECT_EQ(LinkOf(kCentralPath), "");
}

}  // namespace
}  // namespace bondd::daemon::test
