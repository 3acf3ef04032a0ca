// Every key of PairingOptions reaches the air as it was given.

#include <algorithm>

#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

// [Vol 3, Part H] 3.5.1: the octets of a Pairing Request or Response.
enum Field {
  kIoCapability = 1,
  kOobFlag,
  kAuthReq,
  kMaxKeySize,
  kInitiatorKeys,
  kResponderKeys,
};
// Of AuthReq. Figure 3.3
constexpr int kBonding = 0x01;
constexpr int kMitm = 0x04;
constexpr int kSecureConnections = 0x08;
constexpr int kKeypress = 0x10;
// Of the key distributions. Figure 3.11
constexpr int kEnc = 0x01;
constexpr int kId = 0x02;
constexpr int kSign = 0x04;

struct Case {
  const char* what;
  Json options;
  Field field;
  int octet;
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {"DisplayOnly", {{"IoCapability", "DisplayOnly"}}, kIoCapability, 0},
      {"DisplayYesNo", {{"IoCapability", "DisplayYesNo"}}, kIoCapability, 1},
      {"KeyboardOnly", {{"IoCapability", "KeyboardOnly"}}, kIoCapability, 2},
      {"NoInput", {{"IoCapability", "NoInputNoOutput"}}, kIoCapability, 3},
      {"KeyDisplay", {{"IoCapability", "KeyboardDisplay"}}, kIoCapability, 4},
      {"auto", {{"IoCapability", "auto"}}, kIoCapability, 3},
      {"Oob yes", {{"Oob", "yes"}}, kOobFlag, 1},
      {"Oob no", {{"Oob", "no"}}, kOobFlag, 0},
      {"nothing", Json::object(), kAuthReq, kBonding | kSecureConnections},
      {"no bonding", {{"Bonding", false}}, kAuthReq, kSecureConnections},
      {"Mitm yes",
       {{"Mitm", "yes"}},
       kAuthReq,
       kBonding | kMitm | kSecureConnections},
      {"Mitm no",
       {{"Mitm", "no"}, {"IoCapability", "DisplayYesNo"}},
       kAuthReq,
       kBonding | kSecureConnections},
      {"Mitm auto",
       {{"Mitm", "auto"}, {"IoCapability", "DisplayYesNo"}},
       kAuthReq,
       kBonding | kMitm | kSecureConnections},
      {"legacy", {{"SecureConnections", "off"}}, kAuthReq, kBonding},
      {"SC only",
       {{"SecureConnections", "only"}},
       kAuthReq,
       kBonding | kSecureConnections},
      {"keypress",
       {{"Keypress", true}},
       kAuthReq,
       kBonding | kSecureConnections | kKeypress},
      {"key size", {{"MinKeySize", 7}, {"MaxKeySize", 9}}, kMaxKeySize, 9},
      {"initiator's keys",
       {{"InitiatorKeys", {"enc", "sign"}}},
       kInitiatorKeys,
       kEnc | kSign},
      {"responder's keys", {{"ResponderKeys", {"id"}}}, kResponderKeys, kId},
      {"no keys", {{"ResponderKeys", Json::array()}}, kResponderKeys, 0},
  };
  return cases;
}

using OptionsTest = PairTest;

// The peripheral refuses each request, so that the next one finds all as it
// was.
TEST_F(OptionsTest, EachIsInThePairingRequest) {
  Advertise();
  SetProperty(peripheral_, kPeripheralPath, "Pairable", false);
  SetProperty(central_, kCentralPath, "RepeatedAttempts",
              {{"First", 1}, {"Max", 1}});
  for (const Case& test : Cases()) {
    SCOPED_TRACE(test.what);
    EXPECT_EQ(PairingError(test.options), "Smp.PairingNotSupported");
    const Json request =
        AwaitCompleted(central_, kCentralPath)["PairingRequest"];
    EXPECT_EQ(request.at(test.field), test.octet);
    EXPECT_EQ(AwaitCompleted(peripheral_, kPeripheralPath)["PairingRequest"],
              request);
    // What a peer tries in vain is told once in a while on each link.
    EXPECT_EQ(OnLink(central_, kCentralPath, "Disconnect"), "");
    Await([&] { return LinkOf(kPeripheralPath).empty(); });
    central_.ForgetSignals();
    peripheral_.ForgetSignals();
  }
}

// A pairing each: several keys that go together, and what they put on the air.
struct Armed {
  Json options;
  std::vector<std::pair<Field, int>> octets;
};

// Without bonding the next pairing finds all as it was.
TEST_F(OptionsTest, EachIsInThePairingResponse) {
  Advertise();
  const Json all = {"enc", "id", "sign"};
  const Json open = {{"Bonding", false},
                     {"MinKeySize", 7},
                     {"InitiatorKeys", all},
                     {"ResponderKeys", all}};
  const std::vector<Armed> cases = {
      {{{"IoCapability", "DisplayYesNo"},
        {"Mitm", "no"},
        {"Keypress", true},
        {"MinKeySize", 7},
        {"MaxKeySize", 9},
        {"InitiatorKeys", {"sign"}}},
       {{kIoCapability, 1},
        {kOobFlag, 0},
        {kAuthReq, kBonding | kSecureConnections | kKeypress},
        {kMaxKeySize, 9},
        {kInitiatorKeys, kSign},
        {kResponderKeys, kEnc | kId}}},
      {{{"Bonding", false},
        {"Mitm", "yes"},
        {"SecureConnections", "off"},
        {"ResponderKeys", {"id", "sign"}}},
       {{kIoCapability, 3},
        {kAuthReq, kMitm},
        {kMaxKeySize, 16},
        {kResponderKeys, kId | kSign}}},
      {{{"Oob", "yes"}, {"SecureConnections", "only"}},
       {{kOobFlag, 1}, {kAuthReq, kBonding | kMitm | kSecureConnections}}},
  };
  for (const Armed& test : cases) {
    SCOPED_TRACE(test.options.dump());
    Accept(test.options);
    Pair(open);
    const Json there = AwaitCompleted(peripheral_, kPeripheralPath);
    ASSERT_TRUE(there.contains("PairingResponse")) << there.dump();
    for (const auto& [field, octet] : test.octets) {
      EXPECT_EQ(there["PairingResponse"].at(field), octet) << field;
    }
    central_.ForgetSignals();
    peripheral_.ForgetSignals();
  }
}

TEST_F(OptionsTest, ThoseOfTheCallGoBeforeThoseOfTheDefaults) {
  Advertise();
  Accept({{"MinKeySize", 7}});
  SetProperty(
      central_, kCentralPath, "PairingDefaults",
      {{"SecureConnections", "off"}, {"MinKeySize", 7}, {"MaxKeySize", 10}});
  const Json result = PairedBy({{"SecureConnections", "on"}});
  EXPECT_EQ(result["SecureConnections"], true);
  EXPECT_EQ(result["PairingRequest"].at(kMaxKeySize), 10);
}

TEST_F(OptionsTest, DefaultsThatContradictEachOtherAreNotAchievable) {
  const auto call = central_.Finish(
      kCentralPath, "org.freedesktop.DBus.Properties", "Set", "ssv",
      Json::array({kAdapter,
                   "PairingDefaults",
                   {{"SecureConnections", "off"}, {"RequireLevel", 4}}}));
  EXPECT_EQ(call->error(), "org.bondd.Error.NotAchievable");
}

TEST_F(OptionsTest, ArmingWhatCannotWorkIsRefused) {
  const Json contradiction = {{"SecureConnections", "off"},
                              {"RequireLevel", 4}};
  const Json shown = {{"IoCapability", "DisplayOnly"}, {"Passkey", 1}};
  const auto arm = [&](const Json& options) {
    return peripheral_
        .Finish(kPeripheralPath, kAdapter, "AcceptPairing", "a{sv}",
                Json::array({options}))
        ->error();
  };
  EXPECT_EQ(arm(contradiction), "org.bondd.Error.NotAchievable");
  EXPECT_EQ(arm(shown), "org.bondd.Error.NotAuthorized");
  Advertise();
  Do(central_, kCentralPath, "Connect", "ssa{sv}",
     Json::array({kPeripheralAddress, "public", Json::object()}));
  Await([&] { return !LinkOf(kPeripheralPath).empty(); });
  const auto arm_link = [&](const Json& options) {
    return OnLink(peripheral_, kPeripheralPath, "AcceptPairing", "a{sv}",
                  Json::array({options}));
  };
  EXPECT_EQ(arm_link(contradiction), "NotAchievable");
  EXPECT_EQ(arm_link(shown), "NotAuthorized");
  EXPECT_EQ(PairingError(), "Smp.PairingNotSupported");
}

TEST_F(OptionsTest, ConsentWithOptionsThatCannotBeHadLeavesThePromptOpen) {
  TestAgent agent(peripheral_, "NoInputNoOutput");
  agent.set_answer(Answer::kNone);
  agent.make_default();
  Advertise();
  const auto call = StartPairing(central_);
  AwaitPrompt(kPeripheralPath, "consent");
  const auto accept = [&](const Json& options) {
    return OnLink(peripheral_, kPeripheralPath, "AcceptRequest", "a{sv}",
                  Json::array({options}));
  };
  EXPECT_EQ(accept({{"SecureConnections", "off"}, {"RequireLevel", 4}}),
            "NotAchievable");
  EXPECT_EQ(LinkProperty(kPeripheralPath, "Prompt"), "consent");
  EXPECT_EQ(accept(Json::object()), "");
  Await([&] { return call->done(); });
  EXPECT_FALSE(call->failed()) << call->message();
}

TEST_F(OptionsTest, RequiredLevelFailsWhereItCannotBeHad) {
  Advertise();
  Accept();
  EXPECT_EQ(
      PairingError({{"RequireLevel", 3}, {"IoCapability", "DisplayYesNo"}}),
      "Smp.AuthenticationRequirements");
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
}

TEST_F(OptionsTest, DebugKeyIsRejectedUnlessItIsAccepted) {
  const Json use = {{"DebugKeys", "use"}, {"RequireLevel", 1}};
  Advertise();
  Accept();
  EXPECT_EQ(PairingError(use), "Smp.InvalidParameters");
  Accept({{"DebugKeys", "accept"}, {"RequireLevel", 1}});
  const Json result = PairedBy(use);
  EXPECT_EQ(central_.Property(result["Bond"], "org.bondd.Bond1", "Debug"),
            true);
}

TEST_F(OptionsTest, TimeoutEndsAPairingThatNobodyAnswers) {
  TestAgent agent(peripheral_, "NoInputNoOutput");
  agent.set_answer(Answer::kNone);
  agent.make_default();
  Advertise();
  // It covers the connecting as well.
  EXPECT_EQ(PairingError({{"TimeoutMs", 1500}}), "TimedOut");
  Await([&] { return agent.withdrawn() == 1; });
}

}  // namespace
}  // namespace bondd::daemon::test
