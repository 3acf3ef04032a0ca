// What a user answers to bondd's prompts: set-passkey, set-oob, confirm,
// accept, reject, keypress, prompt, cancel.

#ifndef BONDD_CLI_REPLY_COMMANDS_H_
#define BONDD_CLI_REPLY_COMMANDS_H_

#include "cli/arguments.h"

namespace bondd::cli {

CommandSpecs ReplyCommands();

}  // namespace bondd::cli

#endif  // BONDD_CLI_REPLY_COMMANDS_H_
