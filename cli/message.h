// D-Bus messages to and from the values of value.h.

#ifndef BONDD_CLI_MESSAGE_H_
#define BONDD_CLI_MESSAGE_H_

#include "cli/value.h"
#include "dbus/sdbus_compat.h"

namespace bondd::cli {

// Both throw sdbus::Error when the message does not take or have the value.
void Append(sdbus::Message& message, const Argument& argument);
// All arguments from where the message is read, as an array.
Json ReadArguments(sdbus::Message& message);

}  // namespace bondd::cli

#endif  // BONDD_CLI_MESSAGE_H_
