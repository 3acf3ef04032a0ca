// The two sides agree on the smaller of their largest key sizes, or on none.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/integration/pairing_fixture.h"

namespace bondd::integration {
namespace {

using mgmt::LongTermKeyType;
using smp::Role;

constexpr int kSmallest = 7;
constexpr int kLargest = 16;

class KeySizeTest : public PairingFixture {
 protected:
  static constexpr KernelSettings kSecure = {};
  static constexpr KernelSettings kLegacy = {.secure_connections =
                                                 mgmt::SecureConnections::kOff};

  static Json AtMost(int size) {
    return {{"MinKeySize", kSmallest}, {"MaxKeySize", size}};
  }
};

TEST_F(KeySizeTest, IsBonddsAsCentral) {
  Start(kSecure);
  kernel_.StartAdvertising();
  ExpectResult(Pair(AtMost(kSmallest)), {"JustWorks", true, 2, kSmallest});
  EXPECT_EQ(Connection("KeySize"), kSmallest);
  ExpectSecureConnectionsKeys(LongTermKeyType::kUnauthenticatedP256);
}

TEST_F(KeySizeTest, IsBonddsAsCentralUnderLegacyPairing) {
  Start(kLegacy);
  kernel_.StartAdvertising();
  ExpectResult(Pair(AtMost(kSmallest)), {"JustWorks", false, 2, kSmallest});
  EXPECT_EQ(Connection("KeySize"), kSmallest);
  ExpectLegacyKeys(Role::kInitiator, LongTermKeyType::kUnauthenticated);
}

TEST_F(KeySizeTest, IsBonddsAsPeripheral) {
  Start(kSecure);
  AcceptPairing(AtMost(10));
  kernel_.StartPairing(DaemonAddress());
  ExpectResult(AwaitCompletion(), {"JustWorks", true, 2, 10});
  AwaitKernelSuccess();
  ExpectSecureConnectionsKeys(LongTermKeyType::kUnauthenticatedP256);
}

TEST_F(KeySizeTest, IsBonddsAsPeripheralUnderLegacyPairing) {
  Start(kLegacy);
  AcceptPairing(AtMost(10));
  kernel_.StartPairing(DaemonAddress());
  ExpectResult(AwaitCompletion(), {"JustWorks", false, 2, 10});
  AwaitKernelSuccess();
  ExpectLegacyKeys(Role::kResponder, LongTermKeyType::kUnauthenticated);
}

// The kernel's own limit, which only a program on the same machine can set.
class KernelKeySizeTest : public KeySizeTest {
 protected:
  // A real adapter outlives the test.
  void TearDown() override {
    SetLimit(kLargest);
    KeySizeTest::TearDown();
  }

  void SetLimit(int size) const {
    const std::filesystem::path file =
        std::filesystem::path("/sys/kernel/debug/bluetooth") /
        bed_.options().kernel_adapter / "max_key_size";
    std::ofstream out(file);
    out << size << std::flush;
    EXPECT_TRUE(out.good()) << file;
  }
};

TEST_F(KernelKeySizeTest, IsTheKernelsWhenThatIsSmaller) {
  Start(kSecure);
  SetLimit(9);
  kernel_.StartAdvertising();
  ExpectResult(Pair(AtMost(kLargest)), {"JustWorks", true, 2, 9});
  ExpectSecureConnectionsKeys(LongTermKeyType::kUnauthenticatedP256);
}

TEST_F(KernelKeySizeTest, TooSmallForBonddFailsThePairing) {
  Start(kSecure);
  SetLimit(15);
  kernel_.StartAdvertising();
  const auto call = StartPairing();
  Await(*call);
  EXPECT_EQ(call->error(), "org.bondd.Error.Smp.EncryptionKeySize")
      << call->message();
  EXPECT_EQ(AwaitCompletion().at("Side"), "local");
  EXPECT_FALSE(IsBonded());
}

}  // namespace
}  // namespace bondd::integration
