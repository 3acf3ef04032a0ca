#include "tests/integration/loop.h"

#include <poll.h>

#include <algorithm>

namespace bondd::integration {

using Clock = std::chrono::steady_clock;

bool Loop::RunUntil(const std::function<bool()>& done,
                    std::chrono::milliseconds limit) {
  // What a condition looks at besides the sources (a process, a file) is asked
  // for this often.
  constexpr std::chrono::milliseconds kTurn(50);
  const Clock::time_point end = Clock::now() + limit;
  while (!done()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) return false;
    Turn(std::min(left, kTurn));
  }
  return true;
}

void Loop::Turn(std::chrono::milliseconds limit) {
  std::vector<pollfd> descriptors;
  for (const Source* source : sources_) {
    descriptors.push_back({source->fd(), source->events(), 0});
  }
  poll(descriptors.data(), descriptors.size(), static_cast<int>(limit.count()));
  const std::vector<Source*> sources = sources_;
  for (Source* source : sources) {
    if (std::ranges::find(sources_, source) != sources_.end()) source->Serve();
  }
}

}  // namespace bondd::integration
