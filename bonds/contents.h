// Everything that a bond file holds, as values.

#ifndef BONDD_BONDS_CONTENTS_H_
#define BONDD_BONDS_CONTENTS_H_

#include <cstdint>
#include <list>
#include <map>
#include <string>

#include "bonds/bond.h"
#include "bonds/local_identity.h"
#include "common/bytes.h"

namespace bondd::bonds {

struct Contents {
  std::list<Bond> bonds;  // in the order of their keys
  std::map<std::string, LocalIdentity> identities;
  uint64_t generation = 0;  // of the last transaction
};

// A row that can't be taken for a bond or an identity, as it is.
struct DamagedRow {
  std::string what;    // "the bond with AA:BB:CC:DD:EE:FF"
  std::string reason;  // "its seal is broken"
  Bytes adapter;       // empty, like other columns, for an identity
  Bytes identity;
  int64_t generation = 0;
  Bytes name;
  int64_t last_used = 0;
  Bytes attributes;
  Bytes sealed;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_CONTENTS_H_
