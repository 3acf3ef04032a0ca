#include "sim/virtual_controller.h"

#include <utility>

#include "sim/controller.h"

namespace bondd::sim {

namespace {

std::unexpected<Error> Gone() {
  return Fail(ErrorCode::kClosed, "the simulated controller has vanished");
}

}  // namespace

VirtualController::VirtualController(Medium& medium, ControllerOptions options)
    : controller_(std::make_unique<Controller>(medium, std::move(options))) {}

VirtualController::~VirtualController() = default;

Result<std::optional<hci::Packet>> VirtualController::Read() {
  if (controller_->vanished()) return Gone();
  return controller_->port().Take();
}

Result<void> VirtualController::Write(hci::PacketType type, ByteView payload) {
  if (controller_->vanished()) return Gone();
  if (!CanTake()) {
    return Fail(ErrorCode::kLimit,
                "the host sends more than the simulated controller takes");
  }
  controller_->Take(type, payload);
  return {};
}

bool VirtualController::CanTake() const { return controller_->CanTake(); }

void VirtualController::SetFaults(Faults faults) {
  controller_->SetFaults(std::move(faults));
}

void VirtualController::LoseContact() { controller_->LoseContact(); }

void VirtualController::Vanish() { controller_->Vanish(); }

}  // namespace bondd::sim
