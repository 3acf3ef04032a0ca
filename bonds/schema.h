// The tables of a bond file, and how a file of an older version gets them.

#ifndef BONDD_BONDS_SCHEMA_H_
#define BONDD_BONDS_SCHEMA_H_

#include "bonds/database.h"
#include "common/error.h"

namespace bondd::bonds {

inline constexpr int64_t kSchemaVersion = 1;

// Makes the tables in an empty file; leaves one of the present version as it
// is. kCorrupt: a database, but none of ours. kNotSupported: made by a newer
// bondd.
Result<void> PrepareSchema(Database& database);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_SCHEMA_H_
