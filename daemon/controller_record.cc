#include "daemon/controller_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace bondd::daemon {

namespace {

namespace fs = std::filesystem;

bool IsNumber(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Buses are numbered as they come up, "usb2", and their ports after them,
// "2-1.4".
fs::path WithoutBusNumbers(const fs::path& path) {
  constexpr std::string_view kBus = "usb";
  fs::path out;
  std::string ports;
  for (const fs::path& part : path) {
    const std::string& name = part.native();
    if (name.starts_with(kBus) && IsNumber(name.substr(kBus.size()))) {
      ports = name.substr(kBus.size()) + "-";
      out /= kBus;
    } else if (!ports.empty() && name.starts_with(ports)) {
      out /= name.substr(ports.size());
    } else {
      out /= part;
    }
  }
  return out;
}

std::string PlaceOf(const config::AdapterSpec& spec, const fs::path& devices) {
  if (spec.kind != config::AdapterKind::kHci) return spec.text;
  const fs::path entry = devices / spec.text;
  std::error_code error;
  const fs::path device = fs::canonical(entry / "device", error);
  if (!error) return WithoutBusNumbers(device);
  // One that no hardware stands behind.
  const fs::path virtual_device = fs::canonical(entry, error);
  return error ? spec.text : virtual_device.parent_path().native();
}

}  // namespace

std::string RecordOf(const config::AdapterSpec& spec, uint16_t manufacturer,
                     const fs::path& devices) {
  return fmt::format("{}, manufacturer {}", PlaceOf(spec, devices),
                     manufacturer);
}

}  // namespace bondd::daemon
