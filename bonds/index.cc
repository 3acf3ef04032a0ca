#include "bonds/index.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace bondd::bonds {

void Index::Put(Bond bond) {
  Adapter& adapter = adapters_[bond.adapter];
  const DeviceAddress identity = bond.data.identity;
  if (bond.data.peer_irk) {
    adapter.resolver.Put(identity, *bond.data.peer_irk);
  } else {
    adapter.resolver.Remove(identity);
  }
  const size_t before = adapter.bonds.size();
  // Bonds are loaded in this order, which makes the hint right.
  adapter.bonds.insert_or_assign(adapter.bonds.end(), identity,
                                 std::move(bond));
  size_ += adapter.bonds.size() - before;
}

void Index::Remove(const BondKey& key) {
  const auto adapter = adapters_.find(key.adapter);
  if (adapter == adapters_.end()) return;
  adapter->second.resolver.Remove(key.identity);
  size_ -= adapter->second.bonds.erase(key.identity);
}

void Index::RemoveAdapter(const DeviceAddress& adapter) {
  size_ -= Count(adapter);
  adapters_.erase(adapter);
}

const Bond* Index::Find(const BondKey& key) const {
  const auto adapter = adapters_.find(key.adapter);
  if (adapter == adapters_.end()) return nullptr;
  const auto bond = adapter->second.bonds.find(key.identity);
  return bond == adapter->second.bonds.end() ? nullptr : &bond->second;
}

Bond* Index::Find(const BondKey& key) {
  const auto adapter = adapters_.find(key.adapter);
  if (adapter == adapters_.end()) return nullptr;
  const auto bond = adapter->second.bonds.find(key.identity);
  return bond == adapter->second.bonds.end() ? nullptr : &bond->second;
}

const Bond* Index::FindByAddress(const DeviceAddress& adapter,
                                 const DeviceAddress& address) const {
  if (const Bond* bond = Find({adapter, address})) return bond;
  if (!address.IsResolvablePrivate()) return nullptr;
  const auto found = adapters_.find(adapter);
  if (found == adapters_.end()) return nullptr;
  const std::optional<DeviceAddress> identity =
      found->second.resolver.Resolve(address);
  return identity ? Find({adapter, *identity}) : nullptr;
}

std::vector<const Bond*> Index::List(const DeviceAddress& adapter,
                                     size_t offset, size_t limit) const {
  std::vector<const Bond*> list;
  const auto found = adapters_.find(adapter);
  if (found == adapters_.end()) return list;
  const auto& bonds = found->second.bonds;
  if (offset >= bonds.size()) return list;
  const size_t left = bonds.size() - offset;
  const size_t count = limit == 0 ? left : std::min(limit, left);
  list.reserve(count);
  auto position = std::next(bonds.begin(), static_cast<ptrdiff_t>(offset));
  for (size_t i = 0; i < count; ++i, ++position) {
    list.push_back(&position->second);
  }
  return list;
}

size_t Index::Count(const DeviceAddress& adapter) const {
  const auto found = adapters_.find(adapter);
  return found == adapters_.end() ? 0 : found->second.bonds.size();
}

}  // namespace bondd::bonds
