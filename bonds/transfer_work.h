// What the writer thread does for an export or import.

#ifndef BONDD_BONDS_TRANSFER_WORK_H_
#define BONDD_BONDS_TRANSFER_WORK_H_

#include <vector>

#include "bonds/bond.h"
#include "bonds/database.h"
#include "bonds/seal.h"
#include "bonds/transfer.h"
#include "common/error.h"

namespace bondd::bonds {

// Both close the descriptor. kNotFound: `request.peer` has no bond.
Result<void> ExportBonds(ExportRequest& request, Database& database,
                         Sealer& sealer);
// All valid, and `created` set; nothing has changed yet.
Result<std::vector<Bond>> ImportBonds(ImportRequest& request);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_TRANSFER_WORK_H_
