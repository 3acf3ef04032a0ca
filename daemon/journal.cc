#include "daemon/journal.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <systemd/sd-journal.h>

#include <cstdio>
#include <utility>

namespace bondd::daemon {

Journal::Journal(LogLevel level)
    : level_(level), to_journal_(getenv("JOURNAL_STREAM") != nullptr) {}

void Journal::Write(LogLevel level, std::string_view message,
                    const LogSubject& subject) const {
  if (level > level_) return;
  const std::string text(message);
  if (to_journal_) {
    sd_journal_send("MESSAGE=%s", text.c_str(), "PRIORITY=%d",
                    std::to_underlying(level), "BONDD_ADAPTER=%s",
                    subject.adapter.c_str(), "BONDD_PEER=%s",
                    subject.peer.c_str(), nullptr);
    return;
  }
  std::string line;
  if (!subject.adapter.empty()) line += subject.adapter + ": ";
  if (!subject.peer.empty()) line += subject.peer + ": ";
  line += text + "\n";
  std::fputs(line.c_str(), stderr);
}

}  // namespace bondd::daemon
