// HCI packets as a controller would send them, by name.

#ifndef BONDD_TESTS_HCI_PACKETS_H_
#define BONDD_TESTS_HCI_PACKETS_H_

#include <vector>

#include "common/bytes.h"
#include "common/device_address.h"
#include "hci/connection_parameters.h"
#include "hci/events.h"
#include "hci/spec.h"

namespace bondd::hci::testing {

// Addresses of the cast.
DeviceAddress OwnPublicAddress();
DeviceAddress OwnRandomAddress();  // static
DeviceAddress PeerAddress();       // public
DeviceAddress OtherPeerAddress();  // static random

Bytes EventPacketOf(EventCode code, ByteView parameters);
Bytes CommandComplete(Opcode opcode, uint8_t status, ByteView rest = {},
                      uint8_t credits = 1);
Bytes CommandStatus(Opcode opcode, uint8_t status, uint8_t credits = 1);
Bytes ConnectionCompleteEvent(uint16_t handle, Role role,
                              const DeviceAddress& peer);
Bytes ConnectionFailedEvent(uint8_t status);
Bytes EnhancedConnectionCompleteEvent(uint16_t handle, Role role,
                                      const DeviceAddress& peer,
                                      const DeviceAddress& local_private,
                                      const DeviceAddress& peer_private);
Bytes DisconnectionCompleteEvent(uint16_t handle, uint8_t reason,
                                 uint8_t status = 0);
Bytes EncryptionChangeEvent(uint16_t handle, uint8_t status, bool enabled);
Bytes KeyRefreshCompleteEvent(uint16_t handle, uint8_t status);
Bytes LongTermKeyRequestEvent(uint16_t handle, uint64_t rand, uint16_t ediv);
Bytes ParameterRequestEvent(uint16_t handle,
                            const ConnectionParameters& parameters);
Bytes CompletedPacketsEvent(uint16_t handle, uint16_t count);
Bytes HardwareErrorEvent(uint8_t code);
Bytes AdvertisingReportEvent(const DeviceAddress& address, ByteView data,
                             int8_t rssi);

// One ACL packet from the controller, `boundary` as in the packet.
Bytes AclPacketOf(uint16_t handle, uint8_t boundary, ByteView data);
// A whole L2CAP frame in one ACL packet.
Bytes FramePacket(uint16_t handle, uint16_t cid, ByteView payload);

ConnectionParameters SlowParameters();     // valid
ConnectionParameters InvalidParameters();  // supervision timeout too short

}  // namespace bondd::hci::testing

#endif  // BONDD_TESTS_HCI_PACKETS_H_
