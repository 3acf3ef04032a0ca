// adapters, show, scan, advertise, set, predict.

#ifndef BONDD_CLI_ADAPTER_COMMANDS_H_
#define BONDD_CLI_ADAPTER_COMMANDS_H_

#include "cli/arguments.h"

namespace bondd::cli {

CommandSpecs AdapterCommands();

}  // namespace bondd::cli

#endif  // BONDD_CLI_ADAPTER_COMMANDS_H_
