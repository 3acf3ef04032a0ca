// The shipped D-Bus policy on a dbus-daemon: who may call, hear, own and forge
// what. The file is used as it is, but for the user and the group bondd, which
// a build machine need not have: numbers stand for them.

#include <fstream>
#include <sstream>

#include "tests/dbus/as_user.h"
#include "tests/dbus/bus_test.h"
#include "tests/dbus/contract.h"
#include "tests/dbus/fake_agent.h"
#include "tests/dbus/values.h"

namespace bondd::dbus::test {
namespace {

using testing::_;
using testing::IsEmpty;
using testing::Return;
using testing::SizeIs;

constexpr uid_t kDaemonUser = 1;
constexpr gid_t kMembersGroup = 2;
constexpr uid_t kMember = 3;
constexpr uid_t kStranger = 4;

const std::string kAccessDenied = "org.freedesktop.DBus.Error.AccessDenied";

std::string Replaced(std::string text, const std::string& from,
                     const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string ShippedPolicy() {
  std::ostringstream file;
  file << std::ifstream(std::string(BONDD_SOURCE_ROOT) +
                        "/packaging/org.bondd.conf")
              .rdbuf();
  std::string text = file.str();
  const std::string opening = "<busconfig>";
  const size_t start = text.find(opening) + opening.size();
  text = text.substr(start, text.find("</busconfig>") - start);
  text = Replaced(text, "user=\"bondd\"",
                  "user=\"" + std::to_string(kDaemonUser) + "\"");
  return Replaced(text, "group=\"bondd\"",
                  "group=\"" + std::to_string(kMembersGroup) + "\"");
}

class PolicyTest : public BusTest {
 protected:
  PolicyTest() : BusTest(bondd::test::kSystemBusPolicy + ShippedPolicy()) {}

  void SetUp() override {
    const AsUser daemon(kDaemonUser);
    BusTest::SetUp();
  }

  Client& ClientOf(uid_t uid, const std::vector<gid_t>& groups = {}) {
    const AsUser user(uid, groups);
    return NewClient();
  }
  Client& Member() { return ClientOf(kMember, {kMembersGroup}); }
  Client& Stranger() { return ClientOf(kStranger); }

  // The error with which the bus keeps a call to somebody else than bondd.
  template <typename... Arguments>
  std::string Refusal(Client& client, const std::string& destination,
                      const std::string& path, const std::string& interface,
                      const std::string& method,
                      const Arguments&... arguments) {
    const auto proxy = sdbus::createProxy(client.connection(),
                                          compat::ServiceName(destination),
                                          sdbus::ObjectPath(path));
    auto call = proxy->createMethodCall(compat::InterfaceName(interface),
                                        compat::MethodName(method));
    (void)(call << ... << arguments);
    try {
      proxy->callMethod(call);
    } catch (const sdbus::Error& error) {
      return error.getName();
    }
    return "";
  }

  void EmitSomething() {
    auto adapter = SimAdapter();
    adapter.scanning = true;
    service_->Publish(adapter);
    service_->EmitPairingCompleted(link_, {});
  }
};

TEST_F(PolicyTest, LetsMembersAndRootCall) {
  EXPECT_CALL(operations_, StopScan(_))
      .Times(2)
      .WillRepeatedly(Return(ApiResult<void>()));
  EXPECT_EQ(Await(Member().Call(adapter_, "Adapter1.StopScan")).error, "");
  EXPECT_EQ(Await(NewClient().Call(adapter_, "Adapter1.StopScan")).error, "");
}

TEST_F(PolicyTest, RefusesEveryCallOfAStranger) {
  Client& stranger = Stranger();
  const std::map<std::string, std::string> places = {
      {"Manager1", root_},    {"AgentManager1", root_},
      {"Adapter1", adapter_}, {"Connection1", connection_},
      {"Bond1", bond_},
  };
  int calls = 0;
  for (const auto& [interface, path] : places) {
    for (const auto& member : ContractOf(interface)) {
      std::istringstream words(member);
      std::string kind, name, type, access;
      words >> kind >> name >> type >> access;
      if (kind == "method") {
        const std::string method = name.substr(0, name.find('('));
        EXPECT_EQ(Await(stranger.Call(path, interface + "." + method)).error,
                  kAccessDenied)
            << interface << " " << method;
      } else if (kind == "property") {
        const std::string property = interface + "." + name;
        EXPECT_EQ(Await(stranger.Get(path, property)).error, kAccessDenied);
        EXPECT_EQ(Await(stranger.Set(path, property, B(true))).error,
                  kAccessDenied);
      } else {
        continue;
      }
      ++calls;
    }
  }
  EXPECT_GT(calls, 60);
  for (const char* method :
       {"org.freedesktop.DBus.Peer.Ping",
        "org.freedesktop.DBus.Introspectable.Introspect",
        "org.freedesktop.DBus.ObjectManager.GetManagedObjects"}) {
    EXPECT_EQ(Await(stranger.Call(root_, method)).error, kAccessDenied);
  }
}

TEST_F(PolicyTest, LetsMembersHearAndStrangersNot) {
  Client& member = Member();
  Client& stranger = Stranger();
  member.Listen();
  stranger.Listen();
  EmitSomething();
  Await([&] { return member.heard().size() == 2; });
  // A round trip: what the bus has for the stranger comes before its answer.
  stranger.Listen();
  stranger.Process();
  EXPECT_THAT(stranger.heard(), IsEmpty());
}

TEST_F(PolicyTest, KeepsTheNameFromMembersAndStrangers) {
  service_->ReleaseName();
  for (Client* client : {&Member(), &Stranger()}) {
    try {
      client->connection().requestName(compat::ServiceName("org.bondd"));
      ADD_FAILURE() << "owns the name";
    } catch (const sdbus::Error& error) {
      EXPECT_EQ(error.getName(), kAccessDenied);
    }
  }
  EXPECT_TRUE(service_->AcquireName());
}

TEST_F(PolicyTest, KeepsForgedSignalsFromMembers) {
  Client& member = Member();
  Client& stranger = Stranger();
  member.Listen();
  auto object = sdbus::createObject(stranger.connection(),
                                    sdbus::ObjectPath(connection_));
  auto signal =
      object->createSignal(compat::InterfaceName("org.bondd.Connection1"),
                           compat::SignalName("PairingCompleted"));
  signal << Options{};
  object->emitSignal(signal);
  // A round trip: the bus has had the signal.
  stranger.Listen();
  EmitSomething();
  Await([&] { return member.heard().size() >= 2; });
  Settle();
  EXPECT_THAT(member.heard(), SizeIs(2));
}

// Whoever could would have another member's user say yes, or would read along
// what that user is shown.
TEST_F(PolicyTest, KeepsMembersFromEachOthersAgents) {
  Client& member = Member();
  FakeAgent agent(member, "/agent");
  for (Client* other : {&Member(), &Stranger()}) {
    EXPECT_EQ(Refusal(*other, member.name(), "/agent", "org.bondd.Agent1",
                      "DisplayPasskey", sdbus::ObjectPath(connection_),
                      uint32_t{1}, uint16_t{0}),
              kAccessDenied);
  }
  Settle();
  EXPECT_THAT(agent.calls(), IsEmpty());
}

TEST_F(PolicyTest, KeepsMembersFromMonitoringTheBus) {
  for (Client* client : {&Member(), &Stranger()}) {
    EXPECT_EQ(Refusal(*client, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                      "org.freedesktop.DBus.Monitoring", "BecomeMonitor",
                      std::vector<std::string>{}, uint32_t{0}),
              kAccessDenied);
  }
}

TEST_F(PolicyTest, LetsTheDaemonCallTheAgentsOfMembers) {
  Client& member = Member();
  FakeAgent agent(member, "/agent");
  EXPECT_EQ(
      Await(member.Call(root_, "AgentManager1.RegisterAgent",
                        sdbus::ObjectPath("/agent"), std::string(), Options{}))
          .error,
      "");
  const auto ref = service_->FindAgent({}, Caller{member.name(), kMember});
  ASSERT_TRUE(ref);
  EXPECT_EQ(ref->uid, kMember);
  std::optional<AgentAnswer> answer;
  EXPECT_CALL(operations_, OnAgentAnswer(_, _))
      .WillOnce(
          [&](QuestionId, AgentAnswer given) { answer = std::move(given); });
  service_->Ask(*ref, link_, AskAuthorization{});
  Await([&] { return !agent.calls().empty(); });
  agent.Accept();
  Await([&] { return answer.has_value(); });
  EXPECT_TRUE(std::holds_alternative<AgentAccepted>(*answer));
}

}  // namespace
}  // namespace bondd::dbus::test
