#include "dbus/agent_call.h"

#include <string_view>
#include <utility>

#include "dbus/agent1_proxy.h"
#include "dbus/oob_options.h"
#include "dbus/wire.h"

namespace bondd::dbus {

namespace {

constexpr uint32_t kMaxPasskey = 999999;

struct MethodOf {
  const char* operator()(const AskAuthorization&) const {
    return "RequestAuthorization";
  }
  const char* operator()(const AskPasskey&) const { return "RequestPasskey"; }
  const char* operator()(const ShowPasskey&) const { return "DisplayPasskey"; }
  const char* operator()(const AskConfirmation&) const {
    return "RequestConfirmation";
  }
  const char* operator()(const AskOob&) const { return "RequestOob"; }
};

struct AppendArguments {
  sdbus::MethodCall& call;

  void operator()(const AskAuthorization& question) const {
    call << WireDictionary(question.features);
  }
  void operator()(const AskPasskey& question) const {
    call << WireDictionary(question.info);
  }
  void operator()(const ShowPasskey& question) const {
    call << question.passkey << question.entered;
  }
  void operator()(const AskConfirmation& question) const {
    call << question.number << WireDictionary(question.info);
  }
  void operator()(const AskOob& question) const {
    call << std::string(question.secure_connections ? "sc" : "legacy");
  }
};

AgentRefusal RefusalOf(const sdbus::Error& error) {
  const std::string_view name = error.getName();
  if (name == "org.bondd.Error.Rejected" ||
      name == "org.bluez.Error.Rejected") {
    return AgentRefusal::kRejected;
  }
  if (name == "org.bondd.Error.Canceled" ||
      name == "org.bluez.Error.Canceled") {
    return AgentRefusal::kCanceled;
  }
  return AgentRefusal::kGone;
}

using Answer = std::optional<AgentAnswer>;

Answer ReadConsent(const sdbus::MethodReply& reply) {
  if (!reply.isEmpty()) return std::nullopt;
  return AgentAccepted{};
}

// Reads the one value that the reply has to hold.
struct ReadReply {
  sdbus::MethodReply& reply;

  Answer operator()(const AskAuthorization&) const {
    return ReadConsent(reply);
  }
  Answer operator()(const AskConfirmation&) const { return ReadConsent(reply); }
  Answer operator()(const ShowPasskey&) const { return std::nullopt; }
  Answer operator()(const AskPasskey&) const {
    uint32_t passkey = kMaxPasskey + 1;
    reply >> passkey;
    if (passkey > kMaxPasskey) return std::nullopt;
    return AgentPasskey{passkey};
  }
  Answer operator()(const AskOob& question) const {
    WireDictionary data;
    reply >> data;
    auto oob = ParseAgentOob(data.entries, question.secure_connections);
    if (!oob) return std::nullopt;
    return std::move(*oob);
  }
};

}  // namespace

sdbus::MethodCall ComposeQuestion(sdbus::IProxy& agent,
                                  const std::string& connection_path,
                                  const AgentQuestion& question) {
  auto call = agent.createMethodCall(
      compat::InterfaceName(org::bondd::Agent1_proxy::INTERFACE_NAME),
      compat::MethodName(std::visit(MethodOf{}, question)));
  call << sdbus::ObjectPath(connection_path);
  std::visit(AppendArguments{call}, question);
  return call;
}

Answer ReadAnswer(sdbus::MethodReply& reply, const sdbus::Error* error,
                  const AgentQuestion& question) noexcept {
  try {
    if (error) {
      const AgentRefusal refusal = RefusalOf(*error);
      // Nobody waits for the return of what is shown. That the agent is gone
      // the bus tells.
      const bool counts = refusal != AgentRefusal::kGone ||
                          !std::holds_alternative<ShowPasskey>(question);
      return counts ? Answer(refusal) : std::nullopt;
    }
    return std::visit(ReadReply{reply}, question);
  } catch (...) {
    return std::nullopt;
  }
}

}  // namespace bondd::dbus
