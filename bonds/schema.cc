#include "bonds/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

namespace bondd::bonds {

namespace {

// "bond"; told by file(1) and checked before anything is written.
constexpr int64_t kApplicationId = 0x626F6E64;

// Both in the order of their names.
constexpr std::string_view kTables[] = {
    "CREATE TABLE bonds("
    "adapter BLOB NOT NULL, identity BLOB NOT NULL, "
    "generation INTEGER NOT NULL, name BLOB NOT NULL, "
    "last_used INTEGER NOT NULL, attributes BLOB NOT NULL, "
    "sealed BLOB NOT NULL, PRIMARY KEY(adapter, identity)) WITHOUT ROWID",
    "CREATE TABLE head("
    "id INTEGER PRIMARY KEY CHECK(id = 0), generation INTEGER NOT NULL, "
    "bonds INTEGER NOT NULL, identities INTEGER NOT NULL, "
    "sealed BLOB NOT NULL)",
    "CREATE TABLE identities("
    "name BLOB NOT NULL PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE quarantine("
    "noticed INTEGER NOT NULL, reason BLOB NOT NULL, adapter BLOB, "
    "identity BLOB, generation INTEGER, name BLOB, last_used INTEGER, "
    "attributes BLOB, sealed BLOB)",
};
constexpr std::string_view kUnsealedTables[] = {
    "CREATE TABLE bonds("
    "adapter BLOB NOT NULL, identity BLOB NOT NULL, "
    "generation INTEGER NOT NULL, name BLOB NOT NULL, "
    "last_used INTEGER NOT NULL, attributes BLOB NOT NULL, "
    "secrets BLOB NOT NULL, PRIMARY KEY(adapter, identity)) WITHOUT ROWID",
    "CREATE TABLE identities("
    "name BLOB NOT NULL PRIMARY KEY, secrets BLOB NOT NULL) WITHOUT ROWID",
};

Result<void> CreateSchema(Database& database) {
  Result<Transaction> transaction = Transaction::Begin(database);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  if (auto created = CreateTables(database); !created) return created;
  return transaction->Commit();
}

std::unexpected<Error> NotOurs(const Database& database) {
  return Fail(ErrorCode::kCorrupt,
              fmt::format("{}: not a bond store", database.path()));
}

// Statements are compiled against what is written there: nothing but what was
// once written by us will do.
Result<void> CheckTables(Database& database,
                         std::span<const std::string_view> tables) {
  Result<Statement> rows =
      database.Prepare("SELECT sql FROM sqlite_schema ORDER BY name");
  if (!rows) return std::unexpected(std::move(rows.error()));
  for (const std::string_view table : tables) {
    const Result<bool> row = rows->Step();
    if (!row) return std::unexpected(row.error());
    if (!*row || !std::ranges::equal(rows->Blob(0), table)) {
      return NotOurs(database);
    }
  }
  const Result<bool> more = rows->Step();
  if (!more) return std::unexpected(more.error());
  if (*more) return NotOurs(database);
  return {};
}

}  // namespace

Result<void> CreateTables(Database& database) {
  std::string sql;
  for (const std::string_view table : kTables) {
    sql += fmt::format("{};", table);
  }
  sql += fmt::format("PRAGMA application_id={};PRAGMA user_version={};",
                     kApplicationId, kSchemaVersion);
  return database.Execute(sql);
}

Result<int64_t> PrepareSchema(Database& database) {
  const auto application = database.QueryInteger("PRAGMA application_id");
  if (!application) return application;
  const auto version = database.QueryInteger("PRAGMA user_version");
  if (!version) return version;
  const auto tables =
      database.QueryInteger("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables;
  if (*application == 0 && *version == 0 && *tables == 0) {
    if (auto created = CreateSchema(database); !created) {
      return std::unexpected(std::move(created.error()));
    }
    return kSchemaVersion;
  }
  if (*application != kApplicationId) return NotOurs(database);
  std::span<const std::string_view> expected = kTables;
  if (*version == kUnsealedSchemaVersion) {
    expected = kUnsealedTables;
  } else if (*version != kSchemaVersion) {
    return Fail(ErrorCode::kNotSupported,
                fmt::format("{}: made by a newer bondd (version {}, this one "
                            "knows up to {})",
                            database.path(), *version, kSchemaVersion));
  }
  if (auto same = CheckTables(database, expected); !same) {
    return std::unexpected(std::move(same.error()));
  }
  return *version;
}

}  // namespace bondd::bonds
