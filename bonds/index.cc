#include "bonds/index.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace bondd::bonds {

namespace {

DeviceAddress IdentityOf(const Bond* bond) { return bond->data.identity; }

}  // namespace

Index::Index(std::list<Bond> bonds) : size_(bonds.size()) {
  while (!bonds.empty()) {
    const DeviceAddress address = bonds.front().adapter;
    const auto last = std::ranges::find_if(
        bonds, [&](const Bond& bond) { return bond.adapter != address; });
    Adapter& adapter = Make(address);
    adapter.bonds.splice(adapter.bonds.end(), bonds, bonds.begin(), last);
    adapter.Reserve(adapter.bonds.size());
    for (auto bond = adapter.bonds.begin(); bond != adapter.bonds.end();
         ++bond) {
      adapter.Enter(bond);
    }
  }
}

void Index::Adapter::Reserve(size_t count) {
  entries.reserve(count);
  order.reserve(count);
  resolver.Reserve(count);
}

void Index::Adapter::Enter(std::list<Bond>::iterator bond) {
  const DeviceAddress& identity = bond->data.identity;
  // Whoever it was resolved to before.
  if (identity.IsResolvablePrivate()) resolver.Forget();
  PutIrk(entries.try_emplace(identity, bond, std::nullopt).first->second);
  const bool last = order.empty() || IdentityOf(order.back()) < identity;
  const auto position =
      last ? order.end()
           : std::ranges::lower_bound(order, identity, {}, IdentityOf);
  order.insert(position, &*bond);
}

void Index::Adapter::PutIrk(Entry& entry) {
  const smp::BondData& data = entry.bond->data;
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
    entries.find(*moved)->second.slot = slot;
  }
}

void Index::Put(Bond&& bond) {
  Adapter& adapter = Make(bond.adapter);
  const auto known = adapter.entries.find(bond.data.identity);
  if (known != adapter.entries.end()) {
    *known->second.bond = std::move(bond);
    adapter.PutIrk(known->second);
    return;
  }
  adapter.bonds.push_back(std::move(bond));
  adapter.Enter(std::prev(adapter.bonds.end()));
  ++size_;
}

void Index::Remove(const BondKey& key) {
  Adapter* const adapter = Of(key.adapter);
  if (adapter == nullptr) return;
  const auto found = adapter->entries.find(key.identity);
  if (found == adapter->entries.end()) return;
  adapter->RemoveIrk(found->second);
  adapter->order.erase(
      std::ranges::lower_bound(adapter->order, key.identity, {}, IdentityOf));
  adapter->bonds.erase(found->second.bond);
  adapter->entries.erase(found);
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
  const auto entry = adapter->entries.find(key.identity);
  return entry == adapter->entries.end() ? nullptr : &*entry->second.bond;
}

Bond* Index::Find(const BondKey& key) {
  Adapter* const adapter = Of(key.adapter);
  if (adapter == nullptr) return nullptr;
  const auto entry = adapter->entries.find(key.identity);
  return entry == adapter->entries.end() ? nullptr : &*entry->second.bond;
}

const Bond* Index::FindByAddress(const DeviceAddress& adapter,
                                 const DeviceAddress& address) const {
  const Adapter* const owner = Of(adapter);
  if (owner == nullptr) return nullptr;
  const bool may_resolve = address.IsResolvablePrivate();
  const auto* known = may_resolve ? owner->resolver.Recall(address) : nullptr;
  auto entry =
      owner->entries.find(known != nullptr && *known ? **known : address);
  if (entry == owner->entries.end() && may_resolve) {
    const auto identity = owner->resolver.Resolve(address);
    if (identity) entry = owner->entries.find(*identity);
  }
  return entry == owner->entries.end() ? nullptr : &*entry->second.bond;
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
