#include "bonds/index.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace bondd::bonds {

namespace {

DeviceAddress IdentityOf(const Bond* bond) { return bond->data.identity; }

}  // namespace

Index::Index(std::vector<Bond> bonds) {
  for (auto first = bonds.begin(); first != bonds.end();) {
    const auto last = std::find_if(first, bonds.end(), [&](const Bond& bond) {
      return bond.adapter != first->adapter;
    });
    Make(first->adapter).Reserve(static_cast<size_t>(last - first));
    for (; first != last; ++first) Put(std::move(*first));
  }
}

void Index::Adapter::Reserve(size_t count) {
  bonds.reserve(count);
  order.reserve(count);
  resolver.Reserve(count);
}

void Index::Adapter::PutIrk(Entry& entry) {
  const smp::BondData& data = entry.bond.data;
  if (!data.peer_irk) {
    RemoveIrk(entry);
  } else if (entry.slot) {
    resolver.Replace(*entry.slot, *data.peer_irk);
  } else {
    entry.slot = resolver.Add(data.identity, *data.peer_irk);
  }
}

void Index::Adapter::RemoveIrk(Entry& entry) {
  const auto slot = std::exchange(entry.slot, std::nullopt);
  if (!slot) return;
  if (const auto moved = resolver.Remove(*slot)) {
    bonds.find(*moved)->second.slot = slot;
  }
}

void Index::Put(Bond&& bond) {
  Adapter& adapter = Make(bond.adapter);
  const DeviceAddress identity = bond.data.identity;
  const auto [place, fresh] =
      adapter.bonds.try_emplace(identity, std::move(bond), std::nullopt);
  Entry& entry = place->second;
  if (!fresh) entry.bond = std::move(bond);
  adapter.PutIrk(entry);
  if (!fresh) return;
  ++size_;
  auto& order = adapter.order;
  const bool last = order.empty() || IdentityOf(order.back()) < identity;
  const auto position =
      last ? order.end()
           : std::ranges::lower_bound(order, identity, {}, IdentityOf);
  order.insert(position, &entry.bond);
}

void Index::Remove(const BondKey& key) {
  Adapter* const adapter = Of(key.adapter);
  if (adapter == nullptr) return;
  const auto found = adapter->bonds.find(key.identity);
  if (found == adapter->bonds.end()) return;
  adapter->RemoveIrk(found->second);
  adapter->order.erase(
      std::ranges::lower_bound(adapter->order, key.identity, {}, IdentityOf));
  adapter->bonds.erase(found);
  --size_;
}

void Index::RemoveAdapter(const DeviceAddress& adapter) {
  size_ -= Count(adapter);
  std::erase_if(adapters_,
                [&](const auto& entry) { return entry.first == adapter; });
}

const Index::Adapter* Index::Of(const DeviceAddress& adapter) const {
  const auto found = std::ranges::find(
      adapters_, adapter, &std::pair<DeviceAddress, Adapter>::first);
  return found == adapters_.end() ? nullptr : &found->second;
}

Index::Adapter* Index::Of(const DeviceAddress& adapter) {
  const auto found = std::ranges::find(
      adapters_, adapter, &std::pair<DeviceAddress, Adapter>::first);
  return found == adapters_.end() ? nullptr : &found->second;
}

Index::Adapter& Index::Make(const DeviceAddress& adapter) {
  if (Adapter* const known = Of(adapter)) return *known;
  return adapters_.emplace_back(adapter, Adapter()).second;
}

const Bond* Index::Find(const BondKey& key) const {
  const Adapter* const adapter = Of(key.adapter);
  if (adapter == nullptr) return nullptr;
  const auto bond = adapter->bonds.find(key.identity);
  return bond == adapter->bonds.end() ? nullptr : &bond->second.bond;
}

Bond* Index::Find(const BondKey& key) {
  Adapter* const adapter = Of(key.adapter);
  if (adapter == nullptr) return nullptr;
  const auto bond = adapter->bonds.find(key.identity);
  return bond == adapter->bonds.end() ? nullptr : &bond->second.bond;
}

const Bond* Index::FindByAddress(const DeviceAddress& adapter,
                                 const DeviceAddress& address) const {
  const Adapter* const owner = Of(adapter);
  if (owner == nullptr) return nullptr;
  auto bond = owner->bonds.find(address);
  if (bond == owner->bonds.end() && address.IsResolvablePrivate()) {
    const auto identity = owner->resolver.Resolve(address);
    if (identity) bond = owner->bonds.find(*identity);
  }
  return bond == owner->bonds.end() ? nullptr : &bond->second.bond;
}

std::vector<const Bond*> Index::List(const DeviceAddress& adapter,
                                     size_t offset, size_t limit) const {
  const Adapter* const owner = Of(adapter);
  if (owner == nullptr || offset >= owner->order.size()) return {};
  const size_t left = owner->order.size() - offset;
  const auto first = owner->order.begin() + static_cast<ptrdiff_t>(offset);
  const size_t count = limit == 0 ? left : std::min(limit, left);
  return {first, first + static_cast<ptrdiff_t>(count)};
}

size_t Index::Count(const DeviceAddress& adapter) const {
  const Adapter* const owner = Of(adapter);
  return owner == nullptr ? 0 : owner->order.size();
}

}  // namespace bondd::bonds
