#include "dbus/connection_object.h"

#include <utility>

#include "dbus/oob_options.h"
#include "dbus/option_reader.h"
#include "dbus/options.h"
#include "dbus/paths.h"

namespace bondd::dbus {

namespace {

constexpr uint32_t kMaxPasskey = 999999;

// [Vol 3, Part C] 10.2.1: a link that is not encrypted is level 1.
struct Security {
  bool authenticated = false;
  bool secure_connections = false;
  uint8_t key_size = 0;
  uint8_t level = 1;

  friend bool operator==(const Security&, const Security&) = default;
};

Security SecurityOf(const ConnectionProperties& properties) {
  if (!properties.encrypted) return {};
  const auto& security = properties.security;
  return {security.authenticated, security.secure_connections,
          security.key_size, security.Level()};
}

}  // namespace

ConnectionObject::ConnectionObject(sdbus::IConnection& connection,
                                   HandlerContext& context,
                                   const ConnectionProperties& properties)
    : AdaptorInterfaces(connection, sdbus::ObjectPath(ConnectionPath(
                                        properties.adapter, properties.handle,
                                        properties.serial))),
      context_(context),
      ref_{properties.adapter, properties.serial},
      properties_(properties) {
  registerAdaptor();
}

ConnectionObject::~ConnectionObject() { unregisterAdaptor(); }

std::vector<std::string> ConnectionObject::Update(
    const ConnectionProperties& properties) {
  const ConnectionProperties& old = properties_;
  std::vector<std::string> names;
  const auto note = [&](bool changed, const char* name) {
    if (changed) names.emplace_back(name);
  };
  const Security now = SecurityOf(properties);
  const Security before = SecurityOf(old);
  note(properties.on_air.octets != old.on_air.octets, "OnAirAddress");
  note(properties.on_air.type != old.on_air.type, "OnAirAddressType");
  note(properties.peer != old.peer, "Peer");
  note(properties.bond != old.bond, "Bond");
  // One value in five parts: nobody is to put old and new ones together.
  const bool security = properties.encrypted != old.encrypted || now != before;
  for (const char* part : {"Encrypted", "Authenticated", "SecureConnections",
                           "KeySize", "SecurityLevel"}) {
    note(security, part);
  }
  note(properties.pairing_state != old.pairing_state, "PairingState");
  note(properties.prompt != old.prompt, "Prompt");
  note(properties.last_pairing != old.last_pairing, "LastPairing");
  properties_ = properties;
  return names;
}

void ConnectionObject::EmitChanges(const std::vector<std::string>& names) {
  EmitChanged(getObject(), INTERFACE_NAME, names);
}
void ConnectionObject::EmitAdded() { getObject().emitInterfacesAddedSignal(); }
void ConnectionObject::EmitRemoved() {
  getObject().emitInterfacesRemovedSignal();
}

std::string ConnectionObject::path() const {
  return ConnectionPath(properties_.adapter, properties_.handle,
                        properties_.serial);
}

void ConnectionObject::InitiatePairing(sdbus::Result<WireDictionary>&& result,
                                       WireDictionary options) {
  RunHandler(context_, [&] {
    auto parsed = Unwrap(ParsePairingOptions(options.entries));
    AnswerLater(context_, getObject(), std::move(result),
                [&](CallId call, const Caller& caller) {
                  context_.operations.InitiatePairing(call, caller, ref_,
                                                      std::move(parsed));
                });
  });
}

void ConnectionObject::SendSecurityRequest(
    sdbus::Result<WireDictionary>&& result, WireDictionary options) {
  RunHandler(context_, [&] {
    auto parsed = Unwrap(ParsePairingOptions(options.entries));
    AnswerLater(context_, getObject(), std::move(result),
                [&](CallId call, const Caller& caller) {
                  context_.operations.SendSecurityRequest(call, caller, ref_,
                                                          std::move(parsed));
                });
  });
}

void ConnectionObject::AcceptPairing(const WireDictionary& options) {
  ArmOptions arm;
  arm.pairing = RunHandler(
      context_, [&] { return Unwrap(ParsePairingOptions(options.entries)); });
  RunArming(context_, getObject(), arm.pairing.agent.has_value(),
            [&](const Caller& caller) {
              return context_.operations.AcceptPairing(caller, ref_,
                                                       std::move(arm));
            });
}

void ConnectionObject::InitiateEncryption(
    sdbus::Result<WireDictionary>&& result, WireDictionary options) {
  RunHandler(context_, [&] {
    auto parsed = Unwrap(ParseEncryptionOptions(options.entries));
    AnswerLater(context_, getObject(), std::move(result),
                [&](CallId call, const Caller& caller) {
                  context_.operations.InitiateEncryption(call, caller, ref_,
                                                         std::move(parsed));
                });
  });
}

void ConnectionObject::SetPasskey(const uint32_t& passkey) {
  RunWithCaller(context_, getObject(), [&](const Caller& caller) {
    if (passkey > kMaxPasskey) {
      throw ToSdbusError(InvalidArgument("passkey", "is not in 0..999999"));
    }
    Unwrap(context_.operations.SetPasskey(caller, ref_, passkey));
  });
}

void ConnectionObject::PasskeyNegativeReply() {
  RunWithCaller(context_, getObject(), [&](const Caller& caller) {
    Unwrap(context_.operations.PasskeyNegativeReply(caller, ref_));
  });
}

void ConnectionObject::ConfirmNumber(const bool& equal) {
  RunWithCaller(context_, getObject(), [&](const Caller& caller) {
    Unwrap(context_.operations.ConfirmNumber(caller, ref_, equal));
  });
}

void ConnectionObject::AcceptRequest(const WireDictionary& options) {
  auto parsed = RunHandler(
      context_, [&] { return Unwrap(ParsePairingOptions(options.entries)); });
  RunArming(context_, getObject(), parsed.agent.has_value(),
            [&](const Caller& caller) {
              return context_.operations.AcceptRequest(caller, ref_,
                                                       std::move(parsed));
            });
}

void ConnectionObject::RejectRequest(const uint8_t& reason) {
  RunWithCaller(context_, getObject(), [&](const Caller& caller) {
    using smp::PairingFailedReason;
    // [Vol 3, Part H] 3.5.5, Table 3.7
    if (reason <
            static_cast<uint8_t>(PairingFailedReason::kPasskeyEntryFailed) ||
        reason > static_cast<uint8_t>(PairingFailedReason::kBusy)) {
      throw ToSdbusError(InvalidArgument("reason", "is not in 1..16"));
    }
    Unwrap(context_.operations.RejectRequest(
        caller, ref_, static_cast<PairingFailedReason>(reason)));
  });
}

void ConnectionObject::SetOob(const WireOctets& confirm,
                              const WireOctets& random) {
  RunWithCaller(context_, getObject(), [&](const Caller& caller) {
    auto data = Unwrap(ParsePeerOob(confirm.octets, random.octets));
    Unwrap(context_.operations.SetOob(caller, ref_, std::move(data)));
  });
}

void ConnectionObject::SetOobLegacy(const WireOctets& tk) {
  RunWithCaller(context_, getObject(), [&](const Caller& caller) {
    auto parsed = Unwrap(ParseTk(tk.octets));
    Unwrap(context_.operations.SetOobLegacy(caller, ref_, std::move(parsed)));
  });
}

WireDictionary ConnectionObject::GetPrompt() {
  return RunWithCaller(context_, getObject(), [&](const Caller& caller) {
    return WireDictionary(Unwrap(context_.operations.GetPrompt(caller, ref_)));
  });
}

void ConnectionObject::SendKeypress(const std::string& type) {
  RunWithCaller(context_, getObject(), [&](const Caller& caller) {
    const auto parsed = smp::ParseKeypressType(type);
    if (!parsed) {
      throw ToSdbusError(InvalidArgument(
          "type",
          "is none of started, digit-entered, digit-erased, cleared, "
          "completed"));
    }
    Unwrap(context_.operations.SendKeypress(caller, ref_, *parsed));
  });
}

void ConnectionObject::CancelPairing() {
  RunWithCaller(context_, getObject(), [&](const Caller& caller) {
    Unwrap(context_.operations.CancelPairing(caller, ref_));
  });
}

void ConnectionObject::Disconnect(sdbus::Result<>&& result) {
  RunHandler(context_, [&] {
    AnswerLater(context_, getObject(), std::move(result),
                [&](CallId call, const Caller&) {
                  context_.operations.Disconnect(call, ref_);
                });
  });
}

std::string ConnectionObject::Role() {
  return properties_.role == smp::Role::kInitiator ? "central" : "peripheral";
}

std::string ConnectionObject::OnAirAddress() {
  return properties_.on_air.ToString();
}

std::string ConnectionObject::OnAirAddressType() {
  return std::string(ToString(properties_.on_air.type));
}

sdbus::Struct<std::string, std::string> ConnectionObject::Peer() {
  return {properties_.peer.ToString(),
          std::string(ToString(properties_.peer.type))};
}

sdbus::ObjectPath ConnectionObject::Bond() {
  return sdbus::ObjectPath(properties_.bond);
}

bool ConnectionObject::Authenticated() {
  return SecurityOf(properties_).authenticated;
}

bool ConnectionObject::SecureConnections() {
  return SecurityOf(properties_).secure_connections;
}

uint8_t ConnectionObject::KeySize() { return SecurityOf(properties_).key_size; }

uint8_t ConnectionObject::SecurityLevel() {
  return SecurityOf(properties_).level;
}

WireDictionary ConnectionObject::LastPairing() {
  return WireDictionary(properties_.last_pairing);
}

}  // namespace bondd::dbus
