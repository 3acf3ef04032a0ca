#include "hci/command_queue.h"

#include <algorithm>

namespace bondd::hci {

namespace {

constexpr size_t kMaxWaiting = 128;

// Commands whose Command Status 0 is the answer; what they set going is told
// by an event of its own. All others answer with Command Complete.
bool StatusIsTheAnswer(Opcode opcode) {
  switch (opcode) {
    case Opcode::kDisconnect:
    case Opcode::kLeCreateConnection:
    case Opcode::kLeConnectionUpdate:
    case Opcode::kLeEnableEncryption:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool CommandQueue::Push(Command command, Time now) {
  if (waiting_.size() >= kMaxWaiting) return false;
  waiting_.push_back(std::move(command));
  if (!deadline_) Rearm(now);
  return true;
}

std::optional<Command> CommandQueue::Next(Time now) {
  if (under_way_ || credits_ == 0 || waiting_.empty()) return std::nullopt;
  Command command = std::move(waiting_.front());
  waiting_.pop_front();
  under_way_ = UnderWay{command.opcode(), command.link(), command.optional()};
  --credits_;
  Rearm(now);
  return command;
}

std::optional<CommandOutcome> CommandQueue::OnCommandComplete(
    ByteView parameters, Time now) {
  Reader reader(parameters);
  const uint8_t credits = reader.U8();
  const auto opcode = static_cast<Opcode>(reader.U16());
  if (!reader.ok()) return std::nullopt;
  TakeCredits(credits, now);
  if (!under_way_ || opcode != under_way_->opcode) return std::nullopt;
  CommandOutcome outcome = Finish(now);
  // A controller that leaves out the status has not said that it worked.
  outcome.status = reader.remaining() == 0
                       ? static_cast<uint8_t>(HciError::kUnspecifiedError)
                       : reader.U8();
  const ByteView rest = reader.Rest();
  outcome.return_parameters.assign(rest.begin(), rest.end());
  return outcome;
}

std::optional<CommandOutcome> CommandQueue::OnCommandStatus(ByteView parameters,
                                                            Time now) {
  Reader reader(parameters);
  const uint8_t status = reader.U8();
  const uint8_t credits = reader.U8();
  const auto opcode = static_cast<Opcode>(reader.U16());
  if (!reader.ok()) return std::nullopt;
  TakeCredits(credits, now);
  if (!under_way_ || opcode != under_way_->opcode) return std::nullopt;
  if (status == 0 && !StatusIsTheAnswer(opcode)) return std::nullopt;
  CommandOutcome outcome = Finish(now);
  outcome.status = status;
  return outcome;
}

std::optional<CommandOutcome> CommandQueue::OnDeadline(Time now) {
  if (!deadline_ || now < *deadline_) return std::nullopt;
  // The controller has lost the command, or never gave the credit back: the
  // next one is a try whether it still listens.
  credits_ = 1;
  if (!under_way_) {
    Rearm(now);
    return std::nullopt;
  }
  CommandOutcome outcome = Finish(now);
  outcome.timed_out = true;
  return outcome;
}

void CommandQueue::DropLink(LinkId link) {
  std::erase_if(waiting_,
                [link](const Command& c) { return c.link() == link; });
  if (!under_way_ && waiting_.empty()) deadline_.reset();
}

void CommandQueue::Clear() {
  waiting_.clear();
  if (!under_way_) deadline_.reset();
}

void CommandQueue::TakeCredits(uint8_t credits, Time now) {
  const bool halted = credits_ == 0;
  credits_ = credits;
  if (!under_way_ && halted && credits_ > 0) Rearm(now);
}

CommandOutcome CommandQueue::Finish(Time now) {
  CommandOutcome outcome;
  outcome.opcode = under_way_->opcode;
  outcome.link = under_way_->link;
  outcome.optional = under_way_->optional;
  under_way_.reset();
  Rearm(now);
  return outcome;
}

void CommandQueue::Rearm(Time now) {
  if (under_way_ || !waiting_.empty()) {
    deadline_ = now + kCommandTimeout;
  } else {
    deadline_.reset();
  }
}

}  // namespace bondd::hci
