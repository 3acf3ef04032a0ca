#include "dbus/bond_object.h"

#include <utility>

#include "dbus/options.h"
#include "dbus/paths.h"

namespace bondd::dbus {

BondObject::BondObject(sdbus::IConnection& connection, HandlerContext& context,
                       const BondProperties& properties)
    : AdaptorInterfaces(
          connection,
          sdbus::ObjectPath(BondPath(properties.adapter, properties.identity))),
      context_(context),
      properties_(properties) {
  registerAdaptor();
}

BondObject::~BondObject() { unregisterAdaptor(); }

std::vector<std::string> BondObject::Update(const BondProperties& properties) {
  const BondProperties& old = properties_;
  std::vector<std::string> names;
  const auto note = [&](bool changed, const char* name) {
    if (changed) names.emplace_back(name);
  };
  const auto& security = properties.security;
  note(properties.name != old.name, "Name");
  note(properties.role != old.role, "Role");
  note(properties.created != old.created, "Created");
  note(properties.last_used != old.last_used, "LastUsed");
  note(security.authenticated != old.security.authenticated, "Authenticated");
  note(security.secure_connections != old.security.secure_connections,
       "SecureConnections");
  note(security.key_size != old.security.key_size, "KeySize");
  note(properties.method != old.method, "Method");
  note(properties.keys != old.keys, "Keys");
  note(properties.debug != old.debug, "Debug");
  note(properties.peer_lost_keys != old.peer_lost_keys, "PeerLostKeys");
  properties_ = properties;
  return names;
}

void BondObject::EmitChanges(const std::vector<std::string>& names) {
  EmitChanged(getObject(), INTERFACE_NAME, names);
}
void BondObject::EmitAdded() { getObject().emitInterfacesAddedSignal(); }
void BondObject::EmitRemoved() { getObject().emitInterfacesRemovedSignal(); }

void BondObject::Remove(sdbus::Result<>&& result) {
  RunHandler(context_, [&] {
    // Operations may remove this object, and what it holds, at once.
    const std::string adapter = properties_.adapter;
    const DeviceAddress identity = properties_.identity;
    AnswerLater(context_, getObject(), std::move(result),
                [&](CallId call, const Caller&) {
                  context_.operations.RemoveBonding(call, adapter, identity);
                });
  });
}

sdbus::Struct<std::string, std::string> BondObject::Identity() {
  return {properties_.identity.ToString(),
          std::string(ToString(properties_.identity.type))};
}

sdbus::ObjectPath BondObject::Adapter() {
  return sdbus::ObjectPath(AdapterPath(properties_.adapter));
}

void BondObject::Name(const std::string& value) {
  RunHandler(context_, [&] {
    Unwrap(CheckBondName(value));
    // Operations may bring these up to date while it works with them.
    const std::string adapter = properties_.adapter;
    const DeviceAddress identity = properties_.identity;
    Unwrap(context_.operations.SetBondName(adapter, identity, value));
  });
}

}  // namespace bondd::dbus
