// What start-up has learnt about the controller.

#ifndef BONDD_HCI_CONTROLLER_INFO_H_
#define BONDD_HCI_CONTROLLER_INFO_H_

#include <array>
#include <cstdint>
#include <optional>

#include "common/device_address.h"
#include "hci/spec.h"

namespace bondd::hci {

// Filled by StartUp, then only read. A controller that keeps something to
// itself is taken for the least that the specification allows.
struct ControllerInfo {
  // [Assigned Numbers] 2.1: for people only. What a controller can do is what
  // it reports below, never what its version would allow.
  uint8_t hci_version = 0;
  // [Assigned Numbers] 7.1: who made it, as it says itself.
  uint16_t manufacturer = 0;
  // [Vol 4, Part E] 6.27. Nothing when the controller didn't say: then only
  // commands that every LE controller must have count as supported.
  std::optional<std::array<uint8_t, 64>> supported_commands;
  std::optional<uint64_t> lmp_features;
  uint64_t le_features = 0;
  // [Vol 4, Part E] 7.8.27: LE_States.
  uint64_t le_states = 0;
  // How many octets of data an ACL packet may hold, and how many such packets
  // the controller has room for; 0 = not known yet.
  uint16_t acl_length = 0;
  uint16_t acl_count = 0;
  // Nothing when it reads as zeros.
  std::optional<DeviceAddress> public_address;

  bool Supports(Opcode opcode) const;
  bool IsDualMode() const;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_CONTROLLER_INFO_H_
