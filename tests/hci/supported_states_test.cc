#include "hci/supported_states.h"

#include <gtest/gtest.h>

#include "hci/spec.h"

namespace bondd::hci {
namespace {

using enum LinkLayerState;

// [Vol 4, Part E] 7.8.27
constexpr unsigned kConnectableWithCentral = 35;
constexpr unsigned kPassiveScanningWithInitiating = 22;

TEST(SupportedStates, AllowsNothingAtOnceWhenNothingIsKnown) {
  const SupportedStates states;
  EXPECT_FALSE(states.Allows(kConnectableAdvertising, kCentral));
  EXPECT_FALSE(states.Allows(kPassiveScanning, kInitiating));
}

TEST(SupportedStates, AllowsWhatTheControllerReportsInEitherOrder) {
  const SupportedStates states(Bit(kConnectableWithCentral));
  EXPECT_TRUE(states.Allows(kConnectableAdvertising, kCentral));
  EXPECT_TRUE(states.Allows(kCentral, kConnectableAdvertising));
  EXPECT_FALSE(states.Allows(kConnectableAdvertising, kPeripheral));
  EXPECT_FALSE(states.Allows(kScannableAdvertising, kCentral));
}

TEST(SupportedStates, ForgetsCombinationsButNotTheOnesWithLinks) {
  SupportedStates states(Bit(kConnectableWithCentral) |
                         Bit(kPassiveScanningWithInitiating));
  EXPECT_TRUE(states.Allows(kPassiveScanning, kInitiating));
  states.ForgetCombinations();
  EXPECT_FALSE(states.Allows(kPassiveScanning, kInitiating));
  EXPECT_TRUE(states.Allows(kConnectableAdvertising, kCentral));
}

}  // namespace
}  // namespace bondd::hci
