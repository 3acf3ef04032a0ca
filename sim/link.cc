#include "sim/link.h"

#include <utility>

namespace bondd::sim {

using hci::EventCode;
using hci::HciError;

Link::Link(const LinkEnvironment& environment, const LinkIdentity& identity,
           uint16_t suggested_tx_octets, Connection& connection)
    : environment_(environment),
      identity_(identity),
      connection_(connection),
      drop_at_pdu_(environment.options.faults.drop_link_at_pdu),
      corrupt_pdu_(environment.options.faults.corrupt_pdu),
      supervision_timer_(environment.scheduler),
      encryption_(*this, environment.scheduler),
      control_(*this, environment.scheduler, suggested_tx_octets) {
  connection_.Join(*this);
  const std::optional<uint32_t> event =
      environment.options.faults.drop_link_at_event;
  if (event) connection_.LoseContactAt(*event);
}

Link::~Link() { connection_.Leave(*this); }

HciError Link::Disconnect(HciError reason) {
  if (terminating_) return HciError::kCommandDisallowed;
  Terminate(reason, HciError::kTerminatedByLocalHost);
  return HciError::kSuccess;
}

void Link::SendData(bool first, ByteView data) {
  if (closed_) return;
  ++buffered_packets_;
  Queue({first ? Llid::kStart : Llid::kContinuation,
         Bytes(data.begin(), data.end())},
        encryption_.running());
}

size_t Link::Pending() const {
  size_t pdus = 0;
  for (const Outgoing& outgoing : outgoing_) {
    const size_t rest = outgoing.payload.size() - outgoing.sent;
    pdus += outgoing.llid == Llid::kControl
                ? 1
                : (rest + control_.tx_octets() - 1) / control_.tx_octets();
  }
  return pdus;
}

std::optional<LinkPdu> Link::Transmit() {
  if (closed_ || outgoing_.empty() || ContactLostByFault()) {
    return std::nullopt;
  }
  const Outgoing& front = outgoing_.front();
  const ByteView rest = ByteView(front.payload).subspan(front.sent);
  in_flight_ = front.llid == Llid::kControl
                   ? rest.size()
                   : std::min<size_t>(rest.size(), control_.tx_octets());
  const Llid llid = front.sent > 0 ? Llid::kContinuation : front.llid;
  std::optional<Bytes> sealed = encryption_.Seal(llid, rest.first(in_flight_));
  if (!sealed) {
    Close(HciError::kUnspecifiedError);
    return std::nullopt;
  }
  if (corrupt_pdu_ == sent_count_++) sealed->back() ^= 0x01;
  return LinkPdu{llid, std::move(*sealed)};
}

void Link::OnAcknowledged() {
  if (closed_) return;
  Outgoing& front = outgoing_.front();
  front.sent += in_flight_;
  if (front.sent < front.payload.size()) return;
  const Outgoing done = std::move(front);
  outgoing_.pop_front();
  if (done.llid == Llid::kControl) {
    OnControlSent(static_cast<ControlOpcode>(done.payload[0]));
    return;
  }
  --buffered_packets_;
  Writer event;
  event.U8(1).U16(handle()).U16(1);
  port().Send(EventCode::kNumberOfCompletedPackets, event.bytes());
}

bool Link::Receive(const LinkPdu& pdu) {
  if (closed_ || ContactLostByFault()) return false;
  const std::optional<Bytes> payload = encryption_.Open(pdu.llid, pdu.payload);
  if (!payload) {
    // [Vol 6, Part B] 2.4: a MIC failure ends the link at once, and nothing
    // more is sent, so that the other end is left to its supervision timeout.
    Close(HciError::kMicFailure);
    return false;
  }
  if (pdu.llid == Llid::kControl) return ReceiveControl(*payload);
  if (encryption_.ForbidsData()) {
    Close(HciError::kMicFailure);
    return false;
  }
  port().SendAclData(handle(), pdu.llid == Llid::kStart, *payload);
  return true;
}

void Link::OnContactLost(Time deadline, HciError reason) {
  if (closed_ || supervision_timer_.running()) return;
  supervision_timer_.Start(deadline, [this, reason] { Close(reason); });
}

void Link::SendControl(Bytes pdu) {
  if (closed_) return;
  const auto opcode = static_cast<ControlOpcode>(pdu[0]);
  const bool hold = encryption_.running() &&
                    !EncryptionProcedure::Handles(opcode) &&
                    opcode != ControlOpcode::kTerminateInd;
  Queue({Llid::kControl, std::move(pdu)}, hold);
}

void Link::SendReject(ControlOpcode rejected, HciError reason) {
  // Who does not know LL_REJECT_EXT_IND asks for nothing but encryption.
  if (rejected != ControlOpcode::kEncReq ||
      control_.PeerHas(hci::kLeFeatureExtendedReject)) {
    SendControl(ControlPdu(ControlOpcode::kRejectExtInd)
                    .U8(static_cast<uint8_t>(rejected))
                    .U8(static_cast<uint8_t>(reason))
                    .Finish());
  } else {
    SendControl(ControlPdu(ControlOpcode::kRejectInd)
                    .U8(static_cast<uint8_t>(reason))
                    .Finish());
  }
}

void Link::Terminate(HciError reason_there, HciError reason_here) {
  if (terminating_) return;
  terminating_ = reason_here;
  SendControl(ControlPdu(ControlOpcode::kTerminateInd)
                  .U8(static_cast<uint8_t>(reason_there))
                  .Finish());
}

void Link::Close(HciError reason) {
  if (closed_) return;
  closed_ = true;
  supervision_timer_.Stop();
  connection_.Leave(*this);
  Writer event;
  event.U8(static_cast<uint8_t>(HciError::kSuccess))
      .U16(handle())
      .U8(static_cast<uint8_t>(reason));
  port().Send(EventCode::kDisconnectionComplete, event.bytes());
}

void Link::OnEncryptionFinished() {
  for (Outgoing& outgoing : std::exchange(held_, {})) {
    outgoing_.push_back(std::move(outgoing));
  }
  connection_.Wake();
}

void Link::Queue(Outgoing outgoing, bool hold) {
  (hold ? held_ : outgoing_).push_back(std::move(outgoing));
  connection_.Wake();
}

bool Link::ContactLostByFault() {
  if (drop_at_pdu_ != pdu_count_++) return false;
  connection_.LoseContact();
  return true;
}

bool Link::ReceiveControl(ByteView payload) {
  Reader reader(payload);
  const auto opcode = static_cast<ControlOpcode>(reader.U8());
  if (opcode == ControlOpcode::kTerminateInd) {
    Close(static_cast<HciError>(reader.U8()));
    return true;
  }
  if (EncryptionProcedure::Handles(opcode)) {
    encryption_.OnControl(opcode, reader);
  } else if (opcode == ControlOpcode::kRejectInd ||
             opcode == ControlOpcode::kRejectExtInd) {
    // LL_REJECT_IND names no opcode: only LL_ENC_REQ is ever refused so here.
    const auto rejected = opcode == ControlOpcode::kRejectInd
                              ? ControlOpcode::kEncReq
                              : static_cast<ControlOpcode>(reader.U8());
    const auto reason = static_cast<HciError>(reader.U8());
    if (rejected == ControlOpcode::kEncReq) {
      encryption_.OnRejected(reason);
    } else {
      control_.OnRejected(rejected, reason);
    }
  } else {
    control_.OnControl(opcode, reader);
  }
  return !closed_;
}

void Link::OnControlSent(ControlOpcode opcode) {
  if (opcode == ControlOpcode::kTerminateInd) {
    Close(terminating_.value_or(HciError::kTerminatedByLocalHost));
  } else if (EncryptionProcedure::Handles(opcode)) {
    encryption_.OnSent(opcode);
  } else {
    control_.OnSent(opcode);
  }
}

}  // namespace bondd::sim
