// Makes rows of one bond file the same in another, as they are: sealed.

#ifndef BONDD_BONDS_MIRROR_H_
#define BONDD_BONDS_MIRROR_H_

#include <cstddef>

#include "bonds/bond_file.h"
#include "bonds/database.h"
#include "common/error.h"

namespace bondd::bonds {

// One transaction on `to`: these rows, and the head, become what they are in
// `from`; rows that are not there are deleted.
Result<void> MirrorRows(Database& from, Database& to,
                        const TouchedRows& touched);

// Compares all rows and mirrors those that differ. Gives how many did.
Result<size_t> MirrorAll(Database& from, Database& to);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_MIRROR_H_
