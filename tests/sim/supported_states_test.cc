#include "sim/supported_states.h"

#include <gtest/gtest.h>

#include "hci/spec.h"

namespace bondd::sim {
namespace {

using enum LeState;

TEST(SupportedStatesTest, NeedsTheBitOfTheStateItself) {
  EXPECT_TRUE(MayEnter(hci::Bit(2), kConnectableAdvertising, {}));
  EXPECT_FALSE(MayEnter(~hci::Bit(2), kConnectableAdvertising, {}));
}

TEST(SupportedStatesTest, NeedsTheBitOfTheCombinationInEitherOrder) {
  constexpr uint64_t kEach = hci::Bit(2) | hci::Bit(4);
  constexpr uint64_t kBoth = kEach | hci::Bit(10);
  EXPECT_FALSE(MayEnter(kEach, kPassiveScanning, {kConnectableAdvertising}));
  EXPECT_FALSE(MayEnter(kEach, kConnectableAdvertising, {kPassiveScanning}));
  EXPECT_TRUE(MayEnter(kBoth, kPassiveScanning, {kConnectableAdvertising}));
  EXPECT_TRUE(MayEnter(kBoth, kConnectableAdvertising, {kPassiveScanning}));
}

TEST(SupportedStatesTest, NeedsTheBitsOfAllThatGoesOn) {
  constexpr uint64_t kScanWhileAdvertising =
      hci::Bit(2) | hci::Bit(4) | hci::Bit(10);
  EXPECT_FALSE(MayEnter(kScanWhileAdvertising, kPassiveScanning,
                        {kConnectableAdvertising, kPeripheral}));
}

}  // namespace
}  // namespace bondd::sim
