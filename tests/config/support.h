// A directory with configuration files in it that goes away.

#ifndef BONDD_TESTS_CONFIG_SUPPORT_H_
#define BONDD_TESTS_CONFIG_SUPPORT_H_

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "common/error.h"
#include "tests/support/temporary_folder.h"

namespace bondd::config::testing {

class ConfigDirectory : public test::TemporaryFolder {
 public:
  std::filesystem::path Write(const std::string& name,
                              std::string_view text) const {
    const std::filesystem::path file = path() / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
};

// The message of a failed result; a success is a message that nothing matches.
template <typename T>
std::string MessageOf(const Result<T>& result) {
  return result ? "(no error)" : result.error().message;
}

inline bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

}  // namespace bondd::config::testing

#endif  // BONDD_TESTS_CONFIG_SUPPORT_H_
