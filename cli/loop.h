// The one place where bondctl waits.

#ifndef BONDD_CLI_LOOP_H_
#define BONDD_CLI_LOOP_H_

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "common/time_types.h"
#include "common/unique_fd.h"

namespace bondd::cli {

// Something with a descriptor that has to be served while bondctl waits.
class Source {
 public:
  virtual ~Source() = default;
  // -1 when there is nothing to poll.
  virtual int fd() const = 0;
  // Bits of poll(2).
  virtual short events() const = 0;
  // When it wants to be served even if nothing is ready.
  virtual std::optional<Time> deadline() const = 0;
  // Also called when nothing was ready. Never waits, and never calls the loop.
  virtual void Serve() = 0;
};

enum class Wake { kDone, kInterrupted, kTimedOut };

Time Now();

// Serves the bus and the terminal until what a command waits for has come.
// SIGINT, SIGTERM and SIGHUP do not end the program but the wait, so that the
// command can take back what it has begun.
class Loop {
 public:
  Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Sources are borrowed; they add and remove themselves, from outside of
  // Serve().
  void Add(Source& source) { sources_.push_back(&source); }
  void Remove(Source& source) { std::erase(sources_, &source); }

  Wake RunUntil(const std::function<bool()>& done,
                std::optional<Time> deadline = std::nullopt);

 private:
  // Whether a signal has come.
  bool TakeSignals();

  UniqueFd signals_;
  std::vector<Source*> sources_;
};

}  // namespace bondd::cli

#endif  // BONDD_CLI_LOOP_H_
