#include "sim/initiator.h"

#include "sim/controller.h"

namespace bondd::sim {

using hci::HciError;

namespace {

constexpr Duration kUnit = std::chrono::microseconds(625);

}  // namespace

Initiator::Initiator(Controller& controller, Scheduler& scheduler)
    : controller_(controller), scheduler_(scheduler) {}

// [Vol 4, Part E] 7.8.12
HciError Initiator::Create(Reader& parameters) {
  if (enabled()) return HciError::kCommandDisallowed;
  const uint16_t interval = parameters.U16();
  const uint16_t window = parameters.U16();
  const uint8_t filter_policy = parameters.U8();
  const uint8_t peer_address_type = parameters.U8();
  const auto peer_address = parameters.Array<6>();
  const uint8_t own_address_type = parameters.U8();
  WantedParameters wanted;
  wanted.interval_min = parameters.U16();
  wanted.interval_max = parameters.U16();
  wanted.latency = parameters.U16();
  wanted.timeout = parameters.U16();
  parameters.U32();  // the lengths of connection events
  if (!parameters.complete() || interval < 0x0004 || interval > 0x4000 ||
      window < 0x0004 || window > interval || filter_policy > 1 ||
      peer_address_type > 1 || own_address_type > 1 || !wanted.Valid()) {
    return HciError::kInvalidParameters;
  }
  const std::optional<DeviceAddress> own =
      controller_.OwnAddress(own_address_type);
  if (!own) return HciError::kInvalidParameters;
  if (!controller_.CanEnter(LeState::kInitiating)) {
    return HciError::kCommandDisallowed;
  }
  if (!controller_.HasRoomForLink()) {
    return HciError::kConnectionLimitExceeded;
  }
  const DeviceAddress peer{static_cast<AddressType>(peer_address_type),
                           peer_address};
  const bool accept_list = filter_policy == 1;
  if (!accept_list && controller_.HasLinkTo(peer)) {
    return HciError::kConnectionAlreadyExists;
  }
  attempt_ = {{scheduler_.now(), interval * kUnit, window * kUnit},
              accept_list,
              peer,
              *own,
              wanted};
  return HciError::kSuccess;
}

// [Vol 4, Part E] 7.8.13
HciError Initiator::Cancel() {
  if (!enabled()) return HciError::kCommandDisallowed;
  Stop();
  controller_.ReportConnectionFailure(hci::Role::kCentral,
                                      HciError::kUnknownConnectionIdentifier);
  return HciError::kSuccess;
}

bool Initiator::Wants(const AdvertisingPdu& pdu) const {
  if (!attempt_ || !attempt_->pattern.ListensAt(scheduler_.now()) ||
      !pdu.connectable()) {
    return false;
  }
  if (pdu.target && *pdu.target != attempt_->own_address) return false;
  if (controller_.HasLinkTo(pdu.advertiser)) return false;
  return attempt_->accept_list
             ? controller_.accept_list().Contains(pdu.advertiser)
             : pdu.advertiser == attempt_->peer;
}

LinkParameters Initiator::parameters() const {
  const WantedParameters& wanted = attempt_->wanted;
  return {wanted.interval_min, wanted.latency, wanted.timeout};
}

}  // namespace bondd::sim
