// What the loop thread may ask of the bond store, as finished values that
// travel to the writer thread and back.

#ifndef BONDD_BONDS_CHANGE_H_
#define BONDD_BONDS_CHANGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bonds/bond.h"
#include "bonds/local_identity.h"
#include "bonds/replacing.h"
#include "bonds/transfer.h"
#include "smp/pairing_options.h"

namespace bondd::bonds {

// The whole bond, in place of one of the same key, whose name it takes over.
// Its generation becomes that of the transaction, here and in PutBonds. kLimit
// when there would be more, and more than there are; kExists when a newer one
// may not be replaced.
struct PutBond {
  Bond bond;
  size_t max_bonds = SIZE_MAX;
  Replacing replacing = {};
  // The one of the same key, once it is done.
  std::optional<Bond> replaced = {};
};

// Takes back what the transaction `generation` put there: the bond that it
// replaced is there again, under the name that it has by now. kNotFound when
// another took its place since, or none.
struct UndoBond {
  BondKey key;
  uint64_t generation = 0;
  std::optional<Bond> former = {};
};

// All of them, or none. A sign counter of a key that is there already goes on
// from where it stands: no value is used or accepted twice.
struct PutBonds {
  std::vector<Bond> bonds;
  // What happens to a bond that is there; kAsk is as kNever. kInvalidArgument
  // when one of them may not be replaced.
  smp::ReplaceOption replace = smp::ReplaceOption::kNotWeaker;
  // kLimit when there would be more, and more than there are.
  size_t max_bonds = 0;
};

struct RemoveBond {
  BondKey key;
};

struct RemoveAdapterBonds {
  DeviceAddress adapter;
};

// The next three alter one part of a bond and leave what else was written to
// it in the meantime. On a bond that is gone they fail with kNotFound.
struct PutName {
  BondKey key;
  std::string name;
};

struct PutLastUsed {
  BondKey key;
  uint64_t last_used = 0;
};

// What is absent stays as it is; counters never go down.
struct AmendBond {
  BondKey key;
  // Of the bond that is meant. kNotFound when one with other keys has taken its
  // place since.
  uint64_t generation = 0;
  std::optional<bool> peer_lost_keys = {};
  std::optional<uint32_t> local_sign_counter = {};
  std::optional<uint32_t> peer_sign_counter = {};

  // The same for a bond on the disk and for one in memory.
  void ApplyTo(Bond& bond) const;
};

// Never replaces an identity that there is.
struct PutIdentity {
  std::string name;
  LocalIdentity identity;
  // The identity of this name goes in the same transaction; empty = none does.
  std::string instead_of = {};

  PutIdentity Clone() const { return {name, identity.Clone(), instead_of}; }
};

// What is known of the controller of an identity that is there; kNotFound when
// it is not.
struct PutController {
  std::string name;
  std::string controller;
};

// Leaves everything as it is: whether the disk can be written, and a bond with
// this key, whether there is one or not.
struct Probe {
  BondKey key;
};

// Each is one transaction.
using Change = std::variant<PutBond, UndoBond, PutBonds, RemoveBond,
                            RemoveAdapterBonds, PutName, PutLastUsed, AmendBond,
                            PutIdentity, PutController, Probe>;

// Of which the change writes the rows, as far as it names them.
std::vector<BondKey> BondsOf(const Change& change);

struct ImportWork {
  ImportRequest request;
  size_t max_bonds = 0;
};

// What needs no disk: it is answered, never submitted.
struct NoWork {};

// An import that was read has become the change that it asks for.
using Work = std::variant<Change, ExportRequest, ImportWork, NoWork>;

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_CHANGE_H_
