#include "tests/integration/pairing_fixture.h"

namespace bondd::integration {

void PairingFixture::ExpectResult(const Json& result, const Outcome& outcome) {
  EXPECT_EQ(result.at("Status"), "ok") << result;
  EXPECT_EQ(result.at("Method"), outcome.method) << result;
  EXPECT_EQ(result.at("SecureConnections"), outcome.secure_connections)
      << result;
  EXPECT_EQ(result.at("Authenticated"), outcome.level > 2) << result;
  EXPECT_EQ(result.at("SecurityLevel"), outcome.level) << result;
  EXPECT_EQ(result.at("KeySize"), outcome.key_size) << result;
  EXPECT_EQ(result.at("Bonded"), true) << result;
}

void PairingFixture::ExpectSecureConnectionsKeys(mgmt::LongTermKeyType type) {
  AwaitKernelKeys(1);
  const DeviceAddress address = DaemonAddress();
  StopDaemon();
  StoredBonds stored(daemon_->state());
  const BothSides sides = {stored, kernel_, address, bed_.adapter_name()};
  EXPECT_TRUE(HoldTheSameSecureConnectionsKey(sides, type));
  EXPECT_TRUE(KernelKnowsTheIdentityOfBondd(sides));
}

void PairingFixture::ExpectLegacyKeys(smp::Role role,
                                      mgmt::LongTermKeyType type) {
  AwaitKernelKeys(2);
  const DeviceAddress address = DaemonAddress();
  StopDaemon();
  StoredBonds stored(daemon_->state());
  const BothSides sides = {stored, kernel_, address, bed_.adapter_name()};
  EXPECT_TRUE(HoldTheSameLegacyKeys(sides, role, type));
  EXPECT_TRUE(KernelKnowsTheIdentityOfBondd(sides));
}

void PairingFixture::AwaitKernelSuccess() {
  Await([&] { return kernel_.PairingStatus() != mgmt::Status::kNone; },
        "the kernel's reply");
  EXPECT_EQ(kernel_.PairingStatus(), mgmt::Status::kSuccess);
}

void PairingFixture::AwaitKernelKeys(size_t count) {
  Await([&] { return kernel_.long_term_keys().size() >= count; },
        "the kernel's keys");
  Await([&] { return !kernel_.identities().empty(); },
        "bondd's identity at the kernel");
}

}  // namespace bondd::integration
