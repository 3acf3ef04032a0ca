#include "sim/command.h"
#include "sim/controller.h"
#include "sim/link_encryption.h"
#include "sim/random.h"

namespace bondd::sim {

using hci::EventCode;
using hci::HciError;
using hci::Opcode;

namespace {

constexpr Answer (*kNothingToDo)(Controller&, Reader&) =
    [](Controller&, Reader&) { return Answer{}; };

// [Vol 6, Part B] 4.5.10: the time that the largest data PDU takes.
constexpr uint16_t kMaxDataTime = 2120;
constexpr uint16_t kMinDataTime = 328;

Answer Invalid() { return {HciError::kInvalidParameters, {}}; }

uint64_t LmpFeatures(const ControllerOptions& options) {
  return hci::kLmpLeSupported |
         (options.dual_mode ? hci::kLmpExtendedFeatures
                            : hci::kLmpBrEdrNotSupported);
}

Answer Reset(Controller& controller, Reader&) {
  controller.Reset();
  return {};
}

Answer SetEventMask(Controller& controller, Reader& parameters) {
  const uint64_t mask = parameters.U64();
  if (!parameters.complete()) return Invalid();
  controller.port().set_event_mask(mask);
  return {};
}

Answer LeSetEventMask(Controller& controller, Reader& parameters) {
  const uint64_t mask = parameters.U64();
  if (!parameters.complete()) return Invalid();
  controller.port().set_le_event_mask(mask);
  return {};
}

Answer ReadLocalVersion(Controller&, Reader&) {
  Writer rest;
  rest.U8(kVersion42).U16(0).U8(kVersion42).U16(kCompany).U16(0);
  return {HciError::kSuccess, rest.Finish()};
}

Answer ReadLocalSupportedCommands(Controller& controller, Reader&) {
  Writer rest;
  rest.Append(SupportedCommands(controller.options()));
  return {HciError::kSuccess, rest.Finish()};
}

Answer ReadLocalSupportedFeatures(Controller& controller, Reader&) {
  Writer rest;
  rest.U64(LmpFeatures(controller.options()));
  return {HciError::kSuccess, rest.Finish()};
}

Answer ReadLocalExtendedFeatures(Controller& controller, Reader& parameters) {
  const uint8_t page = parameters.U8();
  if (!parameters.complete() || page > 1) return Invalid();
  // [Vol 2, Part C] 3.3: LE Supported (Host).
  const uint64_t host_features = controller.le_host_support() ? hci::Bit(1) : 0;
  Writer rest;
  rest.U8(page).U8(1).U64(page == 0 ? LmpFeatures(controller.options())
                                    : host_features);
  return {HciError::kSuccess, rest.Finish()};
}

Answer ReadBufferSize(Controller& controller, Reader&) {
  Writer rest;
  rest.U16(controller.options().acl_data_length)
      .U8(0)
      .U16(controller.options().acl_data_packets)
      .U16(0);
  return {HciError::kSuccess, rest.Finish()};
}

Answer LeReadBufferSize(Controller& controller, Reader&) {
  const ControllerOptions& options = controller.options();
  Writer rest;
  if (options.separate_le_buffers) {
    rest.U16(options.acl_data_length).U8(options.acl_data_packets);
  } else {
    rest.U16(0).U8(0);
  }
  return {HciError::kSuccess, rest.Finish()};
}

Answer ReadBdAddr(Controller& controller, Reader&) {
  Writer rest;
  rest.Append(
      controller.options().public_address.value_or(DeviceAddress{}).octets);
  return {HciError::kSuccess, rest.Finish()};
}

Answer ReadLeHostSupport(Controller& controller, Reader&) {
  Writer rest;
  rest.U8(controller.le_host_support() ? 1 : 0).U8(0);
  return {HciError::kSuccess, rest.Finish()};
}

Answer WriteLeHostSupport(Controller& controller, Reader& parameters) {
  const uint8_t supported = parameters.U8();
  parameters.U8();
  if (!parameters.complete() || supported > 1) return Invalid();
  controller.set_le_host_support(supported == 1);
  return {};
}

Answer LeReadLocalSupportedFeatures(Controller& controller, Reader&) {
  Writer rest;
  rest.U64(LeFeaturesOf(controller.options()));
  return {HciError::kSuccess, rest.Finish()};
}

Answer LeReadSupportedStates(Controller& controller, Reader&) {
  Writer rest;
  rest.U64(controller.options().supported_states);
  return {HciError::kSuccess, rest.Finish()};
}

Answer LeSetRandomAddress(Controller& controller, Reader& parameters) {
  const DeviceAddress address{AddressType::kRandom, parameters.Array<6>()};
  if (!parameters.complete()) return Invalid();
  return {controller.SetRandomAddress(address), {}};
}

Answer LeReadAdvertisingTxPower(Controller&, Reader&) {
  return {HciError::kSuccess, {0}};  // dBm
}

Answer LeEncrypt(Controller&, Reader& parameters) {
  const auto key = parameters.Array<16>();
  const auto plaintext = parameters.Array<16>();
  if (!parameters.complete()) return Invalid();
  Answer answer{HciError::kSuccess, Bytes(16)};
  if (!EncryptBlock(key, plaintext, std::span<uint8_t, 16>(answer.rest))) {
    return {HciError::kHardwareFailure, {}};
  }
  return answer;
}

Answer LeRand(Controller&, Reader&) {
  Answer answer{HciError::kSuccess, Bytes(8)};
  if (!FillRandom(answer.rest)) return {HciError::kHardwareFailure, {}};
  return answer;
}

Answer LeReadSuggestedDefaultDataLength(Controller& controller, Reader&) {
  Writer rest;
  rest.U16(controller.suggested_tx_octets()).U16(kMaxDataTime);
  return {HciError::kSuccess, rest.Finish()};
}

Answer LeWriteSuggestedDefaultDataLength(Controller& controller,
                                         Reader& parameters) {
  const uint16_t octets = parameters.U16();
  const uint16_t time = parameters.U16();
  if (!parameters.complete() || octets < hci::kMinAclDataLength ||
      octets > kMaxDataLength || time < kMinDataTime) {
    return Invalid();
  }
  controller.set_suggested_tx_octets(octets);
  return {};
}

Answer LeReadMaximumDataLength(Controller&, Reader&) {
  Writer rest;
  rest.U16(kMaxDataLength)
      .U16(kMaxDataTime)
      .U16(kMaxDataLength)
      .U16(kMaxDataTime);
  return {HciError::kSuccess, rest.Finish()};
}

// The resolving list has room for nothing.
Answer LeAddToResolvingList(Controller&, Reader&) {
  return {HciError::kMemoryCapacityExceeded, {}};
}

Answer LeRemoveFromResolvingList(Controller&, Reader&) {
  return {HciError::kUnknownConnectionIdentifier, {}};
}

Answer LeReadResolvingListSize(Controller&, Reader&) {
  return {HciError::kSuccess, {0}};
}

constexpr EventCode kComplete = EventCode::kCommandComplete;

constexpr Command kCommands[] = {
    {Opcode::kSetEventMask, 5, 6, kComplete, SetEventMask},
    {Opcode::kReset, 5, 7, kComplete, Reset},
    {Opcode::kReadLocalVersion, 14, 3, kComplete, ReadLocalVersion},
    {Opcode::kReadLocalSupportedCommands, 0, kNoBit, kComplete,
     ReadLocalSupportedCommands},
    {Opcode::kReadLocalSupportedFeatures, 14, 5, kComplete,
     ReadLocalSupportedFeatures},
    {Opcode::kReadLocalExtendedFeatures, 14, 6, kComplete,
     ReadLocalExtendedFeatures},
    {Opcode::kReadBufferSize, 14, 7, kComplete, ReadBufferSize},
    {Opcode::kReadBdAddr, 15, 1, kComplete, ReadBdAddr},
    {Opcode::kReadLeHostSupport, 24, 5, kComplete, ReadLeHostSupport},
    {Opcode::kWriteLeHostSupport, 24, 6, kComplete, WriteLeHostSupport},
    {Opcode::kLeSetEventMask, 25, 0, kComplete, LeSetEventMask},
    {Opcode::kLeReadBufferSize, 25, 1, kComplete, LeReadBufferSize},
    {Opcode::kLeReadLocalSupportedFeatures, 25, 2, kComplete,
     LeReadLocalSupportedFeatures},
    {Opcode::kLeSetRandomAddress, 25, 4, kComplete, LeSetRandomAddress},
    {Opcode::kLeReadAdvertisingTxPower, 25, 6, kComplete,
     LeReadAdvertisingTxPower},
    {Opcode::kLeSetHostChannelClassification, 27, 3, kComplete, kNothingToDo},
    {Opcode::kLeEncrypt, 27, 6, kComplete, LeEncrypt},
    {Opcode::kLeRand, 27, 7, kComplete, LeRand},
    {Opcode::kLeReadSupportedStates, 28, 3, kComplete, LeReadSupportedStates},
    {Opcode::kLeReadSuggestedDefaultDataLength, 33, 7, kComplete,
     LeReadSuggestedDefaultDataLength},
    {Opcode::kLeWriteSuggestedDefaultDataLength, 34, 0, kComplete,
     LeWriteSuggestedDefaultDataLength},
    {Opcode::kLeAddToResolvingList, 34, 3, kComplete, LeAddToResolvingList},
    {Opcode::kLeRemoveFromResolvingList, 34, 4, kComplete,
     LeRemoveFromResolvingList},
    {Opcode::kLeClearResolvingList, 34, 5, kComplete, kNothingToDo},
    {Opcode::kLeReadResolvingListSize, 34, 6, kComplete,
     LeReadResolvingListSize},
    {Opcode::kLeSetAddressResolutionEnable, 35, 1, kComplete, kNothingToDo},
    {Opcode::kLeSetResolvablePrivateAddressTimeout, 35, 2, kComplete,
     kNothingToDo},
    {Opcode::kLeReadMaximumDataLength, 35, 3, kComplete,
     LeReadMaximumDataLength},
};

}  // namespace

std::span<const Command> LocalCommands() { return kCommands; }

}  // namespace bondd::sim
