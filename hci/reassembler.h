// From ACL fragments back to L2CAP frames.

#ifndef BONDD_HCI_REASSEMBLER_H_
#define BONDD_HCI_REASSEMBLER_H_

#include <optional>

#include "common/bytes.h"
#include "hci/l2cap.h"
#include "hci/wiped_bytes.h"

namespace bondd::hci {

// [Vol 4, Part E] 5.4.2: Packet_Boundary_Flag.
enum class PacketBoundary : uint8_t {
  kFirstFromHost = 0b00,
  kContinuing = 0b01,
  kFirstFromController = 0b10,
};

// Far above what any channel here takes (SMP: 65 octets), far below what a
// peer could want us to hold.
inline constexpr size_t kMaxL2capPayload = 1024;

// Collects the fragments of one link until they are a frame. It stands between
// the ACL packets of the controller and the fixed channels; whatever is
// malformed is dropped whole, and the next first fragment begins anew.
class Reassembler {
 public:
  // One ACL packet's flag and data. Yields the frame that it completes.
  std::optional<L2capFrame> Add(PacketBoundary boundary, ByteView data);

 private:
  WipedBytes partial_;  // a key of SMP may come in pieces
  bool collecting_ = false;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_REASSEMBLER_H_
