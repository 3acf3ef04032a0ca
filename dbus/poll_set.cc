#include "dbus/poll_set.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

#include <utility>

namespace bondd::dbus {

namespace {

uint32_t ToEpoll(short events) {
  uint32_t bits = 0;
  if (events & POLLIN) bits |= EPOLLIN;
  if (events & POLLOUT) bits |= EPOLLOUT;
  return bits;
}

}  // namespace

Result<PollSet> PollSet::Open() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) {
    return std::unexpected(ErrnoError(errno, "cannot poll the D-Bus bus"));
  }
  return PollSet(std::move(epoll));
}

void PollSet::Set(size_t index, int fd, short events) {
  if (members_.size() <= index) members_.resize(index + 1);
  Member& member = members_[index];
  if (member.fd == fd && member.events == events) return;
  epoll_event event{};
  event.events = ToEpoll(events);
  if (member.fd == fd) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
  } else {
    // A descriptor that has been closed left the set by itself.
    if (member.fd >= 0) {
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, member.fd, nullptr);
    }
    if (fd >= 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }
  member = {fd, events};
}

}  // namespace bondd::dbus
