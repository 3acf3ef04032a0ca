#include "sim/command.h"

namespace bondd::sim {

using hci::Opcode;

namespace {

bool Knows(const ControllerOptions& options, Opcode opcode) {
  if (options.missing_commands.contains(opcode)) return false;
  switch (opcode) {
    case Opcode::kReadLeHostSupport:
    case Opcode::kWriteLeHostSupport:
    case Opcode::kReadLocalExtendedFeatures:
      return options.dual_mode;
    case Opcode::kReadBufferSize:
      return options.dual_mode || !options.separate_le_buffers;
    case Opcode::kLeRemoteConnectionParameterReply:
    case Opcode::kLeRemoteConnectionParameterNegativeReply:
      return options.connection_parameters_request;
    case Opcode::kLeSetDataLength:
    case Opcode::kLeReadSuggestedDefaultDataLength:
    case Opcode::kLeWriteSuggestedDefaultDataLength:
    case Opcode::kLeReadMaximumDataLength:
      return options.data_length_extension;
    case Opcode::kLeAddToResolvingList:
    case Opcode::kLeRemoveFromResolvingList:
    case Opcode::kLeClearResolvingList:
    case Opcode::kLeReadResolvingListSize:
    case Opcode::kLeSetAddressResolutionEnable:
    case Opcode::kLeSetResolvablePrivateAddressTimeout:
      return options.link_layer_privacy;
    default:
      return true;
  }
}

std::array<std::span<const Command>, 3> AllCommands() {
  return {LocalCommands(), AirCommands(), LinkCommands()};
}

}  // namespace

const Command* FindCommand(const ControllerOptions& options, Opcode opcode) {
  if (!Knows(options, opcode)) return nullptr;
  for (const std::span<const Command> commands : AllCommands()) {
    for (const Command& command : commands) {
      if (command.opcode == opcode) return &command;
    }
  }
  return nullptr;
}

std::array<uint8_t, 64> SupportedCommands(const ControllerOptions& options) {
  std::array<uint8_t, 64> supported{};
  for (const std::span<const Command> commands : AllCommands()) {
    for (const Command& command : commands) {
      if (command.bit == kNoBit || !Knows(options, command.opcode)) continue;
      supported[command.octet] |= static_cast<uint8_t>(1 << command.bit);
    }
  }
  return supported;
}

void SendAnswer(HciPort& port, const Command& command, const Answer& answer) {
  if (command.answer == hci::EventCode::kCommandStatus) {
    port.SendCommandStatus(command.opcode, answer.status);
    return;
  }
  Writer parameters;
  parameters.U8(static_cast<uint8_t>(answer.status)).Append(answer.rest);
  port.SendCommandComplete(command.opcode, parameters.bytes());
}

}  // namespace bondd::sim
