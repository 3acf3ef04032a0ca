// The object /org/bondd: Manager1, AgentManager1 and the ObjectManager.

#ifndef BONDD_DBUS_ROOT_OBJECT_H_
#define BONDD_DBUS_ROOT_OBJECT_H_

#include <string>
#include <vector>

#include "dbus/agentmanager1_adaptor.h"
#include "dbus/handler.h"
#include "dbus/manager1_adaptor.h"

namespace bondd::dbus {

// Stands as long as Service does. Hands registrations to Agents and everything
// else to Operations.
class RootObject final
    : public sdbus::AdaptorInterfaces<org::bondd::Manager1_adaptor,
                                      org::bondd::AgentManager1_adaptor> {
 public:
  // Both references are borrowed.
  RootObject(sdbus::IConnection& connection, HandlerContext& context,
             std::string version);
  ~RootObject();

  void SetAdapters(std::vector<sdbus::ObjectPath> adapters, bool emit);
  void SetStoreNotices(std::vector<std::string> notices, bool emit);

 private:
  WireDictionary Predict(const WireDictionary& local,
                         const WireDictionary& peer) override;
  std::string Version() override { return version_; }
  std::vector<std::string> StoreNotices() override { return store_notices_; }
  std::vector<sdbus::ObjectPath> Adapters() override { return adapters_; }

  void RegisterAgent(const sdbus::ObjectPath& agent,
                     const std::string& capability,
                     const WireDictionary& options) override;
  void UnregisterAgent(const sdbus::ObjectPath& agent) override;
  void RequestDefaultAgent(const sdbus::ObjectPath& agent) override;

  HandlerContext& context_;
  std::string version_;
  std::vector<std::string> store_notices_;
  std::vector<sdbus::ObjectPath> adapters_;
};

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_ROOT_OBJECT_H_
