// initiate-pairing, accept-pairing, send-security-request, agent.

#ifndef BONDD_CLI_PAIRING_COMMANDS_H_
#define BONDD_CLI_PAIRING_COMMANDS_H_

#include "cli/arguments.h"

namespace bondd::cli {

CommandSpecs PairingCommands();

}  // namespace bondd::cli

#endif  // BONDD_CLI_PAIRING_COMMANDS_H_
