// What the writer thread does for an export or import.

#ifndef BONDD_BONDS_TRANSFER_WORK_H_
#define BONDD_BONDS_TRANSFER_WORK_H_

#include <cstddef>
#include <vector>

#include "bonds/bond.h"
#include "bonds/database.h"
#include "bonds/seal.h"
#include "bonds/transfer.h"
#include "bonds/transfer_stream.h"
#include "common/error.h"

namespace bondd::bonds {

// Both close the descriptor. While they wait for its other end they hold
// nothing of the database, so that `meanwhile` may change it.

// kNotFound: `request.peer` has no bond.
Result<void> ExportBonds(ExportRequest& request, Database& database,
                         Sealer& sealer, const Meanwhile& meanwhile);
// All valid, and `created` set; nothing has changed yet. kLimit: more than
// `max_bonds`.
Result<std::vector<Bond>> ImportBonds(ImportRequest& request, size_t max_bonds,
                                      const Meanwhile& meanwhile);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_TRANSFER_WORK_H_
