// Each procedure of BLEngine's SM, by its own name and options.

#include <gtest/gtest.h>

#include "tests/cli/bondctl.h"

namespace bondd::cli::test {
namespace {

using daemon::test::TestAgent;
using BlengineTest = BondctlTest;

Words Sm(const std::string& procedure, const Words& words) {
  Words all = {"--json", "run", "SM." + procedure};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

TEST_F(BlengineTest, InitiatePairing) {
  TestAgent agent(peripheral_, "DisplayYesNo");
  const std::string handle = ConnectPlainly();
  Accept();
  const auto pairing = Start(On(
      kCentralPath, Sm("initiate_pairing",
                       {handle, "--io_cap", "1", "--oob", "0", "--bonding", "1",
                        "--mitm", "1", "--sc", "1", "--keypress", "0"})));
  AwaitPrompt(kCentralPath, "number-comparison");
  EXPECT_EQ(Run(On(kCentralPath, {"confirm", handle, "yes"})).status, 0);
  EXPECT_EQ(pairing->AwaitExit(), 0) << pairing->Errors();
  const Json result = Json::parse(pairing->Output());
  EXPECT_EQ(result["Method"], "NumericComparison");
  EXPECT_EQ(result["SecurityLevel"], 4);
  EXPECT_EQ(result["Bonded"], true);
  // DisplayYesNo, no OOB data, bonding | MITM | Secure Connections.
  EXPECT_TRUE(
      result["PairingRequest"].get<std::string>().starts_with("0101000d"))
      << result;
}

TEST_F(BlengineTest, AcceptPairing) {
  ConnectPlainly();
  const Ran armed =
      Run(On(kPeripheralPath,
             Sm("accept_pairing",
                {"--conn_handle", HandleOf(kPeripheralPath), "--io_cap", "3",
                 "--oob", "0", "--bonding", "0", "--mitm", "0", "--sc", "1"})));
  EXPECT_EQ(armed.status, 0) << armed.errors;
  const auto call = Pair();
  ASSERT_FALSE(call->failed()) << call->message();
  // NoInputNoOutput, no OOB data, Secure Connections alone.
  EXPECT_EQ(AwaitCompleted(peripheral_, kPeripheralPath)["PairingResponse"][3],
            0x08);
}

TEST_F(BlengineTest, SetPasskey) {
  const std::string handle = ConnectPlainly();
  Accept({{"IoCapability", "DisplayOnly"}, {"Mitm", "yes"}});
  const auto pairing = Start(On(
      kCentralPath, Sm("initiate_pairing",
                       {handle, "--io_cap", "2", "--mitm", "1", "--sc", "0"})));
  AwaitPrompt(kCentralPath, "passkey-input");
  AwaitPrompt(kPeripheralPath, "passkey-display");
  const Json shown =
      RunJson(On(kPeripheralPath, {"prompt", HandleOf(kPeripheralPath)}));
  const std::string passkey = std::to_string(shown["Passkey"].get<uint32_t>());
  EXPECT_EQ(Run(On(kCentralPath, Sm("set_passkey", {handle, passkey}))).status,
            0);
  EXPECT_EQ(pairing->AwaitExit(), 0) << pairing->Errors();
  EXPECT_EQ(Json::parse(pairing->Output())["Method"], "PasskeyEntry");
}

TEST_F(BlengineTest, SetOob) {
  const std::string handle = ConnectPlainly();
  const Json ours = RunJson(On(kPeripheralPath, {"oob", "generate"}));
  Accept();
  const auto pairing =
      Start(On(kCentralPath,
               Sm("initiate_pairing", {handle, "--oob", "1", "--sc", "1"})));
  AwaitPrompt(kCentralPath, "oob-sc");
  const Ran set =
      Run(On(kCentralPath, Sm("set_oob", {handle, ours.value("Confirm", ""),
                                          ours.value("Random", "")})));
  EXPECT_EQ(set.status, 0) << set.errors;
  EXPECT_EQ(pairing->AwaitExit(), 0) << pairing->Errors();
  EXPECT_EQ(Json::parse(pairing->Output())["Method"], "OutOfBand");
}

TEST_F(BlengineTest, RemoveBondingAndIsDeviceBonded) {
  PairWell();
  const auto bonded = [&](const Words& words) {
    return Run(On(kCentralPath, Sm("is_device_bonded", words)));
  };
  EXPECT_EQ(bonded({kPeripheralAddress}).status, 0);
  EXPECT_EQ(bonded({kPeripheralAddress, "central"}).status, 0);
  EXPECT_EQ(bonded({kPeripheralAddress, "peripheral"}).status, 1);
  EXPECT_EQ(bonded({kPeripheralAddress, "sideways"}).status, 2);
  const Words remove =
      On(kCentralPath, Sm("remove_bonding", {kPeripheralAddress}));
  EXPECT_EQ(Run(remove).status, 0);
  EXPECT_EQ(Run(remove).status, 1);
  EXPECT_EQ(bonded({kPeripheralAddress}).output, "{\"Bonded\":false}\n");
}

TEST_F(BlengineTest, InitiateEncryption) {
  PairWell();
  ASSERT_EQ(Run(On(kCentralPath, {"disconnect", kPeripheralAddress})).status,
            0);
  Await([&] { return LinkOf(kPeripheralPath).empty(); });
  const Ran connected =
      Run(On(kCentralPath, {"connect", kPeripheralAddress, "--no-encrypt"}));
  ASSERT_EQ(connected.status, 0) << connected.errors;
  const std::string handle = HandleOf(kCentralPath);
  EXPECT_FALSE(Encrypted(kCentralPath));
  EXPECT_EQ(Run(On(kCentralPath,
                   Sm("initiate_encryption", {handle, "--secLevel", "4"})))
                .status,
            8);
  const Ran done = Run(
      On(kCentralPath, Sm("initiate_encryption", {handle, "--secLevel", "2"})));
  EXPECT_EQ(done.status, 0) << done.errors;
  EXPECT_EQ(Json::parse(done.output)["SecurityLevel"], 2);
  EXPECT_TRUE(Encrypted(kCentralPath));
}

TEST_F(BlengineTest, SendSecurityRequest) {
  const std::string handle = ConnectPlainly();
  ASSERT_EQ(
      Run(On(kCentralPath, {"accept-pairing", "--conn-handle", handle})).status,
      0);
  const Ran paired = Run(
      On(kPeripheralPath, Sm("send_security_request",
                             {HandleOf(kPeripheralPath), "--io_cap", "3",
                              "--bonding", "1", "--sc", "1", "--mitm", "0"})));
  EXPECT_EQ(paired.status, 0) << paired.errors;
  const Json result = Json::parse(paired.output);
  EXPECT_EQ(result["Initiator"], false);
  EXPECT_EQ(result["Bonded"], true);
}

}  // namespace
}  // namespace bondd::cli::test
