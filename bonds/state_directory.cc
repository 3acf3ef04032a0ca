#include "bonds/state_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace bondd::bonds {

namespace {

Result<void> MakeDirectories(const std::filesystem::path& path) {
  std::filesystem::path prefix;
  for (const std::filesystem::path& part : path) {
    prefix /= part;
    struct stat status {};
    if (::mkdir(prefix.c_str(), 0700) == 0 || errno == EEXIST) continue;
    const int error = errno;
    // A read-only or foreign parent that is there already is no obstacle.
    if (::stat(prefix.c_str(), &status) == 0) continue;
    return std::unexpected(ErrnoError(
        error,
        fmt::format("cannot make the state directory {}", prefix.native())));
  }
  return {};
}

}  // namespace

Result<StateDirectory> StateDirectory::Open(const std::filesystem::path& path) {
  const std::string& name = path.native();
  if (auto made = MakeDirectories(path); !made) {
    return std::unexpected(std::move(made.error()));
  }
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    return std::unexpected(ErrnoError(
        errno, fmt::format("cannot open the state directory {}", name)));
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) {
    return std::unexpected(ErrnoError(errno, name));
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("the state directory {} can be written by others "
                            "(chmod 0700 it)",
                            name));
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return Fail(
          ErrorCode::kBusy,
          fmt::format("another bondd uses the state directory {}", name));
    }
    return std::unexpected(ErrnoError(
        errno, fmt::format("cannot lock the state directory {}", name)));
  }
  // What is on a file system that can't be written can still be read.
  if (::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) != 0 &&
      errno != EROFS) {
    return std::unexpected(ErrnoError(
        errno, fmt::format("cannot write to the state directory {}", name)));
  }
  return StateDirectory(path, std::move(fd));
}

Result<void> StateDirectory::CheckSpace(uint64_t octets) const {
  struct statvfs status {};
  if (::fstatvfs(fd_.get(), &status) != 0) {
    return std::unexpected(ErrnoError(errno, path_.native()));
  }
  if ((status.f_flag & ST_RDONLY) != 0) {
    return std::unexpected(
        ErrnoError(EROFS, fmt::format("cannot write to {}", path_.native())));
  }
  if (status.f_bavail * status.f_frsize < octets) {
    return std::unexpected(
        ErrnoError(ENOSPC, fmt::format("cannot write to {}", path_.native())));
  }
  return {};
}

Result<void> StateDirectory::Sync() const {
  if (::fsync(fd_.get()) == 0) return {};
  return std::unexpected(ErrnoError(errno, path_.native()));
}

}  // namespace bondd::bonds
