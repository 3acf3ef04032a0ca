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

std::vector<BondKey> BondsOf(const Change& change) {
  return std::visit(
      [](const auto& one) -> std::vector<BondKey> {
        std::vector<BondKey> keys;
        if constexpr (requires { BondKey(one.key); }) {
          keys.push_back(one.key);
        } else if constexpr (requires { one.bond; }) {
          keys.push_back(one.bond.key());
        } else if constexpr (requires { one.bonds; }) {
          for (const Bond& bond : one.bonds) keys.push_back(bond.key());
        }
        return keys;
      },
      change);
}

}  // namespace bondd::bonds
