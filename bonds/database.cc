#include "bonds/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "bonds/private_file.h"
#include "common/unique_fd.h"

namespace bondd::bonds {

namespace {

ErrorCode CodeOf(int result) {
  switch (result) {
    // What can't be read is as good as damaged.
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_SHORT_READ:
    case SQLITE_IOERR_CORRUPTFS:
    case SQLITE_IOERR_DATA:
      return ErrorCode::kCorrupt;
    default:
      break;
  }
  switch (result & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    // Statements are fixed: one that fails does so on a schema that is not
    // ours any more.
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
    case SQLITE_FORMAT:
      return ErrorCode::kCorrupt;
    case SQLITE_FULL:
      return ErrorCode::kNoSpace;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return ErrorCode::kPermissionDenied;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::kBusy;
    default:
      return ErrorCode::kIo;
  }
}

Error ErrorOf(int result, const std::string& path) {
  return {CodeOf(result), fmt::format("{}: {} (SQLite {})", path,
                                      sqlite3_errstr(result), result)};
}

// SQLite would make the file with the mode that the umask leaves.
Result<void> MakeFileIfAbsent(const std::filesystem::path& path) {
  if (MakePrivateFile(path)) return {};
  if (errno == EEXIST) {
    const UniqueFd fd(::open(
        path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    if (fd) return {};
  }
  return std::unexpected(
      ErrnoError(errno, fmt::format("cannot write {}", path.native())));
}

}  // namespace

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Statement::Statement(sqlite3_stmt* statement, std::string path)
    : statement_(statement), path_(std::move(path)) {}

Statement& Statement::Bind(int64_t value) {
  const int result =
      sqlite3_bind_int64(statement_.get(), next_parameter_++, value);
  if (result != SQLITE_OK) bind_result_ = result;
  return *this;
}

Statement& Statement::Bind(ByteView octets) {
  // An empty span may have no address, which SQLite would take for NULL.
  const void* data = octets.empty() ? "" : static_cast<const void*>(&octets[0]);
  const int result = sqlite3_bind_blob64(statement_.get(), next_parameter_++,
                                         data, octets.size(), SQLITE_STATIC);
  if (result != SQLITE_OK) bind_result_ = result;
  return *this;
}

Result<bool> Statement::Step() {
  const int result =
      bind_result_ != SQLITE_OK ? bind_result_ : sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  Reset();
  if (result == SQLITE_DONE) return false;
  return std::unexpected(ErrorOf(result, path_));
}

Result<void> Statement::Run() {
  while (true) {
    const Result<bool> row = Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
  }
}

void Statement::Reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  next_parameter_ = 1;
  bind_result_ = SQLITE_OK;
}

int64_t Statement::Integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

ByteView Statement::Blob(int column) const {
  sqlite3_value* const value = sqlite3_column_value(statement_.get(), column);
  const auto* data = static_cast<const uint8_t*>(sqlite3_value_blob(value));
  if (data == nullptr) return {};
  return {data, static_cast<size_t>(sqlite3_value_bytes(value))};
}

void Database::Closer::operator()(sqlite3* connection) const {
  sqlite3_close_v2(connection);
}

Database::Database(sqlite3* connection, std::string path)
    : connection_(connection), path_(std::move(path)) {}

Result<Database> Database::Open(const std::filesystem::path& path) {
  if (auto made = MakeFileIfAbsent(path); !made) {
    return std::unexpected(std::move(made.error()));
  }
  sqlite3* connection = nullptr;
  const int result = sqlite3_open_v2(
      path.c_str(), &connection,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
      nullptr);
  // There is a connection even when opening failed, save without memory.
  Database database(connection, path.native());
  if (result != SQLITE_OK) return database.Failure(result);
  if (auto configured = database.Configure(); !configured) {
    return std::unexpected(std::move(configured.error()));
  }
  return database;
}

Result<void> Database::Configure() {
  sqlite3_extended_result_codes(connection_.get(), 1);
  sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0,
                    nullptr);
  // Exclusive locking keeps the index of the WAL in memory instead of in a
  // mapped file, where a full disk would end the process by SIGBUS. Deleted
  // content is overwritten, for it may be keys. A file that is made now gets
  // pages of twice SQLite's size: there are half as many to be read at start;
  // larger ones would make each write of a few octets wear flash more.
  if (auto set = Execute("PRAGMA page_size=8192;"
                         "PRAGMA locking_mode=EXCLUSIVE;"
                         "PRAGMA synchronous=FULL;"
                         "PRAGMA wal_autocheckpoint=0;"
                         "PRAGMA secure_delete=ON;"
                         "PRAGMA cell_size_check=ON;"
                         "PRAGMA temp_store=MEMORY;");
      !set) {
    return set;
  }
  // This one says in its row, not by an error, that it could not be done.
  Result<Statement> wal = Prepare("PRAGMA journal_mode=WAL");
  if (!wal) return std::unexpected(std::move(wal.error()));
  const Result<bool> row = wal->Step();
  if (!row) return std::unexpected(row.error());
  const ByteView mode = wal->Blob(0);
  if (!std::ranges::equal(mode, std::string_view("wal"))) {
    return Failure(SQLITE_READONLY);
  }
  return {};
}

std::unexpected<Error> Database::Failure(int result) const {
  return std::unexpected(ErrorOf(result, path_));
}

Result<void> Database::Execute(const std::string& sql) {
  const int result =
      sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return Failure(result);
  return {};
}

Result<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(
      connection_.get(), sql.data(), static_cast<int>(sql.size()),
      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) return Failure(result);
  return Statement(statement, path_);
}

Result<Statement*> Database::Cached(std::string_view sql) {
  if (const auto known = cache_.find(sql); known != cache_.end()) {
    return &known->second;
  }
  Result<Statement> prepared = Prepare(sql);
  if (!prepared) return std::unexpected(std::move(prepared.error()));
  return &cache_.emplace(sql, std::move(*prepared)).first->second;
}

Result<int64_t> Database::QueryInteger(std::string_view sql) {
  Result<Statement> statement = Prepare(sql);
  if (!statement) return std::unexpected(std::move(statement.error()));
  const Result<bool> row = statement->Step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return Failure(SQLITE_CORRUPT);
  return statement->Integer(0);
}

Result<void> Database::Checkpoint() {
  const int result = sqlite3_wal_checkpoint_v2(
      connection_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (result != SQLITE_OK) return Failure(result);
  return {};
}

uint64_t Database::LogSize() const {
  std::error_code error;
  const auto size = std::filesystem::file_size(path_ + "-wal", error);
  return error ? 0 : size;
}

int64_t Database::changes() const {
  return sqlite3_changes64(connection_.get());
}

Result<Transaction> Transaction::Begin(Database& database) {
  const auto begin = database.Cached("BEGIN IMMEDIATE");
  if (!begin) return std::unexpected(begin.error());
  if (auto begun = (*begin)->Run(); !begun) {
    return std::unexpected(std::move(begun.error()));
  }
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // A failure here leaves nothing to be undone: SQLite has rolled back.
  if (database_ != nullptr) (void)database_->Execute("ROLLBACK");
}

Result<void> Transaction::Commit() {
  const auto commit = database_->Cached("COMMIT");
  if (!commit) return std::unexpected(commit.error());
  if (auto done = (*commit)->Run(); !done) return done;
  database_ = nullptr;
  return {};
}

}  // namespace bondd::bonds
