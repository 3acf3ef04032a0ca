// One face for sdbus-c++ 1.2 (Debian 12) and 2.1 (Debian 13): every difference
// that bondd meets is here, and nowhere else.

#ifndef BONDD_DBUS_SDBUS_COMPAT_H_
#define BONDD_DBUS_SDBUS_COMPAT_H_

#include <sdbus-c++/sdbus-c++.h>
#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/time_types.h"

namespace bondd::dbus {
struct WireDictionary;
struct WireOctets;
}  // namespace bondd::dbus

namespace bondd::dbus::compat {

// What poll(2) is to be called with for one connection.
struct PollState {
  int fd = -1;
  short events = 0;
  std::optional<Time> deadline;
};

// `error` is null when the call succeeded.
using ReplyHandler =
    std::function<void(sdbus::MethodReply& reply, const sdbus::Error* error)>;

}  // namespace bondd::dbus::compat

// Only 2.x has this header.
#if __has_include(<sdbus-c++/VTableItems.h>)

template <>
struct sdbus::signature_of<bondd::dbus::WireDictionary> {
  static constexpr std::array value{'a', '{', 's', 'v', '}'};
  static constexpr bool is_valid = true;
  static constexpr bool is_trivial_dbus_type = false;
};
template <>
struct sdbus::signature_of<bondd::dbus::WireOctets> {
  static constexpr std::array value{'a', 'y'};
  static constexpr bool is_valid = true;
  static constexpr bool is_trivial_dbus_type = false;
};

namespace bondd::dbus::compat {

using ServiceName = sdbus::ServiceName;
using InterfaceName = sdbus::InterfaceName;
using MethodName = sdbus::MethodName;
using PropertyName = sdbus::PropertyName;
using SignalName = sdbus::SignalName;
using ErrorName = sdbus::Error::Name;

inline PollState Poll(const sdbus::IConnection& connection) {
  const auto data = connection.getEventLoopPollData();
  PollState state{data.fd, data.events, std::nullopt};
  if (data.timeout != std::chrono::microseconds::max()) {
    state.deadline = Time(data.timeout);
  }
  return state;
}

inline bool ProcessOne(sdbus::IConnection& connection) {
  return connection.processPendingEvent();
}

inline sdbus::Slot AddMatch(sdbus::IConnection& connection,
                            const std::string& rule,
                            std::function<void(sdbus::Message&)> handler) {
  return connection.addMatch(
      rule,
      [handler = std::move(handler)](sdbus::Message message) {
        handler(message);
      },
      sdbus::return_slot);
}

inline void CallAsync(sdbus::IProxy& proxy, const sdbus::MethodCall& call,
                      ReplyHandler handler, uint64_t timeout_us) {
  (void)proxy.callMethodAsync(
      call,
      [handler = std::move(handler)](sdbus::MethodReply reply,
                                     std::optional<sdbus::Error> error) {
        handler(reply, error ? &*error : nullptr);
      },
      timeout_us);
}

// The unique name of whoever sent the message that is being handled.
inline std::string Sender(const sdbus::IObject& object) {
  const char* sender = object.getCurrentlyProcessedMessage().getSender();
  return sender ? sender : "";
}

// The signature of what the variant at the front of the message holds.
inline std::string VariantSignature(const sdbus::Message& message) {
  const char* contents = message.peekType().second;
  return contents ? contents : "";
}

// The next complete type: its first letter (empty at the end of a container or
// message) and, for a container, what is in it.
inline std::pair<std::string, std::string> PeekType(
    const sdbus::Message& message) {
  const auto [type, contents] = message.peekType();
  return {type == 0 ? std::string() : std::string(1, type),
          contents ? contents : ""};
}

}  // namespace bondd::dbus::compat

#else

template <>
struct sdbus::signature_of<bondd::dbus::WireDictionary> {
  static constexpr bool is_valid = true;
  static std::string str() { return "a{sv}"; }
};
template <>
struct sdbus::signature_of<bondd::dbus::WireOctets> {
  static constexpr bool is_valid = true;
  static std::string str() { return "ay"; }
};

namespace bondd::dbus::compat {

using ServiceName = std::string;
using InterfaceName = std::string;
using MethodName = std::string;
using PropertyName = std::string;
using SignalName = std::string;
using ErrorName = std::string;

inline PollState Poll(const sdbus::IConnection& connection) {
  const auto data = connection.getEventLoopPollData();
  PollState state{data.fd, data.events, std::nullopt};
  if (data.timeout_usec != UINT64_MAX) {
    state.deadline = Time(Duration(data.timeout_usec));
  }
  return state;
}

inline bool ProcessOne(sdbus::IConnection& connection) {
  return connection.processPendingRequest();
}

inline sdbus::Slot AddMatch(sdbus::IConnection& connection,
                            const std::string& rule,
                            std::function<void(sdbus::Message&)> handler) {
  return connection.addMatch(rule, std::move(handler));
}

inline void CallAsync(sdbus::IProxy& proxy, const sdbus::MethodCall& call,
                      ReplyHandler handler, uint64_t timeout_us) {
  (void)proxy.callMethod(call, std::move(handler), timeout_us);
}

inline std::string Sender(const sdbus::IObject& object) {
  const sdbus::Message* message = object.getCurrentlyProcessedMessage();
  return message ? message->getSender() : "";
}

inline std::string VariantSignature(const sdbus::Message& message) {
  std::string type, contents;
  message.peekType(type, contents);
  return contents;
}

inline std::pair<std::string, std::string> PeekType(
    const sdbus::Message& message) {
  std::string type, contents;
  message.peekType(type, contents);
  return {type.starts_with('\0') ? std::string() : type, contents};
}

}  // namespace bondd::dbus::compat

#endif

#endif  // BONDD_DBUS_SDBUS_COMPAT_H_
