// Method Confusion (CVE-2020-10134): somebody in the middle has one device
// compare numbers and the other ask for a passkey, and the user type the number
// of the one into the other. Each question says which model asks, and either
// model can be forbidden.

#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

constexpr int kAuthenticationRequirements = 0x03;

class MethodConfusionTest : public PairTest {
 protected:
  void SetUp() override {
    PairTest::SetUp();
    Advertise();
  }

  void Seat(const std::string& central, const std::string& peripheral) {
    first_.emplace(central_, central);
    second_.emplace(peripheral_, peripheral);
  }

  void ExpectNobodyWasAsked() const {
    for (const TestAgent* agent : {&*first_, &*second_}) {
      for (const char* member :
           {"RequestConfirmation", "RequestPasskey", "DisplayPasskey"}) {
        EXPECT_TRUE(agent->Asked(member).empty()) << member;
      }
    }
  }

  // What the two sides said of the failure, before phase 2.
  void ExpectRefusedBy(const char* central, const char* peripheral) {
    const Json here = AwaitCompleted(central_, kCentralPath);
    const Json there = AwaitCompleted(peripheral_, kPeripheralPath);
    EXPECT_EQ(here["Reason"], kAuthenticationRequirements);
    EXPECT_EQ(there["Reason"], kAuthenticationRequirements);
    EXPECT_EQ(here["Side"], central);
    EXPECT_EQ(there["Side"], peripheral);
    ExpectNobodyWasAsked();
  }

  std::optional<TestAgent> first_;
  std::optional<TestAgent> second_;
};

TEST_F(MethodConfusionTest, NumberToCompareIsSaidNeverToBeTyped) {
  Seat("DisplayYesNo", "DisplayYesNo");
  second_->set_answer(Answer::kNone);
  Accept();
  const auto call = StartPairing(central_);
  AwaitPrompt(kPeripheralPath, "number-comparison");
  const Json prompt = PromptOf(peripheral_, kPeripheralPath);
  EXPECT_EQ(prompt["Method"], "NumericComparison");
  EXPECT_EQ(prompt["NeverType"], true);
  Await([&] { return first_->numbers().size() == 1; });
  const Json info = first_->Asked("RequestConfirmation").front().at(1);
  EXPECT_EQ(info, (Json{{"Method", "NumericComparison"}, {"NeverType", true}}));
}

TEST_F(MethodConfusionTest, PasskeyIsSaidToBeOne) {
  Seat("DisplayOnly", "KeyboardOnly");
  Accept();
  const auto call = StartPairing(central_);
  AwaitPrompt(kPeripheralPath, "passkey-input");
  AwaitPrompt(kCentralPath, "passkey-display");
  const Json shown = PromptOf(central_, kCentralPath);
  EXPECT_EQ(shown["Method"], "PasskeyEntry");
  EXPECT_FALSE(shown.contains("NeverType"));
  EXPECT_EQ(PromptOf(peripheral_, kPeripheralPath)["Method"], "PasskeyEntry");
  Await([&] { return !second_->Asked("RequestPasskey").empty(); });
  const Json info = second_->Asked("RequestPasskey").front().at(0);
  EXPECT_EQ(info, (Json{{"Method", "PasskeyEntry"}, {"Keypress", false}}));
}

TEST_F(MethodConfusionTest, ForbiddenModelIsRefusedByTheInitiator) {
  Seat("KeyboardDisplay", "KeyboardDisplay");
  Accept();
  EXPECT_EQ(PairingError({{"Methods", {"PasskeyEntry"}}}),
            "Smp.AuthenticationRequirements");
  ExpectRefusedBy("local", "remote");
}

TEST_F(MethodConfusionTest, ForbiddenModelIsRefusedByTheResponder) {
  Seat("KeyboardDisplay", "KeyboardDisplay");
  Accept({{"Methods", {"PasskeyEntry"}}});
  EXPECT_EQ(PairingError(), "Smp.AuthenticationRequirements");
  ExpectRefusedBy("remote", "local");
}

TEST_F(MethodConfusionTest, DefaultsOfTheAdapterForbidAsWell) {
  Seat("KeyboardDisplay", "KeyboardOnly");
  SetProperty(peripheral_, kPeripheralPath, "PairingDefaults",
              {{"Methods", {"NumericComparison", "OutOfBand"}},
               {"IoCapability", "KeyboardDisplay"}});
  const Json defaults =
      peripheral_.Property(kPeripheralPath, kAdapter, "PairingDefaults");
  EXPECT_EQ(defaults["Methods"],
            Json::array({"NumericComparison", "OutOfBand"}));
  Accept();
  EXPECT_EQ(PairingError({{"IoCapability", "KeyboardOnly"}}),
            "Smp.AuthenticationRequirements");
  ExpectRefusedBy("remote", "local");
}

TEST_F(MethodConfusionTest, AllowedModelPairs) {
  Seat("KeyboardDisplay", "KeyboardDisplay");
  Accept();
  const Json result =
      PairedBy({{"Methods", {"NumericComparison", "OutOfBand"}}});
  EXPECT_EQ(result["Method"], "NumericComparison");
}

TEST_F(MethodConfusionTest, MethodsThatCannotBeAreNotWorthAConnection) {
  const std::vector<Json> cases = {
      {{"Methods", {"NumericComparison"}}, {"SecureConnections", "off"}},
      {{"Methods", {"JustWorks"}}, {"RequireLevel", 3}},
      {{"Methods", {"PasskeyEntry"}}, {"IoCapability", "NoInputNoOutput"}},
      {{"Methods", {"NumericComparison"}}, {"IoCapability", "KeyboardOnly"}},
      {{"Methods", {"OutOfBand"}}, {"Oob", "no"}, {"SecureConnections", "off"}},
  };
  for (const Json& options : cases) {
    const auto call = Pair(options);
    EXPECT_EQ(call->error(), "org.bondd.Error.NotAchievable") << options;
    EXPECT_EQ(call->message(),
              "NotAchievable: Methods has none that the other options allow");
  }
  EXPECT_EQ(LinkOf(kCentralPath), "");
}

TEST_F(MethodConfusionTest, MethodThatIsNoneIsAnInvalidArgument) {
  for (const char* method : {"Encryption", "passkeyentry"}) {
    const auto call = Pair({{"Methods", Json::array({method})}});
    EXPECT_EQ(call->error(), "org.bondd.Error.InvalidArguments");
    EXPECT_TRUE(call->message().starts_with("InvalidArguments: Methods"))
        << call->message();
  }
}

TEST_F(MethodConfusionTest, PredictionKnowsThePolicyOfBothSides) {
  const Json able = {{"IoCapability", "KeyboardDisplay"}};
  Json strict = able;
  strict["Methods"] = {"PasskeyEntry"};
  const auto predict = [&](const Json& local, const Json& peer) {
    return central_
        .Must("/org/bondd", "org.bondd.Manager1", "Predict", "a{sv}a{sv}",
              Json::array({local, peer}))
        .at(0);
  };
  EXPECT_EQ(predict(able, able)["Method"], "NumericComparison");
  EXPECT_EQ(predict(strict, able)["Reason"], kAuthenticationRequirements);
  EXPECT_EQ(predict(able, strict)["Reason"], kAuthenticationRequirements);
}

}  // namespace
}  // namespace bondd::daemon::test
