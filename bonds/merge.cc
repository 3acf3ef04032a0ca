#include "bonds/merge.h"

#include <algorithm>
#include <map>
#include <utility>

namespace bondd::bonds {

namespace {

Contents UnionOf(Contents file, Contents copy) {
  std::map<BondKey, Bond> bonds;
  for (Bond& bond : file.bonds) bonds.emplace(bond.key(), std::move(bond));
  for (Bond& bond : copy.bonds) {
    const auto known = bonds.find(bond.key());
    if (known == bonds.end()) {
      bonds.emplace(bond.key(), std::move(bond));
    } else if (bond.generation > known->second.generation) {
      known->second = std::move(bond);
    }
  }
  Contents both{.bonds = {},
                .identities = std::move(file.identities),
                .generation = std::max(file.generation, copy.generation)};
  for (auto& [key, bond] : bonds) both.bonds.push_back(std::move(bond));
  // An identity is written once: where both have one it is the same, but for
  // what is known of its controller.
  both.identities.merge(copy.identities);
  return both;
}

// What there is goes by the copy; of a bond that both have the newer is right.
Contents CopyOverFile(Contents copy, Contents file) {
  std::map<BondKey, Bond> others;
  for (Bond& bond : file.bonds) others.emplace(bond.key(), std::move(bond));
  for (Bond& bond : copy.bonds) {
    const auto known = others.find(bond.key());
    if (known != others.end() && known->second.generation > bond.generation) {
      bond = std::move(known->second);
    }
  }
  return copy;
}

}  // namespace

Contents Merge(LoadedFile file, LoadedFile copy) {
  const uint64_t file_generation = file.contents.generation;
  const uint64_t copy_generation = copy.contents.generation;
  if (file.intact() && file_generation >= copy_generation) {
    return std::move(file.contents);
  }
  if (copy.intact() && copy_generation >= file_generation) {
    return CopyOverFile(std::move(copy.contents), std::move(file.contents));
  }
  return UnionOf(std::move(file.contents), std::move(copy.contents));
}

}  // namespace bondd::bonds
