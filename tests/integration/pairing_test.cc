// bondd pairs with the kernel's own Security Manager, in both roles, started
// by either side, under each association model that needs no passkey.

#include <gtest/gtest.h>

#include "tests/integration/pairing_fixture.h"

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

class PairingTest : public PairingFixture {};

TEST_F(PairingTest, AsCentralPairsJustWorksUnderSecureConnections) {
  Start(kJustWorks);
  kernel_.StartAdvertising();
  const Json result = Pair();
  ExpectResult(result, {"JustWorks", true, 2});
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
  ExpectResult(Pair(), {"NumericComparison", true, 4});
  ASSERT_EQ(agent.numbers_shown().size(), 1u);
  EXPECT_EQ(agent.numbers_shown(), kernel_.numbers_shown());
  ExpectSecureConnectionsKeys(LongTermKeyType::kAuthenticatedP256);
}

TEST_F(PairingTest, AsCentralPairsJustWorksUnderLegacyPairing) {
  Start(kLegacy);
  kernel_.StartAdvertising();
  ExpectResult(Pair(), {"JustWorks", false, 2});
  ExpectLegacyKeys(Role::kInitiator, LongTermKeyType::kUnauthenticated);
}

TEST_F(PairingTest, AsCentralPairsWhenTheKernelRequestsSecurity) {
  Start(kJustWorks);
  kernel_.StartAdvertising();
  CallAdapter("AcceptPairing", "a{sv}", Json::array({Json::object()}));
  CallAdapter("Connect", "ssa{sv}",
              {kernel_.address().ToString(), "public", Json::object()});
  EXPECT_EQ(Connection("Encrypted"), false);
  Await([&] { return kernel_.CanPairWith(DaemonAddress()); },
        "the link at the kernel");

  kernel_.StartPairing(DaemonAddress());

  ExpectResult(AwaitCompletion(), {"JustWorks", true, 2});
  AwaitKernelSuccess();
  ExpectSecureConnectionsKeys(LongTermKeyType::kUnauthenticatedP256);
}

TEST_F(PairingTest, AsPeripheralPairsJustWorksUnderSecureConnections) {
  Start(kJustWorks);
  AcceptPairing();
  kernel_.StartPairing(DaemonAddress());
  const Json result = AwaitCompletion();
  ExpectResult(result, {"JustWorks", true, 2});
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
  ExpectResult(AwaitCompletion(), {"NumericComparison", true, 4});
  AwaitKernelSuccess();
  ASSERT_EQ(agent.numbers_shown().size(), 1u);
  EXPECT_EQ(agent.numbers_shown(), kernel_.numbers_shown());
  ExpectSecureConnectionsKeys(LongTermKeyType::kAuthenticatedP256);
}

TEST_F(PairingTest, AsPeripheralPairsJustWorksUnderLegacyPairing) {
  Start(kLegacy);
  AcceptPairing();
  kernel_.StartPairing(DaemonAddress());
  ExpectResult(AwaitCompletion(), {"JustWorks", false, 2});
  AwaitKernelSuccess();
  ExpectLegacyKeys(Role::kResponder, LongTermKeyType::kUnauthenticated);
}

TEST_F(PairingTest, AsPeripheralPairsByASecurityRequest) {
  Start(kJustWorks);
  CallAdapter("StartAdvertising", "a{sv}", Json::array({Json::object()}));
  kernel_.ConnectTo(DaemonAddress());

  const Json result =
      bus_.Must(AwaitConnection(), kConnectionInterface, "SendSecurityRequest",
                "a{sv}", Json::array({Json::object()}))
          .at(0);

  ExpectResult(result, {"JustWorks", true, 2});
  EXPECT_EQ(result.at("Initiator"), false);
  ExpectSecureConnectionsKeys(LongTermKeyType::kUnauthenticatedP256);
}

TEST_F(PairingTest, PairsOnlyByTheConsentOfAnAgent) {
  Start(kJustWorks);
  Agent agent(bus_, "NoInputNoOutput");
  CallAdapter("StartAdvertising", "a{sv}", Json::array({Json::object()}));
  kernel_.StartPairing(DaemonAddress());
  ExpectResult(AwaitCompletion(), {"JustWorks", true, 2});
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
  ExpectResult(result, {"JustWorks", true, 2});
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
