// Two adapters of one daemon pair with each other over the simulated radio.

#include <algorithm>

#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

using PairingTest = PairTest;

TEST_F(PairingTest, JustWorksBondsBothSidesAtTheSameLevel) {
  const Json result = PairWell();
  EXPECT_EQ(result["Status"], "ok");
  EXPECT_EQ(result["Initiator"], true);
  EXPECT_EQ(result["Method"], "JustWorks");
  EXPECT_EQ(result["SecureConnections"], true);
  EXPECT_EQ(result["Authenticated"], false);
  EXPECT_EQ(result["KeySize"], 16);
  EXPECT_EQ(result["SecurityLevel"], 2);
  EXPECT_EQ(result["Bonded"], true);
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_TRUE(IsBonded(kPeripheralPath, kCentralAddress));
  for (const char* property :
       {"Encrypted", "Authenticated", "SecureConnections", "KeySize",
        "SecurityLevel"}) {
    EXPECT_EQ(LinkProperty(kCentralPath, property),
              LinkProperty(kPeripheralPath, property))
        << property;
  }
  EXPECT_TRUE(Encrypted(kCentralPath));
}

TEST_F(PairingTest, PeripheralTellsTheSameStoryFromItsSide) {
  PairWell();
  const Json result = AwaitCompleted(peripheral_, kPeripheralPath);
  EXPECT_EQ(result["Status"], "ok");
  EXPECT_EQ(result["Initiator"], false);
  EXPECT_EQ(result["Method"], "JustWorks");
  EXPECT_EQ(result["Peer"], Json::array({kCentralAddress, "public"}));
  EXPECT_EQ(LinkProperty(kPeripheralPath, "LastPairing"), result);
  EXPECT_EQ(LinkProperty(kPeripheralPath, "PairingState"), "idle");
  EXPECT_EQ(LinkProperty(kPeripheralPath, "Prompt"), "none");
}

TEST_F(PairingTest, LegacyJustWorksBondsBothSides) {
  const Json result = PairWell(kLegacy);
  EXPECT_EQ(result["Method"], "JustWorks");
  EXPECT_EQ(result["SecureConnections"], false);
  EXPECT_EQ(result["SecurityLevel"], 2);
  EXPECT_NE(std::ranges::find(result["KeysReceived"], "enc"),
            result["KeysReceived"].end());
  EXPECT_TRUE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_TRUE(IsBonded(kPeripheralPath, kCentralAddress));
  EXPECT_EQ(LinkProperty(kPeripheralPath, "SecureConnections"), false);
}

TEST_F(PairingTest, WithoutBondingLeavesNoBond) {
  const Json result = PairWell({{"Bonding", false}});
  EXPECT_EQ(result["Bonded"], false);
  EXPECT_EQ(result["Bond"], "/");
  EXPECT_TRUE(Encrypted(kCentralPath));
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_FALSE(IsBonded(kPeripheralPath, kCentralAddress));
}

TEST_F(PairingTest, AgentOfThePeripheralConsentsWithoutArming) {
  TestAgent agent(peripheral_, "NoInputNoOutput");
  agent.make_default();
  Advertise();
  const auto call = Pair();
  EXPECT_FALSE(call->failed()) << call->message();
  EXPECT_EQ(agent.consents_asked(), 1u);
}

// Both users have a display and a yes/no button.
class NumericComparisonTest : public PairTest {
 protected:
  void SetUp() override {
    PairTest::SetUp();
    first_ = std::make_unique<TestAgent>(central_, "DisplayYesNo");
    second_ = std::make_unique<TestAgent>(peripheral_, "DisplayYesNo");
    Advertise();
    Accept();
  }

  std::unique_ptr<TestAgent> first_;
  std::unique_ptr<TestAgent> second_;
};

TEST_F(NumericComparisonTest, BothUsersSeeTheSameNumber) {
  const auto call = Pair();
  ASSERT_FALSE(call->failed()) << call->message();
  const Json& result = call->values().at(0);
  EXPECT_EQ(result["Method"], "NumericComparison");
  EXPECT_EQ(result["Authenticated"], true);
  EXPECT_EQ(result["SecurityLevel"], 4);
  ASSERT_EQ(first_->numbers().size(), 1u);
  EXPECT_EQ(first_->numbers(), second_->numbers());
  AwaitCompleted(peripheral_, kPeripheralPath);
  EXPECT_EQ(LinkProperty(kPeripheralPath, "SecurityLevel"), 4);
}

TEST_F(NumericComparisonTest, RefusalByTheCentralIsToldToBoth) {
  first_->set_answer(Answer::kRefuse);
  const auto call = Pair();
  EXPECT_EQ(call->error(), "org.bondd.Error.Rejected");
  EXPECT_TRUE(call->message().starts_with("Rejected")) << call->message();
  EXPECT_NE(call->message().find("0x0C"), std::string::npos) << call->message();
  const Json here = AwaitCompleted(central_, kCentralPath);
  EXPECT_EQ(here["Status"], "failed");
  EXPECT_EQ(here["Reason"], 0x0C);
  EXPECT_EQ(here["Side"], "local");
  const Json there = AwaitCompleted(peripheral_, kPeripheralPath);
  EXPECT_EQ(there["Reason"], 0x0C);
  EXPECT_EQ(there["ReasonName"], "NumericComparisonFailed");
  EXPECT_EQ(there["Side"], "remote");
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_FALSE(IsBonded(kPeripheralPath, kCentralAddress));
}

TEST_F(NumericComparisonTest, RefusalByThePeripheralIsToldToBoth) {
  second_->set_answer(Answer::kRefuse);
  const auto call = Pair();
  EXPECT_EQ(call->error(), "org.bondd.Error.Smp.NumericComparisonFailed");
  EXPECT_NE(call->message().find("remote"), std::string::npos)
      << call->message();
  const Json there = AwaitCompleted(peripheral_, kPeripheralPath);
  EXPECT_EQ(there["Reason"], 0x0C);
  EXPECT_EQ(there["Side"], "local");
  EXPECT_FALSE(IsBonded(kCentralPath, kPeripheralAddress));
  EXPECT_FALSE(IsBonded(kPeripheralPath, kCentralAddress));
}

TEST_F(NumericComparisonTest, OpenQuestionIsWithdrawnWhenTheOtherUserRefuses) {
  first_->set_answer(Answer::kNone);
  second_->set_answer(Answer::kRefuse);
  EXPECT_TRUE(Pair()->failed());
  Await([&] { return first_->withdrawn() == 1; });
}

TEST_F(NumericComparisonTest, CancelingTellsThePeer) {
  first_->set_answer(Answer::kNone);
  const auto call = StartPairing(central_);
  Await([&] { return first_->numbers().size() == 1; });
  central_.Must(LinkOf(kCentralPath), kConnection, "CancelPairing");
  Await([&] { return call->done(); });
  EXPECT_EQ(call->error(), "org.bondd.Error.Canceled");
  const Json there = AwaitCompleted(peripheral_, kPeripheralPath);
  EXPECT_EQ(there["Reason"], 0x08);
  EXPECT_EQ(there["Side"], "remote");
}

TEST_F(NumericComparisonTest, CallerThatLeavesTheBusCancels) {
  auto caller = std::make_unique<BusClient>(world_.loop, world_.bus.address());
  TestAgent agent(*caller, "DisplayYesNo");
  agent.set_answer(Answer::kNone);
  second_->set_answer(Answer::kNone);
  auto call = StartPairing(*caller);
  Await([&] { return agent.numbers().size() == 1; });
  Await([&] { return second_->numbers().size() == 1; });
  call.reset();
  caller.reset();
  const Json there = AwaitCompleted(peripheral_, kPeripheralPath);
  EXPECT_EQ(there["Status"], "failed");
  EXPECT_EQ(there["Reason"], 0x08);
  EXPECT_EQ(there["Side"], "remote");
  const Json here = AwaitCompleted(peripheral_, kCentralPath);
  EXPECT_EQ(here["Side"], "local");
  Await([&] { return second_->withdrawn() == 1; });
}

}  // namespace
}  // namespace bondd::daemon::test
