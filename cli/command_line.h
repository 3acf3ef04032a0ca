// The command line as words, and what it says.

#ifndef BONDD_CLI_COMMAND_LINE_H_
#define BONDD_CLI_COMMAND_LINE_H_

#include <expected>
#include <string>
#include <vector>

#include "cli/arguments.h"

namespace bondd::cli {

struct CommandLine {
  bool json = false;
  std::string adapter;
  std::string bus = "system";
  std::string bus_name = "org.bondd";
  const CommandSpec* command = nullptr;
  Arguments arguments;
};

// The words as the commands know them: `run SM.initiate_pairing` becomes
// initiate-pairing, `--io_cap` becomes --io-cap.
std::vector<std::string> Normalize(std::vector<std::string> words);

// Prints help, the version or what is wrong itself, and then gives the exit
// status. `words` is without the program's name; `specs` is borrowed.
std::expected<CommandLine, int> ParseCommandLine(
    const std::vector<std::string>& words, const CommandSpecs& specs);

}  // namespace bondd::cli

#endif  // BONDD_CLI_COMMAND_LINE_H_
