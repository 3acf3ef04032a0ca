// bondctl as scripts have it: no terminal, so no questions; JSON and exit
// statuses.

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "tests/cli/bondctl.h"

namespace bondd::cli::test {
namespace {

using daemon::test::TestAgent;
using PipesTest = BondctlTest;

TEST_F(PipesTest, PairsByAddressAndAsksNobody) {
  Advertise();
  Accept();
  const Ran ran =
      Run(On(kCentralPath, {"--json", "initiate-pairing", kPeripheralAddress}));
  EXPECT_EQ(ran.status, 0) << ran.errors;
  EXPECT_EQ(ran.errors, "");
  const Json result = Json::parse(ran.output);
  EXPECT_EQ(result["Status"], "ok");
  EXPECT_EQ(result["Method"], "JustWorks");
  // Without an agent this side has no means of input or output.
  EXPECT_TRUE(result["PairingRequest"].get<std::string>().starts_with("0103"));
}

TEST_F(PipesTest, ListsAreOneJsonObjectEach) {
  PairWell();
  EXPECT_EQ(RunJson({"adapters"})["Adapters"].size(), 2u);
  EXPECT_EQ(RunJson({"show"})["Objects"].size(), 6u);
  EXPECT_EQ(RunJson({"show", "sim1"})["Properties"]["Transport"], "sim");
  const Json links = RunJson(On(kCentralPath, {"connections"}));
  ASSERT_EQ(links["Connections"].size(), 1u);
  EXPECT_EQ(links["Connections"][0]["Role"], "central");
  const Json bonds = RunJson(On(kCentralPath, {"bonds"}));
  ASSERT_EQ(bonds["Bonds"].size(), 1u);
  EXPECT_EQ(bonds["Bonds"][0]["Identity"][0], kPeripheralAddress);
  ASSERT_EQ(
      Run(On(kCentralPath, {"name", kPeripheralAddress, "kitchen"})).status, 0);
  EXPECT_EQ(RunJson(On(kCentralPath, {"bonds"}))["Bonds"][0]["Name"],
            "kitchen");
  EXPECT_EQ(RunJson(On(kCentralPath, {"remove-bonding", "--all"}))["Removed"],
            1);
}

TEST_F(PipesTest, ScansAndPredicts) {
  ASSERT_EQ(Run(On(kPeripheralPath, {"advertise", "--name", "lamp"})).status,
            0);
  const Json found = RunJson(On(kCentralPath, {"scan", "--seconds", "1"}));
  ASSERT_EQ(found["Devices"].size(), 1u);
  EXPECT_EQ(found["Devices"][0]["Name"], "lamp");
  EXPECT_EQ(Run(On(kPeripheralPath, {"advertise", "--stop"})).status, 0);
  EXPECT_EQ(
      RunJson({"predict", "--io-cap", "4", "--peer-io-cap", "1"})["Method"],
      "NumericComparison");
  EXPECT_EQ(Run({"predict", "--sc", "only", "--peer-sc", "0"}).status, 1);
}

TEST_F(PipesTest, OobDataOfThePeerIsKeptReleasedAndCleared) {
  const Json ours =
      RunJson(On(kPeripheralPath, {"oob", "generate", "--for", "60s"}));
  const std::string ad = ours.value("Ad", "");
  EXPECT_EQ(
      Run(On(kCentralPath, {"oob", "set", kPeripheralAddress, "--ad", ad}))
          .status,
      0);
  Advertise();
  Accept();
  const auto call = Pair();
  ASSERT_FALSE(call->failed()) << call->message();
  EXPECT_EQ(call->values().at(0)["Method"], "OutOfBand");
  const Words clear = On(kCentralPath, {"oob", "clear", kPeripheralAddress});
  EXPECT_EQ(Run(clear).status, 1);  // used up
  const Json more = RunJson(On(kPeripheralPath, {"oob", "generate"}));
  const Words release =
      On(kPeripheralPath, {"oob", "release", more["Id"].dump()});
  EXPECT_EQ(Run(release).status, 0);
  EXPECT_EQ(Run(release).status, 1);
}

TEST_F(PipesTest, DoctorFindsTheRunningDaemonSound) {
  const Json findings = RunJson({"doctor"})["Findings"];
  const auto verdict = [&](const std::string& check) -> std::string {
    for (const Json& finding : findings) {
      if (finding["Check"] == check) return finding["Verdict"];
    }
    return "not looked at";
  };
  for (const char* check :
       {"bondd", "access", "adapter", "bond store", "state directory"}) {
    EXPECT_EQ(verdict(check), "ok") << check << findings;
  }
  // The tests' bonds are sealed with a key in a file.
  EXPECT_EQ(verdict("sealing key"), "note") << findings;
}

TEST_F(PipesTest, SetsWhatTheAdapterHas) {
  EXPECT_EQ(Run(On(kCentralPath, {"set", "pairable", "no"})).status, 0);
  EXPECT_EQ(Run(On(kCentralPath, {"set-defaults", "--sc", "0", "--mitm", "1"}))
                .status,
            0);
  EXPECT_EQ(Run(On(kCentralPath, {"set-repeated-attempts", "--first-ms", "100",
                                  "--exponent", "4"}))
                .status,
            0);
  const Json adapter = RunJson({"show", "sim0"})["Properties"];
  EXPECT_EQ(adapter["Pairable"], false);
  EXPECT_EQ(adapter["RepeatedAttempts"]["First"], 100);
  EXPECT_EQ(adapter["RepeatedAttempts"]["Exponent"], 4);
  EXPECT_EQ(adapter["PairingDefaults"],
            Json({{"Mitm", "yes"}, {"SecureConnections", "off"}}));
}

// Each of these is refused before anything is asked of the daemon.
TEST_F(PipesTest, WrongCommandLinesEndWith2) {
  const std::vector<Words> wrong = {
      {},
      {"pair"},
      {"initiate-pairing"},
      {"-a", "sim0", "initiate-pairing", "1", "--io-cap", "9"},
      {"-a", "sim0", "initiate-pairing", "1", "--agent", "somebody"},
      {"-a", "sim0", "initiate-pairing", "1", "--agent", "prompt"},
      {"-a", "sim0", "accept-pairing", "--agent", "auto"},
      {"-a", "sim0", "accept-pairing", "--count", "0"},
      {"-a", "sim0", "set-passkey", "1"},
      {"-a", "sim0", "set-passkey", "1", "1000000"},
      {"-a", "sim0", "disconnect", "somewhere"},
      {"-a", "sim0", "remove-bonding"},
      {"-a", "sim0", "keypress", "1", "shout"},
      {"bonds"},  // of which adapter?
      {"agent"},  // nobody there to answer
  };
  for (const Words& words : wrong) {
    const Ran ran = Run(words);
    EXPECT_EQ(ran.status, 2) << testing::PrintToString(words) << ran.errors;
    EXPECT_TRUE(ran.errors.starts_with("bondctl: ")) << ran.errors;
    EXPECT_EQ(ran.output, "");
  }
  EXPECT_EQ(Run({"--help"}).status, 0);
  EXPECT_EQ(Run({"--version"}).output, "bondctl 0.1.0\n");
}

TEST_F(PipesTest, WithoutDaemonOrAdapterEndsWith3) {
  EXPECT_EQ(Run({"--bus-name", "org.example.nobody", "adapters"}).status, 3);
  EXPECT_EQ(Run({"-a", "hci7", "bonds"}).status, 3);
  Bondctl without_bus(world_.loop, {"--bus", "unix:path=/nowhere", "adapters"},
                      Where::kPipes);
  EXPECT_EQ(without_bus.AwaitExit(), 3);
}

TEST_F(PipesTest, FailuresHaveTheirStatusAndASentence) {
  EXPECT_EQ(Run(On(kCentralPath, {"disconnect", "64"})).status, 5);
  EXPECT_EQ(
      Run(On(kCentralPath, {"connect", kPeripheralAddress, "--timeout", "1s"}))
          .status,
      6);
  Advertise();
  EXPECT_EQ(Run(On(kCentralPath, {"initiate-pairing", kPeripheralAddress,
                                  "--sc", "0", "--require-level", "4"}))
                .status,
            8);
  // Nobody has allowed it.
  const Ran refused =
      Run(On(kCentralPath, {"--json", "initiate-pairing", kPeripheralAddress}));
  EXPECT_EQ(refused.status, 64 + 0x05);
  EXPECT_TRUE(
      refused.errors.starts_with("bondctl: pairing failed at the step "))
      << refused.errors;
  EXPECT_NE(refused.errors.find("the peer ended it"), std::string::npos);
  const Json json = Json::parse(refused.output);
  EXPECT_EQ(json["Status"], "failed");
  EXPECT_EQ(json["Error"], "Smp.PairingNotSupported");
  EXPECT_EQ(json["Side"], "remote");
  EXPECT_EQ(json["ExitStatus"], 69);
}

TEST_F(PipesTest, AnswersThatNothingAskedForEndWith1) {
  const std::string handle = ConnectPlainly();
  const Words replies[] = {
      {"confirm", handle, "yes"}, {"accept", handle},
      {"reject", handle},         {"keypress", handle, "cleared"},
      {"cancel", handle},         {"set-passkey", handle, "--negative"},
      {"prompt", handle}};
  for (const Words& words : replies) {
    EXPECT_EQ(Run(On(kCentralPath, words)).status, 1)
        << testing::PrintToString(words);
  }
}

TEST_F(PipesTest, ShowingAPasskeyOfOnesOwnIsNotAuthorized) {
  const std::string handle = ConnectPlainly();
  EXPECT_EQ(Run(On(kCentralPath, {"initiate-pairing", handle, "--io-cap",
                                  "DisplayOnly", "--passkey", "000000"}))
                .status,
            4);
}

TEST_F(PipesTest, SecretsComeFromStandardInputAndFiles) {
  const std::string handle = ConnectPlainly();
  const std::string tk = "000102030405060708090a0b0c0d0e0f";
  const std::string file = world_.Write("tk", tk + "\n");
  const Ran armed =
      Run(On(kPeripheralPath, {"accept-pairing", "--sc", "0", "--oob", "1",
                               "--oob-data", "@" + file}));
  ASSERT_EQ(armed.status, 0) << armed.errors;
  const Ran paired =
      Run(On(kCentralPath, {"--json", "initiate-pairing", handle, "--sc", "0",
                            "--oob", "1", "--oob-data", "-"}),
          tk + "\n");
  EXPECT_EQ(paired.status, 0) << paired.errors;
  EXPECT_EQ(Json::parse(paired.output)["Method"], "OutOfBand");
}

TEST_F(PipesTest, LegacyOobDataAnswersThePrompt) {
  const std::string handle = ConnectPlainly();
  const std::string tk = "000102030405060708090a0b0c0d0e0f";
  Run(On(kPeripheralPath,
         {"accept-pairing", "--sc", "0", "--oob", "1", "--oob-data", tk}));
  const auto pairing = Start(On(
      kCentralPath, {"initiate-pairing", handle, "--sc", "0", "--oob", "1"}));
  AwaitPrompt(kCentralPath, "oob-legacy");
  // An out-of-band data block: length 17, type TK.
  EXPECT_EQ(
      Run(On(kCentralPath, {"set-oob", handle, "--ad", "1110" + tk})).status,
      0);
  EXPECT_EQ(pairing->AwaitExit(), 0) << pairing->Errors();
}

TEST_F(PipesTest, ConsentIsGivenAndRefusedByCommand) {
  TestAgent agent(peripheral_, "NoInputNoOutput");
  agent.set_answer(daemon::test::Answer::kNone);
  agent.make_default();
  ConnectPlainly();
  auto call = StartPairing(central_);
  AwaitPrompt(kPeripheralPath, "consent");
  const std::string handle = HandleOf(kPeripheralPath);
  EXPECT_EQ(Run(On(kPeripheralPath, {"reject", handle, "0x0E"})).status, 0);
  Await([&] { return call->done(); });
  EXPECT_EQ(call->error(), "org.bondd.Error.Smp.CrossTransportNotAllowed");
}

TEST_F(PipesTest, RefusedNumberEndsWith7AndSaysWhoRefused) {
  TestAgent agent(peripheral_, "DisplayYesNo");
  const std::string handle = ConnectPlainly();
  Accept();
  const auto pairing = Start(On(
      kCentralPath, {"initiate-pairing", handle, "--io-cap", "DisplayYesNo"}));
  AwaitPrompt(kCentralPath, "number-comparison");
  EXPECT_EQ(Run(On(kCentralPath, {"confirm", handle, "no"})).status, 0);
  EXPECT_EQ(pairing->AwaitExit(), 7);
  EXPECT_NE(pairing->Errors().find("this side ended it"), std::string::npos)
      << pairing->Errors();
}

TEST_F(PipesTest, LinkThatEndsDuringPairingEndsWith5) {
  const std::string handle = ConnectPlainly();
  TestAgent agent(peripheral_, "DisplayYesNo");
  Accept();
  const auto pairing = Start(On(
      kCentralPath, {"initiate-pairing", handle, "--io-cap", "DisplayYesNo"}));
  AwaitPrompt(kCentralPath, "number-comparison");
  EXPECT_EQ(Run(On(kCentralPath, {"disconnect", handle})).status, 0);
  EXPECT_EQ(pairing->AwaitExit(), 5) << pairing->Errors();
}

TEST_F(PipesTest, AgentAutoSaysYesToAll) {
  Advertise();
  const auto accepting =
      Start(On(kPeripheralPath, {"--json", "accept-pairing", "--wait",
                                 "--agent", "auto", "--io-cap", "1"}));
  AwaitShown(*accepting, "Waiting for a peer");
  const Ran paired =
      Run(On(kCentralPath, {"--json", "initiate-pairing", kPeripheralAddress,
                            "--agent", "auto", "--io-cap", "DisplayYesNo"}));
  EXPECT_EQ(paired.status, 0) << paired.errors;
  EXPECT_EQ(Json::parse(paired.output)["Method"], "NumericComparison");
  EXPECT_EQ(accepting->AwaitExit(), 0) << accepting->Errors();
  EXPECT_EQ(Json::parse(accepting->Output())["Initiator"], false);
}

TEST_F(PipesTest, WaitingEndsWhenTheTimeIsUpOrSomebodyHasHadEnough) {
  EXPECT_EQ(
      Run(On(kPeripheralPath, {"accept-pairing", "--wait", "--for", "1s"}))
          .status,
      6);
  const auto waiting = Start(On(kPeripheralPath, {"accept-pairing", "--wait"}));
  AwaitShown(*waiting, "Waiting for a peer");
  waiting->Signal(SIGINT);
  EXPECT_EQ(waiting->AwaitExit(), 7);
  // What it armed is gone.
  Advertise();
  EXPECT_EQ(Pair()->error(), "org.bondd.Error.Smp.PairingNotSupported");
}

TEST_F(PipesTest, ExportedBondsAreAPrivateFileAndComeBack) {
  PairWell();
  const std::string file = world_.folder.path() / "bonds.json";
  const Ran done = Run(On(kCentralPath, {"export", "json", file}));
  ASSERT_EQ(done.status, 0) << done.errors;
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms(0600));
  // Never over a file that is there.
  EXPECT_EQ(Run(On(kCentralPath, {"export", "json", file})).status, 2);
  ASSERT_EQ(Run(On(kCentralPath, {"remove-bonding", "--all"})).status, 0);
  const Ran imported = Run(On(kCentralPath, {"import", "json", file}));
  EXPECT_EQ(imported.status, 0) << imported.errors;
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
}

}  // namespace
}  // namespace bondd::cli::test
