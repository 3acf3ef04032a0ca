// A controller of this machine, taken from the kernel's stack.

#ifndef BONDD_HCI_USER_CHANNEL_H_
#define BONDD_HCI_USER_CHANNEL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/unique_fd.h"
#include "hci/transport.h"

namespace bondd::hci {

// One clear message with the remedy for what can go wrong when an adapter is
// taken. `adapter` is its name, "hci0"; `what` says what was tried, for errno
// values without a message of their own.
//
// EBUSY gives kBusy, ENODEV kNotFound, EPERM kPermissionDenied, EAFNOSUPPORT
// kNotSupported, ERFKILL kBlocked.
Error UserChannelError(int error_number, std::string_view adapter,
                       std::string_view what);

// The kernel's HCI user channel: exclusive, raw access to hciN. It is the
// transport of adapters that are named so. Needs CAP_NET_ADMIN.
class UserChannel : public Transport {
 public:
  // Powers hciN off if it is on (no other state can be taken) and takes it.
  // May wait some seconds for the kernel. kBusy is worth a retry: the kernel
  // or another daemon may still be setting the adapter up. Where it fails, the
  // adapter is left as it was.
  static Result<std::unique_ptr<UserChannel>> Open(uint16_t index);

  // A bound socket; `power_on_at_close`: the adapter was powered when it was
  // taken.
  UserChannel(UniqueFd socket, uint16_t index, bool power_on_at_close);

  // Gives the adapter back as it was found. Where that means powered, it waits
  // some seconds at most for the kernel to have it again.
  ~UserChannel() override;

  int fd() const override { return socket_.get(); }
  Result<std::optional<Packet>> Read() override;
  Result<void> Write(PacketType type, ByteView payload) override;

 private:
  UniqueFd socket_;
  uint16_t index_;
  std::string name_;
  bool power_on_at_close_;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_USER_CHANNEL_H_
