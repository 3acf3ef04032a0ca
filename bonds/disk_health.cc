#include "bonds/disk_health.h"

namespace bondd::bonds {

namespace {

// A bond takes a few pages in the log, and later in the file; twice, for the
// copy.
constexpr uint64_t kNeededOctets = 128 * 1024;

// Whether it says something about the disk, not about what was asked.
bool IsOfTheDisk(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotFound:
    case ErrorCode::kLimit:
    case ErrorCode::kExists:
    case ErrorCode::kTimedOut:
    case ErrorCode::kClosed:
      return false;
    default:
      return true;
  }
}

}  // namespace

Result<void> DiskHealth::Check() const {
  if (failure_) return std::unexpected(*failure_);
  return directory_.CheckSpace(kNeededOctets);
}

void DiskHealth::Note(const Result<void>& outcome) {
  if (outcome) {
    failure_.reset();
  } else if (IsOfTheDisk(outcome.error())) {
    failure_ = outcome.error();
  }
}

}  // namespace bondd::bonds
