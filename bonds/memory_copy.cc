#include "bonds/memory_copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "bonds/ledger.h"
#include "common/bytes.h"
#include "common/unique_fd.h"

namespace bondd::bonds {

namespace {

// Rows are sealed, but those of version 1 are not: nothing that lasts will do.
bool IsInMemory(const std::filesystem::path& folder) {
  struct statfs status {};
  if (::statfs(folder.c_str(), &status) != 0) return false;
  return status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC;
}

Result<std::filesystem::path> MakeFolder() {
  const char* const runtime = ::getenv("RUNTIME_DIRECTORY");
  for (const std::filesystem::path base :
       {runtime == nullptr ? "" : runtime, "/dev/shm", "/run", "/tmp"}) {
    if (base.empty() || !IsInMemory(base)) continue;
    std::string name = base / "bondd-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) return name;
  }
  return Fail(ErrorCode::kNotFound,
              "there is no file system in memory to read the bonds in");
}

std::unexpected<Error> CannotCopy(const std::filesystem::path& path) {
  return std::unexpected(
      ErrnoError(errno, fmt::format("cannot copy {}", path.native())));
}

Result<void> CopyOctets(int from, int to, const std::filesystem::path& path) {
  std::array<uint8_t, 64 * 1024> buffer;
  while (true) {
    const ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count < 0) return CannotCopy(path);
    if (count == 0) return {};
    ByteView rest(buffer.data(), static_cast<size_t>(count));
    while (!rest.empty()) {
      const ssize_t written = ::write(to, rest.data(), rest.size());
      if (written < 0) return CannotCopy(path);
      rest = rest.subspan(static_cast<size_t>(written));
    }
  }
}

// One that is not there is no error.
Result<void> CopyFile(const std::filesystem::path& path,
                      const std::filesystem::path& target) {
  const UniqueFd from(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!from && errno == ENOENT) return {};
  struct stat status {};
  if (!from || ::fstat(from.get(), &status) != 0) return CannotCopy(path);
  if (!S_ISREG(status.st_mode)) {
    return Fail(ErrorCode::kIo, fmt::format("{}: no file", path.native()));
  }
  const UniqueFd to(
      ::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!to) return CannotCopy(path);
  return CopyOctets(from.get(), to.get(), path);
}

Result<void> CopyPair(const StateDirectory& from, const StateDirectory& to,
                      const char* name) {
  for (const char* part : {"", "-wal"}) {
    if (auto copied = CopyFile(from.File(name).native() + part,
                               to.File(name).native() + part);
        !copied) {
      return copied;
    }
  }
  return {};
}

void RemovePair(const StateDirectory& directory, const char* name) {
  for (const char* part : {"", "-wal"}) {
    ::unlink((directory.File(name).native() + part).c_str());
  }
}

}  // namespace

MemoryCopy::MemoryCopy(MemoryCopy&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      directory_(std::move(other.directory_)) {}

MemoryCopy::~MemoryCopy() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<MemoryCopy> MemoryCopy::Make(const StateDirectory& original,
                                    std::vector<Notice>& notices) {
  Result<std::filesystem::path> folder = MakeFolder();
  if (!folder) return std::unexpected(std::move(folder.error()));
  MemoryCopy copy(std::move(*folder));
  Result<StateDirectory> directory = StateDirectory::Open(copy.path_);
  if (!directory) return std::unexpected(std::move(directory.error()));
  copy.directory_.emplace(std::move(*directory));
  int unreadable = 0;
  for (const char* name : {kBondFileName, kCopyFileName}) {
    auto copied = CopyPair(original, *copy.directory_, name);
    if (copied) continue;
    if (++unreadable == 2) return std::unexpected(std::move(copied.error()));
    RemovePair(*copy.directory_, name);
    notices.push_back({NoticeKind::kRestored, LogLevel::kError,
                       std::move(copied.error().message)});
  }
  return copy;
}

}  // namespace bondd::bonds
