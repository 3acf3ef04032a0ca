// Passkey Entry and Numeric Comparison, from one user to the other. Most are
// kLegacy: twenty rounds of Secure Connections take their time.

#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

constexpr uint32_t kTyped = 271828;

class PasskeyTest : public PairTest {
 protected:
  void SetUp() override {
    PairTest::SetUp();
    Advertise();
  }

  // Two users with agents of these capabilities.
  void Seat(const std::string& central, const std::string& peripheral) {
    first_ = std::make_unique<TestAgent>(central_, central);
    second_ = std::make_unique<TestAgent>(peripheral_, peripheral);
  }

  // The number that this agent was shown, as soon as it is.
  uint32_t Shown(const TestAgent& agent) {
    Await([&] { return !agent.Asked("DisplayPasskey").empty(); });
    return agent.Asked("DisplayPasskey").front().at(0);
  }

  std::string Type(BusClient& user, const std::string& adapter,
                   uint32_t passkey) {
    AwaitPrompt(adapter, "passkey-input");
    return OnLink(user, adapter, "SetPasskey", "u", Json::array({passkey}));
  }

  // The central's user starts, and the number on show is typed on the other
  // side.
  Json PairByPasskey(bool central_shows, const Json& options) {
    Accept();
    const auto call = StartPairing(central_, options);
    if (central_shows) {
      EXPECT_EQ(Type(peripheral_, kPeripheralPath, Shown(*first_)), "");
    } else {
      EXPECT_EQ(Type(central_, kCentralPath, Shown(*second_)), "");
    }
    Await([&] { return call->done(); });
    EXPECT_FALSE(call->failed()) << call->message();
    return call->failed() ? Json() : call->values().at(0);
  }

  void ExpectPasskeyEntry(const Json& result, int level) {
    EXPECT_EQ(result["Method"], "PasskeyEntry");
    EXPECT_EQ(result["Authenticated"], true);
    EXPECT_EQ(result["SecurityLevel"], level);
    const Json there = AwaitCompleted(peripheral_, kPeripheralPath);
    EXPECT_EQ(there["Method"], "PasskeyEntry");
    EXPECT_EQ(there["SecurityLevel"], level);
  }

  std::unique_ptr<TestAgent> first_;
  std::unique_ptr<TestAgent> second_;
};

TEST_F(PasskeyTest, CentralShowsAndPeripheralTypes) {
  Seat("DisplayOnly", "KeyboardOnly");
  ExpectPasskeyEntry(PairByPasskey(true, Json::object()), 4);
}

TEST_F(PasskeyTest, PeripheralShowsAndCentralTypes) {
  Seat("KeyboardOnly", "DisplayOnly");
  ExpectPasskeyEntry(PairByPasskey(false, Json::object()), 4);
}

TEST_F(PasskeyTest, CentralShowsAndPeripheralTypesInLegacyPairing) {
  Seat("DisplayOnly", "KeyboardOnly");
  ExpectPasskeyEntry(PairByPasskey(true, kLegacy), 3);
}

TEST_F(PasskeyTest, PeripheralShowsAndCentralTypesInLegacyPairing) {
  Seat("KeyboardOnly", "DisplayOnly");
  ExpectPasskeyEntry(PairByPasskey(false, kLegacy), 3);
}

TEST_F(PasskeyTest, BothTypeTheSameNumber) {
  Seat("KeyboardOnly", "KeyboardOnly");
  first_->set_passkey(kTyped);
  second_->set_passkey(kTyped);
  Accept();
  ExpectPasskeyEntry(PairedBy(), 4);
  EXPECT_EQ(first_->Asked("RequestPasskey").size(), 1u);
  EXPECT_EQ(second_->Asked("RequestPasskey").size(), 1u);
}

TEST_F(PasskeyTest, DifferentNumbersFailTheConfirmCheck) {
  Seat("KeyboardOnly", "KeyboardOnly");
  first_->set_passkey(kTyped);
  second_->set_passkey(kTyped + 1);
  Accept();
  EXPECT_EQ(PairingError(), "Smp.ConfirmValueFailed");
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_FALSE(IsBonded(kPeripheralPath, kCentralAddress));
}

TEST_F(PasskeyTest, PasskeysOfTheOptionsAreTypedWithoutAsking) {
  Seat("KeyboardOnly", "KeyboardOnly");
  Accept({{"Passkey", kTyped}});
  ExpectPasskeyEntry(
      PairedBy({{"Passkey", kTyped}, {"SecureConnections", "off"}}), 3);
  EXPECT_TRUE(first_->Asked("RequestPasskey").empty());
  EXPECT_TRUE(second_->Asked("RequestPasskey").empty());
}

TEST_F(PasskeyTest, NegativeReplyIsPasskeyEntryFailedForThePeer) {
  Seat("DisplayOnly", "KeyboardOnly");
  Accept();
  const auto call = StartPairing(central_);
  AwaitPrompt(kPeripheralPath, "passkey-input");
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "PasskeyNegativeReply"), "");
  Await([&] { return call->done(); });
  EXPECT_EQ(call->error(), "org.bondd.Error.Smp.PasskeyEntryFailed");
  const Json there = AwaitCompleted(peripheral_, kPeripheralPath);
  EXPECT_EQ(there["Reason"], 0x01);
  EXPECT_EQ(there["Side"], "local");
}

TEST_F(PasskeyTest, AgentThatRefusesIsPasskeyEntryFailed) {
  Seat("KeyboardOnly", "DisplayOnly");
  first_->set_answer(Answer::kRefuse);
  Accept();
  EXPECT_EQ(PairingError(), "Rejected");
  EXPECT_EQ(AwaitCompleted(peripheral_, kPeripheralPath)["Reason"], 0x01);
}

TEST_F(PasskeyTest, NumberIsInThePromptOfItsOwnerOnly) {
  Seat("DisplayOnly", "KeyboardOnly");
  Accept();
  const auto call = StartPairing(central_);
  const uint32_t shown = Shown(*first_);
  const Json here = PromptOf(central_, kCentralPath);
  EXPECT_EQ(here["Prompt"], "passkey-display");
  EXPECT_EQ(here["Passkey"], shown);
  AwaitPrompt(kPeripheralPath, "passkey-input");
  const Json there = PromptOf(peripheral_, kPeripheralPath);
  EXPECT_EQ(there["Prompt"], "passkey-input");
  EXPECT_FALSE(there.contains("Passkey"));
}

TEST_F(PasskeyTest, NumberThatComesEarlyIsNotAskedFor) {
  Seat("KeyboardOnly", "KeyboardOnly");
  second_->set_answer(Answer::kNone);
  second_->make_default();
  first_->set_passkey(kTyped);
  const auto call = StartPairing(central_, kLegacy);
  AwaitPrompt(kPeripheralPath, "consent");
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "SetPasskey", "u",
                   Json::array({kTyped})),
            "");
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "AcceptRequest", "a{sv}",
                   Json::array({Json::object()})),
            "");
  Await([&] { return call->done(); });
  EXPECT_FALSE(call->failed()) << call->message();
  EXPECT_TRUE(second_->Asked("RequestPasskey").empty());
}

TEST_F(PasskeyTest, NumberSetOnAnArmedLinkIsNotAskedFor) {
  Seat("KeyboardOnly", "KeyboardOnly");
  first_->set_passkey(kTyped);
  Do(central_, kCentralPath, "Connect", "ssa{sv}",
     Json::array({kPeripheralAddress, "public", Json::object()}));
  Await([&] { return !LinkOf(kPeripheralPath).empty(); });
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "AcceptPairing", "a{sv}",
                   Json::array({Json::object()})),
            "");
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "SetPasskey", "u",
                   Json::array({kTyped})),
            "");
  EXPECT_EQ(PairingError(kLegacy), "");
  EXPECT_TRUE(second_->Asked("RequestPasskey").empty());
}

TEST_F(PasskeyTest, EachDigitTypedIsShownToTheOtherUser) {
  Seat("DisplayOnly", "KeyboardOnly");
  Accept({{"Keypress", true}});
  const auto call = StartPairing(
      central_, {{"Keypress", true}, {"SecureConnections", "off"}});
  const uint32_t shown = Shown(*first_);
  AwaitPrompt(kPeripheralPath, "passkey-input");
  for (const char* type : {"started", "digit-entered", "digit-entered"}) {
    EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "SendKeypress", "s",
                     Json::array({type})),
              "");
  }
  Await([&] {
    const auto calls = first_->Asked("DisplayPasskey");
    return calls.back().at(0) == shown && calls.back().at(1) == 2;
  });
  std::vector<std::string> heard;
  for (const auto& signal : central_.signals()) {
    if (signal.member == "Keypress") heard.push_back(signal.arguments.at(0));
  }
  EXPECT_EQ(heard, (std::vector<std::string>{"started", "digit-entered",
                                             "digit-entered"}));
  EXPECT_EQ(Type(peripheral_, kPeripheralPath, shown), "");
  Await([&] { return call->done(); });
  EXPECT_FALSE(call->failed()) << call->message();
}

TEST_F(PasskeyTest, KeypressThatWasNotAgreedOnIsABadState) {
  Seat("DisplayOnly", "KeyboardOnly");
  Accept();
  const auto call = StartPairing(central_, {{"Keypress", true}});
  AwaitPrompt(kPeripheralPath, "passkey-input");
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "SendKeypress", "s",
                   Json::array({"started"})),
            "BadState");
}

TEST_F(PasskeyTest, FixedShownPasskeyNeedsTheConfiguration) {
  Seat("DisplayOnly", "KeyboardOnly");
  Accept();
  EXPECT_EQ(PairingError({{"Passkey", kTyped}}), "NotAuthorized");
  const auto call = StartPairing(central_);
  AwaitPrompt(kCentralPath, "passkey-display");
  EXPECT_EQ(
      OnLink(central_, kCentralPath, "SetPasskey", "u", Json::array({kTyped})),
      "NotAuthorized");
}

TEST_F(PasskeyTest, NumberSetEarlyThatCouldOnlyBeShownNeedsTheConfiguration) {
  Seat("KeyboardOnly", "DisplayOnly");
  second_->set_answer(Answer::kNone);
  second_->make_default();
  const auto call = StartPairing(central_, kLegacy);
  AwaitPrompt(kPeripheralPath, "consent");
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "SetPasskey", "u",
                   Json::array({kTyped})),
            "NotAuthorized");
}

TEST_F(PasskeyTest, NumberOfAComparisonIsConfirmedByTypingIt) {
  Seat("DisplayYesNo", "DisplayYesNo");
  first_->set_answer(Answer::kNone);
  Accept();
  const auto call = StartPairing(central_);
  AwaitPrompt(kCentralPath, "number-comparison");
  const Json prompt = PromptOf(central_, kCentralPath);
  EXPECT_EQ(OnLink(central_, kCentralPath, "SetPasskey", "u",
                   Json::array({prompt["Number"]})),
            "");
  Await([&] { return call->done(); });
  ASSERT_FALSE(call->failed()) << call->message();
  EXPECT_EQ(call->values().at(0)["Method"], "NumericComparison");
}

TEST_F(PasskeyTest, AnotherNumberThanTheOneComparedRefuses) {
  Seat("DisplayYesNo", "DisplayYesNo");
  first_->set_answer(Answer::kNone);
  Accept();
  const auto call = StartPairing(central_);
  TypeAnotherNumber();
  Await([&] { return call->done(); });
  EXPECT_EQ(call->error(), "org.bondd.Error.Rejected");
  EXPECT_EQ(AwaitCompleted(peripheral_, kPeripheralPath)["Reason"], 0x0C);
}

class FixedPasskeyTest : public PasskeyTest {
 protected:
  Words MoreArguments() override {
    return {"--config", world_.Write("fixed.conf",
                                     "[Pairing]\n"
                                     "AllowFixedPasskey=yes\n")};
  }
};

TEST_F(FixedPasskeyTest, OptionIsTheNumberThatIsShown) {
  Seat("DisplayOnly", "KeyboardOnly");
  second_->set_passkey(kTyped);
  Accept();
  ExpectPasskeyEntry(
      PairedBy({{"Passkey", kTyped}, {"SecureConnections", "off"}}), 3);
  EXPECT_EQ(Shown(*first_), kTyped);
}

TEST_F(FixedPasskeyTest, NumberSetEarlyIsTheOneThatIsShown) {
  Seat("KeyboardOnly", "DisplayOnly");
  first_->set_passkey(kTyped);
  second_->set_answer(Answer::kNone);
  second_->make_default();
  const auto call = StartPairing(central_, kLegacy);
  AwaitPrompt(kPeripheralPath, "consent");
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "SetPasskey", "u",
                   Json::array({kTyped})),
            "");
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "AcceptRequest", "a{sv}",
                   Json::array({Json::object()})),
            "");
  Await([&] { return call->done(); });
  EXPECT_FALSE(call->failed()) << call->message();
  EXPECT_EQ(Shown(*second_), kTyped);
}

TEST_F(FixedPasskeyTest, NumberSetUnderTheDisplayIsTheOneThatIsShown) {
  Seat("KeyboardOnly", "DisplayOnly");
  Accept();
  const auto call = StartPairing(central_);
  const uint32_t other = (Shown(*second_) + 1) % 1'000'000;
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "SetPasskey", "u",
                   Json::array({other})),
            "");
  EXPECT_EQ(PromptOf(peripheral_, kPeripheralPath)["Passkey"], other);
  Await([&] { return second_->Asked("DisplayPasskey").back().at(0) == other; });
  EXPECT_EQ(Type(central_, kCentralPath, other), "");
  Await([&] { return call->done(); });
  EXPECT_FALSE(call->failed()) << call->message();
}

TEST_F(FixedPasskeyTest, NumberThatIsInUseCanOnlyBeSetAsItIs) {
  Seat("DisplayOnly", "KeyboardOnly");
  Accept();
  const auto call = StartPairing(central_);
  const uint32_t shown = Shown(*first_);
  const auto set = [&](uint32_t passkey) {
    return OnLink(central_, kCentralPath, "SetPasskey", "u",
                  Json::array({passkey}));
  };
  EXPECT_EQ(set((shown + 1) % 1'000'000), "BadState");
  EXPECT_EQ(set(shown), "");
  EXPECT_EQ(PromptOf(central_, kCentralPath)["Passkey"], shown);
  EXPECT_EQ(Type(peripheral_, kPeripheralPath, shown), "");
  Await([&] { return call->done(); });
  EXPECT_FALSE(call->failed()) << call->message();
}

class UnauthenticatedPasskeyTest : public PasskeyTest {
 protected:
  Words MoreArguments() override {
    return {"--config", world_.Write("strict.conf",
                                     "[Pairing]\n"
                                     "LegacyPasskeyAuthenticated=no\n")};
  }

  Json Predict(const Json& local, const Json& peer) {
    return central_
        .Must("/org/bondd", "org.bondd.Manager1", "Predict", "a{sv}a{sv}",
              Json::array({local, peer}))
        .at(0);
  }
};

TEST_F(UnauthenticatedPasskeyTest, LegacyPairingIsPredictedAndWorthLevel2) {
  Seat("DisplayOnly", "KeyboardOnly");
  Json local = kLegacy;
  local["IoCapability"] = "DisplayOnly";
  const Json peer = {{"IoCapability", "KeyboardOnly"}};
  EXPECT_EQ(Predict(local, peer)["SecurityLevel"], 2);
  local["RequireLevel"] = 3;
  const Json prediction = Predict(local, peer);
  EXPECT_EQ(prediction["ReasonName"], "AuthenticationRequirements");
  EXPECT_EQ(prediction["Side"], "local");
  const Json result = PairByPasskey(true, kLegacy);
  EXPECT_EQ(result["Method"], "PasskeyEntry");
  EXPECT_EQ(result["Authenticated"], false);
  EXPECT_EQ(result["SecurityLevel"], 2);
}

}  // namespace
}  // namespace bondd::daemon::test
