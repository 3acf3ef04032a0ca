#include "hci/controller_info.h"

#include <algorithm>

namespace bondd::hci {

namespace {

struct CommandBit {
  Opcode opcode;
  uint8_t octet;
  uint8_t bit;
  // [Vol 4, Part E] 3.1: every LE controller that can hold a link has it.
  bool mandatory;
};

// [Vol 4, Part E] 6.27
constexpr CommandBit kCommandBits[] = {
    {Opcode::kDisconnect, 0, 5, true},
    {Opcode::kSetEventMask, 5, 6, true},
    {Opcode::kReset, 5, 7, true},
    {Opcode::kReadLocalVersion, 14, 3, true},
    {Opcode::kReadLocalSupportedFeatures, 14, 5, true},
    {Opcode::kReadBufferSize, 14, 7, false},
    {Opcode::kReadBdAddr, 15, 1, true},
    {Opcode::kWriteLeHostSupport, 24, 6, false},
    {Opcode::kLeSetEventMask, 25, 0, true},
    {Opcode::kLeReadBufferSize, 25, 1, true},
    {Opcode::kLeReadLocalSupportedFeatures, 25, 2, true},
    {Opcode::kLeSetRandomAddress, 25, 4, true},
    {Opcode::kLeSetAdvertisingParameters, 25, 5, true},
    {Opcode::kLeSetAdvertisingData, 25, 7, true},
    {Opcode::kLeSetScanResponseData, 26, 0, true},
    {Opcode::kLeSetAdvertisingEnable, 26, 1, true},
    {Opcode::kLeSetScanParameters, 26, 2, true},
    {Opcode::kLeSetScanEnable, 26, 3, true},
    {Opcode::kLeCreateConnection, 26, 4, true},
    {Opcode::kLeCreateConnectionCancel, 26, 5, true},
    {Opcode::kLeConnectionUpdate, 27, 2, true},
    {Opcode::kLeEnableEncryption, 28, 0, true},
    {Opcode::kLeLongTermKeyRequestReply, 28, 1, true},
    {Opcode::kLeLongTermKeyRequestNegativeReply, 28, 2, true},
    {Opcode::kLeReadSupportedStates, 28, 3, true},
    {Opcode::kLeRemoteConnectionParameterReply, 33, 4, false},
    {Opcode::kLeRemoteConnectionParameterNegativeReply, 33, 5, false},
};

}  // namespace

bool ControllerInfo::Supports(Opcode opcode) const {
  // It can't well be listed before the list was read.
  if (opcode == Opcode::kReadLocalSupportedCommands) return true;
  const auto entry =
      std::ranges::find(kCommandBits, opcode, &CommandBit::opcode);
  if (entry == std::end(kCommandBits)) return false;
  if (!supported_commands) return entry->mandatory;
  return ((*supported_commands)[entry->octet] >> entry->bit & 1) != 0;
}

bool ControllerInfo::IsDualMode() const {
  return lmp_features && (*lmp_features & kLmpBrEdrNotSupported) == 0;
}

}  // namespace bondd::hci
