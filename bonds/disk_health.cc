#include "bonds/disk_health.h"

#include <algorithm>

namespace bondd::bonds {

namespace {

// A bond takes a few pages in the log, and later in the file; twice, for the
// copy.
constexpr uint64_t kNeededOctets = 256 * 1024;

// Of either kind of bond: no more is remembered, whatever peers come.
constexpr size_t kMaxRemembered = 64;

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

bool IsCorrupt(const Error& error) { return error.code == ErrorCode::kCorrupt; }

}  // namespace

Result<void> DiskHealth::Check() const {
  if (failure_) return std::unexpected(*failure_);
  return directory_.CheckSpace(kNeededOctets);
}

Result<void> DiskHealth::Check(const BondKey& bond) const {
  if (const Error* error = WhyNot(bond)) return std::unexpected(*error);
  return Check();
}

bool DiskHealth::failing(const BondKey& bond) const {
  return failing() || WhyNot(bond) != nullptr;
}

const Error* DiskHealth::WhyNot(const BondKey& bond) const {
  const auto damaged = damaged_.find(bond);
  if (damaged != damaged_.end()) return &damaged->second;
  const auto corrupt = std::ranges::find_if(
      damaged_, [](const auto& entry) { return IsCorrupt(entry.second); });
  const bool written = std::ranges::find(written_, bond) != written_.end();
  return written || corrupt == damaged_.end() ? nullptr : &corrupt->second;
}

void DiskHealth::Note(const Result<void>& outcome,
                      const std::vector<BondKey>& bonds) {
  if (outcome) {
    failure_.reset();
    for (const BondKey& bond : bonds) NoteWritten(bond);
    return;
  }
  const Error& error = outcome.error();
  if (!IsOfTheDisk(error)) return;
  const bool corrupt = IsCorrupt(error);
  if (corrupt || error.code == ErrorCode::kIo) {
    for (const BondKey& bond : bonds) NoteDamaged(bond, error);
  }
  // What is corrupt may be some bonds' only.
  if (!corrupt || bonds.empty()) failure_ = error;
}

void DiskHealth::NoteWritten(const BondKey& bond) {
  damaged_.erase(bond);
  if (damaged_.empty()) return written_.clear();
  std::erase(written_, bond);
  written_.push_back(bond);
  if (written_.size() > kMaxRemembered) written_.pop_front();
}

void DiskHealth::NoteDamaged(const BondKey& bond, const Error& error) {
  std::erase(written_, bond);
  if (damaged_.size() < kMaxRemembered) damaged_.insert_or_assign(bond, error);
}

}  // namespace bondd::bonds
