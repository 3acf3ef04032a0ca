// Each function of Microchip's BLE_SMP, named as there, by what bondctl has in
// its place.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cli/bondctl.h"

namespace bondd::cli::test {
namespace {

using daemon::test::Answer;
using daemon::test::TestAgent;

class MicrochipTest : public BondctlTest {
 protected:
  std::unique_ptr<Bondctl> Initiate(Words options) {
    options.insert(options.begin(),
                   {"--json", "initiate-pairing", HandleOf(kCentralPath)});
    return Start(On(kCentralPath, options));
  }
  int OnCentral(const std::string& command, const Words& words = {}) {
    return Reply(kCentralPath, command, words);
  }
  int OnPeripheral(const std::string& command, const Words& words = {}) {
    return Reply(kPeripheralPath, command, words);
  }
  // Somebody who answers nothing, so that the commands have to.
  std::unique_ptr<TestAgent> Silent(integration::BusClient& bus) {
    auto agent = std::make_unique<TestAgent>(bus, "NoInputNoOutput");
    agent->set_answer(Answer::kNone);
    agent->make_default();
    return agent;
  }
  // Passkey Entry by legacy pairing: shown by the peripheral.
  std::unique_ptr<Bondctl> AskedForThePasskey() {
    ConnectPlainly();
    Accept({{"IoCapability", "DisplayOnly"},
            {"SecureConnections", "off"},
            {"Keypress", true}});
    auto pairing =
        Initiate({"--io-cap", "2", "--mitm", "1", "--keypress", "1"});
    AwaitPrompt(kCentralPath, "passkey-input");
    AwaitPrompt(kPeripheralPath, "passkey-display");
    return pairing;
  }
  uint32_t ShownPasskey() {
    return RunJson(
        On(kPeripheralPath, {"prompt", HandleOf(kPeripheralPath)}))["Passkey"];
  }

 private:
  int Reply(const std::string& adapter, const std::string& command,
            const Words& words) {
    Words all = {command, HandleOf(adapter)};
    all.insert(all.end(), words.begin(), words.end());
    return Run(On(adapter, all)).status;
  }
};

TEST_F(MicrochipTest, InitAndConfig) {
  EXPECT_EQ(RunJson({"show", "sim1"})["Properties"]["Powered"], true);
  // KeyboardDisplay, BONDING | MITM, no OOB data, not scOnly.
  ASSERT_EQ(
      Run(On(kPeripheralPath, {"set-defaults", "--io-cap", "4", "--bonding",
                               "1", "--mitm", "1", "--sc", "0"}))
          .status,
      0);
  Advertise();
  Accept();
  const auto call = Pair();
  ASSERT_FALSE(call->failed()) << call->message();
  const Json response =
      AwaitCompleted(peripheral_, kPeripheralPath)["PairingResponse"];
  EXPECT_EQ(response[1], 4);
  EXPECT_EQ(response[2], 0);
  EXPECT_EQ(response[3], 0x05);
}

TEST_F(MicrochipTest, InitiatePairing) {
  ConnectPlainly();
  Accept();
  const auto pairing = Initiate({});
  EXPECT_EQ(pairing->AwaitExit(), 0) << pairing->Errors();
  // As peripheral it is send-security-request, and nothing else in disguise.
  EXPECT_EQ(OnPeripheral("initiate-pairing"), 1);
}

TEST_F(MicrochipTest, AcceptPairingRequest) {
  const auto agent = Silent(peripheral_);
  ConnectPlainly();
  const auto pairing = Initiate({"--sc", "0"});
  AwaitPrompt(kPeripheralPath, "consent");
  EXPECT_EQ(OnPeripheral("accept", {"--bonding", "0"}), 0);
  EXPECT_EQ(pairing->AwaitExit(), 0) << pairing->Errors();
  EXPECT_EQ(Json::parse(pairing->Output())["Bonded"], false);
}

TEST_F(MicrochipTest, RejectPairingRequest) {
  const auto agent = Silent(peripheral_);
  ConnectPlainly();
  const auto pairing = Initiate({});
  AwaitPrompt(kPeripheralPath, "consent");
  EXPECT_EQ(OnPeripheral("reject"), 0);
  EXPECT_EQ(pairing->AwaitExit(), 64 + 0x05);
}

TEST_F(MicrochipTest, RejectSecRequest) {
  const auto agent = Silent(central_);
  ConnectPlainly();
  const auto request = Start(On(
      kPeripheralPath, {"send-security-request", HandleOf(kPeripheralPath)}));
  AwaitPrompt(kCentralPath, "consent");
  EXPECT_EQ(OnCentral("reject"), 0);
  EXPECT_EQ(request->AwaitExit(), 64 + 0x05) << request->Errors();
}

TEST_F(MicrochipTest, PasskeyReplyAndGeneratePasskey) {
  const auto pairing = AskedForThePasskey();
  const uint32_t passkey = ShownPasskey();
  EXPECT_LE(passkey, 999999u);
  EXPECT_EQ(OnCentral("set-passkey", {std::to_string(passkey)}), 0);
  EXPECT_EQ(pairing->AwaitExit(), 0) << pairing->Errors();
}

TEST_F(MicrochipTest, PasskeyReplyWithAWrongPasskeyFails) {
  const auto pairing = AskedForThePasskey();
  const uint32_t wrong = (ShownPasskey() + 1) % 1000000;
  EXPECT_EQ(OnCentral("set-passkey", {std::to_string(wrong)}), 0);
  EXPECT_EQ(pairing->AwaitExit(), 64 + 0x04) << pairing->Errors();
}

TEST_F(MicrochipTest, PasskeyNegativeReply) {
  const auto pairing = AskedForThePasskey();
  EXPECT_EQ(OnCentral("set-passkey", {"--negative"}), 0);
  EXPECT_EQ(pairing->AwaitExit(), 7) << pairing->Errors();
  EXPECT_EQ(AwaitCompleted(peripheral_, kPeripheralPath)["Reason"], 0x01);
}

TEST_F(MicrochipTest, Keypress) {
  Advertise();
  central_.Must(kCentralPath, kAdapter, "Connect", "ssa{sv}",
                Json::array({kPeripheralAddress, "public", Json::object()}));
  Await([&] { return !LinkOf(kPeripheralPath).empty(); });
  Accept({{"IoCapability", "DisplayOnly"}, {"Keypress", true}});
  const auto pairing =
      Initiate({"--io-cap", "KeyboardOnly", "--mitm", "1", "--keypress", "1"});
  AwaitPrompt(kCentralPath, "passkey-input");
  // By name and by the seed's number.
  EXPECT_EQ(OnCentral("keypress", {"started"}), 0);
  EXPECT_EQ(OnCentral("keypress", {"1"}), 0);
  const auto heard = [&](const std::string& type) {
    return std::ranges::any_of(peripheral_.signals(), [&](const auto& signal) {
      return signal.member == "Keypress" && signal.arguments.at(0) == type;
    });
  };
  Await([&] { return heard("started") && heard("digit-entered"); });
  EXPECT_EQ(OnCentral("cancel"), 0);
  EXPECT_EQ(pairing->AwaitExit(), 7);
}

TEST_F(MicrochipTest, NumericComparisonConfirmReply) {
  TestAgent agent(peripheral_, "DisplayYesNo");
  ConnectPlainly();
  Accept();
  const auto pairing = Initiate({"--io-cap", "1", "--mitm", "1"});
  AwaitPrompt(kCentralPath, "number-comparison");
  const Json prompt =
      RunJson(On(kCentralPath, {"prompt", HandleOf(kCentralPath)}));
  ASSERT_EQ(agent.numbers().size(), 1u);
  EXPECT_EQ(prompt["Number"], agent.numbers().front());
  EXPECT_EQ(OnCentral("confirm", {"yes"}), 0);
  EXPECT_EQ(pairing->AwaitExit(), 0) << pairing->Errors();
}

TEST_F(MicrochipTest, OobDataReply) {
  const std::string tk(32, '5');
  ConnectPlainly();
  Run(On(kPeripheralPath,
         {"accept-pairing", "--sc", "0", "--oob", "1", "--oob-data", tk}));
  const auto pairing = Initiate({"--sc", "0", "--oob", "1"});
  AwaitPrompt(kCentralPath, "oob-legacy");
  EXPECT_EQ(OnCentral("set-oob", {"--tk", tk}), 0);
  EXPECT_EQ(pairing->AwaitExit(), 0) << pairing->Errors();
}

TEST_F(MicrochipTest, ScOobDataReplyAndGenerateScOobData) {
  ConnectPlainly();
  const Json ours = RunJson(On(kPeripheralPath, {"oob", "generate"}));
  Accept();
  const auto pairing = Initiate({"--oob", "1"});
  AwaitPrompt(kCentralPath, "oob-sc");
  EXPECT_EQ(OnCentral("set-oob",
                      {ours.value("Confirm", ""), ours.value("Random", "")}),
            0);
  EXPECT_EQ(pairing->AwaitExit(), 0) << pairing->Errors();
}

TEST_F(MicrochipTest, UpdateBondingInfo) {
  PairWell();
  ASSERT_EQ(OnCentral("disconnect"), 0);
  Await([&] { return LinkOf(kPeripheralPath).empty(); });
  // The bond says what the key is worth; nobody has to tell it.
  const Json link = RunJson(On(kCentralPath, {"connect", kPeripheralAddress}));
  EXPECT_EQ(link["Encrypted"], true);
  EXPECT_EQ(link["KeySize"], 16);
  EXPECT_EQ(link["SecureConnections"], true);
  EXPECT_EQ(link["Authenticated"], false);
}

TEST_F(MicrochipTest, AcceptDebugKeyAndEnableDebugMode) {
  ConnectPlainly();
  Run(On(kPeripheralPath, {"accept-pairing", "--debug-keys", "accept"}));
  const auto pairing = Initiate({"--debug-keys", "use"});
  EXPECT_EQ(pairing->AwaitExit(), 0) << pairing->Errors();
  EXPECT_EQ(RunJson(On(kPeripheralPath, {"bonds"}))["Bonds"][0]["Debug"], true);
}

TEST_F(MicrochipTest, DebugKeysAreRefusedUnlessAccepted) {
  ConnectPlainly();
  Accept();
  EXPECT_EQ(Initiate({"--debug-keys", "use"})->AwaitExit(), 64 + 0x0A);
}

}  // namespace
}  // namespace bondd::cli::test
