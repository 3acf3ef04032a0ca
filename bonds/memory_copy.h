// Bond files that can be read but not written, copied to where they can be
// worked on.

#ifndef BONDD_BONDS_MEMORY_COPY_H_
#define BONDD_BONDS_MEMORY_COPY_H_

#include <filesystem>
#include <optional>
#include <vector>

#include "bonds/notice.h"
#include "bonds/state_directory.h"
#include "common/error.h"

namespace bondd::bonds {

// A folder of a file system in memory with what the state directory has of the
// bond file, its copy and their logs; no key. It is made by whoever opens a
// store that can't be written, and goes with the object: files that are open
// then stay until they are closed.
class MemoryCopy {
 public:
  // A pair of file and log that can't be read is left out, and told in
  // `notices`; kIo when that goes for both pairs. kNotFound: there is no such
  // file system that can be written.
  static Result<MemoryCopy> Make(const StateDirectory& original,
                                 std::vector<Notice>& notices);

  MemoryCopy(MemoryCopy&& other) noexcept;
  MemoryCopy& operator=(MemoryCopy&&) = delete;
  ~MemoryCopy();

  const StateDirectory& directory() const { return *directory_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit MemoryCopy(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
  std::optional<StateDirectory> directory_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_MEMORY_COPY_H_
