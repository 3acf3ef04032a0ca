// bondctl monitor: what happens, as it happens.

#ifndef BONDD_CLI_MONITOR_H_
#define BONDD_CLI_MONITOR_H_

#include "cli/arguments.h"

namespace bondd::cli {

CommandSpecs MonitorCommands();

}  // namespace bondd::cli

#endif  // BONDD_CLI_MONITOR_H_
