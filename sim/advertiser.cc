#include "sim/advertiser.h"

#include "sim/controller.h"
#include "sim/medium.h"

namespace bondd::sim {

using hci::HciError;

namespace {

constexpr Duration kAdvertisingIntervalUnit = std::chrono::microseconds(625);
// [Vol 6, Part B] 4.4.2.4.3
constexpr Duration kHighDutyInterval = std::chrono::microseconds(3750);
constexpr Duration kHighDutyTimeout = std::chrono::milliseconds(1280);
// [Vol 6, Part B] 4.4.2.2.1: advDelay.
constexpr uint32_t kMaxDelayMicroseconds = 10000;

}  // namespace

Advertiser::Advertiser(Controller& controller, Scheduler& scheduler)
    : controller_(controller),
      scheduler_(scheduler),
      event_timer_(scheduler),
      end_timer_(scheduler) {}

// [Vol 4, Part E] 7.8.5
HciError Advertiser::SetParameters(Reader& parameters) {
  if (enabled()) return HciError::kCommandDisallowed;
  const uint16_t interval_min = parameters.U16();
  const uint16_t interval_max = parameters.U16();
  const uint8_t type = parameters.U8();
  const uint8_t own_address_type = parameters.U8();
  const uint8_t peer_address_type = parameters.U8();
  const auto peer_address = parameters.Array<6>();
  const uint8_t channels = parameters.U8();
  const uint8_t filter_policy = parameters.U8();
  const bool high_duty =
      type == static_cast<uint8_t>(AdvertisingType::kHighDutyDirected);
  if (!high_duty && (interval_min < 0x0020 || interval_max > 0x4000 ||
                     interval_min > interval_max)) {
    return HciError::kInvalidParameters;
  }
  if (!parameters.complete() ||
      type > static_cast<uint8_t>(AdvertisingType::kLowDutyDirected) ||
      own_address_type > 1 || peer_address_type > 1 || (channels & 0x07) == 0 ||
      filter_policy > 3) {
    return HciError::kInvalidParameters;
  }
  type_ = static_cast<AdvertisingType>(type);
  interval_ =
      high_duty ? kHighDutyInterval : interval_min * kAdvertisingIntervalUnit;
  own_address_type_ = own_address_type;
  target_ = {static_cast<AddressType>(peer_address_type), peer_address};
  filter_policy_ = filter_policy;
  return HciError::kSuccess;
}

// [Vol 4, Part E] 7.8.9
HciError Advertiser::SetEnable(Reader& parameters) {
  const uint8_t enable = parameters.U8();
  if (!parameters.complete() || enable > 1) {
    return HciError::kInvalidParameters;
  }
  if (enable == 0) {
    Stop();
    return HciError::kSuccess;
  }
  if (enabled()) return HciError::kSuccess;
  const std::optional<DeviceAddress> own =
      controller_.OwnAddress(own_address_type_);
  if (!own) return HciError::kInvalidParameters;
  if (!controller_.CanEnter(state())) return HciError::kCommandDisallowed;
  const bool connectable = type_ != AdvertisingType::kScannable &&
                           type_ != AdvertisingType::kNonConnectable;
  if (connectable && !controller_.HasRoomForLink()) {
    return HciError::kConnectionLimitExceeded;
  }
  own_address_ = own;
  if (type_ == AdvertisingType::kHighDutyDirected) {
    end_timer_.Start(scheduler_.now() + kHighDutyTimeout, [this] {
      Stop();
      controller_.ReportConnectionFailure(hci::Role::kPeripheral,
                                          HciError::kAdvertisingTimeout);
    });
  }
  ScheduleNext();
  return HciError::kSuccess;
}

LeState Advertiser::state() const {
  switch (type_) {
    case AdvertisingType::kConnectable:
      return LeState::kConnectableAdvertising;
    case AdvertisingType::kHighDutyDirected:
      return LeState::kHighDutyDirectedAdvertising;
    case AdvertisingType::kScannable:
      return LeState::kScannableAdvertising;
    case AdvertisingType::kNonConnectable:
      return LeState::kNonConnectableAdvertising;
    case AdvertisingType::kLowDutyDirected:
      return LeState::kLowDutyDirectedAdvertising;
  }
  return LeState::kNonConnectableAdvertising;
}

void Advertiser::Stop() {
  own_address_.reset();
  event_timer_.Stop();
  end_timer_.Stop();
}

// [Vol 4, Part E] 7.8.5: Advertising_Filter_Policy, one bit for each.
bool Advertiser::AcceptsScanRequest(const DeviceAddress& from) const {
  return (filter_policy_ & 0x01) == 0 ||
         controller_.accept_list().Contains(from);
}

bool Advertiser::AcceptsConnection(const DeviceAddress& from) const {
  if (type_ == AdvertisingType::kHighDutyDirected ||
      type_ == AdvertisingType::kLowDutyDirected) {
    return from == target_;
  }
  return (filter_policy_ & 0x02) == 0 ||
         controller_.accept_list().Contains(from);
}

HciError Advertiser::Set(Bytes& place, Reader& parameters) {
  const size_t length = parameters.U8();
  const ByteView data = parameters.Rest();
  // The host sends all 31 octets, of which the first `length` count.
  if (!parameters.ok() || data.size() != hci::kMaxAdvertisingDataLength ||
      length > data.size()) {
    return HciError::kInvalidParameters;
  }
  place.assign(data.begin(), data.begin() + static_cast<ptrdiff_t>(length));
  return HciError::kSuccess;
}

void Advertiser::ScheduleNext() {
  Duration delay = interval_;
  if (type_ != AdvertisingType::kHighDutyDirected) {
    delay += std::chrono::microseconds(delay_source_() % kMaxDelayMicroseconds);
  }
  event_timer_.Start(scheduler_.now() + delay, [this] { Advertise(); });
}

void Advertiser::Advertise() {
  ScheduleNext();
  AdvertisingPdu pdu{type_, *own_address_, std::nullopt, data_, scan_response_};
  if (pdu.directed()) {
    pdu.target = target_;
    pdu.data = {};
    pdu.scan_response = {};
  }
  controller_.medium().Advertise(controller_, pdu);
}

}  // namespace bondd::sim
