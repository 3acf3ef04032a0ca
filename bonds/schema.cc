#include "bonds/schema.h"

#include <fmt/format.h>

namespace bondd::bonds {

namespace {

// "bond"; told by file(1) and checked before anything is written.
constexpr int64_t kApplicationId = 0x626F6E64;

constexpr const char* kTables =
    "CREATE TABLE bonds("
    "adapter BLOB NOT NULL, identity BLOB NOT NULL, "
    "generation INTEGER NOT NULL, name BLOB NOT NULL, "
    "last_used INTEGER NOT NULL, attributes BLOB NOT NULL, "
    "secrets BLOB NOT NULL, PRIMARY KEY(adapter, identity)) WITHOUT ROWID;"
    "CREATE TABLE identities("
    "name BLOB NOT NULL PRIMARY KEY, secrets BLOB NOT NULL) WITHOUT ROWID;";

Result<void> CreateSchema(Database& database) {
  Result<Transaction> transaction = Transaction::Begin(database);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  const std::string sql =
      fmt::format("{}PRAGMA application_id={};PRAGMA user_version={};", kTables,
                  kApplicationId, kSchemaVersion);
  if (auto made = database.Execute(sql); !made) return made;
  return transaction->Commit();
}

}  // namespace

Result<void> PrepareSchema(Database& database) {
  const auto application = database.QueryInteger("PRAGMA application_id");
  if (!application) return std::unexpected(application.error());
  const auto version = database.QueryInteger("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  const auto tables =
      database.QueryInteger("SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(tables.error());
  if (*application == 0 && *version == 0 && *tables == 0) {
    return CreateSchema(database);
  }
  if (*application != kApplicationId) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{}: not a bond store", database.path()));
  }
  if (*version != kSchemaVersion) {
    return Fail(ErrorCode::kNotSupported,
                fmt::format("{}: made by a newer bondd (version {}, this one "
                            "knows {})",
                            database.path(), *version, kSchemaVersion));
  }
  return {};
}

}  // namespace bondd::bonds
