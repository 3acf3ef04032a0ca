#include "hci/h4_socket.h"

#include <errno.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <span>

#include "common/wipe.h"

namespace bondd::hci {

namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::string_view kTcpPrefix = "tcp:";

bool NotNow(int error_number) {
  return error_number == EAGAIN || error_number == EWOULDBLOCK ||
         error_number == EINPROGRESS || error_number == ENOTCONN;
}

std::unexpected<Error> Malformed(std::string_view address,
                                 std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", address, why));
}

Result<UniqueFd> ConnectTo(int family, const sockaddr* to, socklen_t length,
                           std::string_view name) {
  UniqueFd socket(
      ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return std::unexpected(ErrnoError(errno, name));
  if (::connect(socket.get(), to, length) < 0 && errno != EINPROGRESS) {
    return std::unexpected(ErrnoError(errno, name));
  }
  return socket;
}

Result<UniqueFd> ConnectUnix(std::string_view address) {
  const std::string_view path = address.substr(kUnixPrefix.size());
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path.empty()) return Malformed(address, "the path is missing");
  if (path.size() >= sizeof(to.sun_path) ||
      path.find('\0') != std::string_view::npos) {
    return Malformed(address, "the path is too long");
  }
  std::copy(path.begin(), path.end(), to.sun_path);
  return ConnectTo(AF_UNIX, reinterpret_cast<const sockaddr*>(&to), sizeof(to),
                   address);
}

Result<UniqueFd> ConnectTcp(std::string_view address) {
  const std::string_view rest = address.substr(kTcpPrefix.size());
  const size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) {
    return Malformed(address, "it should read tcp:HOST:PORT");
  }
  std::string host(rest.substr(0, colon));
  const std::string port(rest.substr(colon + 1));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (host == "localhost") host = "127.0.0.1";
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (host.empty() || port.empty() ||
      ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) {
    return Malformed(address,
                     "the host must be a numeric address or localhost, the "
                     "port a number");
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> holder(found,
                                                              ::freeaddrinfo);
  return ConnectTo(found->ai_family, found->ai_addr, found->ai_addrlen,
                   address);
}

}  // namespace

Result<std::unique_ptr<H4Socket>> H4Socket::Connect(std::string_view address) {
  Result<UniqueFd> socket = [address]() -> Result<UniqueFd> {
    if (address.starts_with(kUnixPrefix)) return ConnectUnix(address);
    if (address.starts_with(kTcpPrefix)) return ConnectTcp(address);
    return Malformed(address, "neither unix:PATH nor tcp:HOST:PORT");
  }();
  if (!socket) return std::unexpected(std::move(socket.error()));
  return std::make_unique<H4Socket>(std::move(*socket), address);
}

H4Socket::H4Socket(UniqueFd socket, std::string_view name)
    : socket_(std::move(socket)), name_(name) {}

H4Socket::~H4Socket() { Wipe(backlog_); }

Result<std::optional<Packet>> H4Socket::Read() {
  while (true) {
    Result<std::optional<Packet>> packet = framer_.Next();
    if (!packet) {
      packet.error().message = name_ + ": " + packet.error().message;
      return packet;
    }
    if (*packet) return packet;
    std::array<uint8_t, 4096> chunk;
    const ssize_t got = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
    if (got > 0) {
      const auto octets = std::span(chunk).first(static_cast<size_t>(got));
      framer_.Feed(octets);
      Wipe(octets);
    } else if (got == 0) {
      return Fail(ErrorCode::kClosed,
                  name_ + ": the other end closed the connection");
    } else if (NotNow(errno)) {
      return std::nullopt;
    } else if (errno != EINTR) {
      return Fail(ErrorCode::kClosed, ErrnoError(errno, name_).message);
    }
  }
}

Result<void> H4Socket::Write(PacketType type, ByteView payload) {
  if (backlog_.size() - written_ + 1 + payload.size() > kMaxH4Backlog) {
    return Fail(ErrorCode::kTimedOut,
                name_ + ": the other end reads nothing any more");
  }
  backlog_.push_back(static_cast<uint8_t>(type));
  backlog_.insert(backlog_.end(), payload.begin(), payload.end());
  return Flush();
}

Result<void> H4Socket::Flush() {
  while (WantsWrite()) {
    const ByteView rest = ByteView(backlog_).subspan(written_);
    const ssize_t sent =
        ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      written_ += static_cast<size_t>(sent);
    } else if (NotNow(errno)) {
      break;
    } else if (errno != EINTR) {
      return Fail(ErrorCode::kClosed, ErrnoError(errno, name_).message);
    }
  }
  // What was written may have been a key.
  Wipe(std::span(backlog_).first(written_));
  if (!WantsWrite()) {
    backlog_.clear();
    written_ = 0;
  } else if (written_ > kMaxH4Backlog / 2) {
    backlog_.erase(backlog_.begin(),
                   backlog_.begin() + static_cast<ptrdiff_t>(written_));
    written_ = 0;
  }
  return {};
}

}  // namespace bondd::hci
