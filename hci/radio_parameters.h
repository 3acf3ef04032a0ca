// What advertising and scanning shall be like.

#ifndef BONDD_HCI_RADIO_PARAMETERS_H_
#define BONDD_HCI_RADIO_PARAMETERS_H_

#include "common/bytes.h"
#include "common/error.h"
#include "common/time_types.h"

namespace bondd::hci {

struct AdvertisingParameters {
  bool connectable = true;
  Duration interval = std::chrono::milliseconds(100);  // 20 ms .. 10.24 s
  // At most 31 octets each, already in AD structures.
  Bytes data;
  Bytes scan_response;
};

struct ScanParameters {
  bool active = false;
  Duration interval = std::chrono::milliseconds(60);  // 2.5 ms .. 10.24 s
  Duration window = std::chrono::milliseconds(60);    // at most the interval
};

// kInvalidArgument on what no controller would take.
Result<void> Validate(const AdvertisingParameters& parameters);
Result<void> Validate(const ScanParameters& parameters);

}  // namespace bondd::hci

#endif  // BONDD_HCI_RADIO_PARAMETERS_H_
