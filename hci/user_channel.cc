#include "hci/user_channel.h"

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <errno.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <span>

#include "common/wipe.h"
#include "hci/h4.h"
#include "hci/management.h"

namespace bondd::hci {

namespace {

std::string NameOf(uint16_t index) { return fmt::format("hci{}", index); }

bool HasVanished(int error_number) {
  return error_number == EPIPE || error_number == ENODEV ||
         error_number == EBADFD || error_number == ENETDOWN;
}

Result<UniqueFd> Bind(uint16_t index) {
  const std::string name = NameOf(index);
  UniqueFd socket(::socket(
      AF_BLUETOOTH, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, BTPROTO_HCI));
  if (!socket) {
    return std::unexpected(UserChannelError(errno, name, "no HCI socket"));
  }
  sockaddr_hci address{};
  address.hci_family = AF_BLUETOOTH;
  address.hci_dev = index;
  address.hci_channel = HCI_CHANNEL_USER;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address),
             sizeof(address)) < 0) {
    return std::unexpected(
        UserChannelError(errno, name, "the user channel can't be opened"));
  }
  return socket;
}

// The kernel's stack has an adapter again only some time after its user
// channel was closed.
void PowerOnAgain(Management& management, uint16_t index) {
  constexpr int kWaitMilliseconds = 50;
  constexpr int kWaits = 40;
  for (int i = 0; i < kWaits; ++i) {
    if (management.IsPowered(index)) break;
    ::poll(nullptr, 0, kWaitMilliseconds);
  }
  // Nothing can be done about a failure: the adapter may be gone for good.
  (void)management.SetPowered(index, true);
}

}  // namespace

Error UserChannelError(int error_number, std::string_view adapter,
                       std::string_view what) {
  switch (error_number) {
    case EBUSY:
      return {ErrorCode::kBusy,
              fmt::format("{}: in use by another daemon or still being set "
                          "up; stop the other one (systemctl stop bluetooth)",
                          adapter)};
    case ENODEV:
      return {ErrorCode::kNotFound,
              fmt::format("{}: there is no such adapter; see "
                          "/sys/class/bluetooth for those there are",
                          adapter)};
    case EPERM:
    case EACCES:
      return {ErrorCode::kPermissionDenied,
              fmt::format("{}: taking an adapter needs CAP_NET_ADMIN; run "
                          "bondd by its systemd unit or as root",
                          adapter)};
    case EAFNOSUPPORT:
      return {ErrorCode::kNotSupported,
              fmt::format("{}: the kernel has no Bluetooth here: load its "
                          "module (modprobe bluetooth), and do not run in a "
                          "network namespace of its own (PrivateNetwork=no)",
                          adapter)};
    case ERFKILL:
      return {ErrorCode::kBlocked,
              fmt::format("{}: blocked by rfkill; unblock it with 'rfkill "
                          "unblock bluetooth'",
                          adapter)};
    default:
      return ErrnoError(error_number, fmt::format("{}: {}", adapter, what));
  }
}

Result<std::unique_ptr<UserChannel>> UserChannel::Open(uint16_t index) {
  Result<Management> management = Management::Open();
  if (!management) return std::unexpected(std::move(management.error()));
  // Errors of these calls are no verdict: the kernel's stack does not know an
  // adapter that is still being set up, or that another user channel has, and
  // one that could not be powered off can't be bound. The bind tells why.
  const bool was_powered = management->IsPowered(index).value_or(false);
  if (was_powered) (void)management->SetPowered(index, false);
  Result<UniqueFd> socket = Bind(index);
  if (!socket) {
    if (was_powered) (void)management->SetPowered(index, true);
    return std::unexpected(std::move(socket.error()));
  }
  return std::make_unique<UserChannel>(std::move(*socket), index, was_powered);
}

UserChannel::UserChannel(UniqueFd socket, uint16_t index,
                         bool power_on_at_close)
    : socket_(std::move(socket)),
      index_(index),
      name_(NameOf(index)),
      power_on_at_close_(power_on_at_close) {}

UserChannel::~UserChannel() {
  socket_.Close();
  if (!power_on_at_close_) return;
  Result<Management> management = Management::Open();
  if (management) PowerOnAgain(*management, index_);
}

Result<std::optional<Packet>> UserChannel::Read() {
  // One message is one packet with its indicator.
  std::array<uint8_t, 1 + kMaxH4Payload> buffer;
  ssize_t got = 0;
  do {
    got = ::read(socket_.get(), buffer.data(), buffer.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
  if (got == 0 || (got < 0 && HasVanished(errno))) {
    // Waiting for it at the close would be in vain.
    power_on_at_close_ = false;
    return Fail(ErrorCode::kClosed, name_ + ": the adapter has gone");
  }
  if (got < 0) return std::unexpected(ErrnoError(errno, name_));
  Packet packet{static_cast<PacketType>(buffer[0]),
                Bytes(buffer.begin() + 1, buffer.begin() + got)};
  // It may have brought a peer's key.
  Wipe(std::span(buffer).first(static_cast<size_t>(got)));
  return packet;
}

Result<void> UserChannel::Write(PacketType type, ByteView payload) {
  auto indicator = static_cast<uint8_t>(type);
  std::array<iovec, 2> parts = {
      {{&indicator, 1},
       {const_cast<uint8_t*>(payload.data()), payload.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return {};
  if (HasVanished(errno)) {
    return Fail(ErrorCode::kClosed, name_ + ": the adapter has gone");
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    // Credits keep far less than the socket's buffer on its way.
    return Fail(ErrorCode::kTimedOut,
                name_ + ": the adapter takes nothing any more");
  }
  return std::unexpected(ErrnoError(errno, name_));
}

}  // namespace bondd::hci
