// From files of older versions to the present one.

#ifndef BONDD_BONDS_MIGRATION_H_
#define BONDD_BONDS_MIGRATION_H_

#include <vector>

#include "bonds/contents.h"
#include "bonds/database.h"
#include "bonds/seal.h"
#include "common/error.h"

namespace bondd::bonds {

// Version 1 to 2, in one transaction: seals all rows. What stood open is
// overwritten in the file and its log. Gives the rows that were damaged; they
// are in the quarantine, their secrets sealed, too.
Result<std::vector<DamagedRow>> SealUnsealedFile(Database& database,
                                                 Sealer& sealer);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_MIGRATION_H_
