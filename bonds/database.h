// SQLite, as much of it as the bond store needs: one connection, prepared
// statements and transactions, every failure a Result that names the file.

#ifndef BONDD_BONDS_DATABASE_H_
#define BONDD_BONDS_DATABASE_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/bytes.h"
#include "common/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace bondd::bonds {

// One prepared statement. It is bound, stepped to its end and thereby ready to
// be bound again; it must not outlive its Database.
class Statement {
 public:
  // Parameters in the order of their question marks. Octets are borrowed until
  // Step() has said that there are no more rows.
  Statement& Bind(int64_t value);
  Statement& Bind(ByteView octets);

  // True: there is a row to read. False: the end; the statement is reset.
  Result<bool> Step();
  // Steps to the end, for statements that give no rows.
  Result<void> Run();

  // Of the current row, columns from 0. Octets are borrowed until Step().
  int64_t Integer(int column) const;
  ByteView Blob(int column) const;

 private:
  friend class Database;
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const;
  };

  Statement(sqlite3_stmt* statement, std::string path);
  void Reset();

  std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
  std::string path_;
  int next_parameter_ = 1;
  int bind_result_ = 0;
};

// One connection, to be used by one thread at a time. It holds the only lock
// on its file until it goes.
class Database {
 public:
  // Opens the file, or makes it with mode 0600. kCorrupt: the file is no
  // database, or a damaged one; every other code is about the environment.
  static Result<Database> Open(const std::filesystem::path& path);

  // One statement or several, without parameters.
  Result<void> Execute(const std::string& sql);
  Result<Statement> Prepare(std::string_view sql);
  // The same, kept for the next time; borrowed from the database.
  Result<Statement*> Cached(std::string_view sql);
  // The first column of the first row.
  Result<int64_t> QueryInteger(std::string_view sql);

  // Brings what is in the log into the file and empties the log.
  Result<void> Checkpoint();
  // Octets in the log; nothing ever empties it but Checkpoint() and closing.
  uint64_t LogSize() const;

  // How many rows the last statement changed.
  int64_t changes() const;
  const std::string& path() const { return path_; }

 private:
  struct Closer {
    void operator()(sqlite3* connection) const;
  };

  Database(sqlite3* connection, std::string path);
  std::unexpected<Error> Failure(int result) const;
  Result<void> Configure();

  std::unique_ptr<sqlite3, Closer> connection_;
  // Goes before the connection.
  std::map<std::string, Statement, std::less<>> cache_;
  std::string path_;
};

// All or nothing: what was executed since Begin() is undone unless it was
// committed.
class Transaction {
 public:
  static Result<Transaction> Begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  ~Transaction();

  // On success everything is on the disk.
  Result<void> Commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}

  Database* database_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_DATABASE_H_
