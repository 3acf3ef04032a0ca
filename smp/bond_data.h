// What a finished pairing leaves behind: the value that goes to the bond store
// and comes back from it.

#ifndef BONDD_SMP_BOND_DATA_H_
#define BONDD_SMP_BOND_DATA_H_

#include <cstdint>
#include <optional>

#include "common/device_address.h"
#include "smp/keys.h"
#include "smp/types.h"

namespace bondd::smp {

struct BondData {
  // The Identity Address, or the on-air address of a peer that sent none.
  DeviceAddress identity;
  // Of this side, at the pairing that made the bond.
  Role role = Role::kInitiator;
  AssociationModel model = AssociationModel::kJustWorks;
  SecurityProperties security;
  // One of the key pairs was the specification's debug key: worth nothing.
  bool debug = false;

  // What this side answers as peripheral, and what it encrypts with as
  // central. Under Secure Connections both are the one LTK.
  // [Vol 3, Part H] 2.4.4.1: the key that the peripheral distributed is used.
  std::optional<LongTermKey> local_ltk;
  std::optional<LongTermKey> peer_ltk;

  std::optional<Irk> peer_irk;  // absent when the peer sent zeros, too
  // Whether the peer holds our identity, so that it can resolve our addresses.
  bool local_identity_sent = false;

  std::optional<Csrk> local_csrk;   // we sign with it
  std::optional<Csrk> peer_csrk;    // the peer signs with it
  uint32_t local_sign_counter = 0;  // the next value to sign with
  uint32_t peer_sign_counter = 0;   // the least value that is still accepted

  BondData Clone() const;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_BOND_DATA_H_
