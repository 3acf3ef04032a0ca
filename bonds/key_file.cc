#include "bonds/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "bonds/private_file.h"
#include "common/secret.h"
#include "common/unique_fd.h"

namespace bondd::bonds {

namespace {

constexpr size_t kCopies = 3;
using KeyFileOctets = Secret<struct KeyFileOctetsTag, kCopies * SealKey::kSize>;

std::unexpected<Error> IoError(const char* what,
                               const std::filesystem::path& path) {
  return std::unexpected(
      ErrnoError(errno, fmt::format("cannot {} {}", what, path.native())));
}

// Each bit as most of the three copies have it.
SealKey MajorityOf(const KeyFileOctets& octets) {
  const auto all = octets.Reveal();
  SealKey key;
  const auto out = key.Fill();
  for (size_t i = 0; i < SealKey::kSize; ++i) {
    const uint8_t a = all[i];
    const uint8_t b = all[SealKey::kSize + i];
    const uint8_t c = all[2 * SealKey::kSize + i];
    out[i] = static_cast<uint8_t>((a & b) | (a & c) | (b & c));
  }
  return key;
}

Result<SealKey> ReadKey(int fd, const std::filesystem::path& path) {
  KeyFileOctets octets;
  size_t size = 0;
  while (size < KeyFileOctets::kSize) {
    const auto rest = octets.Fill().subspan(size);
    const ssize_t count = ::read(fd, rest.data(), rest.size());
    if (count < 0) return IoError("read", path);
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  char more = 0;
  SealKey key;
  if (size == KeyFileOctets::kSize && ::read(fd, &more, 1) == 0) {
    key = MajorityOf(octets);
  } else if (size == SealKey::kSize) {
    key = SealKey(octets.Reveal().first<SealKey::kSize>());
  }
  // Zeros are what erasing leaves behind.
  if (!key.IsZero()) return key;
  return Fail(ErrorCode::kCorrupt,
              fmt::format("{} does not hold a key of {} octets", path.native(),
                          SealKey::kSize));
}

Result<std::optional<SealKey>> ReadFrom(const std::filesystem::path& path,
                                        bool must_be_private) {
  const UniqueFd fd(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) {
    if (errno == ENOENT) return std::nullopt;
    return IoError("read", path);
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return IoError("read", path);
  if (must_be_private && (status.st_mode & 077) != 0) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("the key in {} is open to others (chmod 0600 it, "
                            "and think of changing it)",
                            path.native()));
  }
  return ReadKey(fd.get(), path);
}

Result<void> WriteAndSync(int fd, ByteView octets,
                          const std::filesystem::path& path) {
  while (!octets.empty()) {
    const ssize_t count = ::write(fd, octets.data(), octets.size());
    if (count < 0) return IoError("write", path);
    octets = octets.subspan(static_cast<size_t>(count));
  }
  if (::fsync(fd) != 0) return IoError("write", path);
  return {};
}

}  // namespace

Result<std::optional<SealKey>> ReadKeyFile(const std::filesystem::path& path) {
  return ReadFrom(path, true);
}

Result<std::optional<SealKey>> ReadCredential(
    const std::filesystem::path& path) {
  return ReadFrom(path, false);
}

Result<void> WriteKeyFile(const StateDirectory& directory, const char* name,
                          const SealKey& key) {
  const std::filesystem::path path = directory.File(name);
  const std::filesystem::path draft = directory.File(kDraftKeyFileName);
  KeyFileOctets octets;
  for (size_t copy = 0; copy < kCopies; ++copy) {
    std::ranges::copy(key.Reveal(),
                      octets.Fill().subspan(copy * SealKey::kSize).begin());
  }
  ::unlink(draft.c_str());
  const UniqueFd fd = MakePrivateFile(draft);
  if (!fd) return IoError("write", draft);
  if (auto written = WriteAndSync(fd.get(), octets.Reveal(), draft); !written) {
    ::unlink(draft.c_str());
    return written;
  }
  if (::rename(draft.c_str(), path.c_str()) != 0) {
    return IoError("write", path);
  }
  return directory.Sync();
}

Result<void> EraseKeyFile(const StateDirectory& directory, const char* name) {
  const std::filesystem::path path = directory.File(name);
  {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd && errno == ENOENT) return {};
    if (!fd) return IoError("erase", path);
    const KeyFileOctets zeros;
    if (auto erased = WriteAndSync(fd.get(), zeros.Reveal(), path); !erased) {
      return erased;
    }
  }
  if (::unlink(path.c_str()) != 0) return IoError("erase", path);
  return directory.Sync();
}

}  // namespace bondd::bonds
