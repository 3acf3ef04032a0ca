// The way of data to the controller.

#ifndef BONDD_HCI_ACL_POOL_H_
#define BONDD_HCI_ACL_POOL_H_

#include <cstddef>
#include <deque>
#include <optional>

#include "common/bytes.h"
#include "hci/wiped_bytes.h"

namespace bondd::hci {

// How many frames may wait on one link. A link that is this far behind has a
// peer that takes nothing.
inline constexpr size_t kMaxWaitingFrames = 64;

// Holds L2CAP frames, cuts them into the controller's packets and spends its
// buffers on them, link by link in turn. It stands between the fixed channels
// and the transport. All LE links share one pool of credits.
class AclPool {
 public:
  // `length` octets of data fit into a packet, `count` packets into the
  // controller; both at least 1.
  void SetBuffers(uint16_t length, uint16_t count);

  void AddLink(uint16_t handle);
  // Drops what waits, and takes back the credits of what was under way.
  // [Vol 4, Part E] 4.1.1: Disconnection Complete returns them.
  void RemoveLink(uint16_t handle);

  // Queues one whole frame with its L2CAP header. `counted` frames are told by
  // OnCompleted. False (and nothing queued) when too many wait already.
  [[nodiscard]] bool Enqueue(uint16_t handle, Bytes frame, bool counted);

  // The next packet to write, when there is one and a buffer for it.
  std::optional<WipedBytes> Next();

  // Number Of Completed Packets for one link. Returns how many counted frames
  // are through with it. Packets that were never sent are not believed.
  size_t OnCompleted(uint16_t handle, uint16_t count);

  size_t credits() const { return credits_; }

 private:
  struct Frame {
    WipedBytes octets;
    bool counted;
  };
  struct Link {
    uint16_t handle;
    std::deque<Frame> waiting;
    size_t offset = 0;  // into the first frame
    // Of each packet under way, whether it ends a counted frame.
    std::deque<bool> under_way;
  };

  std::deque<Link>::iterator Find(uint16_t handle);
  WipedBytes Cut(Link& link);

  std::deque<Link> links_;
  size_t turn_ = 0;  // index of the link to be served next
  size_t length_ = 1;
  size_t credits_ = 0;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_ACL_POOL_H_
