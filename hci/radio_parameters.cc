#include "hci/radio_parameters.h"

#include "hci/spec.h"

namespace bondd::hci {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// [Vol 4, Part E] 7.8.5, 7.8.10
constexpr Duration kMinAdvertisingInterval = milliseconds(20);
constexpr Duration kMinScanInterval = microseconds(2500);
constexpr Duration kMaxInterval = milliseconds(10240);

}  // namespace

Result<void> Validate(const AdvertisingParameters& parameters) {
  if (parameters.interval < kMinAdvertisingInterval ||
      parameters.interval > kMaxInterval) {
    return Fail(ErrorCode::kInvalidArgument,
                "the advertising interval is 20 ms to 10240 ms");
  }
  if (parameters.data.size() > kMaxAdvertisingDataLength) {
    return Fail(ErrorCode::kInvalidArgument,
                "advertising data is at most 31 octets");
  }
  if (parameters.scan_response.size() > kMaxAdvertisingDataLength) {
    return Fail(ErrorCode::kInvalidArgument,
                "scan response data is at most 31 octets");
  }
  return {};
}

Result<void> Validate(const ScanParameters& parameters) {
  if (parameters.interval < kMinScanInterval ||
      parameters.interval > kMaxInterval) {
    return Fail(ErrorCode::kInvalidArgument,
                "the scan interval is 2.5 ms to 10240 ms");
  }
  if (parameters.window < kMinScanInterval ||
      parameters.window > parameters.interval) {
    return Fail(ErrorCode::kInvalidArgument,
                "the scan window is 2.5 ms to the scan interval");
  }
  return {};
}

}  // namespace bondd::hci
