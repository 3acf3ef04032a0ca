// connect, disconnect, connections, initiate-encryption.

#ifndef BONDD_CLI_LINK_COMMANDS_H_
#define BONDD_CLI_LINK_COMMANDS_H_

#include "cli/arguments.h"

namespace bondd::cli {

CommandSpecs LinkCommands();

}  // namespace bondd::cli

#endif  // BONDD_CLI_LINK_COMMANDS_H_
