#include "tests/support/sim_world.h"

#include "tests/support/sim_host.h"

namespace bondd::test {

void SimWorld::RunFor(Duration duration) {
  const Time end = now_ + duration;
  RunUntil([] { return false; }, duration);
  Step(end);
}

bool SimWorld::RunUntil(const std::function<bool()>& condition,
                        Duration limit) {
  const Time end = now_ + limit;
  while (!condition()) {
    const std::optional<Time> next = air_.Deadline();
    if (!next || *next > end) return false;
    Step(*next);
  }
  return true;
}

void SimWorld::Step(Time now) {
  now_ = std::max(now_, now);
  air_.Advance(now_);
  for (SimHost* host : hosts_) host->ReadAll();
}

}  // namespace bondd::test
