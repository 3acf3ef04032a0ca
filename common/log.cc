#include "common/log.h"

#include <array>
#include <utility>

namespace bondd {

std::optional<LogLevel> ParseLogLevel(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, LogLevel>, 5> kNames = {{
      {"error", LogLevel::kError},
      {"warning", LogLevel::kWarning},
      {"notice", LogLevel::kNotice},
      {"info", LogLevel::kInfo},
      {"debug", LogLevel::kDebug},
  }};
  for (const auto& [name, level] : kNames) {
    if (name == text) return level;
  }
  return std::nullopt;
}

}  // namespace bondd
