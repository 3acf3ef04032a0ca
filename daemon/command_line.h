// The daemon's command line.

#ifndef BONDD_DAEMON_COMMAND_LINE_H_
#define BONDD_DAEMON_COMMAND_LINE_H_

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "common/log.h"

namespace bondd::daemon {

struct CommandLine {
  std::vector<std::string> adapters;
  std::vector<std::string> sim_listen;  // "unix:PATH"
  std::string bus = "system";
  std::string bus_name = "org.bondd";
  std::optional<std::string> config;
  std::string state_directory;
  LogLevel log_level = LogLevel::kInfo;
  // Where systemd put credentials; empty = nowhere.
  std::string credentials;
  bool rekey = false;
  bool wait = true;
  bool help = false;
  bool version = false;
};

// On a mistake: the sentence that says which.
std::expected<CommandLine, std::string> ParseCommandLine(int argc, char** argv);

std::string HelpText();

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_COMMAND_LINE_H_
