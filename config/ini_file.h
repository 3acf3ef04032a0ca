// One INI file as its settings, each with the line it stands on.

#ifndef BONDD_CONFIG_INI_FILE_H_
#define BONDD_CONFIG_INI_FILE_H_

#include <filesystem>
#include <string>
#include <vector>

#include "common/error.h"

namespace bondd::config {

struct Setting {
  std::string section;
  std::string key;
  std::string value;
  std::filesystem::path file;
  int line = 0;  // counts from 1
};

// "file:line: [Section] Key: "
std::string Where(const Setting& setting);

// The settings in the order of the file. An error for a file that can't be
// read, is larger than 1 MiB or has a line that is no section, setting or
// comment; what they mean is not looked at. kNotFound: there is no such file.
Result<std::vector<Setting>> ReadIniFile(const std::filesystem::path& file);

}  // namespace bondd::config

#endif  // BONDD_CONFIG_INI_FILE_H_
