// bonds, name, is-device-bonded, remove-bonding, export, import.

#ifndef BONDD_CLI_BOND_COMMANDS_H_
#define BONDD_CLI_BOND_COMMANDS_H_

#include "cli/arguments.h"

namespace bondd::cli {

CommandSpecs BondCommands();

}  // namespace bondd::cli

#endif  // BONDD_CLI_BOND_COMMANDS_H_
