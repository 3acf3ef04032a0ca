// The kernel's Bluetooth management channel, as far as it is needed to take
// an adapter and to give it back.

#ifndef BONDD_HCI_MANAGEMENT_H_
#define BONDD_HCI_MANAGEMENT_H_

#include <cstdint>
#include <optional>

#include "common/bytes.h"
#include "common/error.h"
#include "common/unique_fd.h"

namespace bondd::hci {

// hciN was registered with the kernel's stack, or has left it. An adapter also
// leaves it while a user channel has it.
struct IndexEvent {
  bool added;
  uint16_t index;
};

// One socket on the management channel. The daemon holds one to watch adapters
// come and go: poll fd() for reading, then Read() until it has nothing more.
// UserChannel makes one of its own for the two calls, which wait for the
// kernel's answer (each 3 s at most) and drop the events that come meanwhile.
class Management {
 public:
  // kNotSupported when the kernel has no Bluetooth.
  static Result<Management> Open();

  // A socket that is non-blocking and keeps message boundaries.
  explicit Management(UniqueFd socket) : socket_(std::move(socket)) {}

  int fd() const { return socket_.get(); }

  // The next index event; nothing when there is none now.
  Result<std::optional<IndexEvent>> Read();

  // kNotFound when the kernel's stack does not have the adapter (now).
  Result<bool> IsPowered(uint16_t index);
  Result<void> SetPowered(uint16_t index, bool powered);

 private:
  Result<Bytes> Call(uint16_t opcode, uint16_t index, ByteView parameters);
  Result<std::optional<Bytes>> Receive();

  UniqueFd socket_;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_MANAGEMENT_H_
