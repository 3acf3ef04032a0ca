#include "config/value.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

namespace bondd::config {

Parsed<bool> ParseBool(std::string_view text) {
  if (text == "yes" || text == "true") return true;
  if (text == "no" || text == "false") return false;
  return std::unexpected("yes or no");
}

Parsed<uint32_t> ParseNumber(std::string_view text, uint32_t least,
                             uint32_t greatest) {
  uint32_t value = 0;
  const char* const text_end = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), text_end, value);
  if (error != std::errc() || end != text_end || value < least ||
      value > greatest) {
    return std::unexpected(
        fmt::format("a number from {} to {}", least, greatest));
  }
  return value;
}

Parsed<smp::KeyDistribution> ParseKeys(std::string_view text) {
  smp::KeyDistribution keys;
  for (const std::string_view name : SplitList(text)) {
    if (!smp::AddKey(name, keys)) {
      return std::unexpected("a list of enc, id and sign");
    }
  }
  return keys;
}

Parsed<smp::AssociationModels> ParseMethods(std::string_view text) {
  constexpr const char* kAllowed =
      "a list of JustWorks, NumericComparison, PasskeyEntry and OutOfBand";
  smp::AssociationModels methods;
  for (const std::string_view name : SplitList(text)) {
    if (!smp::AddModel(name, methods)) return std::unexpected(kAllowed);
  }
  if (methods.empty()) return std::unexpected(kAllowed);
  return methods;
}

std::vector<std::string_view> SplitList(std::string_view text) {
  constexpr std::string_view kSeparators = " \t,";
  std::vector<std::string_view> parts;
  while (true) {
    const size_t begin = text.find_first_not_of(kSeparators);
    if (begin == text.npos) return parts;
    text.remove_prefix(begin);
    const size_t end = std::min(text.find_first_of(kSeparators), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

}  // namespace bondd::config
