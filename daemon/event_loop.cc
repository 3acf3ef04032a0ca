#include "daemon/event_loop.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include <algorithm>

namespace bondd::daemon {

namespace {

// What is ready is found out by the turn that follows.
int OnReady(sd_event_source*, int, uint32_t, void*) { return 0; }

int OnSignal(sd_event_source*, const signalfd_siginfo*, void* stop) {
  *static_cast<bool*>(stop) = true;
  return 0;
}

uint32_t EpollEvents(short events) {
  uint32_t out = 0;
  if (events & POLLIN) out |= EPOLLIN;
  if (events & POLLOUT) out |= EPOLLOUT;
  return out;
}

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::Create() {
  std::unique_ptr<EventLoop> loop(new EventLoop);
  sd_event* event = nullptr;
  int error = sd_event_new(&event);
  if (error < 0) return std::unexpected(ErrnoError(-error, "event loop"));
  loop->event_.reset(event);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM}) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  for (const int signal : {SIGINT, SIGTERM}) {
    error = sd_event_add_signal(event, nullptr, signal, OnSignal, &loop->stop_);
    if (error < 0) return std::unexpected(ErrnoError(-error, "signals"));
  }
  // Does nothing unless the service manager asks for it.
  sd_event_set_watchdog(event, 1);
  return loop;
}

Time EventLoop::Now() {
  return std::chrono::time_point_cast<Duration>(
      std::chrono::steady_clock::now());
}

Result<EventLoop::FileId> EventLoop::FileOf(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) {
    return std::unexpected(ErrnoError(errno, "polling"));
  }
  return FileId{status.st_dev, status.st_ino};
}

Result<void> EventLoop::Update(const std::vector<pollfd>& interests) {
  for (auto& [fd, source] : sources_) source.wanted = false;
  for (const pollfd& interest : interests) {
    auto updated = UpdateSource(sources_[interest.fd], interest);
    if (!updated) return updated;
  }
  std::erase_if(sources_,
                [](const auto& entry) { return !entry.second.wanted; });
  return {};
}

Result<void> EventLoop::UpdateSource(Source& source, const pollfd& interest) {
  source.wanted = true;
  const Result<FileId> file = FileOf(interest.fd);
  if (!file) return std::unexpected(file.error());
  // The kernel polls a file no more once it is closed, whatever has its number
  // now. The old source has to go first, or it would take the new one along.
  if (source.file != *file) source.handle.reset();
  const uint32_t events = EpollEvents(interest.events);
  if (source.handle && source.events != interest.events &&
      sd_event_source_set_io_events(source.handle.get(), events) < 0) {
    source.handle.reset();
  }
  if (!source.handle) {
    sd_event_source* handle = nullptr;
    const int error = sd_event_add_io(event_.get(), &handle, interest.fd,
                                      events, OnReady, nullptr);
    if (error < 0) return std::unexpected(ErrnoError(-error, "polling"));
    source.handle.reset(handle);
  }
  source.file = *file;
  source.events = interest.events;
  return {};
}

Result<void> EventLoop::Wait(const std::vector<pollfd>& interests,
                             std::optional<Time> deadline) {
  if (auto updated = Update(interests); !updated) return updated;
  uint64_t timeout = UINT64_MAX;
  if (deadline) {
    timeout = static_cast<uint64_t>(
        std::max<int64_t>(0, (*deadline - Now()).count()));
  }
  const int error = sd_event_run(event_.get(), timeout);
  if (error < 0) return std::unexpected(ErrnoError(-error, "event loop"));
  return {};
}

}  // namespace bondd::daemon
