// The PDUs of the advertising physical channels.

#ifndef BONDD_SIM_ADVERTISING_PDU_H_
#define BONDD_SIM_ADVERTISING_PDU_H_

#include <cstdint>
#include <optional>

#include "common/bytes.h"
#include "common/device_address.h"

namespace bondd::sim {

// [Vol 4, Part E] 7.8.5: Advertising_Type.
enum class AdvertisingType : uint8_t {
  kConnectable = 0,       // ADV_IND
  kHighDutyDirected = 1,  // ADV_DIRECT_IND
  kScannable = 2,         // ADV_SCAN_IND
  kNonConnectable = 3,    // ADV_NONCONN_IND
  kLowDutyDirected = 4,   // ADV_DIRECT_IND
};

// One advertising event as it is heard. The data is borrowed.
struct AdvertisingPdu {
  AdvertisingType type;
  DeviceAddress advertiser;
  std::optional<DeviceAddress> target;  // of directed advertising
  ByteView data;
  ByteView scan_response;

  bool directed() const {
    return type == AdvertisingType::kHighDutyDirected ||
           type == AdvertisingType::kLowDutyDirected;
  }
  bool connectable() const {
    return type == AdvertisingType::kConnectable || directed();
  }
  bool scannable() const {
    return type == AdvertisingType::kConnectable ||
           type == AdvertisingType::kScannable;
  }
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_ADVERTISING_PDU_H_
