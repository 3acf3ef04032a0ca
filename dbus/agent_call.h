// One question to an agent as a D-Bus call of org.bondd.Agent1, and its reply
// as an answer.

#ifndef BONDD_DBUS_AGENT_CALL_H_
#define BONDD_DBUS_AGENT_CALL_H_

#include <optional>
#include <string>

#include "dbus/operations.h"
#include "dbus/sdbus_compat.h"

namespace bondd::dbus {

// The call with its arguments, ready to be sent. Throws sdbus::Error when the
// bus is gone.
sdbus::MethodCall ComposeQuestion(sdbus::IProxy& agent,
                                  const std::string& connection_path,
                                  const AgentQuestion& question);

// `error` is null when the agent has returned. Nothing on a reply of the wrong
// type or out of range. Throws nothing.
std::optional<AgentAnswer> ReadAnswer(sdbus::MethodReply& reply,
                                      const sdbus::Error* error,
                                      const AgentQuestion& question) noexcept;

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_AGENT_CALL_H_
