#include "hci/link_table.h"

#include <cassert>

namespace bondd::hci {

Link& LinkTable::Add(uint16_t handle, Role role, bool reported) {
  const auto [entry, added] =
      links_.emplace(handle, Link{.id = LinkId{next_id_++},
                                  .handle = handle,
                                  .role = role,
                                  .reported = reported,
                                  .reassembler = {}});
  assert(added);
  return entry->second;
}

void LinkTable::Remove(const Link& link) { links_.erase(link.handle); }

Link* LinkTable::Find(uint16_t handle) {
  const auto entry = links_.find(handle);
  return entry == links_.end() ? nullptr : &entry->second;
}

Link* LinkTable::Find(LinkId id) {
  for (auto& [handle, link] : links_) {
    if (link.id == id) return &link;
  }
  return nullptr;
}

Link* LinkTable::FindReported(uint16_t handle) {
  Link* link = Find(handle);
  return link != nullptr && link->reported ? link : nullptr;
}

Link* LinkTable::FindReported(LinkId id) {
  Link* link = Find(id);
  return link != nullptr && link->reported ? link : nullptr;
}

std::vector<LinkId> LinkTable::ids() const {
  std::vector<LinkId> ids;
  for (const auto& [handle, link] : links_) ids.push_back(link.id);
  return ids;
}

}  // namespace bondd::hci
