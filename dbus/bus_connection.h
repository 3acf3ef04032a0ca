// One connection to the bus, polled and processed by hand.

#ifndef BONDD_DBUS_BUS_CONNECTION_H_
#define BONDD_DBUS_BUS_CONNECTION_H_

#include <memory>
#include <optional>
#include <string>

#include "common/error.h"
#include "common/time_types.h"
#include "dbus/sdbus_compat.h"

namespace bondd::dbus {

// Turns what sdbus-c++ throws into Results. Service has two: one for the calls,
// one for look-ups of callers (see Clients).
class BusConnection {
 public:
  // `bus` is "system", "session" or an address. The error says which and why.
  static Result<BusConnection> Open(const std::string& bus);

  Result<void> RequestName(const std::string& name);
  void ReleaseName(const std::string& name);

  // fd -1 when the bus is gone.
  compat::PollState Poll() const;
  // Handles one message; false when there was none. Once it has failed it
  // always fails.
  Result<bool> ProcessOne();

  sdbus::IConnection& get() { return *connection_; }

 private:
  explicit BusConnection(std::unique_ptr<sdbus::IConnection> connection)
      : connection_(std::move(connection)) {}

  std::unique_ptr<sdbus::IConnection> connection_;
  bool gone_ = false;
};

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_BUS_CONNECTION_H_
