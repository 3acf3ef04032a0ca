// bondctl on a pseudo-terminal, with somebody who types.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/cli/bondctl.h"

namespace bondd::cli::test {
namespace {

using daemon::test::TestAgent;

constexpr char kCtrlC[] = "\x03";
constexpr char kCtrlD[] = "\x04";

class TerminalTest : public BondctlTest {
 protected:
  std::unique_ptr<Bondctl> OnTerminal(const std::string& adapter,
                                      const Words& words) {
    return Start(On(adapter, words), Where::kTerminal);
  }
  // Starts pairing with a peer whose user sees and confirms numbers, and waits
  // until this side's user is asked as well.
  std::unique_ptr<Bondctl> AskedForTheNumber() {
    peer_user_ = std::make_unique<TestAgent>(peripheral_, "DisplayYesNo");
    Advertise();
    Accept();
    auto pairing =
        OnTerminal(kCentralPath, {"initiate-pairing", kPeripheralAddress});
    AwaitShown(*pairing, "yes/no (");
    return pairing;
  }

  // "123 456"
  static std::string PasskeyOn(const Bondctl& bondctl) {
    const std::string& shown = bondctl.Output();
    return shown.substr(shown.find("Type ") + 5, 7);
  }

  std::unique_ptr<TestAgent> peer_user_;
};

// Yes to all would let somebody in whom nobody has looked at.
TEST_F(TerminalTest, WhatWasTypedBeforeTheQuestionIsNoAnswer) {
  peer_user_ = std::make_unique<TestAgent>(peripheral_, "DisplayYesNo");
  Advertise();
  Accept();
  const auto pairing =
      OnTerminal(kCentralPath, {"initiate-pairing", kPeripheralAddress});
  pairing->Type("yes\n");
  AwaitShown(*pairing, "yes/no (");
  pairing->Type("no\n");
  EXPECT_EQ(pairing->AwaitExit(), 7) << pairing->Output();
}

TEST_F(TerminalTest, SecondLineIsNoAnswerToTheNextQuestion) {
  const auto agent = Start({"agent"}, Where::kTerminal);
  AwaitShown(*agent, "Ready to answer");
  Advertise();
  Accept();
  const auto call = StartPairing(central_, {{"Mitm", "yes"}});
  // One of the two sides' questions is shown, the other waits for its turn.
  AwaitPrompt(kCentralPath, "number-comparison");
  AwaitPrompt(kPeripheralPath, "number-comparison");
  // By then it has both.
  AwaitShown(*agent, "yes/no (29 s)");
  agent->Type("yes\nyes\n");
  AwaitShown(*agent, "Does 02:B0:DD:00:00:00 show");
  AwaitShown(*agent, "Does 02:B0:DD:00:00:01 show");
  agent->Type("no\n");
  Await([&] { return call->done(); });
  EXPECT_TRUE(call->failed()) << agent->Output();
}

TEST_F(TerminalTest, AsksWhetherBothSidesShowTheSameNumber) {
  const auto pairing = AskedForTheNumber();
  ASSERT_EQ(peer_user_->numbers().size(), 1u) << pairing->Output();
  const uint32_t number = peer_user_->numbers().front();
  EXPECT_TRUE(pairing->Shows(fmt::format("Does {} show {:03} {:03}?",
                                         kPeripheralAddress, number / 1000,
                                         number % 1000)))
      << pairing->Output();
  pairing->Type("perhaps\n");
  AwaitShown(*pairing, "Please type yes or no.");
  pairing->Type("yes\n");
  EXPECT_EQ(pairing->AwaitExit(), 0) << pairing->Output();
  EXPECT_TRUE(pairing->Shows("NumericComparison")) << pairing->Output();
}

TEST_F(TerminalTest, CountsDownWhileItAsks) {
  const auto pairing = AskedForTheNumber();
  for (const char* left : {"(30 s)", "(29 s)"}) {
    AwaitShown(*pairing, left);
  }
}

TEST_F(TerminalTest, RefusedNumberIsToldToThePeer) {
  const auto pairing = AskedForTheNumber();
  pairing->Type("no\n");
  EXPECT_EQ(pairing->AwaitExit(), 7) << pairing->Output();
  EXPECT_TRUE(pairing->Shows("this side ended it")) << pairing->Output();
  EXPECT_EQ(AwaitCompleted(peripheral_, kPeripheralPath)["Reason"], 0x0C);
}

TEST_F(TerminalTest, EndOfInputRefuses) {
  const auto pairing = AskedForTheNumber();
  pairing->Type(kCtrlD);
  EXPECT_EQ(pairing->AwaitExit(), 7) << pairing->Output();
}

TEST_F(TerminalTest, InterruptCancelsOnTheAir) {
  const auto pairing = AskedForTheNumber();
  pairing->Type(kCtrlC);
  EXPECT_EQ(pairing->AwaitExit(), 7) << pairing->Output();
  const Json there = AwaitCompleted(peripheral_, kPeripheralPath);
  EXPECT_EQ(there["Reason"], 0x08);
  EXPECT_EQ(there["Side"], "remote");
  // It was Pairing Failed, not the end of the link.
  EXPECT_NE(LinkOf(kCentralPath), "");
}

TEST_F(TerminalTest, PasskeyShownOnOneTerminalIsTypedOnTheOther) {
  Advertise();
  const auto showing =
      OnTerminal(kPeripheralPath, {"accept-pairing", "--wait", "--io-cap",
                                   "DisplayOnly", "--mitm", "1", "--sc", "0"});
  AwaitShown(*showing, "Waiting for a peer");
  const auto typing = OnTerminal(
      kCentralPath,
      {"initiate-pairing", kPeripheralAddress, "--io-cap", "KeyboardOnly"});
  AwaitShown(*showing, "of 6 digits are in");
  AwaitShown(*typing, "Passkey that");
  const std::string passkey = PasskeyOn(*showing);
  EXPECT_EQ(passkey[3], ' ') << passkey;
  typing->Type("12a\n");
  AwaitShown(*typing, "A passkey has up to six digits.");
  typing->Type(passkey + "\n");
  EXPECT_EQ(typing->AwaitExit(), 0) << typing->Output();
  EXPECT_EQ(showing->AwaitExit(), 0) << showing->Output();
  EXPECT_TRUE(showing->Shows("PasskeyEntry")) << showing->Output();
}

// Both sides' questions come to the same terminal here.
TEST_F(TerminalTest, DefaultAgentAnswersForEverybodyOneQuestionAtATime) {
  const auto agent = Start({"agent"}, Where::kTerminal);
  AwaitShown(*agent, "Ready to answer");
  Advertise();
  const auto call = StartPairing(central_, {{"IoCapability", "DisplayOnly"},
                                            {"Mitm", "yes"},
                                            {"SecureConnections", "off"}});
  AwaitShown(*agent, "Pair with 02:B0:DD:00:00:00? yes/no");
  agent->Type("yes\n");
  AwaitShown(*agent,
             "Passkey that 02:B0:DD:00:00:00 shows (a number to compare");
  AwaitShown(*agent, "Type ");
  agent->Type(PasskeyOn(*agent) + "\n");
  Await([&] { return call->done(); });
  EXPECT_FALSE(call->failed()) << call->message() << agent->Output();
  agent->Type(kCtrlC);
  EXPECT_EQ(agent->AwaitExit(), 0) << agent->Output();
}

// sim0 has other links than that of the command.
class SharedAdapterTest : public TerminalTest {
 protected:
  Words MoreArguments() override { return {"--adapter", "sim"}; }

  void SetUp() override {
    TerminalTest::SetUp();
    Await([&] { return central_.Objects().contains(kThird); });
    other_user_.emplace(central_, "DisplayYesNo");
    other_user_->set_answer(daemon::test::Answer::kNone);
    peer_user_ = std::make_unique<TestAgent>(peripheral_, "DisplayYesNo");
    Advertise();
    Accept();
    others_ = StartPairing(central_);
    Await([&] { return other_user_->numbers().size() == 1; });
    others_link_ = LinkOf(kCentralPath);
    for (const char* method : {"AcceptPairing", "StartAdvertising"}) {
      Do(peripheral_, kThird, method, "a{sv}", Json::array({Json::object()}));
    }
  }

  void ExpectOthersGoOn() {
    EXPECT_EQ(central_.Property(others_link_, daemon::test::kConnection,
                                "PairingState"),
              "waiting-for-user");
    EXPECT_FALSE(others_->done());
  }

  static constexpr char kThird[] = "/org/bondd/sim2";
  static constexpr char kThirdAddress[] = "02:B0:DD:00:00:02";
  std::optional<TestAgent> other_user_;
  std::unique_ptr<integration::Call> others_;
  std::string others_link_;
};

TEST_F(SharedAdapterTest, InterruptCancelsOnlyThePairingOfTheCommand) {
  const auto pairing =
      OnTerminal(kCentralPath, {"initiate-pairing", kThirdAddress});
  AwaitShown(*pairing, "yes/no (");
  pairing->Type(kCtrlC);
  EXPECT_EQ(pairing->AwaitExit(), 7) << pairing->Output();
  EXPECT_EQ(AwaitCompleted(peripheral_, kThird)["Reason"], 0x08);
  ExpectOthersGoOn();
}

TEST_F(SharedAdapterTest, AcceptingWaitsForPairingsThatPeersStart) {
  const auto waiting =
      OnTerminal(kCentralPath, {"accept-pairing", "--wait", "--agent", "none"});
  AwaitShown(*waiting, "Waiting for a peer");
  EXPECT_EQ(Run(On(kCentralPath,
                   {"initiate-pairing", kThirdAddress, "--agent", "auto"}))
                .status,
            0);
  // It is done with what it has heard of that pairing once it answers this.
  waiting->Type(kCtrlC);
  EXPECT_EQ(waiting->AwaitExit(), 7) << waiting->Output();
  EXPECT_FALSE(waiting->Shows("JustWorks")) << waiting->Output();
  ExpectOthersGoOn();
}

}  // namespace
}  // namespace bondd::cli::test
