#include "dbus/bus_connection.h"

#include <utility>

namespace bondd::dbus {

namespace {

Error BusError(const std::string& what, const sdbus::Error& error) {
  return {ErrorCode::kClosed, what + ": " + error.getMessage()};
}

}  // namespace

Result<BusConnection> BusConnection::Open(const std::string& bus) {
  try {
    if (bus == "system")
      return BusConnection(sdbus::createSystemBusConnection());
    if (bus == "session") {
      return BusConnection(sdbus::createSessionBusConnection());
    }
    return BusConnection(sdbus::createSessionBusConnectionWithAddress(bus));
  } catch (const sdbus::Error& error) {
    return std::unexpected(BusError(
        "cannot connect to the D-Bus bus '" + bus + "' (is it running?)",
        error));
  }
}

Result<void> BusConnection::RequestName(const std::string& name) {
  try {
    connection_->requestName(compat::ServiceName(name));
    return {};
  } catch (const sdbus::Error& error) {
    return Fail(ErrorCode::kBusy,
                "cannot own the bus name " + name +
                    " (is another bondd running, and is the D-Bus policy "
                    "installed?): " +
                    error.getMessage());
  }
}

void BusConnection::ReleaseName(const std::string& name) {
  try {
    connection_->releaseName(compat::ServiceName(name));
  } catch (const sdbus::Error&) {
    // Not owned, or no bus: there is nothing left to give back.
  }
}

compat::PollState BusConnection::Poll() const {
  try {
    if (!gone_) return compat::Poll(*connection_);
  } catch (const sdbus::Error&) {
    // The bus is gone; ProcessOne() says so.
  }
  return {};
}

Result<bool> BusConnection::ProcessOne() {
  if (gone_) return Fail(ErrorCode::kClosed, "the D-Bus bus is gone");
  try {
    return compat::ProcessOne(*connection_);
  } catch (const sdbus::Error& error) {
    gone_ = true;
    return std::unexpected(BusError("the D-Bus bus is gone", error));
  }
}

}  // namespace bondd::dbus
