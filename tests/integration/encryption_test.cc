// A bond outlives the daemon: the next link is encrypted without pairing.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/integration/fixture.h"

namespace bondd::integration {
namespace {

class EncryptionTest : public DaemonTest {
 protected:
  static constexpr KernelSettings kSettings = {
      .io_capability = smp::IoCapability::kNoInputNoOutput};
  static constexpr KernelSettings kLegacySettings = {
      .io_capability = smp::IoCapability::kNoInputNoOutput,
      .secure_connections = mgmt::SecureConnections::kOff};

  void PairAsCentral(const KernelSettings& settings) {
    Start(settings);
    kernel_.StartAdvertising();
    Pair();
    Await([&] { return !kernel_.long_term_keys().empty(); },
          "the kernel's key");
  }

  void PairAsPeripheral(const KernelSettings& settings) {
    Start(settings);
    AcceptPairing();
    kernel_.StartPairing(DaemonAddress());
    AwaitCompletion();
    Await([&] { return kernel_.PairingStatus() != mgmt::Status::kNone; },
          "the kernel's reply");
  }

  std::string ConnectToKernel() {
    return CallAdapter("Connect", "ssa{sv}",
                       {kernel_.address().ToString(), "public", Json::object()})
        .at(0);
  }

  void ExpectEncryptedAsCentralAfterRestart(bool secure_connections) {
    RestartDaemon();
    bus_.ForgetSignals();
    const size_t keys_before = kernel_.long_term_keys().size();
    kernel_.StartAdvertising();

    ConnectToKernel();

    EXPECT_EQ(Connection("Encrypted"), true);
    EXPECT_EQ(Connection("SecureConnections"), secure_connections);
    EXPECT_EQ(Connection("SecurityLevel"), 2);
    EXPECT_EQ(kernel_.long_term_keys().size(), keys_before);
    EXPECT_EQ(
        std::ranges::count(bus_.signals(), "PairingCompleted", &Signal::member),
        0);
  }

  void ExpectEncryptedAsPeripheralAfterRestart() {
    const DeviceAddress address = DaemonAddress();
    RestartDaemon();
    const size_t keys_before = kernel_.long_term_keys().size();
    CallAdapter("StartAdvertising", "a{sv}", Json::array({Json::object()}));
    kernel_.ConnectTo(address);

    const Json result =
        bus_.Must(AwaitConnection(), kConnectionInterface,
                  "SendSecurityRequest", "a{sv}", Json::array({Json::object()}))
            .at(0);

    EXPECT_EQ(result.at("Method"), "Encryption");
    EXPECT_EQ(Connection("Encrypted"), true);
    EXPECT_EQ(kernel_.long_term_keys().size(), keys_before);
  }
};

TEST_F(EncryptionTest, UsesTheBondAsCentralAfterARestart) {
  PairAsCentral(kSettings);
  ExpectEncryptedAsCentralAfterRestart(true);
}

TEST_F(EncryptionTest, UsesTheLegacyBondAsCentralAfterARestart) {
  PairAsCentral(kLegacySettings);
  ExpectEncryptedAsCentralAfterRestart(false);
}

TEST_F(EncryptionTest, UsesTheBondAsPeripheralAfterARestart) {
  PairAsPeripheral(kSettings);
  ExpectEncryptedAsPeripheralAfterRestart();
}

TEST_F(EncryptionTest, UsesTheLegacyBondAsPeripheralAfterARestart) {
  PairAsPeripheral(kLegacySettings);
  ExpectEncryptedAsPeripheralAfterRestart();
}

TEST_F(EncryptionTest, NoticesAKernelThatHasLostItsKey) {
  PairAsCentral(kSettings);
  kernel_.Forget(DaemonAddress());
  Await([&] { return !IsConnected(); }, "the end of the link");
  kernel_.StartAdvertising();

  ConnectToKernel();

  EXPECT_EQ(Connection("Encrypted"), false);
  EXPECT_TRUE(IsBonded());
  const std::string bond = Connection("Bond");
  EXPECT_EQ(bus_.Property(bond, "org.bondd.Bond1", "PeerLostKeys"), true);
}

}  // namespace
}  // namespace bondd::integration
