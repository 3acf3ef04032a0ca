// The way of commands to the controller, and of their answers back.

#ifndef BONDD_HCI_COMMAND_QUEUE_H_
#define BONDD_HCI_COMMAND_QUEUE_H_

#include <deque>
#include <optional>

#include "common/bytes.h"
#include "common/time_types.h"
#include "hci/command.h"

namespace bondd::hci {

inline constexpr Duration kCommandTimeout = std::chrono::seconds(2);

// How a command ended.
struct CommandOutcome {
  Opcode opcode = Opcode::kNone;
  std::optional<LinkId> link;
  // Command::optional().
  bool optional = false;
  // Nothing came in time; then `status` means nothing.
  bool timed_out = false;
  uint8_t status = 0;  // HCI error code
  // Command Complete's, after the status.
  Bytes return_parameters;

  bool ok() const { return !timed_out && status == 0; }
};

// Holds commands until the controller has room for them and places each answer
// with the command that it is for. It stands between all who give commands and
// the transport; one command at a time is under way, which no credit count a
// controller reports can make wrong.
class CommandQueue {
 public:
  // False when the queue is full, which only a controller that gives no more
  // credits can bring about.
  [[nodiscard]] bool Push(Command command, Time now);

  // The next command to write, if the controller has room for it. It counts as
  // sent at `now`.
  std::optional<Command> Next(Time now);

  // The parameters of these two events. They yield the outcome of the command
  // under way if the event ends it.
  std::optional<CommandOutcome> OnCommandComplete(ByteView parameters,
                                                  Time now);
  std::optional<CommandOutcome> OnCommandStatus(ByteView parameters, Time now);

  // When the command under way, or the wait for a credit, has taken too long.
  std::optional<Time> Deadline() const { return deadline_; }
  std::optional<CommandOutcome> OnDeadline(Time now);

  // Drops the commands of a link that are not sent yet: its handle may be
  // another link's by the time they would go out.
  void DropLink(LinkId link);

  // Drops all that is not sent yet.
  void Clear();

 private:
  struct UnderWay {
    Opcode opcode;
    std::optional<LinkId> link;
    bool optional;
  };

  void TakeCredits(uint8_t credits, Time now);
  CommandOutcome Finish(Time now);
  void Rearm(Time now);

  std::deque<Command> waiting_;
  std::optional<UnderWay> under_way_;
  // [Vol 4, Part E] 4.4: one after power-on, until the controller says.
  uint8_t credits_ = 1;
  std::optional<Time> deadline_;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_COMMAND_QUEUE_H_
