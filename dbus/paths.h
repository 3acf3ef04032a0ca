// Where the objects stand; see "Object tree" of the D-Bus API.

#ifndef BONDD_DBUS_PATHS_H_
#define BONDD_DBUS_PATHS_H_

#include <cstdint>
#include <string>

#include "common/device_address.h"

namespace bondd::dbus {

inline constexpr char kRootPath[] = "/org/bondd";

std::string AdapterPath(const std::string& name);
std::string ConnectionPath(const std::string& adapter, uint16_t handle,
                           uint32_t serial);
std::string BondPath(const std::string& adapter, const DeviceAddress& identity);

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_PATHS_H_
