#include "cli/arguments.h"

#include <fmt/format.h>

#include <charconv>

namespace bondd::cli {

Outcome<uint64_t> ParseNumber(const std::string& what, const std::string& text,
                              uint64_t low, uint64_t high) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const char* const end = text.data() + text.size();
  uint64_t value = 0;
  const auto [stop, error] = std::from_chars(
      text.data() + (hexadecimal ? 2 : 0), end, value, hexadecimal ? 16 : 10);
  if (error != std::errc() || stop != end || value < low || value > high) {
    return UsageError(fmt::format("{}: '{}' is no number of {} to {}", what,
                                  text, low, high));
  }
  return value;
}

Outcome<uint64_t> ParseSeconds(const std::string& what,
                               const std::string& text) {
  std::string digits = text;
  uint64_t unit = 1;
  if (digits.ends_with('m')) unit = 60;
  if (digits.ends_with('s') || digits.ends_with('m')) digits.pop_back();
  const auto value = ParseNumber(what, digits, 0, UINT32_MAX / unit);
  if (!value) return value;
  return *value * unit;
}

Outcome<bool> ParseBoolean(const std::string& what, const std::string& text) {
  for (const char* yes : {"1", "yes", "on", "true"}) {
    if (text == yes) return true;
  }
  for (const char* no : {"0", "no", "off", "false"}) {
    if (text == no) return false;
  }
  return UsageError(
      fmt::format("{}: '{}' is neither yes (1) nor no (0)", what, text));
}

}  // namespace bondd::cli
