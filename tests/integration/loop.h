// The one wait of the integration tests: until something is so, while
// everything that may bring it about is served.

#ifndef BONDD_TESTS_INTEGRATION_LOOP_H_
#define BONDD_TESTS_INTEGRATION_LOOP_H_

#include <chrono>
#include <functional>
#include <vector>

namespace bondd::integration {

// Something with a descriptor that has to be served while a test waits.
class Source {
 public:
  virtual ~Source() = default;
  virtual int fd() const = 0;
  // Bits of poll(2).
  virtual short events() const = 0;
  // Also called when nothing was ready; handles all there is.
  virtual void Serve() = 0;
};

// Polls its sources on the test's own thread, so that nothing in a test runs
// at the same time as anything else. Sources are borrowed; they add and remove
// themselves.
class Loop {
 public:
  // An emulated guest is slow; only a failing test waits this long.
  static constexpr std::chrono::seconds kPatience{60};

  void Add(Source& source) { sources_.push_back(&source); }
  void Remove(Source& source) { std::erase(sources_, &source); }

  // True as soon as `done()` is; false when `limit` passed first.
  bool RunUntil(const std::function<bool()>& done,
                std::chrono::milliseconds limit = kPatience);

 private:
  void Turn(std::chrono::milliseconds limit);

  std::vector<Source*> sources_;
};

}  // namespace bondd::integration

#endif  // BONDD_TESTS_INTEGRATION_LOOP_H_
