// What every handler of a method call or property goes through.

#ifndef BONDD_DBUS_HANDLER_H_
#define BONDD_DBUS_HANDLER_H_

#include <utility>

#include "dbus/agents.h"
#include "dbus/api_error.h"
#include "dbus/clients.h"
#include "dbus/operations.h"
#include "dbus/pending_calls.h"
#include "dbus/sdbus_compat.h"

namespace bondd::dbus {

// What the objects on the bus work with. Owned by Service, borrowed by its
// objects.
struct HandlerContext {
  Operations& operations;
  Clients& clients;
  PendingCalls& calls;
  Agents& agents;
  // While true, calls are refused: only what is queued is to go out.
  bool closing = false;
};

// Runs the body of a handler. sdbus-c++ 1.2 aborts the process on any exception
// but its own.
template <typename Body>
auto RunHandler(const HandlerContext& context, Body&& body)
    -> decltype(body()) {
  if (context.closing) {
    throw ToSdbusError({"NotReady", "the daemon is ending"});
  }
  try {
    return body();
  } catch (const sdbus::Error&) {
    throw;
  } catch (...) {
    throw InternalError();
  }
}

// The same with the caller.
template <typename Body>
auto RunWithCaller(const HandlerContext& context, const sdbus::IObject& object,
                   Body&& body) {
  return RunHandler(context, [&] {
    return body(Unwrap(context.clients.Identify(compat::Sender(object))));
  });
}

// The same for a call that may name an agent of the caller's: then its
// departure is told to Operations from here on, unless the call is refused.
template <typename Body>
void RunArming(const HandlerContext& context, const sdbus::IObject& object,
               bool names_agent, Body&& body) {
  RunHandler(context, [&] {
    const std::string name = compat::Sender(object);
    if (names_agent && !context.clients.Watch(name)) {
      throw ToSdbusError({"Busy", "too many callers"});
    }
    try {
      Unwrap(body(Unwrap(context.clients.Identify(name))));
    } catch (...) {
      if (names_agent) context.clients.Unwatch(name);
      throw;
    }
  });
}

// Runs `start` with the id under which `result` will be answered.
template <typename... Values, typename Start>
void AnswerLater(HandlerContext& context, const sdbus::IObject& object,
                 sdbus::Result<Values...>&& result, Start&& start) {
  const auto call =
      Unwrap(context.calls.Admit(compat::Sender(object), std::move(result)));
  try {
    start(call.id, call.caller);
  } catch (...) {
    context.calls.Drop(call.id);
    throw;
  }
}

// One PropertiesChanged with all that have changed, if anything has.
template <typename Names>
void EmitChanged(sdbus::IObject& object, const char* interface,
                 const Names& names) {
  if (names.empty()) return;
  object.emitPropertiesChangedSignal(
      compat::InterfaceName(interface),
      std::vector<compat::PropertyName>(names.begin(), names.end()));
}

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_HANDLER_H_
