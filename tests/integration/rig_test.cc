// The tools of the integration tests, tried on two adapters of one kernel: if
// this fails, the surroundings are broken and not bondd.

#include <gtest/gtest.h>

#include "tests/integration/kernel_peer.h"
#include "tests/integration/test_bed.h"

namespace bondd::integration {
namespace {

TEST(EmulatorTest, LetsTwoKernelAdaptersPair) {
  TestBed& bed = TestBed::Get();
  ASSERT_NE(bed.emulator(), nullptr);
  bed.radio().BeforeTest();
  MgmtClient other_mgmt(bed.loop(), MgmtClient::OpenControlChannel(), false);
  KernelPeer central(bed.loop(), bed.mgmt());
  KernelPeer peripheral(bed.loop(), other_mgmt);
  central.PowerOn(0, {.io_capability = smp::IoCapability::kDisplayYesNo});
  peripheral.PowerOn(1, {.io_capability = smp::IoCapability::kDisplayYesNo});
  peripheral.StartAdvertising();

  central.StartPairing(peripheral.address());

  ASSERT_TRUE(bed.loop().RunUntil([&] {
    return central.PairingStatus() != mgmt::Status::kNone &&
           !peripheral.long_term_keys().empty();
  }));
  EXPECT_EQ(central.PairingStatus(), mgmt::Status::kSuccess);
  ASSERT_EQ(central.long_term_keys().size(), 1u);
  ASSERT_EQ(peripheral.long_term_keys().size(), 1u);
  EXPECT_EQ(central.long_term_keys()[0].key,
            peripheral.long_term_keys()[0].key);
  EXPECT_EQ(central.long_term_keys()[0].type,
            mgmt::LongTermKeyType::kAuthenticatedP256);
  ASSERT_EQ(central.numbers_shown().size(), 1u);
  EXPECT_EQ(central.numbers_shown(), peripheral.numbers_shown());
}

}  // namespace
}  // namespace bondd::integration
