// The tables of a bond file.
//
// Version 2: `bonds` and `identities` hold sealed rows (bonds/sealed_row.h),
// `head` what the file says of itself, `quarantine` what was damaged. In
// version 1 secrets stood open, and there was neither head nor quarantine.

#ifndef BONDD_BONDS_SCHEMA_H_
#define BONDD_BONDS_SCHEMA_H_

#include <cstdint>

#include "bonds/database.h"
#include "common/error.h"

namespace bondd::bonds {

inline constexpr int64_t kSchemaVersion = 2;
inline constexpr int64_t kUnsealedSchemaVersion = 1;

// Makes the tables in an empty file; otherwise makes sure that its tables are
// exactly those of a version we know. Gives that version.
// kCorrupt: a database, but none of ours. kNotSupported: made by a newer
// bondd.
Result<int64_t> PrepareSchema(Database& database);

// Within a transaction: the tables of the present version, in an empty file.
Result<void> CreateTables(Database& database);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_SCHEMA_H_
