// The inside of Service.

#ifndef BONDD_DBUS_SERVICE_IMPL_H_
#define BONDD_DBUS_SERVICE_IMPL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "dbus/adapter_object.h"
#include "dbus/agents.h"
#include "dbus/bond_object.h"
#include "dbus/bus_connection.h"
#include "dbus/clients.h"
#include "dbus/connection_object.h"
#include "dbus/handler.h"
#include "dbus/object_set.h"
#include "dbus/pending_calls.h"
#include "dbus/poll_set.h"
#include "dbus/root_object.h"
#include "dbus/service.h"

namespace bondd::dbus {

// Owns both connections and everything that stands on them; what Service offers
// is done here and in the parts.
class Service::Impl {
 public:
  Impl(const BusOptions& options, Operations& operations, BusConnection bus,
       BusConnection look_up_bus, PollSet poll_set);

  Result<bool> Process();
  void Flush(Duration limit);
  std::optional<Time> Deadline() const;
  // Brings what fd() waits for up to date.
  void RefreshPoll();

  void PublishAdapter(const AdapterProperties& adapter);
  void RemoveAdapter(const std::string& name);
  void PublishConnection(const ConnectionProperties& connection);
  void RemoveConnection(const ConnectionRef& connection);
  void PublishBond(const BondProperties& bond);
  void PublishStoreNotices(const std::vector<std::string>& notices);
  void RemoveBond(const std::string& adapter, const DeviceAddress& identity);

  // Calls `emit` with the object if it is there and signals go out: not before
  // the name is owned, since the policy keeps them from strangers only then.
  template <typename Emit>
  void EmitOn(const std::string& adapter, Emit emit);
  template <typename Emit>
  void EmitOn(const ConnectionRef& connection, Emit emit);

  // Where the connection stands; nothing when it is not published.
  std::optional<std::string> PathOf(const ConnectionRef& connection) const;

  bool CanEmit() const { return name_owned_; }

  BusConnection bus_;
  PollSet poll_set_;
  const std::string name_;
  bool name_owned_ = false;
  Clients clients_;
  PendingCalls calls_{clients_};
  Agents agents_{bus_.get(), clients_};

 private:
  using ConnectionKey = std::pair<std::string, uint32_t>;  // adapter, serial

  void HandleGone(const std::string& name);
  void HandOnAnswers();
  void Bury();
  void UpdateAdapterList();

  HandlerContext context_;
  bool in_handler_ = false;
  RootObject root_;
  ObjectSet<std::string, AdapterObject> adapters_{bus_.get(), context_};
  ObjectSet<ConnectionKey, ConnectionObject> connections_{bus_.get(), context_};
  ObjectSet<std::string, BondObject> bonds_{bus_.get(), context_};
};

// The bus may be gone by now, which Process() will tell: nothing else comes of
// a signal that cannot go out.
template <typename Body>
void WithoutBusErrors(Body&& body) {
  try {
    body();
  } catch (const sdbus::Error&) {
  }
}

template <typename Emit>
void Service::Impl::EmitOn(const std::string& adapter, Emit emit) {
  AdapterObject* object = adapters_.Find(adapter);
  if (!object || !CanEmit()) return;
  WithoutBusErrors([&] { emit(*object); });
}

template <typename Emit>
void Service::Impl::EmitOn(const ConnectionRef& connection, Emit emit) {
  ConnectionObject* object =
      connections_.Find({connection.adapter, connection.serial});
  if (!object || !CanEmit()) return;
  WithoutBusErrors([&] { emit(*object); });
}

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_SERVICE_IMPL_H_
