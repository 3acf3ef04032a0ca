// The statements that put rows into a bond file. Each is part of a transaction
// of the caller's.

#ifndef BONDD_BONDS_ROW_WRITER_H_
#define BONDD_BONDS_ROW_WRITER_H_

#include <string_view>

#include "bonds/bond.h"
#include "bonds/contents.h"
#include "bonds/database.h"
#include "bonds/seal.h"
#include "bonds/sealed_row.h"
#include "common/error.h"

namespace bondd::bonds {

inline ByteView AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

inline constexpr std::string_view kSelectBonds =
    "SELECT adapter, identity, generation, name, last_used, attributes, "
    "sealed FROM bonds ORDER BY adapter, identity";
inline constexpr std::string_view kSelectBond =
    "SELECT adapter, identity, generation, name, last_used, attributes, "
    "sealed FROM bonds WHERE adapter = ? AND identity = ?";
inline constexpr std::string_view kSelectAdapterBonds =
    "SELECT adapter, identity, generation, name, last_used, attributes, "
    "sealed FROM bonds WHERE adapter = ? ORDER BY identity";
// The current row of one of the three.
RowView BondColumns(const Statement& row);

// In place of the row of the same key, if there is one. The bond is valid.
Result<void> PutBondRow(Database& database, const Bond& bond, Sealer& sealer);
Result<void> PutIdentityRow(Database& database, std::string_view name,
                            const LocalIdentity& identity, Sealer& sealer);
Result<void> PutHead(Database& database, const Head& head, Sealer& sealer);
Result<void> PutQuarantineRow(Database& database, const DamagedRow& row);

// Rows as they are, sealed.
Result<void> PutRawBondRow(Database& database, const RowView& row);
Result<void> PutRawIdentityRow(Database& database, ByteView name,
                               ByteView sealed);
Result<void> DeleteBondRow(Database& database, ByteView adapter,
                           ByteView identity);
Result<void> DeleteIdentityRow(Database& database, ByteView name);

// Takes out all rows but those of the quarantine and puts these in.
Result<Head> ReplaceRows(Database& database, const Contents& contents,
                         Sealer& sealer);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_ROW_WRITER_H_
