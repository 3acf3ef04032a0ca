// Bonds that move in or out through somebody's file descriptor.

#ifndef BONDD_BONDS_TRANSFER_H_
#define BONDD_BONDS_TRANSFER_H_

#include <chrono>
#include <cstddef>
#include <optional>

#include "common/device_address.h"
#include "common/unique_fd.h"
#include "smp/keys.h"
#include "smp/pairing_options.h"

namespace bondd::bonds {

enum class TransferFormat {
  kJson,       // see bonds/README.md
  kBlueZ,      // a tar archive of what bluetoothd keeps in its state directory
  kWireshark,  // keys as its sniffer plug-ins take them; export only
};

inline constexpr size_t kMaxTransferSize = 64 << 20;  // octets
inline constexpr std::chrono::milliseconds kTransferTime(10'000);

struct ExportRequest {
  // A regular file, pipe or stream socket that is open for writing; closed
  // when the request is answered.
  UniqueFd fd;
  TransferFormat format = TransferFormat::kJson;
  DeviceAddress adapter;                   // its identity address
  std::optional<DeviceAddress> peer = {};  // only this one's bond
  // The adapter's own; left out when absent.
  std::optional<smp::Irk> local_irk = {};
  std::chrono::milliseconds time = kTransferTime;
};

struct ImportRequest {
  // The same, open for reading; read to its end.
  UniqueFd fd;
  TransferFormat format = TransferFormat::kJson;
  DeviceAddress adapter;
  // What happens to a bond that is there; kAsk is as kNever.
  smp::ReplaceOption replace = smp::ReplaceOption::kNotWeaker;
  std::chrono::milliseconds time = kTransferTime;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_TRANSFER_H_
