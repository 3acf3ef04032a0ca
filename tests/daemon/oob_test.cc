// Out-of-band data made on one side, carried to the other and used there.

#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

class OobTest : public PairTest {
 protected:
  void SetUp() override {
    PairTest::SetUp();
    Advertise();
  }

  Json Generate(BusClient& user, const std::string& adapter,
                const Json& options = Json::object()) {
    return user
        .Must(adapter, kAdapter, "GenerateOob", "a{sv}", Json::array({options}))
        .at(0);
  }

  void SetRemote(BusClient& user, const std::string& adapter,
                 const std::string& peer, const Json& data) {
    Do(user, adapter, "SetRemoteOob", "ssa{sv}",
       Json::array({peer, "public", data}));
  }

  // Those values of generated data that a peer is told.
  static Json Values(const Json& generated) {
    return {{"Confirm", generated["Confirm"]}, {"Random", generated["Random"]}};
  }

  // The peripheral's data in the central's hands.
  Json TellCentral() {
    const Json made = Generate(peripheral_, kPeripheralPath);
    SetRemote(central_, kCentralPath, kPeripheralAddress, Values(made));
    return made;
  }

  void TellPeripheral() {
    const Json made = Generate(central_, kCentralPath);
    SetRemote(peripheral_, kPeripheralPath, kCentralAddress, Values(made));
  }

  void ExpectOutOfBand(const Json& result, int level) {
    EXPECT_EQ(result["Method"], "OutOfBand");
    EXPECT_EQ(result["Authenticated"], true);
    EXPECT_EQ(result["SecurityLevel"], level);
    const Json there = AwaitCompleted(peripheral_, kPeripheralPath);
    EXPECT_EQ(there["Method"], "OutOfBand");
    EXPECT_EQ(there["SecurityLevel"], level);
    EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
    EXPECT_TRUE(IsBonded(kPeripheralPath, kCentralAddress));
  }
};

TEST_F(OobTest, DataOfBothSidesGivesLevelFour) {
  TellCentral();
  TellPeripheral();
  Accept();
  ExpectOutOfBand(PairedBy(), 4);
}

TEST_F(OobTest, DataOfThePeripheralAloneGivesLevelFour) {
  TellCentral();
  Accept();
  ExpectOutOfBand(PairedBy(), 4);
}

TEST_F(OobTest, DataOfTheCentralAloneGivesLevelFour) {
  TellPeripheral();
  Accept();
  ExpectOutOfBand(PairedBy(), 4);
}

TEST_F(OobTest, NamedDataIsTheOneThatIsUsed) {
  const Json first = Generate(central_, kCentralPath);
  Generate(central_, kCentralPath);
  SetRemote(peripheral_, kPeripheralPath, kCentralAddress, Values(first));
  Accept();
  ExpectOutOfBand(PairedBy({{"OobId", first["Id"]}, {"RequireLevel", 4}}), 4);
}

TEST_F(OobTest, AdvertisingStructuresCarryTheSame) {
  const Json made = Generate(peripheral_, kPeripheralPath);
  SetRemote(central_, kCentralPath, kPeripheralAddress, {{"Ad", made["Ad"]}});
  Accept();
  ExpectOutOfBand(PairedBy(), 4);
}

TEST_F(OobTest, TemporaryKeyServesLegacyPairing) {
  const Json made = Generate(peripheral_, kPeripheralPath, {{"Legacy", true}});
  SetRemote(central_, kCentralPath, kPeripheralAddress, {{"Tk", made["Tk"]}});
  Accept();
  ExpectOutOfBand(PairedBy({{"SecureConnections", "off"}}), 3);
}

TEST_F(OobTest, TemporaryKeyOfTheCentralIsNamedByItsId) {
  const Json made = Generate(central_, kCentralPath, {{"Legacy", true}});
  SetRemote(peripheral_, kPeripheralPath, kCentralAddress,
            {{"Tk", made["Tk"]}});
  Accept();
  ExpectOutOfBand(
      PairedBy({{"SecureConnections", "off"}, {"OobId", made["Id"]}}), 3);
}

TEST_F(OobTest, ValuesInTheCallGoBeforeThoseKept) {
  const Json kept = TellCentral();
  const Json made = Generate(peripheral_, kPeripheralPath);
  Accept({{"OobId", made["Id"]}});
  ExpectOutOfBand(PairedBy({{"OobPeerConfirm", made["Confirm"]},
                            {"OobPeerRandom", made["Random"]}}),
                  4);
}

// Row 13 of the catalogue of attacks.
TEST_F(OobTest, Row13_GeneratedDataServesOnce_CVE_2025_26438) {
  const Json made = TellCentral();
  Accept({{"Count", 2}});
  PairedBy();
  AwaitCompleted(peripheral_, kPeripheralPath);
  SetRemote(central_, kCentralPath, kPeripheralAddress, Values(made));
  EXPECT_EQ(PairingError({{"Replace", "always"}}), "Smp.OobNotAvailable");
  const auto released = peripheral_.Finish(
      kPeripheralPath, kAdapter, "ReleaseOob", "u", Json::array({made["Id"]}));
  EXPECT_EQ(released->error(), "org.bondd.Error.DoesNotExist");
}

TEST_F(OobTest, DataThatWasReleasedIsNotAvailable) {
  const Json made = TellCentral();
  Do(peripheral_, kPeripheralPath, "ReleaseOob", "u",
     Json::array({made["Id"]}));
  Accept();
  EXPECT_EQ(PairingError(), "Smp.OobNotAvailable");
}

TEST_F(OobTest, DataThatWasClearedIsNotUsed) {
  TellCentral();
  Do(central_, kCentralPath, "ClearRemoteOob", "ss",
     Json::array({kPeripheralAddress, "public"}));
  Accept();
  EXPECT_EQ(PairedBy()["Method"], "JustWorks");
}

TEST_F(OobTest, ForeignDataFailsTheConfirmCheck) {
  const Json foreign = Generate(peripheral_, kPeripheralPath);
  Generate(peripheral_, kPeripheralPath);
  SetRemote(central_, kCentralPath, kPeripheralAddress, Values(foreign));
  Accept();
  EXPECT_EQ(PairingError(), "Smp.ConfirmValueFailed");
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
}

TEST_F(OobTest, NoLeavesTheDataAside) {
  TellCentral();
  Accept();
  EXPECT_EQ(PairedBy({{"Oob", "no"}})["Method"], "JustWorks");
}

TEST_F(OobTest, DataSetOnAnArmedLinkIsUsedWithoutAsking) {
  const Json made = Generate(central_, kCentralPath);
  Do(central_, kCentralPath, "Connect", "ssa{sv}",
     Json::array({kPeripheralAddress, "public", Json::object()}));
  Await([&] { return !LinkOf(kPeripheralPath).empty(); });
  const Json values = Json::array({made["Confirm"], made["Random"]});
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "SetOob", "ayay", values),
            "BadState");
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "AcceptPairing", "a{sv}",
                   Json::array({Json::object()})),
            "");
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "SetOob", "ayay", values), "");
  ExpectOutOfBand(PairedBy(), 4);
}

TEST_F(OobTest, YesWithoutDataAsksTheAgent) {
  TestAgent agent(central_, "NoInputNoOutput");
  const Json made = Generate(peripheral_, kPeripheralPath);
  agent.set_oob(Values(made));
  Accept();
  ExpectOutOfBand(PairedBy({{"Oob", "yes"}}), 4);
  const auto asked = agent.Asked("RequestOob");
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked.front().at(0), "sc");
}

TEST_F(OobTest, YesWithoutDataOrAgentWaitsForTheReplyMethod) {
  const Json made = Generate(peripheral_, kPeripheralPath);
  Accept();
  const auto call = StartPairing(central_, {{"Oob", "yes"}});
  AwaitPrompt(kCentralPath, "oob-sc");
  EXPECT_EQ(OnLink(central_, kCentralPath, "SetOob", "ayay",
                   Json::array({made["Confirm"], made["Random"]})),
            "");
  Await([&] { return call->done(); });
  ASSERT_FALSE(call->failed()) << call->message();
  ExpectOutOfBand(call->values().at(0), 4);
}

TEST_F(OobTest, LegacyDataIsGivenByTheReplyMethodsOfBothSides) {
  const Json made = Generate(peripheral_, kPeripheralPath, {{"Legacy", true}});
  Do(peripheral_, kPeripheralPath, "ReleaseOob", "u",
     Json::array({made["Id"]}));
  const Json tk = Json::array({made["Tk"]});
  Accept({{"Oob", "yes"}});
  const auto call =
      StartPairing(central_, {{"Oob", "yes"}, {"SecureConnections", "off"}});
  AwaitPrompt(kCentralPath, "oob-legacy");
  AwaitPrompt(kPeripheralPath, "oob-legacy");
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "SetOobLegacy", "ay", tk), "");
  EXPECT_EQ(OnLink(central_, kCentralPath, "SetOobLegacy", "ay", tk), "");
  Await([&] { return call->done(); });
  ASSERT_FALSE(call->failed()) << call->message();
  ExpectOutOfBand(call->values().at(0), 3);
}

TEST_F(OobTest, DataThatIsNotThereCannotBeNamed) {
  EXPECT_EQ(PairingError({{"OobId", 77}}), "DoesNotExist");
  const auto armed =
      peripheral_.Finish(kPeripheralPath, kAdapter, "AcceptPairing", "a{sv}",
                         Json::array({{{"OobId", 77}}}));
  EXPECT_EQ(armed->error(), "org.bondd.Error.DoesNotExist");
}

}  // namespace
}  // namespace bondd::daemon::test
