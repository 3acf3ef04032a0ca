#include "bonds/resolver.h"

#include <utility>

#include "smp/crypto.h"

namespace bondd::bonds {

namespace {

// Addresses change every 15 minutes; this is for as many devices as can be in
// range, and bounds what a peer with a new address per packet can take up.
constexpr size_t kMaxAnswers = 2048;

}  // namespace

void Resolver::Reserve(size_t count) { entries_.reserve(count); }

Resolver::Slot Resolver::Add(const DeviceAddress& identity,
                             const smp::Irk& irk) {
  Forget();
  entries_.push_back({irk.Clone(), identity});
  return static_cast<Slot>(entries_.size() - 1);
}

void Resolver::Replace(Slot slot, const smp::Irk& irk) {
  if (entries_[slot].irk == irk) return;
  entries_[slot].irk = irk.Clone();
  Forget();
}

std::optional<DeviceAddress> Resolver::Remove(Slot slot) {
  Forget();
  const bool last = slot + 1 == entries_.size();
  if (!last) entries_[slot] = std::move(entries_.back());
  entries_.pop_back();
  if (last) return std::nullopt;
  return entries_[slot].identity;
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
