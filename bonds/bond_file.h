// One file of bonds: what is in it, and changes to it as transactions.

#ifndef BONDD_BONDS_BOND_FILE_H_
#define BONDD_BONDS_BOND_FILE_H_

#include <cstdint>
#include <filesystem>
#include <set>
#include <utility>
#include <vector>

#include "bonds/bond.h"
#include "bonds/change.h"
#include "bonds/contents.h"
#include "bonds/database.h"
#include "bonds/row_reader.h"
#include "bonds/seal.h"
#include "common/error.h"

namespace bondd::bonds {

// The rows that changes have touched, by their key columns.
struct TouchedRows {
  std::set<std::pair<Bytes, Bytes>> bonds;  // adapter, identity
  std::set<Bytes> identities;               // name

  bool empty() const { return bonds.empty() && identities.empty(); }
  size_t size() const { return bonds.size() + identities.size(); }
  void Merge(TouchedRows&& other);
};

// Turns bonds into sealed rows and back; it is opened and read by the thread
// that opens the store, then belongs to the writer thread alone.
class BondFile {
 public:
  // kCorrupt: no bond file, or one that is damaged too much to work with.
  // kNotSupported: made by a newer bondd.
  static Result<BondFile> Open(const std::filesystem::path& path);

  // Whether it is of a version that knew no seals; Migrate() comes first then.
  bool is_unsealed() const { return version_ != kPresentVersion; }
  // Gives the rows that were damaged.
  Result<std::vector<DamagedRow>> Migrate(Sealer& sealer);

  // Never fails: see LoadedFile.
  LoadedFile Load(Sealer& sealer);

  // One transaction, the `generation`th of the store: on success the change
  // is on the disk and what it touched is told, on failure the file is as it
  // was.
  Result<TouchedRows> Apply(Change& change, uint64_t generation,
                            Sealer& sealer);

  // One transaction: these contents in place of all that there are, and what
  // was damaged in quarantine.
  Result<void> Replace(const Contents& contents,
                       const std::vector<DamagedRow>& damaged, Sealer& sealer);

  // Of the last transaction, as far as it was loaded or made.
  uint64_t generation() const { return head_.generation; }
  // How many there are, likewise.
  uint64_t bonds() const { return head_.bonds; }
  Database& database() { return database_; }

 private:
  static const int64_t kPresentVersion;

  BondFile(Database database, int64_t version)
      : database_(std::move(database)), version_(version) {}

  Database database_;
  int64_t version_;
  Head head_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_BOND_FILE_H_
