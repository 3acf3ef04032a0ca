#include "bonds/user_space.h"

#include <fmt/format.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>

namespace bondd::bonds {

namespace {

// Has a folder for each file system of this kind that is mounted, in whatever
// mount namespace; systemd mounts it with the kernel's module.
constexpr const char* kControl = "/sys/fs/fuse/connections";
// Of fs/fuse/control.c.
constexpr auto kControlMagic = 0x65735543;

bool Exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

bool ControlIsMounted() {
  struct statfs system {};
  return ::statfs(kControl, &system) == 0 && system.f_type == kControlMagic;
}

// proc_pid_mountinfo(5): major:minor is the third field, the type the first
// one after a single hyphen. Nothing for what is not mounted in this namespace,
// or numbers its files otherwise.
std::optional<std::string> TypeOf(uint32_t major, uint32_t minor) {
  const std::string device = fmt::format(" {}:{} ", major, minor);
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    const size_t id = line.find(' ');
    const size_t parent = id == line.npos ? id : line.find(' ', id + 1);
    const size_t hyphen = line.find(" - ");
    if (parent == line.npos || hyphen == line.npos) continue;
    if (line.compare(parent, device.size(), device) != 0) continue;
    const size_t type = hyphen + 3;
    return line.substr(type, line.find(' ', type) - type);
  }
  return std::nullopt;
}

}  // namespace

bool MayBeInUserSpace(uint32_t major, uint32_t minor) {
  // As the kernel numbers devices inside.
  if (Exists(fmt::format("{}/{}", kControl, major << 20 | minor))) return true;
  if (ControlIsMounted()) return false;
  if (const auto type = TypeOf(major, minor)) return type->starts_with("fuse");
  // Without its module there are none.
  return Exists("/sys/fs/fuse") || !Exists("/sys/fs");
}

}  // namespace bondd::bonds
