#include "sim/command.h"
#include "sim/controller.h"

namespace bondd::sim {

using hci::EventCode;
using hci::HciError;
using hci::Opcode;

namespace {

constexpr EventCode kComplete = EventCode::kCommandComplete;

Answer ReadFilterAcceptListSize(Controller& controller, Reader&) {
  return {HciError::kSuccess, {controller.accept_list().size()}};
}

// [Vol 4, Part E] 7.8.15: it is not changed while it is used.
Answer ClearFilterAcceptList(Controller& controller, Reader&) {
  if (controller.AcceptListInUse()) return {HciError::kCommandDisallowed, {}};
  controller.accept_list().Clear();
  return {};
}

std::optional<DeviceAddress> ReadAddress(Reader& parameters) {
  const uint8_t type = parameters.U8();
  const auto octets = parameters.Array<6>();
  if (!parameters.complete() || type > 1) return std::nullopt;
  return DeviceAddress{static_cast<AddressType>(type), octets};
}

Answer AddToFilterAcceptList(Controller& controller, Reader& parameters) {
  const std::optional<DeviceAddress> address = ReadAddress(parameters);
  if (!address) return {HciError::kInvalidParameters, {}};
  if (controller.AcceptListInUse()) return {HciError::kCommandDisallowed, {}};
  return {controller.accept_list().Add(*address), {}};
}

Answer RemoveFromFilterAcceptList(Controller& controller, Reader& parameters) {
  const std::optional<DeviceAddress> address = ReadAddress(parameters);
  if (!address) return {HciError::kInvalidParameters, {}};
  if (controller.AcceptListInUse()) return {HciError::kCommandDisallowed, {}};
  controller.accept_list().Remove(*address);
  return {};
}

constexpr Command kCommands[] = {
    {Opcode::kLeSetAdvertisingParameters, 25, 5, kComplete,
     [](Controller& controller, Reader& parameters) {
       return Answer{controller.advertiser().SetParameters(parameters), {}};
     }},
    {Opcode::kLeSetAdvertisingData, 25, 7, kComplete,
     [](Controller& controller, Reader& parameters) {
       return Answer{controller.advertiser().SetData(parameters), {}};
     }},
    {Opcode::kLeSetScanResponseData, 26, 0, kComplete,
     [](Controller& controller, Reader& parameters) {
       return Answer{controller.advertiser().SetScanResponse(parameters), {}};
     }},
    {Opcode::kLeSetAdvertisingEnable, 26, 1, kComplete,
     [](Controller& controller, Reader& parameters) {
       return Answer{controller.advertiser().SetEnable(parameters), {}};
     }},
    {Opcode::kLeSetScanParameters, 26, 2, kComplete,
     [](Controller& controller, Reader& parameters) {
       return Answer{controller.scanner().SetParameters(parameters), {}};
     }},
    {Opcode::kLeSetScanEnable, 26, 3, kComplete,
     [](Controller& controller, Reader& parameters) {
       return Answer{controller.scanner().SetEnable(parameters), {}};
     }},
    {Opcode::kLeCreateConnection, 26, 4, EventCode::kCommandStatus,
     [](Controller& controller, Reader& parameters) {
       return Answer{controller.initiator().Create(parameters), {}};
     }},
    {Opcode::kLeCreateConnectionCancel, 26, 5, kComplete,
     [](Controller& controller, Reader&) {
       return Answer{controller.initiator().Cancel(), {}};
     }},
    {Opcode::kLeReadFilterAcceptListSize, 26, 6, kComplete,
     ReadFilterAcceptListSize},
    {Opcode::kLeClearFilterAcceptList, 26, 7, kComplete, ClearFilterAcceptList},
    {Opcode::kLeAddToFilterAcceptList, 27, 0, kComplete, AddToFilterAcceptList},
    {Opcode::kLeRemoveFromFilterAcceptList, 27, 1, kComplete,
     RemoveFromFilterAcceptList},
};

}  // namespace

std::span<const Command> AirCommands() { return kCommands; }

}  // namespace bondd::sim
