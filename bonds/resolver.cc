#include "bonds/resolver.h"

#include <utility>

#include "smp/crypto.h"

namespace bondd::bonds {

namespace {

// Addresses change every 15 minutes; this is for as many devices as can be in
// range, and bounds what a peer with a new address per packet can take up.
constexpr size_t kMaxAnswers = 2048;

}  // namespace

void Resolver::Reserve(size_t count) {
  entries_.reserve(count);
  slots_.reserve(count);
}

void Resolver::Put(const DeviceAddress& identity, const smp::Irk& irk) {
  const auto [slot, inserted] = slots_.try_emplace(identity, entries_.size());
  if (inserted) {
    entries_.push_back({irk.Clone(), identity});
  } else if (entries_[slot->second].irk == irk) {
    return;
  } else {
    entries_[slot->second].irk = irk.Clone();
  }
  Forget();
}

void Resolver::Remove(const DeviceAddress& identity) {
  const auto slot = slots_.find(identity);
  if (slot == slots_.end()) return;
  const size_t position = slot->second;
  slots_.erase(slot);
  if (position + 1 != entries_.size()) {
    entries_[position] = std::move(entries_.back());
    slots_[entries_[position].identity] = position;
  }
  entries_.pop_back();
  Forget();
}

std::optional<DeviceAddress> Resolver::Resolve(const DeviceAddress& address) {
  if (const auto* answer = Recall(address)) return *answer;
  std::optional<DeviceAddress> found;
  for (const Entry& entry : entries_) {
    if (smp::Resolves(entry.irk, address)) {
      found = entry.identity;
      break;
    }
  }
  Remember(address, found);
  return found;
}

const std::optional<DeviceAddress>* Resolver::Recall(
    const DeviceAddress& address) {
  if (const auto hit = recent_.find(address); hit != recent_.end()) {
    return &hit->second;
  }
  const auto hit = older_.find(address);
  if (hit == older_.end()) return nullptr;
  const std::optional<DeviceAddress> answer = hit->second;
  Remember(address, answer);
  return &recent_.find(address)->second;
}

void Resolver::Remember(const DeviceAddress& address,
                        const std::optional<DeviceAddress>& answer) {
  if (recent_.size() >= kMaxAnswers) {
    older_ = std::exchange(recent_, {});
  }
  recent_.insert_or_assign(address, answer);
}

void Resolver::Forget() {
  recent_.clear();
  older_.clear();
}

}  // namespace bondd::bonds
