// Rows with their secrets sealed.
//
// Associated data is what else makes the row: a letter for its kind, then for
// a bond ('B') adapter, identity, generation and attributes, for a local
// identity ('I') its name, for the head ('H') what it says in the open; so
// nothing of it can be altered, and no sealed string be put into another row.

#ifndef BONDD_BONDS_SEALED_ROW_H_
#define BONDD_BONDS_SEALED_ROW_H_

#include <cstdint>
#include <string_view>

#include "bonds/bond.h"
#include "bonds/bond_codec.h"
#include "bonds/local_identity.h"
#include "bonds/seal.h"
#include "common/bytes.h"
#include "common/error.h"

namespace bondd::bonds {

// What a file says of itself: how new it is and what must be in it.
struct Head {
  uint64_t generation = 0;  // of the last transaction
  uint64_t bonds = 0;       // how many rows
  uint64_t identities = 0;
  // Of the generations of all bonds, modulo 2^64: it is another one when a row
  // is as it was before it was written last.
  uint64_t sum = 0;
};

Result<Bytes> SealBond(const Bond& bond, Sealer& sealer);
// Fills a bond that was just made, where it is going to stay. kCorrupt, with
// the reason: it does not open, or is not a valid bond; it is of no use then.
Result<void> OpenBond(const RowView& row, Sealer& sealer, Bond& bond);

Result<Bytes> SealIdentity(std::string_view name, const LocalIdentity& identity,
                           Sealer& sealer);
Result<LocalIdentity> OpenIdentity(std::string_view name, ByteView sealed,
                                   Sealer& sealer);

// The sum is what is sealed (8 octets, least significant first), all else is
// bound to it.
Result<Bytes> SealHead(const Head& head, Sealer& sealer);

enum class OpenedHead {
  kBroken,
  kWithoutSum,  // sealed by a bondd that knew none
  kWhole,
};
// Puts the sum there. It is as it was unless the head is whole.
OpenedHead OpenHead(Head& head, ByteView sealed, Sealer& sealer);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_SEALED_ROW_H_
