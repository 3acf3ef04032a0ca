#include "daemon/scan_results.h"

#include <algorithm>

namespace bondd::daemon {

namespace {

constexpr size_t kMaxDevices = 256;
constexpr size_t kMaxAdvertisingData = 31;
// [Assigned Numbers] 2.3: AD types.
constexpr uint8_t kFlags = 0x01;
constexpr uint8_t kShortenedName = 0x08;
constexpr uint8_t kCompleteName = 0x09;
// LE General Discoverable Mode, BR/EDR Not Supported.
constexpr uint8_t kDiscoverableLeOnly = 0x06;
constexpr uint8_t kScanResponse = 4;
constexpr int8_t kRssiUnknown = 127;

// D-Bus strings are UTF-8; names off the air may be anything.
bool IsPrintableAscii(ByteView text) {
  return std::all_of(text.begin(), text.end(), [](uint8_t octet) {
    return octet >= 0x20 && octet < 0x7F;
  });
}

}  // namespace

std::string NameInAdvertisingData(ByteView data) {
  Reader reader(data);
  while (reader.remaining() > 0) {
    const uint8_t length = reader.U8();
    if (length == 0) continue;
    const ByteView structure = reader.Take(length);
    if (!reader.ok()) break;
    const ByteView value = structure.subspan(1);
    if ((structure[0] == kCompleteName || structure[0] == kShortenedName) &&
        IsPrintableAscii(value)) {
      return std::string(value.begin(), value.end());
    }
  }
  return {};
}

Bytes MakeAdvertisingData(const std::string& name) {
  Writer writer;
  writer.U8(2).U8(kFlags).U8(kDiscoverableLeOnly);
  if (name.empty()) return writer.Finish();
  const size_t room = kMaxAdvertisingData - writer.bytes().size() - 2;
  const size_t length = std::min(room, name.size());
  writer.U8(static_cast<uint8_t>(length + 1));
  writer.U8(length == name.size() ? kCompleteName : kShortenedName);
  for (size_t i = 0; i < length; ++i) {
    writer.U8(static_cast<uint8_t>(name[i]));
  }
  return writer.Finish();
}

bool ScanResults::Add(const hci::AdvertisingReport& report, Time now) {
  const auto it = devices_.find(report.address);
  if (it != devices_.end()) {
    Device& device = it->second;
    device.seen = now;
    const bool scan_response = report.event_type == kScanResponse;
    const bool news = !scan_response && device.report.data != report.data;
    if (!scan_response || NameInAdvertisingData(device.report.data).empty()) {
      device.report = report;
    }
    return news;
  }
  if (devices_.size() >= kMaxDevices) {
    devices_.erase(std::min_element(devices_.begin(), devices_.end(),
                                    [](const auto& a, const auto& b) {
                                      return a.second.seen < b.second.seen;
                                    }));
  }
  devices_.emplace(report.address, Device{report, now});
  return true;
}

std::vector<dbus::Dictionary> ScanResults::List() const {
  std::vector<dbus::Dictionary> list;
  list.reserve(devices_.size());
  for (const auto& [address, device] : devices_) {
    list.push_back(Describe(device.report));
  }
  return list;
}

dbus::Dictionary ScanResults::Describe(const hci::AdvertisingReport& report) {
  constexpr uint8_t kAdvInd = 0;
  constexpr uint8_t kAdvDirectInd = 1;
  dbus::Dictionary out;
  out.emplace_back("Address", report.address.ToString());
  out.emplace_back("AddressType", std::string(ToString(report.address.type)));
  out.emplace_back("Connectable", report.event_type == kAdvInd ||
                                      report.event_type == kAdvDirectInd);
  if (const std::string name = NameInAdvertisingData(report.data);
      !name.empty()) {
    out.emplace_back("Name", name);
  }
  if (report.rssi != kRssiUnknown) {
    out.emplace_back("Rssi", static_cast<int16_t>(report.rssi));
  }
  out.emplace_back("Data", report.data);
  return out;
}

}  // namespace bondd::daemon
