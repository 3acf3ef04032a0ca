#include "hci/advertiser.h"

#include <cassert>

namespace bondd::hci {

namespace {

// [Vol 4, Part E] 7.8.5: Advertising_Type.
constexpr uint8_t kConnectableScannable = 0x00;
constexpr uint8_t kScannable = 0x02;
constexpr uint8_t kNonConnectable = 0x03;

}  // namespace

void Advertiser::Want(AdvertisingParameters parameters) {
  wanted_ = std::move(parameters);
  activity_.Reconfigure();
}

uint8_t Advertiser::EventType() const {
  if (wanted_->connectable) return kConnectableScannable;
  return wanted_->scan_response.empty() ? kNonConnectable : kScannable;
}

LinkLayerState Advertiser::state() const {
  assert(wanted_);
  switch (EventType()) {
    case kConnectableScannable:
      return LinkLayerState::kConnectableAdvertising;
    case kScannable:
      return LinkLayerState::kScannableAdvertising;
    default:
      return LinkLayerState::kNonConnectableAdvertising;
  }
}

Command Advertiser::Start(uint8_t own_address_type) {
  assert(wanted_);
  const size_t step = activity_.step();
  activity_.StepSent();
  switch (step) {
    case 0:
      return LeSetAdvertisingParametersCommand(EventType(), wanted_->interval,
                                               own_address_type);
    case 1:
      return LeSetDataCommand(Opcode::kLeSetAdvertisingData, wanted_->data);
    case 2:
      return LeSetDataCommand(Opcode::kLeSetScanResponseData,
                              wanted_->scan_response);
    default:
      return LeSetAdvertisingEnableCommand(true);
  }
}

Command Advertiser::Stop() {
  activity_.StopSent();
  return LeSetAdvertisingEnableCommand(false);
}

}  // namespace bondd::hci
