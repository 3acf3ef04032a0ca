// Reads a bond file whatever its state is: what is sound, and what is not.

#ifndef BONDD_BONDS_ROW_READER_H_
#define BONDD_BONDS_ROW_READER_H_

#include <optional>
#include <string>
#include <vector>

#include "bonds/bond_codec.h"
#include "bonds/contents.h"
#include "bonds/database.h"
#include "bonds/seal.h"
#include "bonds/sealed_row.h"
#include "common/error.h"

namespace bondd::bonds {

struct LoadedFile {
  // All that is sound. The generation is the head's, or the highest of any
  // row's when the head is damaged.
  Contents contents;
  // Of the generations of the bonds. See Head.
  uint64_t sum = 0;
  std::vector<DamagedRow> damaged;
  // What else is wrong: the structure, the head, a name, rows that are missing
  // or older than they should be.
  std::vector<std::string> faults;
  // False: the structure is damaged, so that it can't be mended in place.
  bool readable = true;
  // Reading ended early, for a reason that is not the file's.
  std::optional<Error> obstacle;

  bool intact() const { return damaged.empty() && faults.empty() && !obstacle; }
};

LoadedFile ReadRows(Database& database, Sealer& sealer);

// Nothing when there is no head; it has not been opened.
Result<std::optional<Head>> ReadUncheckedHead(Database& database);

// Whether there is anything in the file that was sealed.
Result<bool> HoldsSeals(Database& database);
Result<int64_t> CountSeals(Database& database);
// Whether this is the right key: it opens the head, or any row.
bool OpensAnySeal(Database& database, Sealer& sealer);

// Whether the structure of the file is sound.
Result<void> QuickCheck(Database& database);

// A bond that did not open, for the quarantine. `sealed` is what is kept of its
// secrets.
DamagedRow DamagedRowOf(const RowView& row, std::string reason, Bytes sealed);

// Its names in a report: "the bond with AA:BB:CC:DD:EE:FF".
std::string NameOfBond(ByteView identity);
std::string NameOfIdentity(ByteView name);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_ROW_READER_H_
