// What makes a controller the one that was there yesterday: where it is plugged
// in, and who made it.
//
// An adapter keeps this record beside its identity: an address alone can be
// given to any dongle. What a firmware update changes is not part of it.

#ifndef BONDD_DAEMON_CONTROLLER_RECORD_H_
#define BONDD_DAEMON_CONTROLLER_RECORD_H_

#include <cstdint>
#include <filesystem>
#include <string>

#include "config/config.h"

namespace bondd::daemon {

// `devices` has a folder for each hciN; what is not there leaves the SPEC
// alone. A USB device is named by its port, whatever number its bus has got.
std::string RecordOf(
    const config::AdapterSpec& spec, uint16_t manufacturer,
    const std::filesystem::path& devices = "/sys/class/bluetooth");

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_CONTROLLER_RECORD_H_
