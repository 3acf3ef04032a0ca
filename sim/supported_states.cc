#include "sim/supported_states.h"

#include <algorithm>
#include <array>

#include "hci/spec.h"

namespace bondd::sim {

namespace {

using enum LeState;

struct Combination {
  LeState one;
  LeState other;  // the same as `one` for a state by itself
};

// [Vol 4, Part E] 7.8.27: the index is the number of the bit.
constexpr std::array<Combination, 42> kCombinations = {{
    {kNonConnectableAdvertising, kNonConnectableAdvertising},
    {kScannableAdvertising, kScannableAdvertising},
    {kConnectableAdvertising, kConnectableAdvertising},
    {kHighDutyDirectedAdvertising, kHighDutyDirectedAdvertising},
    {kPassiveScanning, kPassiveScanning},
    {kActiveScanning, kActiveScanning},
    {kInitiating, kInitiating},
    {kPeripheral, kPeripheral},
    {kNonConnectableAdvertising, kPassiveScanning},
    {kScannableAdvertising, kPassiveScanning},
    {kConnectableAdvertising, kPassiveScanning},
    {kHighDutyDirectedAdvertising, kPassiveScanning},
    {kNonConnectableAdvertising, kActiveScanning},
    {kScannableAdvertising, kActiveScanning},
    {kConnectableAdvertising, kActiveScanning},
    {kHighDutyDirectedAdvertising, kActiveScanning},
    {kNonConnectableAdvertising, kInitiating},
    {kScannableAdvertising, kInitiating},
    {kNonConnectableAdvertising, kCentral},
    {kScannableAdvertising, kCentral},
    {kNonConnectableAdvertising, kPeripheral},
    {kScannableAdvertising, kPeripheral},
    {kPassiveScanning, kInitiating},
    {kActiveScanning, kInitiating},
    {kPassiveScanning, kCentral},
    {kActiveScanning, kCentral},
    {kPassiveScanning, kPeripheral},
    {kActiveScanning, kPeripheral},
    {kInitiating, kCentral},
    {kLowDutyDirectedAdvertising, kLowDutyDirectedAdvertising},
    {kLowDutyDirectedAdvertising, kPassiveScanning},
    {kLowDutyDirectedAdvertising, kActiveScanning},
    {kConnectableAdvertising, kInitiating},
    {kHighDutyDirectedAdvertising, kInitiating},
    {kLowDutyDirectedAdvertising, kInitiating},
    {kConnectableAdvertising, kCentral},
    {kHighDutyDirectedAdvertising, kCentral},
    {kLowDutyDirectedAdvertising, kCentral},
    {kConnectableAdvertising, kPeripheral},
    {kHighDutyDirectedAdvertising, kPeripheral},
    {kLowDutyDirectedAdvertising, kPeripheral},
    {kInitiating, kPeripheral},
}};

bool Allowed(uint64_t supported, LeState a, LeState b) {
  for (unsigned bit = 0; bit < kCombinations.size(); ++bit) {
    const auto [one, other] = kCombinations[bit];
    if ((one == a && other == b) || (one == b && other == a)) {
      return (supported & hci::Bit(bit)) != 0;
    }
  }
  return true;
}

}  // namespace

bool MayEnter(uint64_t supported, LeState state,
              const std::vector<LeState>& current) {
  return Allowed(supported, state, state) &&
         std::all_of(current.begin(), current.end(), [&](LeState other) {
           return other == state || Allowed(supported, state, other);
         });
}

}  // namespace bondd::sim
