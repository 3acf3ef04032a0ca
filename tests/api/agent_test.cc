// Agents that do what agents should not, in front of the whole daemon.

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "tests/api/bed.h"

namespace bondd::api::test {
namespace {

using integration::IncomingCall;

// An agent whose test answers for it, when and how it likes.
class HeldAgent {
 public:
  HeldAgent(BusClient& bus, const std::string& capability) : bus_(bus) {
    bus.Serve(kAgentPath, [this](std::unique_ptr<IncomingCall> call) {
      calls_.push_back(std::move(call));
    });
    bus.Must(kRootPath, "org.bondd.AgentManager1", "RegisterAgent", "osa{sv}",
             Json::array({kAgentPath, capability, Json::object()}));
  }

  void MakeDefault() {
    bus_.Must(kRootPath, "org.bondd.AgentManager1", "RequestDefaultAgent", "o",
              Json::array({kAgentPath}));
  }

  // The calls of this method, in the order in which they came.
  std::vector<IncomingCall*> Calls(const std::string& member) const {
    std::vector<IncomingCall*> found;
    for (const auto& call : calls_) {
      if (call->member() == member) found.push_back(call.get());
    }
    return found;
  }
  bool Heard(const std::string& member) const { return !Calls(member).empty(); }

 private:
  BusClient& bus_;
  std::vector<std::unique_ptr<IncomingCall>> calls_;
};

// sim0's user has the agent; sim1's is a NoInputNoOutput, or answers by itself.
class AgentTest : public testing::Test {
 protected:
  static constexpr char kAsksNumber[] = "RequestConfirmation";
  static constexpr char kAsksPasskey[] = "RequestPasskey";

  // Two that compare numbers. Returns when the agent is asked.
  void AskToCompare(const Json& options = Json::object()) {
    StartPairing("DisplayYesNo", options);
    bed_.Await([&] { return agent_.Heard(kAsksNumber); });
  }
  // The agent is asked for the passkey that the peer shows: 271828.
  void AskForPasskey() {
    StartPairing("DisplayOnly", {{"IoCapability", "KeyboardOnly"},
                                 {"SecureConnections", "off"}});
    bed_.Await([&] { return agent_.Heard(kAsksPasskey); });
    bed_.AwaitPrompt(kPeripheralPath, "passkey-display");
  }

  void StartPairing(const std::string& peer, Json options) {
    bed_.Advertise();
    bed_.Accept({{"IoCapability", peer}, {"Count", 9}});
    pairing_ = bed_.Start(
        user_, "Adapter1.InitiatePairing", "ssa{sv}",
        Json::array({kPeripheralAddress, "public", std::move(options)}));
  }

  void ConfirmAtThePeer() {
    bed_.AwaitPrompt(kPeripheralPath, "number-comparison");
    EXPECT_EQ(bed_.OnLink(bed_.peripheral_, kPeripheralPath, "ConfirmNumber",
                          "b", Json::array({true})),
              "");
  }

  // The name of the error; empty = it succeeded.
  std::string Ended() {
    pairing_ = bed_.Done(std::move(pairing_));
    const std::string& error = pairing_->error();
    return error.substr(error.rfind('.') + 1);
  }

  // What stands on the link, once all that was sent before has arrived.
  std::string Prompt() {
    return bed_.central_.Property(bed_.LinkOf(kCentralPath), kConnection,
                                  "Prompt");
  }
  // The agent's bus first, so that what it has sent is there.
  std::string PromptAfterAnswer() {
    user_.Objects();
    return Prompt();
  }

  uint32_t ShownAtThePeer() {
    return bed_.PromptOf(bed_.peripheral_, kPeripheralPath)["Passkey"];
  }

  Bed bed_;
  BusClient& user_ = bed_.NewUser();
  HeldAgent agent_{user_, "KeyboardDisplay"};
  std::unique_ptr<Call> pairing_;
};

TEST_F(AgentTest, ThatDiesWhileItIsAskedRefusesAtOnce) {
  BusClient& other = bed_.NewUser();
  auto dying = std::make_unique<HeldAgent>(other, "DisplayYesNo");
  dying->MakeDefault();
  bed_.Seat(bed_.peripheral_, "DisplayYesNo", Answer::kNone);
  bed_.Advertise();
  bed_.Accept({{"IoCapability", "DisplayYesNo"}});
  // Its user has no agent.
  pairing_ =
      bed_.Start(bed_.central_, "Adapter1.InitiatePairing", "ssa{sv}",
                 Json::array({kPeripheralAddress, "public", Json::object()}));
  bed_.Await([&] { return dying->Heard(kAsksNumber); });
  dying.reset();
  bed_.Forget(other);
  EXPECT_EQ(Ended(), "Canceled") << pairing_->message();
}

TEST_F(AgentTest, ThatNeverAnswersIsToldWhenTheTimeIsOver) {
  AskToCompare({{"TimeoutMs", 400}});
  EXPECT_EQ(Ended(), "TimedOut") << pairing_->message();
  bed_.Await([&] { return agent_.Heard("Cancel"); });
  EXPECT_EQ(agent_.Calls("Cancel").front()->arguments().at(0),
            bed_.LinkOf(kCentralPath));
}

TEST_F(AgentTest, ThatCallsBackBeforeItAnswersIsAnswered) {
  AskToCompare();
  const std::string link = bed_.LinkOf(kCentralPath);
  const auto again = bed_.Finish(user_, "Connection1.InitiatePairing", "a{sv}",
                                 Json::array({Json::object()}));
  EXPECT_EQ(again->error(), "org.bondd.Error.InProgress");
  const auto prompt =
      bed_.Finish(user_, "Connection1.GetPrompt", "", Json::array());
  IncomingCall& question = *agent_.Calls(kAsksNumber).front();
  EXPECT_EQ(question.arguments().at(0), link);
  EXPECT_EQ(prompt->values().at(0)["Number"], question.arguments().at(1));
  question.Reply();
  ConfirmAtThePeer();
  EXPECT_EQ(Ended(), "") << pairing_->message();
}

TEST_F(AgentTest, ThatAnswersTwiceHasAnsweredOnce) {
  AskToCompare();
  IncomingCall& question = *agent_.Calls(kAsksNumber).front();
  question.Reply();
  question.Refuse("org.bondd.Error.Rejected");
  user_.Objects();
  EXPECT_EQ(bed_.OnLink(user_, kCentralPath, "ConfirmNumber", "b",
                        Json::array({false})),
            "BadState");
  ConfirmAtThePeer();
  EXPECT_EQ(Ended(), "") << pairing_->message();
}

TEST_F(AgentTest, ThatAnswersLateAnswersNothingThatIsAskedAfterwards) {
  bed_.SetProperty(bed_.peripheral_, kPeripheralPath, "RepeatedAttempts",
                   {{"MaxAttempts", 255}});
  AskToCompare();
  EXPECT_EQ(bed_.OnLink(user_, kCentralPath, "CancelPairing"), "");
  EXPECT_EQ(Ended(), "Canceled");
  bed_.Await([&] { return agent_.Heard("Cancel"); });
  AskToCompare();
  bed_.Await([&] { return agent_.Calls(kAsksNumber).size() == 2; });
  agent_.Calls(kAsksNumber).front()->Reply();
  EXPECT_EQ(PromptAfterAnswer(), "number-comparison");
  agent_.Calls(kAsksNumber).back()->Reply();
  ConfirmAtThePeer();
  EXPECT_EQ(Ended(), "") << pairing_->message();
}

TEST_F(AgentTest, ThatAnswersByAnotherTypeLeavesTheQuestionOpen) {
  AskForPasskey();
  agent_.Calls(kAsksPasskey).front()->Reply("s", Json::array({"123456"}));
  EXPECT_EQ(PromptAfterAnswer(), "passkey-input");
  EXPECT_EQ(bed_.OnLink(user_, kCentralPath, "SetPasskey", "u",
                        Json::array({ShownAtThePeer()})),
            "");
  EXPECT_EQ(Ended(), "") << pairing_->message();
}

TEST_F(AgentTest, ThatAnswersOneMillionLeavesTheQuestionOpen) {
  AskForPasskey();
  agent_.Calls(kAsksPasskey).front()->Reply("u", Json::array({1'000'000}));
  EXPECT_EQ(PromptAfterAnswer(), "passkey-input");
  EXPECT_EQ(bed_.OnLink(user_, kCentralPath, "PasskeyNegativeReply"), "");
  EXPECT_EQ(Ended(), "Rejected") << pairing_->message();
}

TEST_F(AgentTest, ThatConfirmsWithMoreThanNothingConfirmsNothing) {
  AskToCompare();
  agent_.Calls(kAsksNumber).front()->Reply("b", Json::array({true}));
  EXPECT_EQ(PromptAfterAnswer(), "number-comparison");
  EXPECT_EQ(bed_.OnLink(user_, kCentralPath, "CancelPairing"), "");
  EXPECT_EQ(Ended(), "Canceled");
}

TEST_F(AgentTest, ThatFailsAtLengthRefusesAndIsNotQuoted) {
  constexpr size_t kMegabyte = 1024 * 1024;
  AskToCompare();
  agent_.Calls(kAsksNumber)
      .front()
      ->Refuse("com.example.Error", std::string(kMegabyte, 'x'));
  EXPECT_EQ(Ended(), "Canceled");
  EXPECT_LT(pairing_->message().size(), 1000u);
  EXPECT_LT(bed_.bondd_->Output().size(), kMegabyte);
}

// Whoever answers by a reply method is not asked any longer.
TEST_F(AgentTest, ThatIsSlowerThanItsUserIsTold) {
  AskToCompare();
  EXPECT_EQ(bed_.OnLink(user_, kCentralPath, "ConfirmNumber", "b",
                        Json::array({true})),
            "");
  bed_.Await([&] { return agent_.Heard("Cancel"); });
  ConfirmAtThePeer();
  EXPECT_EQ(Ended(), "") << pairing_->message();
}

TEST_F(AgentTest, IsReleasedByRootThatTakesItsPlaceAndByTheDaemonsEnd) {
  HeldAgent strangers(bed_.stranger(), "DisplayYesNo");
  strangers.MakeDefault();
  agent_.MakeDefault();
  bed_.Await([&] { return strangers.Heard("Release"); });
  // It is no agent any more.
  const auto gone =
      bed_.Finish(bed_.stranger(), "AgentManager1.UnregisterAgent", "o",
                  Json::array({kAgentPath}));
  EXPECT_EQ(gone->error(), "org.bondd.Error.DoesNotExist");
  bed_.bondd_->Ask();
  bed_.Await([&] { return agent_.Heard("Release"); });
  EXPECT_EQ(bed_.bondd_->AwaitExit(), 0);
}

TEST_F(AgentTest, ThatIsRefusedThePlaceLeavesTheDefaultAgentAsItWas) {
  agent_.MakeDefault();
  HeldAgent strangers(bed_.stranger(), "DisplayYesNo");
  const auto refused =
      bed_.Finish(bed_.stranger(), "AgentManager1.RequestDefaultAgent", "o",
                  Json::array({kAgentPath}));
  EXPECT_EQ(refused->error(), "org.bondd.Error.NotAuthorized");
  bed_.Advertise();
  // sim1 is armed by nobody, so that its default agent is asked.
  pairing_ =
      bed_.Start(bed_.central_, "Adapter1.InitiatePairing", "ssa{sv}",
                 Json::array({kPeripheralAddress, "public", Json::object()}));
  bed_.Await([&] { return agent_.Heard("RequestAuthorization"); });
  EXPECT_FALSE(agent_.Heard("Release"));
  agent_.Calls("RequestAuthorization")
      .front()
      ->Refuse("org.bondd.Error.Rejected");
  EXPECT_EQ(Ended(), "PairingNotSupported");
  EXPECT_FALSE(strangers.Heard("RequestAuthorization"));
}

}  // namespace
}  // namespace bondd::api::test
