// A bond as the octets of its row.
//
// The public part can be read by whoever has the file; the secret part is what
// gets sealed. All integers are little-endian, keys in the order of
// transmission.

#ifndef BONDD_BONDS_BOND_CODEC_H_
#define BONDD_BONDS_BOND_CODEC_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "bonds/bond.h"
#include "bonds/local_identity.h"
#include "common/bytes.h"
#include "common/error.h"
#include "common/secret.h"

namespace bondd::bonds {

// Addresses are 7 octets: the type, then the address least significant octet
// first. The order of these octets is that of DeviceAddress.
inline constexpr size_t kAddressSize = 7;
using AddressOctets = std::array<uint8_t, kAddressSize>;
AddressOctets EncodeAddress(const DeviceAddress& address);
// kCorrupt on a wrong length or an unknown type.
Result<DeviceAddress> DecodeAddress(ByteView octets);

// Format 1: format, role, model, flags (1 authenticated, 2 Secure Connections,
// 4 debug, 8 local identity sent, 16 peer lost keys), key size, keys present
// (1 local LTK, 2 peer LTK, 4 peer IRK, 8 local CSRK, 16 peer CSRK), then 8
// octets of `created`.
inline constexpr size_t kAttributesSize = 14;
using AttributeOctets = std::array<uint8_t, kAttributesSize>;

// Twice LTK, EDIV and Rand (local, peer), peer IRK, local CSRK, peer CSRK, then
// local and peer sign counter of 4 octets each. Absent keys are zeros, so all
// bonds are of equal size.
inline constexpr size_t kBondSecretsSize = 2 * (16 + 2 + 8) + 3 * 16 + 2 * 4;
using BondSecrets = Secret<struct BondSecretsTag, kBondSecretsSize>;

// IRK, then the static random address as above.
inline constexpr size_t kIdentitySecretsSize = 16 + kAddressSize;
using IdentitySecrets = Secret<struct IdentitySecretsTag, kIdentitySecretsSize>;

// The columns of a row, borrowed from the statement.
struct RowView {
  ByteView adapter = {};
  ByteView identity = {};
  int64_t generation = 0;
  ByteView name = {};
  int64_t last_used = 0;
  ByteView attributes = {};
  ByteView sealed = {};
};

AttributeOctets EncodeAttributes(const Bond& bond);
BondSecrets EncodeSecrets(const Bond& bond);
// Fills a bond that was just made, where it is going to stay. kCorrupt with the
// reason when the octets are not those of a valid bond; it is of no use then.
// One whose name alone is damaged has none.
Result<void> DecodeBond(const RowView& row, const BondSecrets& secrets,
                        Bond& bond);

IdentitySecrets EncodeIdentity(const LocalIdentity& identity);
Result<LocalIdentity> DecodeIdentity(const IdentitySecrets& secrets);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_BOND_CODEC_H_
