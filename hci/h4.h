// The UART transport's packet format, which every stream between a host and a
// controller speaks here: one indicator octet, then the packet.

#ifndef BONDD_HCI_H4_H_
#define BONDD_HCI_H4_H_

#include <optional>

#include "common/bytes.h"
#include "common/error.h"
#include "hci/transport.h"
#include "hci/wiped_bytes.h"

namespace bondd::hci {

// Which way the octets of a stream run: a packet that only goes the other way
// is an error.
enum class H4Direction { kHostToController, kControllerToHost };

// The largest packet that is taken, without its indicator. No known
// controller's ACL length comes near it.
inline constexpr size_t kMaxH4Payload = 4096;

// Cuts an octet stream, however it is fragmented, back into packets. It stands
// between a stream socket's reads and whoever handles packets: the host's
// H4Socket on one end, the simulated radio's server on the other.
//
// What it is done with is wiped: a packet may carry a peer's key.
//
// Feed() what was read, then call Next() until it has nothing more. What
// remains buffered after that is less than one packet.
class H4Framer {
 public:
  explicit H4Framer(H4Direction direction) : direction_(direction) {}

  void Feed(ByteView octets);

  // The next whole packet, nothing when more octets are needed, or kCorrupt
  // when the stream is no H4 (unknown or misdirected indicator, oversize): then
  // for good, since there is no way to find the next packet's start.
  Result<std::optional<Packet>> Next();

 private:
  H4Direction direction_;
  WipedBytes buffer_;
  size_t consumed_ = 0;
};

// The octets of one packet on the stream.
Bytes EncodeH4(PacketType type, ByteView payload);

}  // namespace bondd::hci

#endif  // BONDD_HCI_H4_H_
