// One file of bonds: what is in it, and changes to it as transactions.

#ifndef BONDD_BONDS_BOND_FILE_H_
#define BONDD_BONDS_BOND_FILE_H_

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bonds/bond.h"
#include "bonds/change.h"
#include "bonds/database.h"
#include "common/error.h"

namespace bondd::bonds {

// Everything a file holds.
struct Contents {
  std::vector<Bond> bonds;  // in the order of their keys
  std::map<std::string, LocalIdentity> identities;
  uint64_t generation = 0;  // the highest of any bond
};

// Turns bonds into rows and back; it is opened and read by the thread that
// opens the store, then belongs to the writer thread alone.
class BondFile {
 public:
  static Result<BondFile> Open(const std::filesystem::path& path);

  Result<Contents> Load();
  // One transaction: on success the change is on the disk, on failure the file
  // is as it was.
  Result<void> Apply(const Change& change);

 private:
  explicit BondFile(Database database) : database_(std::move(database)) {}

  Result<void> LoadBonds(Contents& contents);
  Result<void> LoadIdentities(Contents& contents);

  Result<void> Execute(const PutBond& change);
  Result<void> Execute(const RemoveBond& change);
  Result<void> Execute(const RemoveAdapterBonds& change);
  Result<void> Execute(const PutName& change);
  Result<void> Execute(const PutLastUsed& change);
  Result<void> Execute(const PutPeerLostKeys& change);
  Result<void> Execute(const PutIdentity& change);
  Result<Bond> Read(const BondKey& key);
  // Binds the key last; kNotFound when there is no such bond.
  Result<void> RunOnBond(Statement& statement, const BondKey& key);

  Database database_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_BOND_FILE_H_
