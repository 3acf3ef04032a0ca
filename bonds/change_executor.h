// Carries out one change inside a transaction.

#ifndef BONDD_BONDS_CHANGE_EXECUTOR_H_
#define BONDD_BONDS_CHANGE_EXECUTOR_H_

#include <cstdint>
#include <optional>

#include "bonds/bond_file.h"
#include "bonds/change.h"
#include "bonds/database.h"
#include "bonds/seal.h"
#include "bonds/sealed_row.h"
#include "common/error.h"

namespace bondd::bonds {

// Made by BondFile for one transaction, to be visited by the change; keeps
// account of the rows it touches, of how many there are then and of their sum.
class ChangeExecutor {
 public:
  ChangeExecutor(Database& database, Sealer& sealer, const Head& head,
                 uint64_t generation);

  Result<void> operator()(PutBond& change);
  Result<void> operator()(UndoBond& change);
  Result<void> operator()(PutBonds& change);
  Result<void> operator()(const RemoveBond& change);
  Result<void> operator()(const RemoveAdapterBonds& change);
  Result<void> operator()(const PutName& change);
  Result<void> operator()(const PutLastUsed& change);
  Result<void> operator()(const AmendBond& change);
  Result<void> operator()(const PutIdentity& change);
  Result<void> operator()(const PutController& change);
  Result<void> operator()(const Probe& change);

  // When the change is carried out.
  const Head& head() const { return head_; }
  TouchedRows& touched() { return touched_; }

 private:
  struct Row {
    bool there = false;
    uint64_t generation = 0;   // as the column says
    std::optional<Bond> bond;  // unless it is damaged
  };

  // In place of this row.
  Result<void> Put(const Bond& bond, const Row& present);
  void CountIn(uint64_t generation);
  void CountOut(uint64_t generation);
  // Binds the key last. kNotFound when that changes no row.
  Result<void> RunOnBond(Statement& statement, const BondKey& key);
  Result<bool> Exists(std::string_view sql,
                      std::initializer_list<ByteView> key);
  Result<Row> Find(const BondKey& key);
  // `before`: how many bonds there were.
  Result<void> CheckLimit(uint64_t before, size_t max_bonds) const;
  void Touch(const BondKey& key);

  Database& database_;
  Sealer& sealer_;
  Head head_;
  TouchedRows touched_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_CHANGE_EXECUTOR_H_
