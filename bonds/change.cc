#include "bonds/change.h"

#include <algorithm>

namespace bondd::bonds {

void AmendBond::ApplyTo(Bond& bond) const {
  smp::BondData& data = bond.data;
  if (peer_lost_keys) bond.peer_lost_keys = *peer_lost_keys;
  if (local_sign_counter) {
    data.local_sign_counter =
        std::max(data.local_sign_counter, *local_sign_counter);
  }
  if (peer_sign_counter) {
    data.peer_sign_counter =
        std::max(data.peer_sign_counter, *peer_sign_counter);
  }
}

}  // namespace bondd::bonds
