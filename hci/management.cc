#include "hci/management.h"

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <errno.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

namespace bondd::hci {

namespace {

// The kernel's documentation of this channel is doc/mgmt-api.txt of BlueZ.
constexpr uint16_t kReadControllerInformation = 0x0004;
constexpr uint16_t kSetPowered = 0x0005;
constexpr uint16_t kCommandComplete = 0x0001;
constexpr uint16_t kCommandStatus = 0x0002;
constexpr uint16_t kIndexAdded = 0x0004;
constexpr uint16_t kIndexRemoved = 0x0005;

constexpr uint8_t kSuccess = 0x00;
constexpr uint8_t kBusy = 0x0A;
constexpr uint8_t kInvalidIndex = 0x11;
constexpr uint8_t kRfKilled = 0x12;
constexpr uint8_t kPermissionDenied = 0x14;

constexpr std::string_view kName = "the kernel's Bluetooth management channel";

// One wait is this long; a call makes so many.
constexpr int kWaitMilliseconds = 100;
constexpr int kWaits = 30;

Error ErrorOf(uint8_t status, uint16_t index) {
  const auto error_number = [status] {
    switch (status) {
      case kBusy:
        return EBUSY;
      case kInvalidIndex:
        return ENODEV;
      case kRfKilled:
        return ERFKILL;
      case kPermissionDenied:
        return EPERM;
      default:
        return EIO;
    }
  }();
  return ErrnoError(
      error_number,
      fmt::format("hci{}: management status 0x{:02X}", index, status));
}

}  // namespace

Result<Management> Management::Open() {
  UniqueFd socket(::socket(
      AF_BLUETOOTH, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, BTPROTO_HCI));
  if (!socket && errno == EAFNOSUPPORT) {
    return Fail(ErrorCode::kNotSupported,
                "the kernel has no Bluetooth here: load its module "
                "(modprobe bluetooth), and do not run in a network namespace "
                "of its own (PrivateNetwork=no)");
  }
  if (!socket) return std::unexpected(ErrnoError(errno, kName));
  sockaddr_hci address{};
  address.hci_family = AF_BLUETOOTH;
  address.hci_dev = HCI_DEV_NONE;
  address.hci_channel = HCI_CHANNEL_CONTROL;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address),
             sizeof(address)) < 0) {
    return std::unexpected(ErrnoError(errno, kName));
  }
  return Management(std::move(socket));
}

Result<std::optional<Bytes>> Management::Receive() {
  std::array<uint8_t, 1024> buffer;
  ssize_t got = 0;
  do {
    got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
  if (got < 0) return std::unexpected(ErrnoError(errno, kName));
  if (got == 0) return std::unexpected(ErrnoError(EPIPE, kName));
  return Bytes(buffer.begin(), buffer.begin() + got);
}

Result<std::optional<IndexEvent>> Management::Read() {
  while (true) {
    const Result<std::optional<Bytes>> message = Receive();
    if (!message) return std::unexpected(message.error());
    if (!*message) return std::nullopt;
    Reader reader(**message);
    const uint16_t event = reader.U16();
    const uint16_t index = reader.U16();
    if (!reader.ok()) continue;
    if (event == kIndexAdded) return IndexEvent{true, index};
    if (event == kIndexRemoved) return IndexEvent{false, index};
  }
}

Result<Bytes> Management::Call(uint16_t opcode, uint16_t index,
                               ByteView parameters) {
  const Bytes command = Writer()
                            .U16(opcode)
                            .U16(index)
                            .U16(static_cast<uint16_t>(parameters.size()))
                            .Append(parameters)
                            .Finish();
  if (::send(socket_.get(), command.data(), command.size(), MSG_NOSIGNAL) < 0) {
    return std::unexpected(ErrnoError(errno, kName));
  }
  for (int waits = 0; waits < kWaits;) {
    const Result<std::optional<Bytes>> message = Receive();
    if (!message) return std::unexpected(message.error());
    if (!*message) {
      pollfd wait{socket_.get(), POLLIN, 0};
      if (::poll(&wait, 1, kWaitMilliseconds) <= 0) ++waits;
      continue;
    }
    Reader reader(**message);
    const uint16_t event = reader.U16();
    const uint16_t about = reader.U16();
    reader.U16();  // length
    const uint16_t answered = reader.U16();
    const uint8_t status = reader.U8();
    const bool is_answer = event == kCommandComplete || event == kCommandStatus;
    if (!reader.ok() || !is_answer || about != index || answered != opcode) {
      continue;
    }
    if (status != kSuccess) return std::unexpected(ErrorOf(status, index));
    const ByteView rest = reader.Rest();
    return Bytes(rest.begin(), rest.end());
  }
  return std::unexpected(ErrnoError(ETIMEDOUT, kName));
}

Result<bool> Management::IsPowered(uint16_t index) {
  const Result<Bytes> information = Call(kReadControllerInformation, index, {});
  if (!information) return std::unexpected(information.error());
  Reader reader(*information);
  reader.Take(6 + 1 + 2);  // address, version, manufacturer
  reader.U32();            // supported settings
  const uint32_t current_settings = reader.U32();
  if (!reader.ok()) return std::unexpected(ErrnoError(EPROTO, kName));
  constexpr uint32_t kPowered = 1;
  return (current_settings & kPowered) != 0;
}

Result<void> Management::SetPowered(uint16_t index, bool powered) {
  const Bytes parameters = {static_cast<uint8_t>(powered)};
  const Result<Bytes> done = Call(kSetPowered, index, parameters);
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace bondd::hci
