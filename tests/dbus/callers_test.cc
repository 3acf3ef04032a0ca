// Callers that wait, leave, are too many or are gone already.

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <new>
#include <stdexcept>

#include "common/unique_fd.h"
#include "tests/dbus/as_user.h"
#include "tests/dbus/bus_test.h"
#include "tests/dbus/values.h"

namespace bondd::dbus::test {
namespace {

using testing::_;
using testing::Return;

const std::string kPublic = "public";

class CallersTest : public BusTest {
 protected:
  std::shared_ptr<Outcome> Connect(Client& client) {
    return client.Call(adapter_, "Adapter1.Connect", std::string(kPeerText),
                       kPublic, Options{});
  }
  // Calls of Connect wait until the test answers them.
  void KeepCalls() {
    ON_CALL(operations_, Connect(_, _, _, _, _))
        .WillByDefault(
            [this](CallId call, auto&&...) { waiting_.push_back(call); });
    EXPECT_CALL(operations_, Connect(_, _, _, _, _))
        .Times(testing::AnyNumber());
  }
  void ExpectGone(const Client& client) {
    EXPECT_CALL(operations_, OnClientGone(client.name())).WillOnce([this] {
      ++gone_;
    });
  }
  void AwaitGone(int count) {
    Await([this, count] { return gone_ >= count; });
  }

  std::vector<CallId> waiting_;
  int gone_ = 0;
};

TEST_F(CallersTest, HearsOfACallerThatLeavesWhileItWaits) {
  KeepCalls();
  Client& client = NewClient();
  ExpectGone(client);
  Connect(client);
  Connect(client);
  Await([&] { return waiting_.size() == 2; });
  Leave(client);
  AwaitGone(1);
  // Late answers go nowhere.
  service_->Reply(waiting_[0], ObjectPathValue{connection_});
  service_->ReplyError(waiting_[1], {"Canceled", ""});
  Settle();
}

TEST_F(CallersTest, HearsNothingOfACallerWhoseCallIsAnswered) {
  KeepCalls();
  Client& client = NewClient();
  Client& witness = NewClient();
  const auto outcome = Connect(client);
  Await([&] { return waiting_.size() == 1; });
  service_->Reply(waiting_[0], ObjectPathValue{connection_});
  EXPECT_EQ(Await(outcome).error, "");
  Leave(client);
  // The departure reaches the bus before this one's does.
  ExpectGone(witness);
  Connect(witness);
  Await([&] { return waiting_.size() == 2; });
  Leave(witness);
  AwaitGone(1);
}

TEST_F(CallersTest, HearsOfACallerThatArmedWithAnAgent) {
  const ApiResult<void> ok;
  EXPECT_CALL(operations_,
              AcceptPairing(_, testing::Matcher<const std::string&>(_), _))
      .WillOnce(Return(ok));
  EXPECT_CALL(operations_,
              AcceptPairing(_, testing::Matcher<const ConnectionRef&>(_), _))
      .WillOnce(Return(ok));
  Client& of_adapter = NewClient();
  Client& of_link = NewClient();
  const Options agent{{"Agent", O("/agent")}};
  Await(of_adapter.Call(adapter_, "Adapter1.AcceptPairing", agent));
  Await(of_link.Call(connection_, "Connection1.AcceptPairing", agent));
  ExpectGone(of_adapter);
  ExpectGone(of_link);
  Leave(of_adapter);
  Leave(of_link);
  AwaitGone(2);
}

TEST_F(CallersTest, HearsNothingOfACallerThatArmedWithoutAnAgentOrInVain) {
  EXPECT_CALL(operations_,
              AcceptPairing(_, testing::Matcher<const std::string&>(_), _))
      .WillOnce(Return(ApiResult<void>()))
      .WillOnce(Return(ApiFail("NotAchievable", "")));
  KeepCalls();
  Client& client = NewClient();
  Client& witness = NewClient();
  Await(client.Call(adapter_, "Adapter1.AcceptPairing", Options{}));
  EXPECT_EQ(Await(client.Call(adapter_, "Adapter1.AcceptPairing",
                              Options{{"Agent", O("/agent")}}))
                .error,
            "NotAchievable");
  Leave(client);
  ExpectGone(witness);
  Connect(witness);
  Await([&] { return waiting_.size() == 1; });
  Leave(witness);
  AwaitGone(1);
}

TEST_F(CallersTest, RefusesACallerThatHasLeftAlready) {
  // No call of Operations is expected.
  Client& client = NewClient();
  Connect(client);
  client.Call(connection_, "Connection1.ConfirmNumber", true);
  client.Call(root_, "AgentManager1.RegisterAgent", sdbus::ObjectPath("/a"),
              std::string(), Options{});
  while (client.Poll().events & POLLOUT) client.Process();
  Leave(client);
  NewClient();
  Settle();
  EXPECT_FALSE(service_->FindAgent({}, {}));
}

TEST_F(CallersTest, LetsSixtyFourCallsOfAUserWait) {
  KeepCalls();
  Client* greedy = nullptr;
  {
    const AsUser user(1);
    greedy = &NewClient();
  }
  std::vector<std::shared_ptr<Outcome>> outcomes;
  for (int i = 0; i < 65; ++i) outcomes.push_back(Connect(*greedy));
  EXPECT_EQ(Await(outcomes.back()).message,
            "Busy: too many calls wait for their answers");
  EXPECT_EQ(waiting_.size(), 64u);
  // Others are served, and so is this one when an answer is out.
  Connect(NewClient());
  Await([&] { return waiting_.size() == 65; });
  service_->ReplyError(waiting_[0], {"TimedOut", ""});
  EXPECT_EQ(Await(outcomes[0]).error, "TimedOut");
  Connect(*greedy);
  Await([&] { return waiting_.size() == 66; });
}

TEST_F(CallersTest, LetsTwoHundredAndFiftySixCallsWaitInAll) {
  KeepCalls();
  for (uid_t uid = 1; uid <= 4; ++uid) {
    Client* client = nullptr;
    {
      const AsUser user(uid);
      client = &NewClient();
    }
    for (int i = 0; i < 64; ++i) Connect(*client);
  }
  Await([&] { return waiting_.size() == 256; });
  EXPECT_EQ(Await(Connect(NewClient())).error, "Busy");
}

// Each waiting call keeps the descriptors that came with its message.
TEST_F(CallersTest, KeepsDescriptorsForTheAdaptersAndTheStore) {
  KeepCalls();
  Client& client = NewClient();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit narrow = before;
  narrow.rlim_cur = 64;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &narrow), 0);
  std::vector<UniqueFd> taken;
  while (taken.empty() || taken.back().get() < 32) {
    taken.emplace_back(::dup(0));
  }
  EXPECT_EQ(Await(Connect(client)).message, "Busy: file descriptors run short");
  taken.clear();
  Connect(client);
  Await([&] { return waiting_.size() == 1; });
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(CallersTest, AnswersWithAnErrorWhenTheDaemonThrows) {
  EXPECT_CALL(operations_, Connect(_, _, _, _, _)).WillOnce([](auto&&...) {
    throw std::bad_alloc();
  });
  EXPECT_CALL(operations_, GetScanResults(_))
      .WillOnce([](auto&&...) -> std::vector<Dictionary> {
        throw std::runtime_error("the text that nobody is to see");
      });
  Client& client = NewClient();
  EXPECT_EQ(Await(Connect(client)).error, "org.freedesktop.DBus.Error.Failed");
  const auto outcome = Await(client.Call(adapter_, "Adapter1.GetScanResults"));
  EXPECT_EQ(outcome.error, "org.freedesktop.DBus.Error.Failed");
  EXPECT_THAT(outcome.message, testing::Not(testing::HasSubstr("text")));
}

}  // namespace
}  // namespace bondd::dbus::test
