// What a Controller tells its owner, and the values it is told with.

#ifndef BONDD_HCI_EVENTS_H_
#define BONDD_HCI_EVENTS_H_

#include <cstdint>
#include <optional>
#include <variant>

#include "common/bytes.h"
#include "common/device_address.h"
#include "common/error.h"
#include "common/secret.h"

namespace bondd::hci {

// Names one link for as long as the Controller lives. Connection handles are
// used again by controllers; these numbers never are, so that whatever is late
// for one link can't reach the next.
enum class LinkId : uint32_t {};

enum class Role : uint8_t { kCentral = 0, kPeripheral = 1 };

// A key on its way to the link layer, least significant octet first.
using LinkKey128 = Secret<struct LinkKey128Tag, 16>;

// Controller start-up is through; commands may be given.
struct Ready {
  // As read from the controller. Nothing when it has none (zeros): then
  // SetRandomAddress has to come before advertising, scanning or connecting.
  std::optional<DeviceAddress> public_address;
  // The company identifier that the controller gives as its maker's.
  uint16_t manufacturer = 0;
};

// The controller is gone or unusable; no more events follow. kClosed: it
// vanished; kTimedOut: it stopped answering; others as the message says.
struct Lost {
  Error error;
};

struct LinkUp {
  LinkId link;
  uint16_t handle;
  Role role;
  // The addresses of the connection set-up, exactly as they were on the air:
  // they enter c1, f5 and f6.
  DeviceAddress local;
  DeviceAddress peer;
};

// The last event of a link. `reason` is the HCI error code of Disconnection
// Complete.
struct LinkDown {
  LinkId link;
  uint8_t reason;
};

// The answer to Connect() when no link came up. kTimedOut, or kIo with the HCI
// status in the message, or kBusy when one is being made already.
struct ConnectFailed {
  DeviceAddress peer;
  Error error;
};

// One whole SMP PDU (fixed channel 6), code octet first.
struct SmpPduReceived {
  LinkId link;
  Bytes pdu;
};

// The controller reports that `count` more of the SMP PDUs given to SendSmp on
// this link, in their order, are acknowledged by the peer.
struct SmpPdusAcknowledged {
  LinkId link;
  size_t count;
};

// [Vol 4, Part E] 7.7.65.5. Answer with AnswerLongTermKeyRequest.
struct LongTermKeyRequested {
  LinkId link;
  uint64_t rand;
  uint16_t ediv;
};

// Encryption Change and Encryption Key Refresh Complete alike (a refresh that
// worked has encrypted = true).
struct EncryptionChanged {
  LinkId link;
  uint8_t status;  // HCI error code
  bool encrypted;
};

// One PDU on the ATT fixed channel that was a Signed Write Command: it gets no
// answer, but its signature can be verified.
struct SignedWriteReceived {
  LinkId link;
  Bytes pdu;
};

// [Vol 4, Part E] 7.7.65.2
struct AdvertisingReport {
  uint8_t event_type;  // 0 ADV_IND, 1 DIRECT, 2 SCAN, 3 NONCONN, 4 SCAN_RSP
  DeviceAddress address;
  Bytes data;
  int8_t rssi;  // dBm, 127 = not known
};

// Advertising was refused by the controller or ended; it is off now.
struct AdvertisingStopped {
  Error error;
};

struct ScanStopped {
  Error error;
};

using Event =
    std::variant<Ready, Lost, LinkUp, LinkDown, ConnectFailed, SmpPduReceived,
                 SmpPdusAcknowledged, LongTermKeyRequested, EncryptionChanged,
                 SignedWriteReceived, AdvertisingReport, AdvertisingStopped,
                 ScanStopped>;

}  // namespace bondd::hci

#endif  // BONDD_HCI_EVENTS_H_
