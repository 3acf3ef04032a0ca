// The HCI events that bondd understands, taken apart.
//
// Every parser yields nothing on an event that is too short or has a value
// that can't be; octets after the last known field are passed over, since
// later versions of the specification add fields there.

#ifndef BONDD_HCI_EVENT_PACKET_H_
#define BONDD_HCI_EVENT_PACKET_H_

#include <optional>
#include <vector>

#include "common/bytes.h"
#include "common/device_address.h"
#include "hci/connection_parameters.h"
#include "hci/events.h"
#include "hci/spec.h"

namespace bondd::hci {

struct EventPacket {
  EventCode code;
  ByteView parameters;  // borrowed from the packet
};

// [Vol 4, Part E] 5.4.4
std::optional<EventPacket> ParseEventPacket(ByteView packet);

// [Vol 4, Part E] 7.7.5
struct DisconnectionComplete {
  uint8_t status;
  uint16_t handle;
  uint8_t reason;
};
std::optional<DisconnectionComplete> ParseDisconnectionComplete(
    ByteView parameters);

// [Vol 4, Part E] 7.7.8
struct EncryptionChange {
  uint8_t status;
  uint16_t handle;
  bool enabled;
};
std::optional<EncryptionChange> ParseEncryptionChange(ByteView parameters);

// [Vol 4, Part E] 7.7.39
struct EncryptionKeyRefreshComplete {
  uint8_t status;
  uint16_t handle;
};
std::optional<EncryptionKeyRefreshComplete> ParseEncryptionKeyRefreshComplete(
    ByteView parameters);

// [Vol 4, Part E] 7.7.19
struct CompletedPackets {
  uint16_t handle;
  uint16_t count;
};
std::vector<CompletedPackets> ParseNumberOfCompletedPackets(
    ByteView parameters);

// [Vol 4, Part E] 7.7.65.1, 7.7.65.10
struct ConnectionComplete {
  uint8_t status;
  // What follows means something only when status is 0.
  uint16_t handle;
  Role role;
  // As it was on the air, also where the controller has resolved it.
  DeviceAddress peer;
  // The local address when the controller made a private one of its own.
  std::optional<DeviceAddress> local_private;
};
// The parameters after the subevent code, here and below.
std::optional<ConnectionComplete> ParseConnectionComplete(LeSubevent subevent,
                                                          ByteView parameters);

// [Vol 4, Part E] 7.7.65.2. The reports before a malformed one.
std::vector<AdvertisingReport> ParseAdvertisingReports(ByteView parameters);

// [Vol 4, Part E] 7.7.65.5
struct LongTermKeyRequest {
  uint16_t handle;
  uint64_t rand;
  uint16_t ediv;
};
std::optional<LongTermKeyRequest> ParseLongTermKeyRequest(ByteView parameters);

// [Vol 4, Part E] 7.7.65.6
struct RemoteConnectionParameterRequest {
  uint16_t handle;
  ConnectionParameters parameters;
};
std::optional<RemoteConnectionParameterRequest>
ParseRemoteConnectionParameterRequest(ByteView parameters);

}  // namespace bondd::hci

#endif  // BONDD_HCI_EVENT_PACKET_H_
