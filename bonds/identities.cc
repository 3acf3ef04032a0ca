#include "bonds/identities.h"

#include <algorithm>
#include <utility>

namespace bondd::bonds {

Identities::Identities(std::map<std::string, LocalIdentity> stored)
    : known_(std::move(stored)) {}

std::string Identities::NameOf(
    const std::string& spec,
    const std::optional<DeviceAddress>& public_address) {
  return public_address ? public_address->ToString() : spec;
}

const LocalIdentity* Identities::Find(const std::string& name) const {
  const auto found = known_.find(name);
  if (found == known_.end() || coming_.contains(name)) return nullptr;
  return &found->second;
}

const LocalIdentity* Identities::FindFormer(const std::string& spec) const {
  const LocalIdentity* kept = Find(spec);
  if (kept == nullptr) return nullptr;
  // What was taken over may come back with an old copy of the file.
  const auto others = std::ranges::count_if(
      known_, [&](const auto& entry) { return entry.second.irk == kept->irk; });
  return others == 1 ? kept : nullptr;
}

Result<PutIdentity> Identities::New(
    const std::string& spec, const std::optional<DeviceAddress>& public_address,
    const Index& bonds) const {
  std::string name = NameOf(spec, public_address);
  const LocalIdentity* const former =
      public_address ? FindFormer(spec) : nullptr;
  // One with bonds belongs to an adapter without a public address.
  if (former != nullptr && bonds.Count(former->static_address) == 0) {
    return PutIdentity{std::move(name), former->Clone(), spec};
  }
  Result<LocalIdentity> made = MakeLocalIdentity();
  if (!made) return std::unexpected(std::move(made.error()));
  return PutIdentity{std::move(name), std::move(*made)};
}

bool Identities::Join(const std::string& name, RequestId request) {
  const auto coming = coming_.find(name);
  if (coming == coming_.end()) return false;
  coming->second.joined.push_back(request);
  return true;
}

void Identities::NoteSubmitted(RequestId request, const PutIdentity& change) {
  Use(change.Clone());
  coming_.emplace(change.name, Coming{request, {}});
}

void Identities::Use(PutIdentity change) {
  known_.erase(change.instead_of);
  known_.emplace(std::move(change.name), std::move(change.identity));
}

std::vector<RequestId> Identities::End(RequestId request,
                                       const PutIdentity& change,
                                       Result<void>& outcome,
                                       bool disk_is_failing) {
  saving_.erase(request);
  const auto coming = coming_.find(change.name);
  if (coming == coming_.end() || coming->second.request != request) {
    if (outcome) {
      std::erase_if(unsaved_, [&](const PutIdentity& unsaved) {
        return unsaved.name == change.name;
      });
    }
    return {};
  }
  std::vector<RequestId> joined = std::move(coming->second.joined);
  coming_.erase(coming);
  if (outcome) return joined;
  // It may have failed for want of one that went before it.
  if (disk_is_failing || !unsaved_.empty()) {
    unsaved_.push_back(change.Clone());
    outcome = {};
    return joined;
  }
  known_.erase(change.name);
  if (!change.instead_of.empty()) {
    known_.emplace(change.instead_of, change.identity.Clone());
  }
  return joined;
}

void Identities::SetController(const PutController& change) {
  const auto known = known_.find(change.name);
  if (known != known_.end()) known->second.controller = change.controller;
}

}  // namespace bondd::bonds
