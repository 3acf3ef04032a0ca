// The kernel's Bluetooth management interface, seen from a test.

#ifndef BONDD_TESTS_INTEGRATION_MGMT_CLIENT_H_
#define BONDD_TESTS_INTEGRATION_MGMT_CLIENT_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "common/bytes.h"
#include "common/unique_fd.h"
#include "tests/integration/loop.h"
#include "tests/integration/mgmt_spec.h"

namespace bondd::integration {

struct MgmtReply {
  mgmt::Status status = mgmt::Status::kNone;
  Bytes parameters;
};

struct MgmtEvent {
  mgmt::EventCode code;
  uint16_t index;
  Bytes parameters;
};

// Sends commands to a kernel's Bluetooth stack and hands its events to who
// listens. The kernel is this machine's, or a guest's at the far end of a
// stream that carries the same packets.
class MgmtClient : public Source {
 public:
  using Listener = std::function<void(const MgmtEvent&)>;

  // Throws std::system_error. `stream` tells a byte stream from the kernel's
  // own socket, which keeps packets apart.
  MgmtClient(Loop& loop, UniqueFd fd, bool stream);
  MgmtClient(const MgmtClient&) = delete;
  MgmtClient& operator=(const MgmtClient&) = delete;
  ~MgmtClient() override;

  // A socket on this machine's management channel.
  static UniqueFd OpenControlChannel();

  void Listen(Listener listener) { listener_ = std::move(listener); }

  // Sends and waits for the reply.
  MgmtReply Command(mgmt::Opcode opcode, uint16_t index, ByteView parameters);
  // Only sends; the reply is there when ReplyTo() says so.
  void Send(mgmt::Opcode opcode, uint16_t index, ByteView parameters);
  std::optional<MgmtReply> ReplyTo(mgmt::Opcode opcode) const;

  std::vector<uint16_t> Indexes();

  // Source
  int fd() const override { return fd_.get(); }
  short events() const override;
  void Serve() override;

 private:
  void TakePackets();
  void OnPacket(uint16_t code, uint16_t index, ByteView parameters);

  Loop& loop_;
  UniqueFd fd_;
  bool stream_;
  Listener listener_;
  Bytes received_;
  // The last reply to each command that was sent since.
  struct Pending {
    mgmt::Opcode opcode;
    std::optional<MgmtReply> reply;
  };
  std::vector<Pending> pending_;
};

}  // namespace bondd::integration

#endif  // BONDD_TESTS_INTEGRATION_MGMT_CLIENT_H_
