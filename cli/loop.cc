#include "cli/loop.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <algorithm>

namespace bondd::cli {

namespace {

int Milliseconds(std::optional<Time> deadline) {
  using std::chrono::milliseconds;
  if (!deadline) return -1;
  // Rounded up: waking early would only mean polling again.
  const auto left =
      std::chrono::ceil<milliseconds>(std::max(*deadline - Now(), Duration(0)));
  constexpr milliseconds kLongest(std::chrono::hours(1));
  return static_cast<int>(std::min(left, kLongest).count());
}

}  // namespace

Time Now() {
  return std::chrono::time_point_cast<Duration>(
      std::chrono::steady_clock::now());
}

Loop::Loop() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signals_ = UniqueFd(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  // Whoever reads the output may go before bondctl has cleaned up.
  signal(SIGPIPE, SIG_IGN);
}

Wake Loop::RunUntil(const std::function<bool()>& done,
                    std::optional<Time> deadline) {
  for (;;) {
    for (Source* source : sources_) source->Serve();
    if (done()) return Wake::kDone;
    if (TakeSignals()) return Wake::kInterrupted;
    if (deadline && Now() >= *deadline) return Wake::kTimedOut;
    std::optional<Time> wake = deadline;
    std::vector<pollfd> fds = {{signals_.get(), POLLIN, 0}};
    for (const Source* source : sources_) {
      fds.push_back({source->fd(), source->events(), 0});
      wake = Earlier(wake, source->deadline());
    }
    poll(fds.data(), fds.size(), Milliseconds(wake));
  }
}

bool Loop::TakeSignals() {
  bool taken = false;
  signalfd_siginfo info;
  while (read(signals_.get(), &info, sizeof info) == sizeof info) taken = true;
  return taken;
}

}  // namespace bondd::cli
