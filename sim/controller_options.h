// How one simulated controller presents itself.

#ifndef BONDD_SIM_CONTROLLER_OPTIONS_H_
#define BONDD_SIM_CONTROLLER_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <set>

#include "common/device_address.h"
#include "hci/spec.h"
#include "sim/faults.h"

namespace bondd::sim {

// The defaults are an LE-only controller of version 4.2 that can do all that
// its version offers.
struct ControllerOptions {
  // Nothing = a controller without a public address (reads as zeros).
  std::optional<DeviceAddress> public_address = {};

  // BR/EDR as well, as far as its start-up commands go: nothing of it is on
  // the air.
  bool dual_mode = false;

  // The buffers for ACL data from the host: octets in each, and how many.
  uint16_t acl_data_length = 251;
  uint8_t acl_data_packets = 8;
  // False: LE Read Buffer Size returns zeros, and what counts is Read Buffer
  // Size.
  bool separate_le_buffers = true;

  // Features of the link layer.
  bool data_length_extension = true;
  bool connection_parameters_request = true;
  // Reports the feature and sends LE Enhanced Connection Complete; the
  // resolving list has room for nothing, so addresses are never resolved.
  bool link_layer_privacy = false;

  // [Vol 4, Part E] 7.8.27: what can be done at the same time.
  uint64_t supported_states = 0x000003FFFFFFFFFF;

  // Num_HCI_Command_Packets of its events.
  uint8_t command_credits = 1;
  uint8_t filter_accept_list_size = 8;
  uint8_t max_links = 8;

  // Commands that it does not know.
  std::set<hci::Opcode> missing_commands = {};

  Faults faults = {};
};

// [Vol 6, Part B] 4.6: LE_Features of such a controller.
constexpr uint64_t LeFeaturesOf(const ControllerOptions& options) {
  uint64_t features = hci::kLeFeatureEncryption |
                      hci::kLeFeatureExtendedReject |
                      hci::kLeFeaturePeripheralFeaturesExchange;
  if (options.connection_parameters_request) {
    features |= hci::kLeFeatureConnectionParametersRequest;
  }
  if (options.data_length_extension) {
    features |= hci::kLeFeatureDataLengthExtension;
  }
  if (options.link_layer_privacy) features |= hci::kLeFeaturePrivacy;
  return features;
}

// What all of them say of themselves: core specification 4.2, and the company
// identifier of none.
inline constexpr uint8_t kVersion42 = 0x08;
inline constexpr uint16_t kCompany = 0xFFFF;

// [Vol 6, Part B] 4.5.10: octets in one data PDU with the data length
// extension.
inline constexpr uint16_t kMaxDataLength = 251;

}  // namespace bondd::sim

#endif  // BONDD_SIM_CONTROLLER_OPTIONS_H_
