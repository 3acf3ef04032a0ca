#include "sim/scanner.h"

#include "sim/controller.h"

namespace bondd::sim {

using hci::HciError;

namespace {

constexpr Duration kUnit = std::chrono::microseconds(625);

// [Vol 4, Part E] 7.7.65.2: Event_Type.
constexpr uint8_t kDirectedEvent = 0x01;
constexpr uint8_t kScanResponseEvent = 0x04;

uint8_t EventTypeOf(const AdvertisingPdu& pdu) {
  return pdu.directed() ? kDirectedEvent : static_cast<uint8_t>(pdu.type);
}

}  // namespace

Scanner::Scanner(Controller& controller, Scheduler& scheduler)
    : controller_(controller), scheduler_(scheduler) {}

// [Vol 4, Part E] 7.8.10
HciError Scanner::SetParameters(Reader& parameters) {
  if (enabled()) return HciError::kCommandDisallowed;
  const uint8_t type = parameters.U8();
  const uint16_t interval = parameters.U16();
  const uint16_t window = parameters.U16();
  const uint8_t own_address_type = parameters.U8();
  const uint8_t filter_policy = parameters.U8();
  if (!parameters.complete() || type > 1 || interval < 0x0004 ||
      interval > 0x4000 || window < 0x0004 || window > interval ||
      own_address_type > 1 || filter_policy > 1) {
    return HciError::kInvalidParameters;
  }
  active_ = type == 1;
  pattern_.interval = interval * kUnit;
  pattern_.window = window * kUnit;
  own_address_type_ = own_address_type;
  filter_policy_ = filter_policy;
  return HciError::kSuccess;
}

// [Vol 4, Part E] 7.8.11
HciError Scanner::SetEnable(Reader& parameters) {
  const uint8_t enable = parameters.U8();
  const uint8_t filter_duplicates = parameters.U8();
  if (!parameters.complete() || enable > 1 || filter_duplicates > 1) {
    return HciError::kInvalidParameters;
  }
  if (enable == 0) {
    Stop();
    return HciError::kSuccess;
  }
  if (!enabled()) {
    const std::optional<DeviceAddress> own =
        controller_.OwnAddress(own_address_type_);
    if (!own) return HciError::kInvalidParameters;
    if (!controller_.CanEnter(state())) return HciError::kCommandDisallowed;
    own_address_ = own;
    pattern_.start = scheduler_.now();
  }
  filter_duplicates_ = filter_duplicates == 1;
  seen_.clear();
  return HciError::kSuccess;
}

void Scanner::Stop() {
  own_address_.reset();
  seen_.clear();
}

void Scanner::Hear(const AdvertisingPdu& pdu, const Advertiser& from) {
  if (!enabled() || !pattern_.ListensAt(scheduler_.now())) return;
  if (filter_policy_ == 1 &&
      !controller_.accept_list().Contains(pdu.advertiser)) {
    return;
  }
  if (pdu.target && !controller_.Owns(*pdu.target)) return;
  Report(EventTypeOf(pdu), pdu.advertiser, pdu.data);
  if (active_ && pdu.scannable() && from.AcceptsScanRequest(*own_address_)) {
    Report(kScanResponseEvent, pdu.advertiser, pdu.scan_response);
  }
}

void Scanner::Report(uint8_t event_type, const DeviceAddress& address,
                     ByteView data) {
  // Reports are what a host that does not read loses first.
  if (controller_.port().full()) return;
  if (filter_duplicates_) {
    if (seen_.size() >= kMaxSeen) seen_.clear();
    if (!seen_.emplace(address, event_type).second) return;
  }
  Writer event;
  event.U8(1)
      .U8(event_type)
      .U8(static_cast<uint8_t>(address.type))
      .Append(address.octets)
      .U8(static_cast<uint8_t>(data.size()))
      .Append(data)
      .U8(static_cast<uint8_t>(kRssi));
  controller_.port().Send(hci::LeSubevent::kAdvertisingReport, event.bytes());
}

}  // namespace bondd::sim
