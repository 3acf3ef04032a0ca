// The HCI commands that bondd gives, as packets.

#ifndef BONDD_HCI_COMMAND_H_
#define BONDD_HCI_COMMAND_H_

#include <optional>

#include "common/bytes.h"
#include "common/device_address.h"
#include "common/time_types.h"
#include "hci/connection_parameters.h"
#include "hci/events.h"
#include "hci/spec.h"
#include "hci/wiped_bytes.h"

namespace bondd::hci {

// One command packet, ready for the transport, with what is needed to place
// its answer. It is made by the functions below, waits in the CommandQueue and
// wipes itself after it was written.
class Command {
 public:
  // `key` follows `parameters` in the packet.
  Command(Opcode opcode, ByteView parameters, ByteView key = {});

  Opcode opcode() const { return opcode_; }
  // Opcode, length, parameters.
  ByteView packet() const { return packet_.view(); }

  // The link that the command is about; it is dropped with the link while it
  // is not sent yet.
  const std::optional<LinkId>& link() const { return link_; }
  Command&& For(LinkId link) && {
    link_ = link;
    return std::move(*this);
  }

  // An optional command may stay unanswered without the controller counting as
  // gone.
  bool optional() const { return optional_; }
  Command&& Optional() && {
    optional_ = true;
    return std::move(*this);
  }

 private:
  Opcode opcode_;
  WipedBytes packet_;
  std::optional<LinkId> link_;
  bool optional_ = false;
};

// [Vol 4, Part E] 7.3.2 and all others that have no parameters.
Command PlainCommand(Opcode opcode);
// [Vol 4, Part E] 7.1.6
Command DisconnectCommand(uint16_t handle, uint8_t reason);
// [Vol 4, Part E] 7.3.1, 7.8.1
Command SetEventMaskCommand(uint64_t mask);
Command LeSetEventMaskCommand(uint64_t mask);
// [Vol 4, Part E] 7.3.79
Command WriteLeHostSupportCommand();
// [Vol 4, Part E] 7.8.4
Command LeSetRandomAddressCommand(const DeviceAddress& address);
// [Vol 4, Part E] 7.8.5. `type` is 0 ADV_IND, 2 ADV_SCAN_IND, 3
// ADV_NONCONN_IND.
Command LeSetAdvertisingParametersCommand(uint8_t type, Duration interval,
                                          uint8_t own_address_type);
// [Vol 4, Part E] 7.8.7, 7.8.8: `opcode` says which. At most 31 octets.
Command LeSetDataCommand(Opcode opcode, ByteView data);
// [Vol 4, Part E] 7.8.9
Command LeSetAdvertisingEnableCommand(bool enable);
// [Vol 4, Part E] 7.8.10
Command LeSetScanParametersCommand(bool active, Duration interval,
                                   Duration window, uint8_t own_address_type);
// [Vol 4, Part E] 7.8.11
Command LeSetScanEnableCommand(bool enable);
// [Vol 4, Part E] 7.8.12
Command LeCreateConnectionCommand(const DeviceAddress& peer,
                                  uint8_t own_address_type);
// [Vol 4, Part E] 7.8.18
Command LeConnectionUpdateCommand(uint16_t handle,
                                  const ConnectionParameters& parameters);
// [Vol 4, Part E] 7.8.24
Command LeEnableEncryptionCommand(uint16_t handle, uint64_t rand, uint16_t ediv,
                                  const LinkKey128& key);
// [Vol 4, Part E] 7.8.25, 7.8.26
Command LeLongTermKeyRequestReplyCommand(uint16_t handle,
                                         const LinkKey128& key);
Command LeLongTermKeyRequestNegativeReplyCommand(uint16_t handle);
// [Vol 4, Part E] 7.8.31, 7.8.32
Command LeRemoteConnectionParameterReplyCommand(
    uint16_t handle, const ConnectionParameters& parameters);
Command LeRemoteConnectionParameterNegativeReplyCommand(uint16_t handle,
                                                        HciError reason);

}  // namespace bondd::hci

#endif  // BONDD_HCI_COMMAND_H_
