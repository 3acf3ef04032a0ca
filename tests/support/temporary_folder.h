// A folder that is gone when the test is.

#ifndef BONDD_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
#define BONDD_TESTS_SUPPORT_TEMPORARY_FOLDER_H_

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

namespace bondd::test {

class TemporaryFolder {
 public:
  // For the user of the test alone, unless `mode` says otherwise. A failure
  // throws std::system_error.
  explicit TemporaryFolder(
      const std::filesystem::path& base =
          std::filesystem::temp_directory_path(),
      std::filesystem::perms mode = std::filesystem::perms::owner_all) {
    std::string name = base / "bondd-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), name);
    }
    std::filesystem::permissions(name, mode);
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// What programs that run as another user find their way through.
class OpenFolder : public TemporaryFolder {
 public:
  OpenFolder()
      : TemporaryFolder(std::filesystem::temp_directory_path(),
                        std::filesystem::perms(0755)) {}
};

}  // namespace bondd::test

#endif  // BONDD_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
