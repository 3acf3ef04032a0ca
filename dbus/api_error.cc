#include "dbus/api_error.h"

#include "dbus/wire.h"

namespace bondd::dbus {

sdbus::Error ToSdbusError(const ApiError& error) {
  std::string message = error.name;
  if (!error.message.empty()) message += ": " + error.message;
  return sdbus::Error(compat::ErrorName("org.bondd.Error." + error.name),
                      ToUtf8(message));
}

sdbus::Error InternalError() {
  return sdbus::Error(
      compat::ErrorName("org.freedesktop.DBus.Error.Failed"),
      std::string("Failed: the daemon could not carry out this call"));
}

}  // namespace bondd::dbus
