#include "sim/medium.h"

#include "sim/controller.h"

namespace bondd::sim {

void Medium::Remove(const Controller& controller) {
  std::erase(controllers_, &controller);
}

void Medium::Advertise(Controller& sender, const AdvertisingPdu& pdu) {
  for (Controller* other : controllers_) {
    if (other != &sender) other->scanner().Hear(pdu, sender.advertiser());
  }
  for (Controller* other : controllers_) {
    if (other != &sender && other->initiator().Wants(pdu) &&
        sender.advertiser().AcceptsConnection(
            other->initiator().own_address())) {
      Connect(*other, sender);
      return;
    }
  }
}

void Medium::Connect(Controller& central, Controller& peripheral) {
  const DeviceAddress central_address = central.initiator().own_address();
  const DeviceAddress peripheral_address =
      peripheral.advertiser().own_address();
  connections_.push_back(std::make_unique<Connection>(
      scheduler_, central.initiator().parameters()));
  Connection& connection = *connections_.back();
  central.initiator().Stop();
  peripheral.advertiser().Stop();
  central.AddLink(hci::Role::kCentral, central_address, peripheral_address,
                  connection);
  peripheral.AddLink(hci::Role::kPeripheral, peripheral_address,
                     central_address, connection);
}

void Medium::ClearAway() {
  for (Controller* controller : controllers_) controller->ClearAwayLinks();
  std::erase_if(connections_, [](const std::unique_ptr<Connection>& one) {
    return one->abandoned();
  });
}

}  // namespace bondd::sim
