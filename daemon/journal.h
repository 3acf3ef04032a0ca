// Where log lines go: the journal, with adapter and peer as fields of their
// own, or standard error where there is none.

#ifndef BONDD_DAEMON_JOURNAL_H_
#define BONDD_DAEMON_JOURNAL_H_

#include <string>
#include <string_view>

#include "common/log.h"

namespace bondd::daemon {

// What a line is about; empty = nothing in particular.
struct LogSubject {
  std::string adapter;
  std::string peer;
};

class Journal {
 public:
  explicit Journal(LogLevel level);

  void Write(LogLevel level, std::string_view message,
             const LogSubject& subject = {}) const;

 private:
  LogLevel level_;
  bool to_journal_;
};

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_JOURNAL_H_
