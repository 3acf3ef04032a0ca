// An object of org.bondd.Bond1.

#ifndef BONDD_DBUS_BOND_OBJECT_H_
#define BONDD_DBUS_BOND_OBJECT_H_

#include <string>
#include <vector>

#include "dbus/bond1_adaptor.h"
#include "dbus/handler.h"

namespace bondd::dbus {

// Stands in an ObjectSet of Service; its properties are what was published
// last.
class BondObject final
    : public sdbus::AdaptorInterfaces<org::bondd::Bond1_adaptor> {
 public:
  using Properties = BondProperties;

  // Both references are borrowed.
  BondObject(sdbus::IConnection& connection, HandlerContext& context,
             const BondProperties& properties);
  ~BondObject();

  // The names of the D-Bus properties that have changed.
  std::vector<std::string> Update(const BondProperties& properties);
  void EmitChanges(const std::vector<std::string>& names);
  void EmitAdded();
  void EmitRemoved();

 private:
  void Remove(sdbus::Result<>&& result) override;

  sdbus::Struct<std::string, std::string> Identity() override;
  sdbus::ObjectPath Adapter() override;
  std::string Name() override { return ToUtf8(properties_.name); }
  void Name(const std::string& value) override;
  std::string Role() override { return properties_.role; }
  uint64_t Created() override { return properties_.created; }
  uint64_t LastUsed() override { return properties_.last_used; }
  bool Authenticated() override { return properties_.security.authenticated; }
  bool SecureConnections() override {
    return properties_.security.secure_connections;
  }
  uint8_t KeySize() override { return properties_.security.key_size; }
  std::string Method() override { return properties_.method; }
  std::vector<std::string> Keys() override { return properties_.keys; }
  bool Debug() override { return properties_.debug; }
  bool PeerLostKeys() override { return properties_.peer_lost_keys; }

  HandlerContext& context_;
  BondProperties properties_;
};

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_BOND_OBJECT_H_
