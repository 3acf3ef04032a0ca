// Which states of the link layer a controller can be in at the same time.

#ifndef BONDD_SIM_SUPPORTED_STATES_H_
#define BONDD_SIM_SUPPORTED_STATES_H_

#include <cstdint>
#include <vector>

namespace bondd::sim {

enum class LeState : uint8_t {
  kNonConnectableAdvertising,
  kScannableAdvertising,
  kConnectableAdvertising,
  kHighDutyDirectedAdvertising,
  kLowDutyDirectedAdvertising,
  kPassiveScanning,
  kActiveScanning,
  kInitiating,
  kCentral,
  kPeripheral,
};

// True when `supported` (as LE Read Supported States returns it) allows to
// enter `state` beside `current`. Combinations that have no bit are allowed.
bool MayEnter(uint64_t supported, LeState state,
              const std::vector<LeState>& current);

}  // namespace bondd::sim

#endif  // BONDD_SIM_SUPPORTED_STATES_H_
