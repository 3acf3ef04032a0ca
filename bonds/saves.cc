#include "bonds/saves.h"

#include <algorithm>
#include <cassert>
#include <set>
#include <utility>

namespace bondd::bonds {

void Saves::Add(RequestId save, const BondKey& key, bool fresh) {
  saves_.emplace(save, Save{key, fresh, std::nullopt});
}

void Saves::SetVoid(RequestId save, RequestId undo) {
  const auto under_way = saves_.find(save);
  assert(under_way != saves_.end() && !under_way->second.undo);
  under_way->second.undo = undo;
}

std::optional<Saves::Save> Saves::End(RequestId save) {
  auto ended = saves_.extract(save);
  if (!ended) return std::nullopt;
  return std::move(ended.mapped());
}

bool Saves::Has(const BondKey& key) const {
  return std::ranges::any_of(
      saves_, [&](const auto& entry) { return entry.second.key == key; });
}

void Saves::Hold(Job save) { held_.push_back(std::move(save)); }

std::optional<Job> Saves::TakeHeld(const BondKey& key) {
  const auto next = std::ranges::find_if(
      held_, [&](const Job& job) { return saves_.at(job.id).key == key; });
  if (next == held_.end()) return std::nullopt;
  Job job = std::move(*next);
  held_.erase(next);
  return job;
}

bool Saves::HasFresh(const BondKey& key) const {
  return std::ranges::any_of(saves_, [&](const auto& entry) {
    return entry.second.fresh && entry.second.key == key;
  });
}

size_t Saves::CountFresh() const {
  std::set<BondKey> fresh;
  for (const auto& [id, save] : saves_) {
    if (save.fresh) fresh.insert(save.key);
  }
  return fresh.size();
}

}  // namespace bondd::bonds
