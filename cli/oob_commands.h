// oob: the out-of-band data of both sides.

#ifndef BONDD_CLI_OOB_COMMANDS_H_
#define BONDD_CLI_OOB_COMMANDS_H_

#include "cli/arguments.h"

namespace bondd::cli {

CommandSpecs OobCommands();

}  // namespace bondd::cli

#endif  // BONDD_CLI_OOB_COMMANDS_H_
