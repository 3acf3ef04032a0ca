#include "hci/supported_states.h"

#include "hci/spec.h"

namespace bondd::hci {

namespace {

using enum LinkLayerState;

struct Combination {
  LinkLayerState first;
  LinkLayerState second;
  unsigned bit;
};

// [Vol 4, Part E] 7.8.27. Initiating beside a link is not among them: it is
// tried, and the controller's refusal is the answer.
constexpr Combination kCombinations[] = {
    {kNonConnectableAdvertising, kPassiveScanning, 8},
    {kScannableAdvertising, kPassiveScanning, 9},
    {kConnectableAdvertising, kPassiveScanning, 10},
    {kNonConnectableAdvertising, kActiveScanning, 12},
    {kScannableAdvertising, kActiveScanning, 13},
    {kConnectableAdvertising, kActiveScanning, 14},
    {kNonConnectableAdvertising, kInitiating, 16},
    {kScannableAdvertising, kInitiating, 17},
    {kNonConnectableAdvertising, kCentral, 18},
    {kScannableAdvertising, kCentral, 19},
    {kNonConnectableAdvertising, kPeripheral, 20},
    {kScannableAdvertising, kPeripheral, 21},
    {kPassiveScanning, kInitiating, 22},
    {kActiveScanning, kInitiating, 23},
    {kPassiveScanning, kCentral, 24},
    {kActiveScanning, kCentral, 25},
    {kPassiveScanning, kPeripheral, 26},
    {kActiveScanning, kPeripheral, 27},
    {kConnectableAdvertising, kInitiating, 32},
    {kConnectableAdvertising, kCentral, 35},
    {kConnectableAdvertising, kPeripheral, 38},
};

bool IsLink(LinkLayerState state) {
  return state == kCentral || state == kPeripheral;
}

}  // namespace

bool SupportedStates::Allows(LinkLayerState a, LinkLayerState b) const {
  for (const Combination& entry : kCombinations) {
    if ((entry.first == a && entry.second == b) ||
        (entry.first == b && entry.second == a)) {
      return (bits_ & Bit(entry.bit)) != 0;
    }
  }
  return false;
}

void SupportedStates::ForgetCombinations() {
  for (const Combination& entry : kCombinations) {
    if (!IsLink(entry.second)) bits_ &= ~Bit(entry.bit);
  }
}

}  // namespace bondd::hci
