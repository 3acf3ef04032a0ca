// A controller at the other end of a stream socket.

#ifndef BONDD_HCI_H4_SOCKET_H_
#define BONDD_HCI_H4_SOCKET_H_

#include <memory>
#include <string_view>

#include "common/unique_fd.h"
#include "hci/h4.h"
#include "hci/transport.h"

namespace bondd::hci {

// More than this waiting to be written means that the other side reads
// nothing.
inline constexpr size_t kMaxH4Backlog = size_t{1} << 20;

// Speaks H4 over a unix or TCP stream. It is the transport of adapters that
// are named unix:PATH or tcp:HOST:PORT: emulated controllers and serial port
// servers.
class H4Socket : public Transport {
 public:
  // Connects to "unix:PATH" or "tcp:HOST:PORT". HOST is a numeric address (an
  // IPv6 one in brackets) or "localhost": names are not looked up, since that
  // could block for long. Does not wait for a TCP connection to come up:
  // packets are queued meanwhile, and a failure is told by the next Read().
  // kInvalidArgument when `address` is malformed.
  static Result<std::unique_ptr<H4Socket>> Connect(std::string_view address);

  // A stream socket that is non-blocking and connected, or about to be.
  // `name` is for messages.
  H4Socket(UniqueFd socket, std::string_view name);
  ~H4Socket() override;

  int fd() const override { return socket_.get(); }
  Result<std::optional<Packet>> Read() override;
  Result<void> Write(PacketType type, ByteView payload) override;
  bool WantsWrite() const override { return written_ < backlog_.size(); }
  Result<void> Flush() override;

 private:
  UniqueFd socket_;
  std::string name_;
  H4Framer framer_{H4Direction::kControllerToHost};
  // What is not written yet begins at `written_`.
  Bytes backlog_;
  size_t written_ = 0;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_H4_SOCKET_H_
