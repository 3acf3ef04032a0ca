#include "bonds/set_aside.h"

#include <fmt/format.h>
#include <stdio.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace bondd::bonds {

namespace {

// More of them than anybody would look at.
constexpr int kMaxSetAside = 1000;

Result<void> RenameIfThere(const std::filesystem::path& from,
                           const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) == 0 || errno == ENOENT) return {};
  return std::unexpected(
      ErrnoError(errno, fmt::format("cannot set {} aside", from.native())));
}

}  // namespace

Result<std::string> SetAside(const StateDirectory& directory,
                             const std::string& name) {
  const std::filesystem::path file = directory.File(name.c_str());
  for (int number = 1; number <= kMaxSetAside; ++number) {
    const std::filesystem::path target =
        directory.File(fmt::format("{}.damaged-{}", name, number).c_str());
    std::error_code error;
    if (std::filesystem::exists(target, error) || error) continue;
    // The log goes first: one that is left behind alone would be taken for
    // that of the file to come.
    for (const char* part : {"-wal", ""}) {
      if (auto renamed =
              RenameIfThere(file.native() + part, target.native() + part);
          !renamed) {
        return std::unexpected(std::move(renamed.error()));
      }
    }
    if (auto synced = directory.Sync(); !synced) {
      return std::unexpected(std::move(synced.error()));
    }
    return target.native();
  }
  return Fail(ErrorCode::kLimit,
              fmt::format("{} was damaged {} times: remove the damaged files",
                          file.native(), kMaxSetAside));
}

}  // namespace bondd::bonds
