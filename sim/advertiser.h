// The advertising state of one controller.

#ifndef BONDD_SIM_ADVERTISER_H_
#define BONDD_SIM_ADVERTISER_H_

#include <optional>
#include <random>

#include "common/bytes.h"
#include "common/device_address.h"
#include "hci/spec.h"
#include "sim/advertising_pdu.h"
#include "sim/scheduler.h"
#include "sim/supported_states.h"

namespace bondd::sim {

class Controller;

// Puts an advertising event on the air each interval, and says who may ask for
// a scan response or connect. The controller, its owner, hands it the host's
// advertising commands.
class Advertiser {
 public:
  Advertiser(Controller& controller, Scheduler& scheduler);

  // Commands, with their parameters. Advertising data is taken at any time.
  hci::HciError SetParameters(Reader& parameters);
  hci::HciError SetData(Reader& parameters) { return Set(data_, parameters); }
  hci::HciError SetScanResponse(Reader& parameters) {
    return Set(scan_response_, parameters);
  }
  hci::HciError SetEnable(Reader& parameters);

  bool enabled() const { return own_address_.has_value(); }
  LeState state() const;
  bool uses_accept_list() const { return enabled() && filter_policy_ != 0; }
  void Stop();

  // While enabled.
  const DeviceAddress& own_address() const { return *own_address_; }
  bool AcceptsScanRequest(const DeviceAddress& from) const;
  bool AcceptsConnection(const DeviceAddress& from) const;

 private:
  hci::HciError Set(Bytes& place, Reader& parameters);
  void Advertise();
  void ScheduleNext();

  Controller& controller_;
  Scheduler& scheduler_;
  AdvertisingType type_ = AdvertisingType::kConnectable;
  Duration interval_ = std::chrono::milliseconds(1280);
  uint8_t own_address_type_ = 0;
  DeviceAddress target_;
  uint8_t filter_policy_ = 0;
  Bytes data_;
  Bytes scan_response_;
  // Set while advertising.
  std::optional<DeviceAddress> own_address_;
  // Seeded alike each time, so that what happens can be repeated.
  std::minstd_rand delay_source_;
  Timer event_timer_;
  Timer end_timer_;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_ADVERTISER_H_
