#include "hci/controller.h"

#include <algorithm>
#include <array>

#include "hci/controller_impl.h"
#include "hci/error_name.h"

namespace bondd::hci {

namespace {

// So that a flood from one controller leaves the loop its turn.
constexpr int kMaxPacketsAtOnce = 64;

constexpr Duration kShutdownTimeout = std::chrono::seconds(1);

// [Vol 4, Part E] 7.1.6: a controller takes no other reasons.
uint8_t DisconnectReason(uint8_t wanted) {
  constexpr std::array<uint8_t, 7> kAllowed = {0x05, 0x13, 0x14, 0x15,
                                               0x1A, 0x29, 0x3B};
  if (std::ranges::find(kAllowed, wanted) != kAllowed.end()) return wanted;
  return static_cast<uint8_t>(HciError::kRemoteUserTerminatedConnection);
}

std::unexpected<Error> NotReady() {
  return Fail(ErrorCode::kClosed, "the controller is not ready");
}

}  // namespace

Controller::Impl::Impl(Transport& transport)
    : transport_(transport), radio_(events_) {}

void Controller::Impl::Start(Time now) {
  if (state_ != State::kIdle) return;
  state_ = State::kStarting;
  Pump(now);
}

bool Controller::Impl::OnReadable(Time now) {
  bool more = running();
  for (int i = 0; i < kMaxPacketsAtOnce && more; ++i) {
    Result<std::optional<Packet>> packet = transport_.Read();
    if (!packet) {
      Lose(std::move(packet.error()));
      return false;
    }
    if (*packet) {
      OnPacket(**packet, now);
      Wipe((*packet)->payload);
    }
    more = packet->has_value() && running();
  }
  Pump(now);
  return more && running();
}

std::optional<Time> Controller::Impl::Deadline() const {
  if (!running()) return std::nullopt;
  return Earlier(Earlier(commands_.Deadline(), radio_.Deadline()),
                 Earlier(early_data_.Deadline(), shutdown_deadline_));
}

void Controller::Impl::OnDeadline(Time now) {
  if (!running()) return;
  if (const auto outcome = commands_.OnDeadline(now)) OnOutcome(*outcome, now);
  radio_.OnDeadline(now);
  early_data_.OnDeadline(now);
  if (shutdown_deadline_ && now >= *shutdown_deadline_) {
    // The links' ends can't be waited for any longer.
    shutdown_deadline_.reset();
    commands_.Clear();
    state_ = State::kResetting;
    Give(PlainCommand(Opcode::kReset), now);
  }
  Pump(now);
}

std::vector<Event> Controller::Impl::TakeEvents() {
  return std::exchange(events_, {});
}

void Controller::Impl::Connect(const DeviceAddress& peer, Time deadline) {
  if (ready()) return radio_.Connect(peer, deadline);
  if (!lost()) events_.push_back(ConnectFailed{peer, NotReady().error()});
}

void Controller::Impl::Disconnect(LinkId id, uint8_t reason, Time now) {
  Link* link = links_.Find(id);
  if (link == nullptr || link->disconnecting) return;
  link->disconnecting = true;
  Give(DisconnectCommand(link->handle, DisconnectReason(reason)).For(id), now);
}

void Controller::Impl::SendSmp(LinkId id, ByteView pdu, Time now) {
  const Link* link = links_.FindReported(id);
  if (link == nullptr) return;
  if (SendFrame(*link, kCidSmp, pdu, true)) return;
  // A peer that takes nothing any more.
  Disconnect(
      id, static_cast<uint8_t>(HciError::kRemoteUserTerminatedConnection), now);
}

void Controller::Impl::EnableEncryption(LinkId id, uint64_t rand, uint16_t ediv,
                                        const LinkKey128& key, Time now) {
  const Link* link = links_.FindReported(id);
  if (link == nullptr) return;
  Give(LeEnableEncryptionCommand(link->handle, rand, ediv, key).For(id), now);
}

void Controller::Impl::AnswerLongTermKeyRequest(
    LinkId id, const std::optional<LinkKey128>& key, Time now) {
  Link* link = links_.FindReported(id);
  if (link == nullptr || !link->key_requested) return;
  link->key_requested = false;
  Command answer = key ? LeLongTermKeyRequestReplyCommand(link->handle, *key)
                       : LeLongTermKeyRequestNegativeReplyCommand(link->handle);
  Give(std::move(answer).For(id), now);
}

void Controller::Impl::Shutdown(Time now) {
  if (state_ == State::kIdle || state_ == State::kStarting) {
    return Lose({ErrorCode::kClosed, "the controller was shut down"});
  }
  if (state_ != State::kReady) return;
  state_ = State::kShuttingDown;
  shutdown_deadline_ = now + kShutdownTimeout;
  radio_.StopAll();
  for (const LinkId id : links_.ids()) {
    Disconnect(id,
               static_cast<uint8_t>(HciError::kRemoteUserTerminatedConnection),
               now);
  }
}

void Controller::Impl::Give(Command command, Time now) {
  if (!commands_.Push(std::move(command), now)) {
    Lose({ErrorCode::kTimedOut, "the controller takes no more commands"});
  }
}

bool Controller::Impl::SendFrame(const Link& link, uint16_t cid,
                                 ByteView payload, bool counted) {
  return acl_.Enqueue(link.handle, EncodeL2cap(cid, payload), counted);
}

void Controller::Impl::Pump(Time now) {
  if (state_ == State::kStarting) PumpStartUp(now);
  if (state_ == State::kReady || state_ == State::kShuttingDown) {
    if (auto command = radio_.Next()) Give(std::move(*command), now);
  }
  if (state_ == State::kShuttingDown) PumpShutdown(now);
  while (running()) {
    const std::optional<Command> command = commands_.Next(now);
    if (!command) break;
    const auto written =
        transport_.Write(PacketType::kCommand, command->packet());
    if (!written) Lose(written.error());
  }
  while (running()) {
    const std::optional<WipedBytes> packet = acl_.Next();
    if (!packet) break;
    const auto written = transport_.Write(PacketType::kAclData, packet->view());
    if (!written) Lose(written.error());
  }
}

void Controller::Impl::PumpStartUp(Time now) {
  if (auto command = start_up_.Next()) return Give(std::move(*command), now);
  if (!start_up_.done()) return;
  if (start_up_.failure()) return Lose(*start_up_.failure());
  const ControllerInfo& info = start_up_.info();
  acl_.SetBuffers(info.acl_length, info.acl_count);
  radio_.Configure(info);
  state_ = State::kReady;
  events_.push_back(Ready{info.public_address, info.manufacturer});
}

void Controller::Impl::PumpShutdown(Time now) {
  if (!links_.empty() || !radio_.idle()) return;
  shutdown_deadline_.reset();
  state_ = State::kResetting;
  Give(PlainCommand(Opcode::kReset), now);
}

void Controller::Impl::Lose(Error error) {
  if (lost()) return;
  state_ = State::kLost;
  commands_.Clear();
  early_data_.Clear();
  events_.push_back(Lost{std::move(error)});
}

Controller::Controller(Transport& transport)
    : impl_(std::make_unique<Impl>(transport)) {}

Controller::~Controller() = default;

void Controller::Start(Time now) { impl_->Start(now); }

bool Controller::OnReadable(Time now) { return impl_->OnReadable(now); }

std::optional<Time> Controller::Deadline() const { return impl_->Deadline(); }

void Controller::OnDeadline(Time now) { impl_->OnDeadline(now); }

std::vector<Event> Controller::TakeEvents() { return impl_->TakeEvents(); }

void Controller::SetRandomAddress(const DeviceAddress& address, Time now) {
  impl_->radio().SetRandomAddress(address);
  impl_->Pump(now);
}

Result<void> Controller::StartAdvertising(AdvertisingParameters parameters,
                                          Time now) {
  if (!impl_->ready()) return NotReady();
  auto started = impl_->radio().StartAdvertising(std::move(parameters));
  impl_->Pump(now);
  return started;
}

void Controller::StopAdvertising(Time now) {
  impl_->radio().StopAdvertising();
  impl_->Pump(now);
}

Result<void> Controller::StartScan(ScanParameters parameters, Time now) {
  if (!impl_->ready()) return NotReady();
  auto started = impl_->radio().StartScan(parameters);
  impl_->Pump(now);
  return started;
}

void Controller::StopScan(Time now) {
  impl_->radio().StopScan();
  impl_->Pump(now);
}

void Controller::Connect(const DeviceAddress& peer, Duration timeout,
                         Time now) {
  impl_->Connect(peer, now + timeout);
  impl_->Pump(now);
}

void Controller::CancelConnect(const DeviceAddress& peer, Time now) {
  if (!impl_->ready()) return;
  impl_->radio().CancelConnect(peer);
  impl_->Pump(now);
}

void Controller::Disconnect(LinkId link, uint8_t reason, Time now) {
  impl_->Disconnect(link, reason, now);
  impl_->Pump(now);
}

void Controller::SendSmp(LinkId link, ByteView pdu, Time now) {
  impl_->SendSmp(link, pdu, now);
  impl_->Pump(now);
}

void Controller::EnableEncryption(LinkId link, uint64_t rand, uint16_t ediv,
                                  const LinkKey128& key, Time now) {
  impl_->EnableEncryption(link, rand, ediv, key, now);
  impl_->Pump(now);
}

void Controller::AnswerLongTermKeyRequest(LinkId link,
                                          const std::optional<LinkKey128>& key,
                                          Time now) {
  impl_->AnswerLongTermKeyRequest(link, key, now);
  impl_->Pump(now);
}

void Controller::Shutdown(Time now) {
  impl_->Shutdown(now);
  impl_->Pump(now);
}

}  // namespace bondd::hci
