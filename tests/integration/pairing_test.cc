// bondd pairs with the kernel's own Security Manager, in both roles, started
// by either side, under each association model that needs no passkey.

#include <gtest/gtest.h>

#include "tests/integration/fixture.h"
#include "tests/integration/keys.h"

namespace bondd::integration {
namespace {

using mgmt::LongTermKeyType;
using smp::IoCapability;
using smp::Role;

constexpr KernelSettings kJustWorks = {.io_capability =
                                           IoCapability::kNoInputNoOutput};
constexpr KernelSettings kDisplayYesNo = {.io_capability =
                                              IoCapability::kDisplayYesNo};
constexpr KernelSettings kLegacy = {
    .io_capability = IoCapability::kNoInputNoOutput,
    .secure_connections = mgmt::SecureConnections::kOff};

class PairingTest : public DaemonTest {
 protected:
  // The fields that the contract names for every pairing that went well.
  static void ExpectResult(const Json& result, const std::string& method,
                           bool secure_connections, int level) {
    EXPECT_EQ(result.at("Status"), "ok") << result;
    EXPECT_EQ(result.at("Method"), method) << result;
    EXPECT_EQ(result.at("SecureConnections"), secure_connections) << result;
    EXPECT_EQ(result.at("Authenticated"), level > 2) << result;
    EXPECT_EQ(result.at("SecurityLevel"), level) << result;
    EXPECT_EQ(result.at("KeySize"), 16) << result;
    EXPECT_EQ(result.at("Bonded"), true) << result;
  }

  // Until the kernel has reported all keys of the pairing.
  void AwaitKernelKeys(size_t count) {
    Await([&] { return kernel_.long_term_keys().size() >= count; },
          "the kernel's keys");
    Await([&] { return !kernel_.identities().empty(); },
          "bondd's identity at the kernel");
  }

  void ExpectSecureConnectionsKeys(LongTermKeyType type) {
    AwaitKernelKeys(1);
    const DeviceAddress address = DaemonAddress();
    StopDaemon();
    StoredBonds stored(daemon_->state());
    const BothSides sides = {stored, kernel_, address, bed_.adapter_name()};
    EXPECT_TRUE(HoldTheSameSecureConnectionsKey(sides, type));
    EXPECT_TRUE(KernelKnowsTheIdentityOfBondd(sides));
  }

  void ExpectLegacyKeys(Role role) {
    AwaitKernelKeys(2);
    const DeviceAddress address = DaemonAddress();
    StopDaemon();
    StoredBonds stored(daemon_->state());
    const BothSides sides = {stored, kernel_, address, bed_.adapter_name()};
    EXPECT_TRUE(HoldTheSameLegacyKeys(sides, role));
    EXPECT_TRUE(KernelKnowsTheIdentityOfBondd(sides));
  }

  void AwaitKernelSuccess() {
    Await([&] { return kernel_.PairingStatus() != mgmt::Status::kNone; },
          "the kernel's reply");
    EXPECT_EQ(kernel_.PairingStatus(), mgmt::Status::kSuccess);
  }
};

TEST_F(PairingTest, AsCentralPairsJustWorksUnderSecureConnections) {
  Start(kJustWorks);
  kernel_.StartAdvertising();
  const Json result = Pair();
  ExpectResult(result, "JustWorks", true, 2);
  EXPECT_EQ(result.at("Initiator"), true);
  EXPECT_EQ(result.at("Peer"),
            Json::array({kernel_.address().ToString(), "public"}));
  EXPECT_EQ(Connection("Role"), "central");
  EXPECT_EQ(Connection("Encrypted"), true);
  EXPECT_EQ(Connection("LastPairing").at("Status"), "ok");
  EXPECT_TRUE(IsBonded());
  ExpectSecureConnectionsKeys(LongTermKeyType::kUnauthenticatedP256);
}

TEST_F(PairingTest, AsCentralComparesNumbersWithTheKernel) {
  Start(kDisplayYesNo);
  Agent agent(bus_, "DisplayYesNo");
  kernel_.StartAdvertising();
  ExpectResult(Pair(), "NumericComparison", true, 4);
  ASSERT_EQ(agent.numbers_shown().size(), 1u);
  EXPECT_EQ(agent.numbers_shown(), kernel_.numbers_shown());
  ExpectSecureConnectionsKeys(LongTermKeyType::kAuthenticatedP256);
}

TEST_F(PairingTest, AsCentralPairsJustWorksUnderLegacyPairing) {
  Start(kLegacy);
  kernel_.StartAdvertising();
  ExpectResult(Pair(), "JustWorks", false, 2);
  ExpectLegacyKeys(Role::kInitiator);
}

TEST_F(PairingTest, AsCentralPairsWhenTheKernelRequestsSecurity) {
  Start(kJustWorks);
  kernel_.StartAdvertising();
  CallAdapter("AcceptPairing", "a{sv}", Json::array({Json::object()}));
  CallAdapter("Connect", "ssa{sv}",
              {kernel_.address().ToString(), "public", Json::object()});
  EXPECT_EQ(Connection("Encrypted"), false);

  kernel_.StartPairing(DaemonAddress());

  ExpectResult(AwaitCompletion(), "JustWorks", true, 2);
  AwaitKernelSuccess();
  ExpectSecureConnectionsKeys(LongTermKeyType::kUnauthenticatedP256);
}

TEST_F(PairingTest, AsPeripheralPairsJustWorksUnderSecureConnections) {
  Start(kJustWorks);
  AcceptPairing();
  kernel_.StartPairing(DaemonAddress());
  const Json result = AwaitCompletion();
  ExpectResult(result, "JustWorks", true, 2);
  EXPECT_EQ(result.at("Initiator"), false);
  AwaitKernelSuccess();
  EXPECT_EQ(Connection("Role"), "peripheral");
  EXPECT_EQ(Connection("Encrypted"), true);
  ExpectSecureConnectionsKeys(LongTermKeyType::kUnauthenticatedP256);
}

TEST_F(PairingTest, AsPeripheralComparesNumbersWithTheKernel) {
  Start(kDisplayYesNo);
  Agent agent(bus_, "DisplayYesNo");
  AcceptPairing();
  kernel_.StartPairing(DaemonAddress());
  ExpectResult(AwaitCompletion(), "NumericComparison", true, 4);
  AwaitKernelSuccess();
  ASSERT_EQ(agent.numbers_shown().size(), 1u);
  EXPECT_EQ(agent.numbers_shown(), kernel_.numbers_shown());
  ExpectSecureConnectionsKeys(LongTermKeyType::kAuthenticatedP256);
}

TEST_F(PairingTest, AsPeripheralPairsJustWorksUnderLegacyPairing) {
  Start(kLegacy);
  AcceptPairing();
  kernel_.StartPairing(DaemonAddress());
  ExpectResult(AwaitCompletion(), "JustWorks", false, 2);
  AwaitKernelSuccess();
  ExpectLegacyKeys(Role::kResponder);
}

TEST_F(PairingTest, AsPeripheralPairsByASecurityRequest) {
  Start(kJustWorks);
  CallAdapter("StartAdvertising", "a{sv}", Json::array({Json::object()}));
  kernel_.ConnectTo(DaemonAddress());

  const Json result =
      bus_.Must(AwaitConnection(), kConnectionInterface, "SendSecurityRequest",
                "a{sv}", Json::array({Json::object()}))
          .at(0);

  ExpectResult(result, "JustWorks", true, 2);
  EXPECT_EQ(result.at("Initiator"), false);
  ExpectSecureConnectionsKeys(LongTermKeyType::kUnauthenticatedP256);
}

TEST_F(PairingTest, PairsOnlyByTheConsentOfAnAgent) {
  Start(kJustWorks);
  Agent agent(bus_, "NoInputNoOutput");
  CallAdapter("StartAdvertising", "a{sv}", Json::array({Json::object()}));
  kernel_.StartPairing(DaemonAddress());
  ExpectResult(AwaitCompletion(), "JustWorks", true, 2);
  EXPECT_EQ(agent.consents_asked(), 1);
}

TEST_F(PairingTest, RefusesAPeerThatNobodyExpects) {
  Start(kJustWorks);
  CallAdapter("StartAdvertising", "a{sv}", Json::array({Json::object()}));
  kernel_.StartPairing(DaemonAddress());
  Await([&] { return kernel_.PairingStatus() != mgmt::Status::kNone; },
        "the kernel's reply");
  EXPECT_EQ(kernel_.PairingStatus(), mgmt::Status::kAuthenticationFailed);
  EXPECT_TRUE(kernel_.long_term_keys().empty());
  EXPECT_FALSE(IsBonded());
}

TEST_F(PairingTest, LearnsTheIdentityOfAPrivateKernel) {
  KernelSettings settings = kJustWorks;
  settings.private_with =
      KeyOctets{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  Start(settings);
  AcceptPairing();
  kernel_.StartPairing(DaemonAddress());
  const Json result = AwaitCompletion();
  ExpectResult(result, "JustWorks", true, 2);
  EXPECT_EQ(result.at("Peer"),
            Json::array({kernel_.address().ToString(), "public"}));
  const DeviceAddress address = DaemonAddress();
  StopDaemon();
  StoredBonds stored(daemon_->state());
  const bonds::Bond* bond = stored.store().Find({address, kernel_.address()});
  ASSERT_NE(bond, nullptr);
  ASSERT_TRUE(bond->data.peer_irk.has_value());
  EXPECT_TRUE(std::ranges::equal(bond->data.peer_irk->Reveal(),
                                 *settings.private_with));
}

}  // namespace
}  // namespace bondd::integration
