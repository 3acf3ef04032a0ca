// What a log line is. Library folders do not log: they return values, and
// daemon/ turns those into lines.

#ifndef BONDD_COMMON_LOG_H_
#define BONDD_COMMON_LOG_H_

#include <optional>
#include <string_view>

namespace bondd {

// The numbers are syslog's priorities.
enum class LogLevel {
  kError = 3,
  kWarning = 4,
  kNotice = 5,
  kInfo = 6,
  kDebug = 7
};

// "error", "warning", "notice", "info", "debug".
std::optional<LogLevel> ParseLogLevel(std::string_view text);

}  // namespace bondd

#endif  // BONDD_COMMON_LOG_H_
