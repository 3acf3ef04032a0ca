// Who is registered, who is the default, and who is asked.

#include "tests/dbus/as_user.h"
#include "tests/dbus/bus_test.h"
#include "tests/dbus/fake_agent.h"
#include "tests/dbus/values.h"

namespace bondd::dbus::test {
namespace {

using smp::IoCapability;

class AgentManagerTest : public BusTest {
 protected:
  Outcome Register(Client& client, const std::string& path,
                   const std::string& capability = "",
                   const Options& options = {}) {
    return Await(client.Call(root_, "AgentManager1.RegisterAgent",
                             sdbus::ObjectPath(path), capability, options));
  }
  Outcome Unregister(Client& client, const std::string& path) {
    return Await(client.Call(root_, "AgentManager1.UnregisterAgent",
                             sdbus::ObjectPath(path)));
  }
  Outcome RequestDefault(Client& client, const std::string& path) {
    return Await(client.Call(root_, "AgentManager1.RequestDefaultAgent",
                             sdbus::ObjectPath(path)));
  }
  // A client of another uid than the tests'.
  Client& ClientOf(uid_t uid) {
    const AsUser user(uid);
    return NewClient();
  }
  static Caller CallerOf(const Client& client, uid_t uid = ::geteuid()) {
    return {client.name(), uid};
  }
  std::string FoundFor(const Client& starter) {
    const auto agent = service_->FindAgent({}, CallerOf(starter));
    return agent ? agent->owner + agent->path : "none";
  }
};

TEST_F(AgentManagerTest, AsksAnAgentOfTheStartersConnection) {
  Client& client = NewClient();
  EXPECT_EQ(Register(client, "/a", "DisplayYesNo").error, "");
  const auto agent = service_->FindAgent({}, CallerOf(client));
  ASSERT_TRUE(agent);
  EXPECT_EQ(agent->owner, client.name());
  EXPECT_EQ(agent->path, "/a");
  EXPECT_EQ(agent->uid, ::geteuid());
  EXPECT_EQ(agent->capability, IoCapability::kDisplayYesNo);
  EXPECT_FALSE(service_->FindAgent({}, CallerOf(NewClient())));
  EXPECT_FALSE(service_->FindAgent({}, {}));
}

TEST_F(AgentManagerTest, TakesAnEmptyCapabilityForKeyboardDisplay) {
  Client& client = NewClient();
  Register(client, "/a");
  EXPECT_EQ(service_->FindAgent({}, CallerOf(client))->capability,
            IoCapability::kKeyboardDisplay);
}

TEST_F(AgentManagerTest, RefusesWhatIsNoRegistration) {
  Client& client = NewClient();
  EXPECT_EQ(Register(client, "/a", "Telepathy").message,
            "InvalidArguments: capability: is none of DisplayOnly, "
            "DisplayYesNo, KeyboardOnly, NoInputNoOutput, KeyboardDisplay");
  EXPECT_EQ(Register(client, "/a", "", {{"Urgent", B(true)}}).message,
            "InvalidArguments: Urgent: unknown key");
  EXPECT_EQ(Register(client, "/" + std::string(600, 'a')).message,
            "InvalidArguments: agent: is too long a path");
  EXPECT_EQ(FoundFor(client), "none");
}

TEST_F(AgentManagerTest, RegistersAPathOnce) {
  Client& client = NewClient();
  Register(client, "/a", "DisplayOnly");
  EXPECT_EQ(Register(client, "/a", "KeyboardOnly").message,
            "InvalidArguments: agent: already registered");
  EXPECT_EQ(service_->FindAgent({}, CallerOf(client))->capability,
            IoCapability::kDisplayOnly);
}

TEST_F(AgentManagerTest, UnregistersOnlyWhatIsOnesOwn) {
  Client& client = NewClient();
  Client& other = NewClient();
  Register(client, "/a");
  EXPECT_EQ(Unregister(other, "/a").error, "DoesNotExist");
  EXPECT_EQ(Unregister(client, "/b").error, "DoesNotExist");
  EXPECT_EQ(RequestDefault(other, "/a").error, "DoesNotExist");
  EXPECT_EQ(Unregister(client, "/a").error, "");
  EXPECT_EQ(FoundFor(client), "none");
  EXPECT_EQ(Unregister(client, "/a").error, "DoesNotExist");
}

TEST_F(AgentManagerTest, AsksTheDefaultAgentForThoseWithoutOne) {
  Client& desktop = NewClient();
  Client& starter = NewClient();
  Register(desktop, "/desk");
  EXPECT_EQ(FoundFor(starter), "none");
  EXPECT_EQ(RequestDefault(desktop, "/desk").error, "");
  EXPECT_EQ(FoundFor(starter), desktop.name() + "/desk");
  EXPECT_EQ(service_->FindAgent({}, {})->path, "/desk");
  Register(starter, "/own");
  EXPECT_EQ(FoundFor(starter), starter.name() + "/own");
  Unregister(desktop, "/desk");
  EXPECT_FALSE(service_->FindAgent({}, {}));
}

TEST_F(AgentManagerTest, AsksTheAgentThatACallNames) {
  Client& client = NewClient();
  Register(client, "/a", "DisplayOnly");
  Register(client, "/b", "KeyboardOnly");
  EXPECT_EQ(FoundFor(client), client.name() + "/b");
  const auto named = service_->FindAgent("/a", CallerOf(client));
  ASSERT_TRUE(named);
  EXPECT_EQ(named->capability, IoCapability::kDisplayOnly);
  const auto unregistered = service_->FindAgent("/c", CallerOf(client));
  ASSERT_TRUE(unregistered);
  EXPECT_EQ(unregistered->owner, client.name());
  EXPECT_EQ(unregistered->path, "/c");
  EXPECT_EQ(unregistered->capability, IoCapability::kKeyboardDisplay);
  EXPECT_FALSE(service_->FindAgent("/a", {}));
}

TEST_F(AgentManagerTest, KeepsTheDefaultFromOtherUsers) {
  Client& first = ClientOf(1);
  Client& second = ClientOf(2);
  Register(first, "/a");
  Register(second, "/b");
  RequestDefault(first, "/a");
  EXPECT_EQ(RequestDefault(second, "/b").message,
            "NotAuthorized: somebody else's agent is the default");
  EXPECT_EQ(service_->FindAgent({}, {})->path, "/a");
  EXPECT_EQ(service_->FindAgent({}, {})->uid, 1u);
}

TEST_F(AgentManagerTest, LetsRootTakeTheDefaultAndTellsTheOther) {
  Client& first = ClientOf(1);
  Client& root = NewClient();
  FakeAgent agent(first, "/a");
  Register(first, "/a");
  RequestDefault(first, "/a");
  Register(root, "/r");
  EXPECT_EQ(RequestDefault(root, "/r").error, "");
  EXPECT_EQ(service_->FindAgent({}, {})->path, "/r");
  Await([&] { return !agent.calls().empty(); });
  EXPECT_THAT(agent.calls(), testing::ElementsAre("Release"));
  EXPECT_EQ(Unregister(first, "/a").error, "DoesNotExist");
}

TEST_F(AgentManagerTest, MovesTheDefaultAmongOnesOwnAgentsInSilence) {
  Client& client = NewClient();
  FakeAgent agent(client, "/a");
  Register(client, "/a");
  Register(client, "/b");
  RequestDefault(client, "/a");
  EXPECT_EQ(RequestDefault(client, "/a").error, "");
  EXPECT_EQ(RequestDefault(client, "/b").error, "");
  EXPECT_EQ(service_->FindAgent({}, {})->path, "/b");
  Settle();
  EXPECT_TRUE(agent.calls().empty());
  EXPECT_EQ(Unregister(client, "/a").error, "");
}

TEST_F(AgentManagerTest, ForgetsTheAgentsOfAConnectionThatLeaves) {
  Client& client = NewClient();
  Client& other = NewClient();
  Register(client, "/a");
  RequestDefault(client, "/a");
  const std::string name = client.name();
  bool gone = false;
  EXPECT_CALL(operations_, OnClientGone(name)).WillOnce([&] { gone = true; });
  Leave(client);
  Await([&] { return gone; });
  EXPECT_FALSE(service_->FindAgent({}, {}));
  Register(other, "/o");
  EXPECT_EQ(RequestDefault(other, "/o").error, "");
}

TEST_F(AgentManagerTest, TakesABoundedNumberOfAgentsOfAUser) {
  Client& greedy = ClientOf(1);
  for (int i = 0; i < 16; ++i) {
    ASSERT_EQ(Register(greedy, "/a" + std::to_string(i)).error, "");
  }
  EXPECT_EQ(Register(greedy, "/one").error, "Busy");
  EXPECT_EQ(Register(NewClient(), "/other").error, "");
  Unregister(greedy, "/a3");
  EXPECT_EQ(Register(greedy, "/one").error, "");
}

TEST_F(AgentManagerTest, ReleasesAllAgentsWhenItGivesUpItsName) {
  Client& client = NewClient();
  FakeAgent agent(client, "/a");
  Register(client, "/a");
  service_->ReleaseName();
  Await([&] { return !agent.calls().empty(); });
  EXPECT_THAT(agent.calls(), testing::ElementsAre("Release"));
}

}  // namespace
}  // namespace bondd::dbus::test
