// The PDUs of the Security Manager Protocol: their codes, their octets, and
// the exact lengths that decide whether octets are a PDU at all.
//
// [Vol 3, Part H] 3.3 to 3.6

#ifndef BONDD_SMP_PDU_H_
#define BONDD_SMP_PDU_H_

#include <array>
#include <cstdint>
#include <expected>
#include <string_view>
#include <variant>

#include "common/bytes.h"
#include "common/device_address.h"
#include "smp/keys.h"
#include "smp/types.h"

namespace bondd::smp {

enum class Code : uint8_t {
  kPairingRequest = 0x01,
  kPairingResponse = 0x02,
  kPairingConfirm = 0x03,
  kPairingRandom = 0x04,
  kPairingFailed = 0x05,
  kEncryptionInformation = 0x06,
  kCentralIdentification = 0x07,
  kIdentityInformation = 0x08,
  kIdentityAddressInformation = 0x09,
  kSigningInformation = 0x0A,
  kSecurityRequest = 0x0B,
  kPairingPublicKey = 0x0C,
  kPairingDhKeyCheck = 0x0D,
  kPairingKeypressNotification = 0x0E,
};

// A Pairing Request or Response as it was on the air, code octet included.
// c1 and f6 are computed over these octets, reserved bits and all.
using PairingOctets = std::array<uint8_t, 7>;

// What a Pairing Request or Response says.
struct PairingFeatures {
  IoCapability io_capability = IoCapability::kNoInputNoOutput;
  bool oob = false;
  AuthReq auth_req;
  uint8_t max_key_size = 16;  // octets
  KeyDistribution initiator_keys;
  KeyDistribution responder_keys;

  PairingOctets Encode(Code code) const;
  // Nothing when a field has a value that is reserved or out of range; set
  // reserved bits of AuthReq and of the key distributions are no fault.
  static std::optional<PairingFeatures> Decode(const PairingOctets& octets);
};

struct PairingRequest {
  PairingOctets octets{};
};
struct PairingResponse {
  PairingOctets octets{};
};
struct PairingConfirm {
  ConfirmValue value;
};
struct PairingRandom {
  Nonce value;
};
struct PairingFailed {
  uint8_t reason = 0;  // any value may come; only Table 3.7's are sent
};
struct EncryptionInformation {
  Ltk ltk;
};
struct CentralIdentification {
  uint16_t ediv = 0;
  uint64_t rand = 0;
};
struct IdentityInformation {
  Irk irk;
};
struct IdentityAddressInformation {
  uint8_t address_type = 0;  // any value may come
  std::array<uint8_t, 6> address{};
};
struct SigningInformation {
  Csrk csrk;
};
struct SecurityRequest {
  uint8_t auth_req = 0;
};
struct PairingPublicKey {
  std::array<uint8_t, 64> octets{};  // X then Y
};
struct PairingDhKeyCheck {
  DhKeyCheck value;
};
struct KeypressNotification {
  uint8_t type = 0;  // any value may come
};

using Pdu =
    std::variant<PairingRequest, PairingResponse, PairingConfirm, PairingRandom,
                 PairingFailed, EncryptionInformation, CentralIdentification,
                 IdentityInformation, IdentityAddressInformation,
                 SigningInformation, SecurityRequest, PairingPublicKey,
                 PairingDhKeyCheck, KeypressNotification>;

enum class ParseError {
  kUnknownCode,  // reserved for future use, or no octet at all
  kWrongLength,  // a known code with too few or too many octets
};

std::expected<Pdu, ParseError> Parse(ByteView octets);
Bytes Serialize(const Pdu& pdu);

// "PairingRequest", ...; "Unknown" for a code that is reserved.
std::string_view PduName(ByteView octets);
std::string_view PduName(const Pdu& pdu);

}  // namespace bondd::smp

#endif  // BONDD_SMP_PDU_H_
