// The scanning state of one controller.

#ifndef BONDD_SIM_SCANNER_H_
#define BONDD_SIM_SCANNER_H_

#include <optional>
#include <set>
#include <utility>

#include "common/bytes.h"
#include "common/device_address.h"
#include "hci/spec.h"
#include "sim/advertiser.h"
#include "sim/advertising_pdu.h"
#include "sim/scheduler.h"
#include "sim/supported_states.h"

namespace bondd::sim {

class Controller;

// When a receiver that scans by interval and window listens.
struct ListeningPattern {
  Time start{};
  Duration interval = std::chrono::milliseconds(10);
  Duration window = std::chrono::milliseconds(10);

  bool ListensAt(Time now) const { return (now - start) % interval < window; }
};

// Hears what is advertised while its window is open and reports it to the
// host. The controller, its owner, hands it the host's scanning commands, and
// the Medium what is on the air.
class Scanner {
 public:
  Scanner(Controller& controller, Scheduler& scheduler);

  hci::HciError SetParameters(Reader& parameters);
  hci::HciError SetEnable(Reader& parameters);

  bool enabled() const { return own_address_.has_value(); }
  LeState state() const {
    return active_ ? LeState::kActiveScanning : LeState::kPassiveScanning;
  }
  bool uses_accept_list() const { return enabled() && filter_policy_ != 0; }
  void Stop();

  void Hear(const AdvertisingPdu& pdu, const Advertiser& from);

 private:
  // What is remembered against duplicates before it starts anew.
  static constexpr size_t kMaxSeen = 64;

  void Report(uint8_t event_type, const DeviceAddress& address, ByteView data);

  Controller& controller_;
  Scheduler& scheduler_;
  bool active_ = false;
  ListeningPattern pattern_;
  uint8_t own_address_type_ = 0;
  uint8_t filter_policy_ = 0;
  bool filter_duplicates_ = false;
  std::set<std::pair<DeviceAddress, uint8_t>> seen_;
  // Set while scanning.
  std::optional<DeviceAddress> own_address_;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_SCANNER_H_
