#include "dbus/paths.h"

#include <fmt/core.h>

#include <algorithm>

namespace bondd::dbus {

std::string AdapterPath(const std::string& name) {
  return fmt::format("{}/{}", kRootPath, name);
}

std::string ConnectionPath(const std::string& adapter, uint16_t handle,
                           uint32_t serial) {
  return fmt::format("{}/conn_{:04x}_{}", AdapterPath(adapter), handle, serial);
}

std::string BondPath(const std::string& adapter,
                     const DeviceAddress& identity) {
  std::string address = identity.ToString();
  std::erase(address, ':');
  return fmt::format("{}/bond_{}_{}", AdapterPath(adapter),
                     ToString(identity.type), address);
}

}  // namespace bondd::dbus
