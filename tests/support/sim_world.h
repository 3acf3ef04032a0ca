// Virtual time and the hosts in it, for tests with the simulated radio.

#ifndef BONDD_TESTS_SUPPORT_SIM_WORLD_H_
#define BONDD_TESTS_SUPPORT_SIM_WORLD_H_

#include <functional>
#include <vector>

#include "common/time_types.h"
#include "sim/air.h"

namespace bondd::test {

class SimHost;

// One air and the time on it, which passes only when a test says so. After
// each step every SimHost reads what its controller has for it.
class SimWorld {
 public:
  sim::Air& air() { return air_; }
  Time now() const { return now_; }

  // Everything that happens without time passing.
  void Settle() { RunFor(Duration(0)); }
  void RunFor(Duration duration);
  // False when the condition did not come true within `limit`.
  bool RunUntil(const std::function<bool()>& condition,
                Duration limit = std::chrono::seconds(10));

 private:
  friend class SimHost;
  void Step(Time now);

  sim::Air air_;
  Time now_{};
  std::vector<SimHost*> hosts_;
};

}  // namespace bondd::test

#endif  // BONDD_TESTS_SUPPORT_SIM_WORLD_H_
