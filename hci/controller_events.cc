#include <fmt/format.h>

#include "hci/att_responder.h"
#include "hci/controller_impl.h"
#include "hci/error_name.h"
#include "hci/l2cap_signalling.h"

namespace bondd::hci {

namespace {

struct AclPacket {
  uint16_t handle;
  PacketBoundary boundary;
  ByteView data;
};

// [Vol 4, Part E] 5.4.2
std::optional<AclPacket> ParseAclPacket(ByteView packet) {
  Reader reader(packet);
  const uint16_t head = reader.U16();
  const uint16_t length = reader.U16();
  const ByteView data = reader.Take(length);
  const unsigned boundary = head >> 12 & 0b11;
  const unsigned broadcast = head >> 14;
  constexpr unsigned kCompleteFrame = 0b11;  // never on LE
  if (!reader.complete() || boundary == kCompleteFrame || broadcast != 0) {
    return std::nullopt;
  }
  return AclPacket{static_cast<uint16_t>(head & 0x0FFF),
                   static_cast<PacketBoundary>(boundary), data};
}

}  // namespace

void Controller::Impl::OnPacket(const Packet& packet, Time now) {
  if (packet.type == PacketType::kEvent) {
    const auto event = ParseEventPacket(packet.payload);
    if (event) OnEvent(*event, now);
  } else if (packet.type == PacketType::kAclData &&
             state_ != State::kStarting) {
    OnAclData(packet.payload, now);
  }
}

void Controller::Impl::OnEvent(const EventPacket& event, Time now) {
  std::optional<CommandOutcome> outcome;
  switch (event.code) {
    case EventCode::kCommandComplete:
      outcome = commands_.OnCommandComplete(event.parameters, now);
      break;
    case EventCode::kCommandStatus:
      outcome = commands_.OnCommandStatus(event.parameters, now);
      break;
    case EventCode::kHardwareError:
      return Lose({ErrorCode::kIo,
                   fmt::format("the controller reports a hardware error ({})",
                               ToHex(event.parameters))});
    default:
      // What a controller tells before its start-up is through is about a
      // host that was there before.
      if (state_ != State::kStarting) OnLinkEvent(event, now);
      return;
  }
  if (outcome) OnOutcome(*outcome, now);
  Pump(now);
}

void Controller::Impl::OnLinkEvent(const EventPacket& event, Time now) {
  switch (event.code) {
    case EventCode::kDisconnectionComplete: {
      const auto ended = ParseDisconnectionComplete(event.parameters);
      if (!ended || ended->status != 0) return;
      early_data_.OnLinkEnd(ended->handle, now);
      if (Link* link = links_.Find(ended->handle)) {
        RemoveLink(*link, ended->reason);
      }
      return;
    }
    case EventCode::kEncryptionChange:
      if (const auto change = ParseEncryptionChange(event.parameters)) {
        OnEncryption(change->handle, change->status, change->enabled);
      }
      return;
    case EventCode::kEncryptionKeyRefreshComplete:
      if (const auto refresh =
              ParseEncryptionKeyRefreshComplete(event.parameters)) {
        OnEncryption(refresh->handle, refresh->status, true);
      }
      return;
    case EventCode::kNumberOfCompletedPackets:
      return OnCompletedPackets(event.parameters);
    case EventCode::kLeMeta:
      return OnLeMeta(event.parameters, now);
    default:
      return;
  }
}

void Controller::Impl::OnLeMeta(ByteView parameters, Time now) {
  if (parameters.empty()) return;
  const auto subevent = static_cast<LeSubevent>(parameters[0]);
  const ByteView rest = parameters.subspan(1);
  switch (subevent) {
    case LeSubevent::kConnectionComplete:
    case LeSubevent::kEnhancedConnectionComplete:
      if (const auto event = ParseConnectionComplete(subevent, rest)) {
        OnConnectionComplete(*event, now);
      }
      return;
    case LeSubevent::kAdvertisingReport:
      return OnAdvertisingReports(rest);
    case LeSubevent::kLongTermKeyRequest:
      if (const auto event = ParseLongTermKeyRequest(rest)) {
        OnLongTermKeyRequest(*event, now);
      }
      return;
    case LeSubevent::kRemoteConnectionParameterRequest:
      if (const auto event = ParseRemoteConnectionParameterRequest(rest)) {
        OnParameterRequest(*event, now);
      }
      return;
    default:
      return;
  }
}

void Controller::Impl::OnOutcome(const CommandOutcome& outcome, Time now) {
  if (state_ == State::kStarting) return start_up_.OnOutcome(outcome);
  if (outcome.timed_out && !outcome.optional) {
    return Lose({ErrorCode::kTimedOut,
                 fmt::format("the controller does not answer command 0x{:04X}",
                             static_cast<uint16_t>(outcome.opcode))});
  }
  if (state_ == State::kResetting && outcome.opcode == Opcode::kReset) {
    return Lose({ErrorCode::kClosed, "the controller was shut down"});
  }
  if (outcome.link) return OnLinkOutcome(outcome);
  const auto usable = radio_.OnOutcome(outcome, now);
  if (!usable) Lose(usable.error());
}

void Controller::Impl::OnLinkOutcome(const CommandOutcome& outcome) {
  Link* link = links_.Find(*outcome.link);
  if (link == nullptr) return;
  switch (outcome.opcode) {
    case Opcode::kDisconnect:
      if (outcome.ok()) return;
      link->disconnecting = false;
      if (outcome.status ==
          static_cast<uint8_t>(HciError::kUnknownConnectionIdentifier)) {
        RemoveLink(*link,
                   static_cast<uint8_t>(HciError::kTerminatedByLocalHost));
      }
      return;
    case Opcode::kLeEnableEncryption:
      if (!outcome.ok()) OnEncryption(link->handle, outcome.status, false);
      return;
    case Opcode::kLeConnectionUpdate:
      link->updating = false;
      return;
    default:
      return;
  }
}

void Controller::Impl::OnConnectionComplete(const ConnectionComplete& event,
                                            Time now) {
  if (event.status != 0) return radio_.OnConnectFailed(event.status);
  if (Link* old = links_.Find(event.handle)) {
    // Its end was not told; nothing of it may reach the new link.
    RemoveLink(*old, static_cast<uint8_t>(HciError::kUnspecifiedError));
  }
  const bool wanted = radio_.OnLinkUp(event.role) && state_ == State::kReady;
  const Link& link = links_.Add(event.handle, event.role, wanted);
  acl_.AddLink(event.handle);
  const std::vector<WipedBytes> early = early_data_.Take(event.handle);
  if (wanted) {
    events_.push_back(LinkUp{link.id, link.handle, link.role,
                             event.local_private.value_or(radio_.own_address()),
                             event.peer});
    for (const WipedBytes& packet : early) OnAclData(packet.view(), now);
  } else {
    Disconnect(link.id,
               static_cast<uint8_t>(HciError::kRemoteUserTerminatedConnection),
               now);
  }
}

void Controller::Impl::RemoveLink(Link& link, uint8_t reason) {
  acl_.RemoveLink(link.handle);
  commands_.DropLink(link.id);
  radio_.OnLinkDown(link.role);
  if (link.reported) events_.push_back(LinkDown{link.id, reason});
  links_.Remove(link);
}

void Controller::Impl::OnAdvertisingReports(ByteView parameters) {
  if (!radio_.scan_wanted()) return;
  for (AdvertisingReport& report : ParseAdvertisingReports(parameters)) {
    events_.push_back(std::move(report));
  }
}

void Controller::Impl::OnLongTermKeyRequest(const LongTermKeyRequest& event,
                                            Time now) {
  Link* link = links_.FindReported(event.handle);
  if (link == nullptr) {
    return Give(LeLongTermKeyRequestNegativeReplyCommand(event.handle), now);
  }
  if (link->key_requested) return;
  link->key_requested = true;
  events_.push_back(LongTermKeyRequested{link->id, event.rand, event.ediv});
}

// [Vol 4, Part E] 7.7.65.6
void Controller::Impl::OnParameterRequest(
    const RemoteConnectionParameterRequest& event, Time now) {
  const Link* link = links_.Find(event.handle);
  if (link == nullptr) return;
  Command answer =
      event.parameters.IsValid()
          ? LeRemoteConnectionParameterReplyCommand(event.handle,
                                                    event.parameters)
          : LeRemoteConnectionParameterNegativeReplyCommand(
                event.handle, HciError::kUnacceptableConnectionParameters);
  Give(std::move(answer).For(link->id).Optional(), now);
}

void Controller::Impl::OnEncryption(uint16_t handle, uint8_t status,
                                    bool encrypted) {
  Link* link = links_.FindReported(handle);
  if (link == nullptr) return;
  if (status == 0) link->encrypted = encrypted;
  events_.push_back(EncryptionChanged{link->id, status, link->encrypted});
}

void Controller::Impl::OnCompletedPackets(ByteView parameters) {
  for (const auto& [handle, count] :
       ParseNumberOfCompletedPackets(parameters)) {
    const size_t acknowledged = acl_.OnCompleted(handle, count);
    const Link* link = links_.FindReported(handle);
    if (link != nullptr && acknowledged > 0) {
      events_.push_back(SmpPdusAcknowledged{link->id, acknowledged});
    }
  }
}

void Controller::Impl::OnAclData(ByteView packet, Time now) {
  const auto acl = ParseAclPacket(packet);
  if (!acl) return;
  Link* link = links_.Find(acl->handle);
  if (link == nullptr) return early_data_.Add(acl->handle, packet, now);
  if (!link->reported) return;
  auto frame = link->reassembler.Add(acl->boundary, acl->data);
  if (frame) OnFrame(*link, std::move(*frame), now);
}

void Controller::Impl::OnFrame(Link& link, L2capFrame frame, Time now) {
  switch (frame.cid) {
    case kCidAtt:
      if (const auto answer = AnswerAtt(frame.payload)) {
        SendFrame(link, kCidAtt, *answer, false);
      }
      if (IsSignedWriteCommand(frame.payload)) {
        events_.push_back(
            SignedWriteReceived{link.id, std::move(frame.payload)});
      }
      return;
    case kCidLeSignalling:
      return OnSignalling(link, frame.payload, now);
    case kCidSmp:
      if (frame.payload.empty()) return;
      events_.push_back(SmpPduReceived{link.id, std::move(frame.payload)});
      return;
    default:
      return;
  }
}

void Controller::Impl::OnSignalling(Link& link, ByteView frame, Time now) {
  const bool can_update =
      !link.updating && !link.disconnecting &&
      start_up_.info().Supports(Opcode::kLeConnectionUpdate);
  const SignallingAnswer answer =
      AnswerSignalling(link.role, can_update, frame);
  if (answer.reply) SendFrame(link, kCidLeSignalling, *answer.reply, false);
  if (!answer.update) return;
  link.updating = true;
  Give(LeConnectionUpdateCommand(link.handle, *answer.update)
           .For(link.id)
           .Optional(),
       now);
}

}  // namespace bondd::hci
