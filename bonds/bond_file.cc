#include "bonds/bond_file.h"

#include "bonds/change_executor.h"
#include "bonds/migration.h"
#include "bonds/row_writer.h"
#include "bonds/schema.h"

namespace bondd::bonds {

const int64_t BondFile::kPresentVersion = kSchemaVersion;

void TouchedRows::Merge(TouchedRows&& other) {
  bonds.merge(other.bonds);
  identities.merge(other.identities);
}

Result<BondFile> BondFile::Open(const std::filesystem::path& path) {
  Result<Database> database = Database::Open(path);
  if (!database) return std::unexpected(std::move(database.error()));
  const Result<int64_t> version = PrepareSchema(*database);
  if (!version) return std::unexpected(version.error());
  return BondFile(std::move(*database), *version);
}

Result<std::vector<DamagedRow>> BondFile::Migrate(Sealer& sealer) {
  auto damaged = SealUnsealedFile(database_, sealer);
  if (damaged) version_ = kPresentVersion;
  return damaged;
}

LoadedFile BondFile::Load(Sealer& sealer) {
  LoadedFile loaded = ReadRows(database_, sealer);
  head_ = {.generation = loaded.contents.generation,
           .bonds = loaded.contents.bonds.size(),
           .identities = loaded.contents.identities.size(),
           .sum = loaded.sum};
  return loaded;
}

Result<TouchedRows> BondFile::Apply(Change& change, uint64_t generation,
                                    Sealer& sealer) {
  Result<Transaction> transaction = Transaction::Begin(database_);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  ChangeExecutor executor(database_, sealer, head_, generation);
  Result<void> done = std::visit(executor, change);
  if (done) done = PutHead(database_, executor.head(), sealer);
  if (done) done = transaction->Commit();
  if (!done) return std::unexpected(std::move(done.error()));
  head_ = executor.head();
  return std::move(executor.touched());
}

Result<void> BondFile::Replace(const Contents& contents,
                               const std::vector<DamagedRow>& damaged,
                               Sealer& sealer) {
  Result<Transaction> transaction = Transaction::Begin(database_);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  const Result<Head> head = ReplaceRows(database_, contents, sealer);
  if (!head) return std::unexpected(head.error());
  for (const DamagedRow& row : damaged) {
    if (auto put = PutQuarantineRow(database_, row); !put) return put;
  }
  if (auto committed = transaction->Commit(); !committed) return committed;
  head_ = *head;
  return {};
}

}  // namespace bondd::bonds
