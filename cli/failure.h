// How bondctl fails: one exit status and one sentence for every error.

#ifndef BONDD_CLI_FAILURE_H_
#define BONDD_CLI_FAILURE_H_

#include <expected>
#include <string>
#include <utility>

#include "cli/value.h"

namespace bondd::cli {

// Exit statuses; those of SMP failures are kSmpFailure + reason.
enum ExitStatus : int {
  kOk = 0,
  kNegative = 1,
  kUsage = 2,
  kNoDaemon = 3,
  kNotAuthorized = 4,
  kNotConnected = 5,
  kTimedOut = 6,
  kCanceled = 7,
  kNotAchievable = 8,
  kStore = 9,
  kSmpFailure = 64,
};

// An error of the bus, or one of bondctl's own, whose names have no dot.
struct Failure {
  std::string name;
  std::string message;
  // The result of the pairing that failed, as PairingCompleted told it; null
  // when there is none.
  Json result = nullptr;
};

template <typename T>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> Fail(std::string name, std::string message) {
  return std::unexpected(Failure{std::move(name), std::move(message), nullptr});
}
// The command line is wrong.
inline std::unexpected<Failure> UsageError(std::string message) {
  return Fail("Usage", std::move(message));
}
// SIGINT came.
inline std::unexpected<Failure> Interrupted() {
  return Fail("Canceled", "interrupted");
}

int StatusOf(const Failure& failure);
// Which side failed, why, at which step, and what to try; without a period at
// the end and without a line feed.
std::string Explain(const Failure& failure);
// The same for programs.
Json Describe(const Failure& failure);

}  // namespace bondd::cli

#endif  // BONDD_CLI_FAILURE_H_
