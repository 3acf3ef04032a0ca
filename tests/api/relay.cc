#include "tests/api/relay.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace bondd::api::test {

namespace {

int Check(int result, const char* what) {
  if (result < 0) {
    throw std::system_error(errno, std::generic_category(), what);
  }
  return result;
}

sockaddr_un AddressOf(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

UniqueFd NewSocket() {
  return UniqueFd(
      Check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
}

void Watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  Check(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll");
}

}  // namespace

Relay::Relay(integration::Loop& loop, std::filesystem::path listen,
             std::filesystem::path controller, Hook hook)
    : loop_(loop),
      controller_path_(std::move(controller)),
      hook_(std::move(hook)),
      epoll_(Check(::epoll_create1(EPOLL_CLOEXEC), "epoll")),
      listener_(NewSocket()) {
  const sockaddr_un address = AddressOf(listen);
  Check(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address),
               sizeof(address)),
        "bind");
  Check(::listen(listener_.get(), 1), "listen");
  Watch(epoll_.get(), listener_.get());
  loop_.Add(*this);
}

Relay::~Relay() { loop_.Remove(*this); }

void Relay::Unplug() {
  listener_.Close();
  host_.Close();
  controller_.Close();
}

short Relay::events() const { return POLLIN; }

void Relay::Serve() {
  std::array<epoll_event, 1> ready{};
  if (::epoll_wait(epoll_.get(), ready.data(), 1, 0) <= 0) return;
  if (!host_) return Take();
  using enum hci::H4Direction;
  const bool both =
      Carry(host_.get(), controller_.get(), from_host_, kHostToController) &&
      Carry(controller_.get(), host_.get(), from_controller_,
            kControllerToHost);
  if (!both) Unplug();
}

void Relay::Take() {
  host_ = UniqueFd(Check(
      ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
  controller_ = NewSocket();
  const sockaddr_un address = AddressOf(controller_path_);
  Check(::connect(controller_.get(),
                  reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
        "connect");
  Watch(epoll_.get(), host_.get());
  Watch(epoll_.get(), controller_.get());
}

bool Relay::Carry(int from, int to, hci::H4Framer& framer,
                  hci::H4Direction direction) {
  std::array<uint8_t, 4096> octets;
  while (true) {
    const ssize_t count =
        ::recv(from, octets.data(), octets.size(), MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    framer.Feed(ByteView(octets.data(), static_cast<size_t>(count)));
    while (true) {
      auto packet = framer.Next();
      if (!packet) return false;
      if (!*packet) break;
      if (!hook_(direction, **packet)) continue;
      const Bytes encoded = hci::EncodeH4((*packet)->type, (*packet)->payload);
      if (::send(to, encoded.data(), encoded.size(), MSG_NOSIGNAL) < 0) {
        return false;
      }
    }
  }
}

}  // namespace bondd::api::test
