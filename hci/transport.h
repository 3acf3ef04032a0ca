// Where HCI packets go and come from: a controller behind a user channel, an
// H4 stream socket or the simulated radio.

#ifndef BONDD_HCI_TRANSPORT_H_
#define BONDD_HCI_TRANSPORT_H_

#include <optional>

#include "common/bytes.h"
#include "common/error.h"

namespace bondd::hci {

// [Vol 4, Part A] 2: the packet indicators of the UART transport, which the
// user channel uses too.
enum class PacketType : uint8_t {
  kCommand = 0x01,
  kAclData = 0x02,
  kSynchronousData = 0x03,
  kEvent = 0x04,
  kIsoData = 0x05,
};

struct Packet {
  PacketType type;
  Bytes payload;  // without the packet indicator
};

// A transport is pulled, never calls back, and knows no event loop: the loop
// polls fd() for reading (and for writing while WantsWrite()), then calls
// Read() until it has nothing more.
class Transport {
 public:
  virtual ~Transport() = default;

  // The descriptor to poll, owned by the transport; -1 when there is none (the
  // simulated radio, which is driven by time).
  virtual int fd() const = 0;

  // The next whole packet; nothing when there is none now. An error is final:
  // kClosed when the controller vanished, kCorrupt when the byte stream is no
  // H4 (no resynchronisation is tried).
  virtual Result<std::optional<Packet>> Read() = 0;

  // Queues one packet for the controller. Never blocks. An error is final.
  virtual Result<void> Write(PacketType type, ByteView payload) = 0;

  // True while queued packets wait for the descriptor to become writable;
  // then Flush() when it is.
  virtual bool WantsWrite() const { return false; }
  virtual Result<void> Flush() { return {}; }
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_TRANSPORT_H_
