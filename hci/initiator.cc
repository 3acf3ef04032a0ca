#include "hci/initiator.h"

#include <algorithm>
#include <cassert>

#include "hci/error_name.h"

namespace bondd::hci {

namespace {

// How long a cancelled Create Connection may take to say so.
constexpr Duration kCancelTimeout = std::chrono::seconds(2);

}  // namespace

void Initiator::Connect(const DeviceAddress& peer, Time deadline) {
  const bool is_current =
      current_ && current_->peer == peer && end_ != End::kAbandoned;
  if (is_current ||
      std::ranges::find(waiting_, peer, &Attempt::peer) != waiting_.end()) {
    return Fail(peer, ErrorCode::kBusy,
                "a connection to this address is being made already");
  }
  if (waiting_.size() >= kMaxConnectAttempts) {
    return Fail(peer, ErrorCode::kBusy, "too many connections wait to be made");
  }
  waiting_.push_back({peer, deadline});
}

void Initiator::Cancel(const DeviceAddress& peer) {
  size_t cancelled = std::erase_if(
      waiting_, [&peer](const Attempt& a) { return a.peer == peer; });
  if (current_ && current_->peer == peer && end_ != End::kAbandoned) {
    end_ = End::kAbandoned;
    ++cancelled;
  }
  for (size_t i = 0; i < cancelled; ++i) {
    Fail(peer, ErrorCode::kClosed, "the connection attempt was cancelled");
  }
}

void Initiator::CancelAll() {
  while (!waiting_.empty()) Cancel(DeviceAddress(waiting_.front().peer));
  if (current_) Cancel(DeviceAddress(current_->peer));
}

bool Initiator::wanted() const {
  if (!current_) return !waiting_.empty();
  return end_ <= End::kPause || !waiting_.empty();
}

std::optional<Command> Initiator::Stop(bool pause) {
  if (state_ != State::kInitiating) return std::nullopt;
  if (pause) end_ = std::max(end_, End::kPause);
  if (end_ == End::kNone) return std::nullopt;
  state_ = State::kCancelling;
  return PlainCommand(Opcode::kLeCreateConnectionCancel);
}

Command Initiator::Start(uint8_t own_address_type) {
  assert(state_ == State::kIdle && !waiting_.empty());
  current_ = waiting_.front();
  waiting_.pop_front();
  state_ = State::kCreating;
  end_ = End::kNone;
  return LeCreateConnectionCommand(current_->peer, own_address_type);
}

void Initiator::OnCreateAnswer(uint8_t status, bool again) {
  // Connection Complete may have overtaken the command's own answer.
  if (state_ != State::kCreating) return;
  state_ = State::kInitiating;
  if (status == 0) return;
  if (again && end_ == End::kNone) end_ = End::kPause;
  OnFailed(status);
}

void Initiator::OnCancelAnswer(Time now) {
  if (state_ != State::kCancelling) return;
  // [Vol 4, Part E] 7.8.13: Connection Complete follows, also where the cancel
  // came too late.
  state_ = State::kCancelled;
  give_up_ = now + kCancelTimeout;
}

bool Initiator::OnConnected() {
  if (state_ == State::kIdle) return false;
  const bool wanted = end_ != End::kAbandoned;
  Finish();
  return wanted;
}

void Initiator::OnFailed(uint8_t status) {
  if (state_ == State::kIdle) return;
  const Attempt attempt = *current_;
  const End end = end_;
  Finish();
  switch (end) {
    case End::kNone:
      return Fail(attempt.peer, ErrorCode::kIo,
                  "the connection failed: " + DescribeError(status));
    case End::kPause:
      waiting_.push_front(attempt);
      return;
    case End::kTimeout:
      return Fail(attempt.peer, ErrorCode::kTimedOut,
                  "no device with this address answered in time");
    case End::kAbandoned:
      return;
  }
}

void Initiator::Finish() {
  state_ = State::kIdle;
  end_ = End::kNone;
  current_.reset();
  give_up_.reset();
}

std::optional<Time> Initiator::Deadline() const {
  std::optional<Time> deadline = give_up_;
  if (current_ && end_ < End::kTimeout) {
    deadline = Earlier(deadline, current_->deadline);
  }
  for (const Attempt& attempt : waiting_) {
    deadline = Earlier(deadline, attempt.deadline);
  }
  return deadline;
}

void Initiator::OnDeadline(Time now) {
  if (current_ && end_ < End::kTimeout && now >= current_->deadline) {
    end_ = End::kTimeout;
  }
  constexpr uint8_t kCancelWorked =
      static_cast<uint8_t>(HciError::kUnknownConnectionIdentifier);
  if (give_up_ && now >= *give_up_) OnFailed(kCancelWorked);
  std::vector<DeviceAddress> late;
  std::erase_if(waiting_, [&late, now](const Attempt& attempt) {
    if (now < attempt.deadline) return false;
    late.push_back(attempt.peer);
    return true;
  });
  for (const DeviceAddress& peer : late) {
    Fail(peer, ErrorCode::kTimedOut,
         "no device with this address answered in time");
  }
}

void Initiator::Fail(const DeviceAddress& peer, ErrorCode code,
                     std::string message) {
  events_.push_back(ConnectFailed{peer, Error{code, std::move(message)}});
}

}  // namespace bondd::hci
