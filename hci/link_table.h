// The links that there are now.

#ifndef BONDD_HCI_LINK_TABLE_H_
#define BONDD_HCI_LINK_TABLE_H_

#include <cstdint>
#include <map>
#include <vector>

#include "common/device_address.h"
#include "hci/events.h"
#include "hci/reassembler.h"

namespace bondd::hci {

struct Link {
  LinkId id;
  uint16_t handle;
  Role role;
  // False for a link that nobody wants: the owner never hears of it.
  bool reported;
  Reassembler reassembler;
  bool encrypted = false;
  // A Long Term Key Request is not answered yet.
  bool key_requested = false;
  bool disconnecting = false;
  // An LE Connection Update that the peer asked for is on its way.
  bool updating = false;
};

// Finds a link by either of its names: the controller's handle, which is used
// again, and our own LinkId, which is not. Controller owns it.
class LinkTable {
 public:
  // The handle must be free.
  Link& Add(uint16_t handle, Role role, bool reported);
  void Remove(const Link& link);

  // Null when there is none.
  Link* Find(uint16_t handle);
  Link* Find(LinkId id);
  // Links that the owner knows of only.
  Link* FindReported(uint16_t handle);
  Link* FindReported(LinkId id);

  std::vector<LinkId> ids() const;
  bool empty() const { return links_.empty(); }

 private:
  std::map<uint16_t, Link> links_;
  uint32_t next_id_ = 1;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_LINK_TABLE_H_
