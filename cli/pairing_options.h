// The options of pairing on the command line, under the seed's names, and the
// dictionary PairingOptions that they make.

#ifndef BONDD_CLI_PAIRING_OPTIONS_H_
#define BONDD_CLI_PAIRING_OPTIONS_H_

#include <string>
#include <vector>

#include "cli/arguments.h"

namespace bondd::cli {

// What each pairing takes, without --agent.
std::vector<OptionSpec> PairingOptionSpecs();
// What PairingDefaults takes, each name with `prefix` before it.
std::vector<OptionSpec> LastingOptionSpecs(const std::string& prefix = "");

// Numbers and names of the seeds become those of the API; what is not given is
// left out.
Outcome<Dictionary> ReadPairingOptions(const Arguments& arguments,
                                       const std::string& prefix = "");
// "4" and "KeyboardDisplay".
Outcome<std::string> ParseCapability(const std::string& what,
                                     const std::string& text);

}  // namespace bondd::cli

#endif  // BONDD_CLI_PAIRING_OPTIONS_H_
