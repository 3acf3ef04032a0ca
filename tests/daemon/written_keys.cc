#include "tests/daemon/written_keys.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace bondd::daemon::test {

using integration::Json;

std::string ReadFile(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void CollectKeys(const Json& value, std::vector<std::string>& keys) {
  if (value.is_structured()) {
    for (const Json& part : value) CollectKeys(part, keys);
    return;
  }
  if (!value.is_string()) return;
  const auto text = value.get<std::string>();
  if (text.size() == 32 &&
      text.find_first_not_of("0123456789abcdef") == text.npos) {
    keys.push_back(text);
  }
}

std::string OctetsOf(const std::string& hex) {
  std::string octets;
  for (size_t i = 0; i < hex.size(); i += 2) {
    octets += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return octets;
}

std::string HexOf(const Json& octets) {
  std::string hex;
  for (const uint8_t octet : octets) hex += fmt::format("{:02x}", octet);
  return hex;
}

std::vector<std::string> WaysToWrite(const std::string& hex) {
  const std::string octets = OctetsOf(hex);
  std::vector<std::string> ways;
  for (const std::string& order :
       {octets, std::string(octets.rbegin(), octets.rend())}) {
    ways.push_back(order);
    for (const char* format : {"{:02x}", "{:02X}"}) {
      for (const char* between : {"", " ", ":"}) {
        std::string text;
        for (const char octet : order) {
          if (!text.empty()) text += between;
          text += fmt::format(fmt::runtime(format),
                              static_cast<unsigned char>(octet));
        }
        ways.push_back(text);
      }
    }
  }
  return ways;
}

}  // namespace bondd::daemon::test
