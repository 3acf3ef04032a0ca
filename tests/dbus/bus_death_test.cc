#include "tests/dbus/bus_test.h"
#include "tests/dbus/fake_agent.h"
#include "tests/dbus/values.h"

namespace bondd::dbus::test {
namespace {

using testing::_;

using BusDeathTest = BusTest;

TEST_F(BusDeathTest, EndsInAnErrorAndNotInAnAbort) {
  bus_.Kill();
  Await([&] { return !processed_; });
  EXPECT_EQ(processed_.error().code, ErrorCode::kClosed);
  EXPECT_THAT(processed_.error().message,
              testing::HasSubstr("the D-Bus bus is gone"));
  // And it stays so.
  EXPECT_FALSE(service_->Process());
  service_.reset();
}

TEST_F(BusDeathTest, LetsTheDaemonGoOnTalkingToNobody) {
  CallId waiting{};
  EXPECT_CALL(operations_, Disconnect(_, _))
      .WillOnce([&](CallId call, auto&&...) { waiting = call; });
  EXPECT_CALL(operations_, OnAgentAnswer(_, _)).Times(testing::AtMost(2));
  EXPECT_CALL(operations_, OnClientGone(_)).Times(testing::AnyNumber());
  Client& client = NewClient();
  client.Call(connection_, "Connection1.Disconnect");
  Await([&] { return waiting != CallId{}; });
  const AgentRef agent{client.name(), "/agent", 0,
                       smp::IoCapability::kKeyboardDisplay};
  const auto question = service_->Ask(agent, link_, AskAuthorization{});
  bus_.Kill();
  // Before it has been noticed, and after.
  for (int i = 0; i < 2; ++i) {
    auto adapter = SimAdapter();
    adapter.scanning = i == 0;
    service_->Publish(adapter);
    auto connection = SimConnection();
    connection.serial = 100 + static_cast<uint32_t>(i);
    service_->Publish(connection);
    service_->EmitPairingCompleted(link_, {});
    service_->EmitDisconnected(link_, 0x13);
    service_->RemoveConnection({"sim0", connection.serial});
    service_->Reply(waiting, NoValue{});
    service_->Withdraw(question, "the bus is gone");
    service_->Ask(agent, link_, ShowPasskey{1, 0});
    service_->Flush(std::chrono::milliseconds(50));
    Await([&] { return !processed_; });
  }
  service_->ReleaseName();
  service_.reset();
}

}  // namespace
}  // namespace bondd::dbus::test
