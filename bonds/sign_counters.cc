#include "bonds/sign_counters.h"

#include <algorithm>
#include <limits>

namespace bondd::bonds {

namespace {

constexpr uint32_t kLast = std::numeric_limits<uint32_t>::max();

}  // namespace

std::optional<uint32_t> SignCounters::Next(const BondKey& key,
                                           uint32_t stored) {
  Local& local = locals_.try_emplace(key, Local{.next = stored}).first->second;
  if (local.next >= stored) return std::nullopt;
  return local.next++;
}

std::optional<uint32_t> SignCounters::Reserve(const BondKey& key,
                                              uint32_t stored) {
  Local& local = locals_.try_emplace(key, Local{.next = stored}).first->second;
  const bool enough = stored - local.next >= kBlock / 4;
  if (local.reserving || enough || stored == kLast) return std::nullopt;
  local.reserving = true;
  return stored + std::min(kBlock, kLast - stored);
}

void SignCounters::ReserveEnded(const BondKey& key) {
  const auto local = locals_.find(key);
  if (local != locals_.end()) local->second.reserving = false;
}

bool SignCounters::Accept(const BondKey& key, uint32_t received,
                          uint32_t stored) {
  uint32_t& least = least_received_.try_emplace(key, stored).first->second;
  // Beyond the last value there is none that could be asked for next.
  if (received < least || received == kLast) return false;
  least = received + 1;
  return true;
}

void SignCounters::Forget(const BondKey& key) {
  locals_.erase(key);
  least_received_.erase(key);
}

void SignCounters::ForgetAdapter(const DeviceAddress& adapter) {
  const auto belongs = [&](const auto& entry) {
    return entry.first.adapter == adapter;
  };
  std::erase_if(locals_, belongs);
  std::erase_if(least_received_, belongs);
}

}  // namespace bondd::bonds
