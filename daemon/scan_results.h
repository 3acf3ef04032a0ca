// The devices seen since scanning began: a bounded number of them, the ones
// heard longest ago making room.

#ifndef BONDD_DAEMON_SCAN_RESULTS_H_
#define BONDD_DAEMON_SCAN_RESULTS_H_

#include <string>
#include <unordered_map>
#include <vector>

#include "dbus/operations.h"
#include "hci/events.h"

namespace bondd::daemon {

class ScanResults {
 public:
  // True when there is something new to tell of this device.
  bool Add(const hci::AdvertisingReport& report, Time now);
  void Clear() { devices_.clear(); }
  std::vector<dbus::Dictionary> List() const;

  static dbus::Dictionary Describe(const hci::AdvertisingReport& report);

 private:
  struct Device {
    hci::AdvertisingReport report;
    Time seen;
  };

  std::unordered_map<DeviceAddress, Device> devices_;
};

// The Complete or Shortened Local Name in advertising data; empty = none, or
// no UTF-8.
std::string NameInAdvertisingData(ByteView data);
// Flags and as much of the name as fits into 31 octets.
Bytes MakeAdvertisingData(const std::string& name);

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_SCAN_RESULTS_H_
