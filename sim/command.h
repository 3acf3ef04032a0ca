// The commands that a simulated controller knows.

#ifndef BONDD_SIM_COMMAND_H_
#define BONDD_SIM_COMMAND_H_

#include <array>
#include <span>

#include "common/bytes.h"
#include "hci/spec.h"
#include "sim/controller_options.h"
#include "sim/hci_port.h"

namespace bondd::sim {

class Controller;

// What a command is answered with: the status, and in a Command Complete the
// return parameters behind it.
struct Answer {
  hci::HciError status = hci::HciError::kSuccess;
  Bytes rest;
};

struct Command {
  hci::Opcode opcode;
  // [Vol 4, Part E] 6.27: its place in Supported_Commands; bit 8 = it has none.
  uint8_t octet;
  uint8_t bit;
  // Whether it is answered by Command Complete or by Command Status.
  hci::EventCode answer;
  Answer (*run)(Controller& controller, Reader& parameters);
};

inline constexpr uint8_t kNoBit = 8;

// [Vol 4, Part E] 7.3, 7.4 and of 7.8 what only concerns the controller itself.
std::span<const Command> LocalCommands();
// [Vol 4, Part E] 7.8: advertising, scanning, initiating.
std::span<const Command> AirCommands();
// [Vol 4, Part E] 7.1, 7.5, 7.8: what has a connection handle.
std::span<const Command> LinkCommands();

// Nothing = a controller with these options does not know it.
const Command* FindCommand(const ControllerOptions& options,
                           hci::Opcode opcode);

// Supported_Commands of such a controller.
std::array<uint8_t, 64> SupportedCommands(const ControllerOptions& options);

void SendAnswer(HciPort& port, const Command& command, const Answer& answer);

}  // namespace bondd::sim

#endif  // BONDD_SIM_COMMAND_H_
