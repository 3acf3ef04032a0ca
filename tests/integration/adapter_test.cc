// The adapter behind a user channel: who may have it, and how it comes and
// goes.

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>

#include "tests/integration/fixture.h"
#include "tests/support/private_bus.h"

namespace bondd::integration {
namespace {

// CAP_NET_ADMIN is bit 12.
constexpr char kOnlyNetAdmin[] = "0000000000001000";

class UserChannelTest : public DaemonTest {
 protected:
  uint16_t Index() const {
    return static_cast<uint16_t>(
        std::stoi(bed_.options().bondd_adapter.substr(3)));
  }

  uint32_t KernelsSettings() {
    const MgmtReply reply = bed_.mgmt().Command(
        mgmt::Opcode::kReadControllerInformation, Index(), {});
    // Address, version, manufacturer and supported settings stand before.
    Reader reader(reply.parameters);
    reader.Take(6 + 1 + 2 + 4);
    return reply.status == mgmt::Status::kSuccess ? reader.U32() : 0;
  }

  bool KernelHasAdapter() {
    return std::ranges::count(bed_.mgmt().Indexes(), Index()) > 0;
  }

  void SetPowered(bool powered) {
    const MgmtReply reply =
        bed_.mgmt().Command(mgmt::Opcode::kSetPowered, Index(),
                            Writer().U8(powered ? 1 : 0).Finish());
    ASSERT_EQ(reply.status, mgmt::Status::kSuccess);
  }

  // Somebody else's user channel on the adapter.
  UniqueFd TakeAdapter() {
    UniqueFd fd(socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, BTPROTO_HCI));
    const sockaddr_hci address = {AF_BLUETOOTH, Index(), HCI_CHANNEL_USER};
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address),
                   sizeof(address)),
              0);
    return fd;
  }

  // What a daemon says that can't have its adapter and does not wait for it.
  // It has a bus of its own: a name taken is not what ends it.
  std::string ErrorWithoutWaiting(const std::string& adapter) {
    const test::PrivateBus bus;
    Daemon daemon(bed_);
    daemon.StartWith({"--adapter", adapter, "--no-wait"}, bus.address());
    EXPECT_NE(daemon.AwaitExit(), 0);
    EXPECT_NE(daemon.Output().find(adapter), std::string::npos)
        << daemon.Output();
    return daemon.Output();
  }
};

TEST_F(UserChannelTest, NeedsNoPrivilegeButNetAdmin) {
  StartDaemon();
  EXPECT_EQ(daemon_->ProcessStatus("CapEff"), kOnlyNetAdmin);
  EXPECT_EQ(daemon_->ProcessStatus("CapBnd"), kOnlyNetAdmin);
  EXPECT_NE(daemon_->ProcessStatus("Uid"), "0");
}

TEST_F(UserChannelTest, TakesAPoweredAdapterAndGivesItBackPowered) {
  SetPowered(true);
  StartDaemon();
  EXPECT_FALSE(KernelHasAdapter());
  StopDaemon();
  Await([&] { return (KernelsSettings() & mgmt::kSettingPowered) != 0; },
        "the adapter, powered again");
}

TEST_F(UserChannelTest, GivesAnUnpoweredAdapterBackUnpowered) {
  SetPowered(false);
  StartDaemon();
  EXPECT_FALSE(KernelHasAdapter());
  StopDaemon();
  Await([&] { return KernelHasAdapter(); }, "the adapter");
  EXPECT_EQ(KernelsSettings() & mgmt::kSettingPowered, 0u);
}

TEST_F(UserChannelTest, WaitsForAnAdapterThatIsBusy) {
  SetPowered(false);
  UniqueFd other = TakeAdapter();
  daemon_->Start();
  Await([&] { return bus_.HasOwner("org.bondd"); }, "bondd on the bus");
  EXPECT_FALSE(AdapterIsReady());
  other.Close();
  Await([&] { return AdapterIsReady(); }, "the adapter's object");
}

TEST_F(UserChannelTest, IsRefusedToASecondDaemon) {
  StartDaemon();
  const std::string error = ErrorWithoutWaiting(bed_.options().bondd_adapter);
  EXPECT_NE(error.find("in use"), std::string::npos) << error;
  EXPECT_TRUE(AdapterIsReady());
}

TEST_F(UserChannelTest, IsRefusedWhereThereIsNoAdapter) {
  const std::string error = ErrorWithoutWaiting("hci99");
  EXPECT_NE(error.find("no such"), std::string::npos) << error;
}

class UnpluggedAdapterTest : public DaemonTest {};

TEST_F(UnpluggedAdapterTest, ComesBackAndPairsAgain) {
  Start({.io_capability = smp::IoCapability::kNoInputNoOutput});
  kernel_.StartAdvertising();
  Pair();

  bed_.emulator()->Unplug();
  Await([&] { return !bus_.Objects().contains(AdapterPath()); },
        "the end of the adapter's object");
  EXPECT_FALSE(IsConnected());
  EXPECT_TRUE(daemon_->running());

  bed_.emulator()->Plug();
  Await([&] { return AdapterIsReady(); }, "the adapter's object");
  kernel_.PowerOn(bed_.kernel_index(), settings_);
  EXPECT_TRUE(IsBonded());
  kernel_.StartAdvertising();
  EXPECT_EQ(Pair({{"Replace", "always"}}).at("Status"), "ok");
}

TEST_F(UnpluggedAdapterTest, FailsThePairingThatWasGoingOn) {
  Start({.io_capability = smp::IoCapability::kDisplayYesNo});
  Agent agent(bus_, "DisplayYesNo");
  agent.set_answer(Answer::kNone);
  kernel_.StartAdvertising();
  const auto call = StartPairing();
  Await([&] { return !agent.numbers_shown().empty(); }, "the question");

  bed_.emulator()->Unplug();

  Await(*call);
  EXPECT_TRUE(call->error() == "org.bondd.Error.LinkLost" ||
              call->error() == "org.bondd.Error.AdapterGone")
      << call->error() << call->message();
  EXPECT_TRUE(daemon_->running());
}

TEST_F(UnpluggedAdapterTest, IsWaitedForFromTheStart) {
  bed_.emulator()->Unplug();
  daemon_->Start();
  Await([&] { return bus_.HasOwner("org.bondd"); }, "bondd on the bus");
  EXPECT_FALSE(AdapterIsReady());
  bed_.emulator()->Plug();
  Await([&] { return AdapterIsReady(); }, "the adapter's object");
}

}  // namespace
}  // namespace bondd::integration
