#include "sim/h4_server.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace bondd::sim {

namespace {

constexpr size_t kReadSize = 4096;
// Packets for the host are fetched while less than this waits for the socket.
constexpr size_t kMaxOutgoing = 65536;
constexpr Duration kPause = std::chrono::seconds(1);

bool WouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

bool IsShortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM ||
         error == ENOBUFS;
}

Result<sockaddr_un> AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: a socket's path has 1 to {} characters", path,
                            sizeof(address.sun_path) - 1));
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

const sockaddr* Generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

UniqueFd NewSocket() {
  return UniqueFd(
      ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// Makes room for the socket, where that takes nothing from anybody.
Result<void> RemoveStale(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return std::unexpected(ErrnoError(errno, path));
  }
  if (!S_ISSOCK(status.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument,
                path + ": something that is no socket is there");
  }
  const UniqueFd probe = NewSocket();
  if (!probe) return std::unexpected(ErrnoError(errno, path));
  if (::connect(probe.get(), Generic(address), sizeof(address)) == 0 ||
      errno != ECONNREFUSED) {
    return Fail(ErrorCode::kBusy, path + ": somebody listens there already");
  }
  if (::unlink(path.c_str()) != 0) {
    return std::unexpected(ErrnoError(errno, path));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<H4Server>> H4Server::Listen(Air& air, std::string path,
                                                   ControllerOptions options) {
  const Result<sockaddr_un> address = AddressOf(path);
  if (!address) return std::unexpected(address.error());
  const Result<void> removed = RemoveStale(path, *address);
  if (!removed) return std::unexpected(removed.error());
  UniqueFd listener = NewSocket();
  // Linux gives the name in the file system the mode that the descriptor has
  // when it is bound: there is no moment at which others could connect.
  constexpr mode_t kOwnerOnly = 0600;
  if (!listener || ::fchmod(listener.get(), kOwnerOnly) != 0 ||
      ::bind(listener.get(), Generic(*address), sizeof(*address)) != 0 ||
      ::listen(listener.get(), 1) != 0) {
    return std::unexpected(ErrnoError(errno, path));
  }
  return std::unique_ptr<H4Server>(new H4Server(
      air, std::move(path), std::move(options), std::move(listener)));
}

H4Server::H4Server(Air& air, std::string path, ControllerOptions options,
                   UniqueFd listener)
    : air_(air),
      path_(std::move(path)),
      options_(std::move(options)),
      listener_(std::move(listener)) {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0) {
    device_ = status.st_dev;
    inode_ = status.st_ino;
  }
}

H4Server::~H4Server() {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
      status.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
}

std::vector<H4Server::Interest> H4Server::Interests() const {
  if (paused_until_) return {};
  if (!host_) return {{listener_.get(), true, false}};
  return {{host_->fd.get(), host_->controller->CanTake(),
           host_->sent < host_->outgoing.size()}};
}

Result<std::vector<H4Notice>> H4Server::Service(Time now) {
  std::vector<H4Notice> notices;
  if (!host_) {
    const Result<void> accepted = Accept(now);
    if (!accepted) return std::unexpected(accepted.error());
    if (!host_) return notices;
    notices.push_back({.attached = true});
  }
  Result<void> carried = Receive();
  if (carried) carried = Send();
  if (!carried) {
    host_.reset();
    notices.push_back({.attached = false, .reason = carried.error()});
  }
  return notices;
}

Result<void> H4Server::Accept(Time now) {
  if (paused_until_ && now < *paused_until_) return {};
  paused_until_.reset();
  UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr,
                        SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) {
    const int error = errno;
    if (WouldBlock(error) || error == ECONNABORTED || error == EINTR) return {};
    if (IsShortage(error)) {
      paused_until_ = now + kPause;
      return {};
    }
    return std::unexpected(ErrnoError(error, path_));
  }
  host_.emplace(Host{.fd = std::move(fd),
                     .controller = air_.AddController(options_, now)});
  return {};
}

Result<void> H4Server::Receive() {
  // What is left of the last read goes first; while the controller takes no
  // more, no more is read, and the host's writes come to wait.
  while (true) {
    const Result<void> delivered = Deliver();
    if (!delivered || !host_->controller->CanTake()) return delivered;
    std::array<uint8_t, kReadSize> octets;
    const ssize_t count =
        ::recv(host_->fd.get(), octets.data(), octets.size(), 0);
    if (count == 0) return Fail(ErrorCode::kClosed, "the host has left");
    if (count < 0) {
      if (WouldBlock(errno) || errno == EINTR) return {};
      return std::unexpected(ErrnoError(errno, "reading from the host"));
    }
    host_->framer.Feed(ByteView(octets).first(static_cast<size_t>(count)));
  }
}

Result<void> H4Server::Deliver() {
  while (host_->controller->CanTake()) {
    const Result<std::optional<hci::Packet>> packet = host_->framer.Next();
    if (!packet) return std::unexpected(packet.error());
    if (!*packet) return {};
    const Result<void> written =
        host_->controller->Write((*packet)->type, (*packet)->payload);
    if (!written) return written;
  }
  return {};
}

Result<void> H4Server::Send() {
  Bytes& outgoing = host_->outgoing;
  while (true) {
    while (outgoing.size() < kMaxOutgoing) {
      const Result<std::optional<hci::Packet>> packet =
          host_->controller->Read();
      if (!packet) return std::unexpected(packet.error());
      if (!*packet) break;
      const Bytes octets = hci::EncodeH4((*packet)->type, (*packet)->payload);
      outgoing.insert(outgoing.end(), octets.begin(), octets.end());
    }
    if (outgoing.empty()) return {};
    const ByteView rest = ByteView(outgoing).subspan(host_->sent);
    const ssize_t count =
        ::send(host_->fd.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0) {
      if (WouldBlock(errno) || errno == EINTR) return {};
      return std::unexpected(ErrnoError(errno, "writing to the host"));
    }
    host_->sent += static_cast<size_t>(count);
    if (host_->sent < outgoing.size()) return {};
    outgoing.clear();
    host_->sent = 0;
  }
}

}  // namespace bondd::sim
