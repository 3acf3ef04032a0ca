// Questions to agents, and what their answers come to.

#include "tests/dbus/bus_test.h"
#include "tests/dbus/fake_agent.h"
#include "tests/dbus/raw_agent.h"
#include "tests/dbus/values.h"

namespace bondd::dbus::test {
namespace {

using testing::_;
using testing::ElementsAre;
using testing::IsEmpty;

const Dictionary kInfo{{"Peer", AddressPair{Peer()}}};

class QuestionTest : public BusTest {
 protected:
  void SetUp() override {
    BusTest::SetUp();
    client_ = &NewClient();
    agent_.emplace(*client_, "/agent");
    ref_ = {client_->name(), "/agent", ::geteuid(),
            smp::IoCapability::kKeyboardDisplay};
    ON_CALL(operations_, OnAgentAnswer(_, _))
        .WillByDefault([this](QuestionId id, AgentAnswer answer) {
          answers_.emplace_back(id, std::move(answer));
        });
  }

  QuestionId Ask(AgentQuestion question) {
    return service_->Ask(ref_, link_, std::move(question));
  }
  void AwaitCalls(size_t count) {
    Await([this, count] { return agent_->calls().size() >= count; });
  }
  // The answer to the question, which has to be the first.
  AgentAnswer AwaitAnswer(QuestionId id) {
    Await([this] { return !answers_.empty(); });
    EXPECT_EQ(answers_.front().first, id);
    return std::move(answers_.front().second);
  }
  AgentRefusal AwaitRefusal(QuestionId id) {
    return std::get<AgentRefusal>(AwaitAnswer(id));
  }
  void ExpectAnswers(int count) {
    EXPECT_CALL(operations_, OnAgentAnswer(_, _)).Times(count);
  }
  void LeaveWithAgent() {
    agent_.reset();
    Leave(*client_);
    client_ = nullptr;
  }

  Client* client_ = nullptr;
  std::optional<FakeAgent> agent_;
  AgentRef ref_;
  std::vector<std::pair<QuestionId, AgentAnswer>> answers_;
};

TEST_F(QuestionTest, AsksForConsent) {
  ExpectAnswers(1);
  const auto id = Ask(AskAuthorization{kInfo});
  AwaitCalls(1);
  EXPECT_THAT(agent_->calls(),
              ElementsAre("RequestAuthorization " + connection_ + " Peer"));
  EXPECT_THAT(answers_, IsEmpty());
  agent_->Accept();
  EXPECT_TRUE(std::holds_alternative<AgentAccepted>(AwaitAnswer(id)));
}

TEST_F(QuestionTest, AsksForAPasskey) {
  ExpectAnswers(1);
  const auto id = Ask(AskPasskey{kInfo});
  AwaitCalls(1);
  agent_->AnswerPasskey(999999);
  EXPECT_EQ(std::get<AgentPasskey>(AwaitAnswer(id)).passkey, 999999u);
  EXPECT_THAT(agent_->calls(),
              ElementsAre("RequestPasskey " + connection_ + " Peer"));
}

TEST_F(QuestionTest, AsksWhetherNumbersAreEqual) {
  ExpectAnswers(1);
  const auto id = Ask(AskConfirmation{123456, kInfo});
  AwaitCalls(1);
  agent_->Accept();
  EXPECT_TRUE(std::holds_alternative<AgentAccepted>(AwaitAnswer(id)));
  EXPECT_THAT(agent_->calls(), ElementsAre("RequestConfirmation " +
                                           connection_ + " 123456 Peer"));
}

TEST_F(QuestionTest, AsksForBothKindsOfOobData) {
  ExpectAnswers(2);
  const auto legacy = Ask(AskOob{false});
  AwaitCalls(1);
  agent_->AnswerOob({{"Tk", Ay(16, 7)}});
  auto answer = std::get<AgentOob>(AwaitAnswer(legacy));
  ASSERT_TRUE(answer.tk);
  EXPECT_EQ(answer.tk->Reveal()[0], 7);
  answers_.clear();
  const auto sc = Ask(AskOob{true});
  AwaitCalls(2);
  agent_->AnswerOob({{"Confirm", Ay(16, 8)}, {"Random", Ay(16, 9)}});
  answer = std::get<AgentOob>(AwaitAnswer(sc));
  ASSERT_TRUE(answer.sc);
  EXPECT_EQ(answer.sc->random.Reveal()[0], 9);
  EXPECT_THAT(agent_->calls(),
              ElementsAre("RequestOob " + connection_ + " legacy",
                          "RequestOob " + connection_ + " sc"));
}

TEST_F(QuestionTest, ShowsAPasskeyWithoutWaitingForAnAnswer) {
  Ask(ShowPasskey{12345, 0});
  Ask(ShowPasskey{12345, 3});
  AwaitCalls(2);
  Settle();
  EXPECT_THAT(agent_->calls(),
              ElementsAre("DisplayPasskey " + connection_ + " 12345 0",
                          "DisplayPasskey " + connection_ + " 12345 3"));
}

TEST_F(QuestionTest, TellsRefusalsApart) {
  const std::map<std::string, AgentRefusal> refusals = {
      {"org.bondd.Error.Rejected", AgentRefusal::kRejected},
      {"org.bluez.Error.Rejected", AgentRefusal::kRejected},
      {"org.bondd.Error.Canceled", AgentRefusal::kCanceled},
      {"org.bluez.Error.Canceled", AgentRefusal::kCanceled},
      {"org.example.Rejected", AgentRefusal::kGone},
  };
  ExpectAnswers(static_cast<int>(refusals.size()));
  for (const auto& [name, refusal] : refusals) {
    answers_.clear();
    const auto id = Ask(AskConfirmation{1, {}});
    const size_t asked = agent_->calls().size() + 1;
    AwaitCalls(asked);
    agent_->Refuse(name);
    EXPECT_EQ(AwaitRefusal(id), refusal) << name;
  }
}

TEST_F(QuestionTest, LeavesAQuestionOpenOnAnAnswerOutOfRange) {
  // No answer is handed on.
  const auto passkey = Ask(AskPasskey{});
  AwaitCalls(1);
  agent_->AnswerPasskey(1000000);
  const std::vector<Options> wrong = {
      {{"Confirm", Ay(15)}, {"Random", Ay(16)}},
      {{"Confirm", Ay(16)}},
      {{"Tk", Ay(16)}},
      {{"Confirm", Ay(16)}, {"Random", S("secret")}},
  };
  for (size_t i = 0; i < wrong.size(); ++i) {
    Ask(AskOob{true});
    AwaitCalls(2 + i);
    agent_->AnswerOob(wrong[i]);
  }
  Settle();
  // Still there to be withdrawn.
  service_->Withdraw(passkey, "done");
  AwaitCalls(6);
  EXPECT_EQ(agent_->calls()[5], "Cancel " + connection_ + " done");
}

TEST_F(QuestionTest, LeavesAQuestionOpenOnAnAnswerOfAWrongType) {
  RawAgent raw(bus_.address(), "/raw", {{.text = "123456"}});
  others_.push_back(&raw);
  Await([&] { return !raw.name().empty(); });
  ref_.owner = raw.name();
  ref_.path = "/raw";
  Ask(AskPasskey{});
  Ask(AskAuthorization{});
  Await([&] { return raw.answered() == 2; });
  Settle();
}

TEST_F(QuestionTest, TakesTheFirstOfTwoAnswers) {
  ExpectAnswers(1);
  RawAgent raw(bus_.address(), "/raw",
               {{.is_number = true, .number = 111111},
                {.is_number = true, .number = 222222}});
  others_.push_back(&raw);
  Await([&] { return !raw.name().empty(); });
  ref_.owner = raw.name();
  ref_.path = "/raw";
  const auto id = Ask(AskPasskey{});
  EXPECT_EQ(std::get<AgentPasskey>(AwaitAnswer(id)).passkey, 111111u);
  Settle();
}

TEST_F(QuestionTest, TellsAnAgentThatItsQuestionIsVoidAndIgnoresItsAnswer) {
  const auto id = Ask(AskPasskey{});
  AwaitCalls(1);
  service_->Withdraw(id, "the pairing has ended");
  service_->Withdraw(id, "again");
  AwaitCalls(2);
  agent_->AnswerPasskey(1);
  Settle();
  EXPECT_THAT(agent_->calls(),
              ElementsAre("RequestPasskey " + connection_,
                          "Cancel " + connection_ + " the pairing has ended"));
}

TEST_F(QuestionTest, TakesWhatIsShownOffTheScreen) {
  const auto id = Ask(ShowPasskey{1, 0});
  service_->Withdraw(id, "done");
  AwaitCalls(2);
  EXPECT_EQ(agent_->calls()[1], "Cancel " + connection_ + " done");
}

TEST_F(QuestionTest, CountsAnAgentThatLeavesWhileItShowsAPasskeyAsGone) {
  ExpectAnswers(1);
  EXPECT_CALL(operations_, OnClientGone(client_->name()));
  const auto id = Ask(ShowPasskey{1, 0});
  AwaitCalls(1);
  LeaveWithAgent();
  EXPECT_EQ(AwaitRefusal(id), AgentRefusal::kGone);
  Settle();
}

TEST_F(QuestionTest, HearsAnAgentThatRefusesToShowAPasskey) {
  ExpectAnswers(2);
  agent_->set_display_error("org.bondd.Error.Rejected");
  EXPECT_EQ(AwaitRefusal(Ask(ShowPasskey{1, 0})), AgentRefusal::kRejected);
  answers_.clear();
  agent_->set_display_error("org.bluez.Error.Canceled");
  EXPECT_EQ(AwaitRefusal(Ask(ShowPasskey{1, 0})), AgentRefusal::kCanceled);
}

TEST_F(QuestionTest, GoesOnShowingAPasskeyWhateverElseIsReturned) {
  // No answer is handed on.
  agent_->set_display_error("org.example.NoScreen");
  const auto id = Ask(ShowPasskey{1, 0});
  AwaitCalls(1);
  Settle();
  service_->Withdraw(id, "done");
  AwaitCalls(2);
  EXPECT_EQ(agent_->calls()[1], "Cancel " + connection_ + " done");
  ref_.path = "/nothing/here";
  Ask(ShowPasskey{1, 0});
  Settle();
}

TEST_F(QuestionTest, WithdrawsWhatItAsksAboutALinkThatIsGone) {
  Ask(AskPasskey{});
  Ask(ShowPasskey{1, 0});
  service_->RemoveConnection(link_);
  AwaitCalls(4);
  EXPECT_EQ(agent_->calls()[2], "Cancel " + connection_ + " the link is gone");
  EXPECT_EQ(agent_->calls()[3], "Cancel " + connection_ + " the link is gone");
}

TEST_F(QuestionTest, CountsAnAgentThatLeavesAsGone) {
  ExpectAnswers(1);
  bool told = false;
  EXPECT_CALL(operations_, OnClientGone(client_->name())).WillOnce([&] {
    // The answer comes first.
    EXPECT_EQ(answers_.size(), 1u);
    told = true;
  });
  const auto id = Ask(AskAuthorization{});
  AwaitCalls(1);
  LeaveWithAgent();
  EXPECT_EQ(AwaitRefusal(id), AgentRefusal::kGone);
  Await([&] { return told; });
}

TEST_F(QuestionTest, CountsAnAgentThatWasNeverThereAsGone) {
  ExpectAnswers(3);
  ref_.path = "/nothing/here";
  EXPECT_EQ(AwaitRefusal(Ask(AskAuthorization{})), AgentRefusal::kGone);
  answers_.clear();
  ref_.owner = ":1.4711";
  EXPECT_EQ(AwaitRefusal(Ask(AskAuthorization{})), AgentRefusal::kGone);
  answers_.clear();
  // Not even a name: the answer does not come from within Ask().
  ref_.owner = "nobody";
  const auto id = Ask(AskAuthorization{});
  EXPECT_THAT(answers_, IsEmpty());
  EXPECT_EQ(AwaitRefusal(id), AgentRefusal::kGone);
}

TEST_F(QuestionTest, RefusesWhatAnAgentWasAskedThatUnregisters) {
  ExpectAnswers(1);
  Await(client_->Call(root_, "AgentManager1.RegisterAgent",
                      sdbus::ObjectPath("/agent"), std::string(), Options{}));
  const auto id = Ask(AskAuthorization{});
  AwaitCalls(1);
  Await(client_->Call(root_, "AgentManager1.UnregisterAgent",
                      sdbus::ObjectPath("/agent")));
  EXPECT_EQ(AwaitRefusal(id), AgentRefusal::kGone);
  agent_->Accept();
  Settle();
}

TEST_F(QuestionTest, LetsAnAgentCallBackBeforeItAnswers) {
  ExpectAnswers(1);
  const auto id = Ask(AskAuthorization{});
  AwaitCalls(1);
  EXPECT_CALL(
      operations_,
      InitiatePairing(_, _, testing::Matcher<const ConnectionRef&>(_), _))
      .WillOnce([&](CallId call, auto&&...) {
        service_->ReplyError(call, {"InProgress", ""});
      });
  EXPECT_EQ(Await(client_->Call(connection_, "Connection1.InitiatePairing",
                                Options{}))
                .error,
            "InProgress");
  agent_->Accept();
  EXPECT_TRUE(std::holds_alternative<AgentAccepted>(AwaitAnswer(id)));
}

TEST_F(QuestionTest, MayBeAskedAndWithdrawnWithinAnAnswer) {
  EXPECT_CALL(operations_, OnAgentAnswer(_, _))
      .WillOnce([&](QuestionId, AgentAnswer) {
        service_->Withdraw(Ask(AskPasskey{}), "changed my mind");
        Ask(ShowPasskey{5, 0});
      });
  Ask(AskAuthorization{});
  AwaitCalls(1);
  agent_->Accept();
  AwaitCalls(4);
  EXPECT_EQ(agent_->calls()[3], "DisplayPasskey " + connection_ + " 5 0");
}

}  // namespace
}  // namespace bondd::dbus::test
