// The directory that belongs to one bondd alone.

#ifndef BONDD_BONDS_STATE_DIRECTORY_H_
#define BONDD_BONDS_STATE_DIRECTORY_H_

#include <cstdint>
#include <filesystem>

#include "common/error.h"
#include "common/unique_fd.h"

namespace bondd::bonds {

// Found or made before anything in it is touched, and locked until it goes, so
// that no second daemon works on the same files.
class StateDirectory {
 public:
  // Makes the directory, and those above it, with mode 0700. kBusy: another
  // bondd uses it. kPermissionDenied: it is not ours to write, or others can
  // write to it. One on a file system that is read-only now is taken.
  static Result<StateDirectory> Open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path File(const char* name) const { return path_ / name; }
  // Fails when files in it can't grow by that much now.
  Result<void> CheckSpace(uint64_t octets) const;
  // Makes names that came or went in it last.
  Result<void> Sync() const;

 private:
  StateDirectory(std::filesystem::path path, UniqueFd fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}

  std::filesystem::path path_;
  UniqueFd fd_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_STATE_DIRECTORY_H_
