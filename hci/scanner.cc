#include "hci/scanner.h"

#include <cassert>

namespace bondd::hci {

void Scanner::Want(ScanParameters parameters) {
  wanted_ = parameters;
  activity_.Reconfigure();
}

LinkLayerState Scanner::state() const {
  assert(wanted_);
  return wanted_->active ? LinkLayerState::kActiveScanning
                         : LinkLayerState::kPassiveScanning;
}

Command Scanner::Start(uint8_t own_address_type) {
  assert(wanted_);
  const size_t step = activity_.step();
  activity_.StepSent();
  if (step == 0) {
    return LeSetScanParametersCommand(wanted_->active, wanted_->interval,
                                      wanted_->window, own_address_type);
  }
  return LeSetScanEnableCommand(true);
}

Command Scanner::Stop() {
  activity_.StopSent();
  return LeSetScanEnableCommand(false);
}

}  // namespace bondd::hci
