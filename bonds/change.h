// What the loop thread may ask of the bond store, as finished values that
// travel to the writer thread and back.

#ifndef BONDD_BONDS_CHANGE_H_
#define BONDD_BONDS_CHANGE_H_

#include <cstdint>
#include <string>
#include <variant>

#include "bonds/bond.h"
#include "bonds/local_identity.h"

namespace bondd::bonds {

// The whole bond, in place of one of the same key.
struct PutBond {
  Bond bond;
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

struct PutPeerLostKeys {
  BondKey key;
  bool lost = false;
  uint64_t generation = 0;
};

// Never replaces an identity that there is.
struct PutIdentity {
  std::string name;
  LocalIdentity identity;
};

// Each is one transaction.
using Change = std::variant<PutBond, RemoveBond, RemoveAdapterBonds, PutName,
                            PutLastUsed, PutPeerLostKeys, PutIdentity>;

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_CHANGE_H_
