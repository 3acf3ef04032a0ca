// Which things a controller's link layer can do at the same time.

#ifndef BONDD_HCI_SUPPORTED_STATES_H_
#define BONDD_HCI_SUPPORTED_STATES_H_

#include <cstdint>

namespace bondd::hci {

// The states of [Vol 6, Part B] 1.1 that bondd uses.
enum class LinkLayerState {
  kNonConnectableAdvertising,
  kScannableAdvertising,
  kConnectableAdvertising,
  kPassiveScanning,
  kActiveScanning,
  kInitiating,
  kCentral,
  kPeripheral,
};

// The answer to LE Read Supported States; Radio asks it before it sets two
// things going at once.
class SupportedStates {
 public:
  // LE_States; 0 (not known) allows no combination.
  explicit SupportedStates(uint64_t bits = 0) : bits_(bits) {}

  // Whether both may be at once, in any order of the two.
  bool Allows(LinkLayerState a, LinkLayerState b) const;

  // For a controller that refuses what it claims to support: from here on
  // advertising, scanning and initiating exclude each other.
  void ForgetCombinations();

 private:
  uint64_t bits_;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_SUPPORTED_STATES_H_
