// The agent that bondd asks while bondctl runs.

#ifndef BONDD_CLI_AGENT_H_
#define BONDD_CLI_AGENT_H_

#include <memory>
#include <string>

#include "cli/session.h"

namespace bondd::cli {

enum class AgentMode {
  kPrompt,  // the person at the terminal answers
  kAuto,    // says yes to everything; has no passkey to enter
  kNone,
};

// Brings bondd's questions to the terminal and the answers back. It lives for
// as long as the command that registered it.
class Agent {
 public:
  // Registers with the bus connection of the session; the session outlives the
  // agent.
  static Outcome<std::unique_ptr<Agent>> Register(
      Session& session, AgentMode mode, const std::string& capability);
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  ~Agent();

  static const char* path();

 private:
  class Object;

  explicit Agent(std::unique_ptr<Object> object);

  std::unique_ptr<Object> object_;
};

// --agent prompt|auto|none; without it prompt on a terminal, else none.
Outcome<AgentMode> ReadAgentMode(const Session& session,
                                 const Arguments& arguments);
OptionSpec AgentOption();
// "123 456"
std::string InGroups(uint32_t passkey);

}  // namespace bondd::cli

#endif  // BONDD_CLI_AGENT_H_
