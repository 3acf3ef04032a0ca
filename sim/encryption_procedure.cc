#include "sim/encryption_procedure.h"

#include <utility>

#include "sim/link.h"
#include "sim/random.h"

namespace bondd::sim {

using hci::EventCode;
using hci::HciError;
using hci::LeSubevent;
using hci::Role;

namespace {

// [Vol 6, Part B] 5.2
constexpr Duration kResponseTimeout = std::chrono::seconds(40);

AirDirection DirectionFrom(Role role) {
  return role == Role::kCentral ? AirDirection::kCentralToPeripheral
                                : AirDirection::kPeripheralToCentral;
}

AirDirection DirectionTo(Role role) {
  return role == Role::kCentral ? AirDirection::kPeripheralToCentral
                                : AirDirection::kCentralToPeripheral;
}

}  // namespace

bool EncryptionProcedure::ForbidsData() const {
  switch (state_) {
    case State::kIdle:
    case State::kPauseResponse:
    case State::kLastSent:
      return false;
    case State::kEncryptionResponse:
      // What the peripheral had begun to send before LL_ENC_REQ reached it.
      return refresh_;
    case State::kStartRequest:
    case State::kStartResponse:
    case State::kPauseConfirmation:
    case State::kEncryptionRequest:
    case State::kLongTermKey:
    case State::kStartRequestSent:
    case State::kEncryptedStartResponse:
      return true;
  }
  return true;
}

HciError EncryptionProcedure::Start(uint64_t rand, uint16_t ediv,
                                    hci::LinkKey128 key) {
  if (running() || link_.role() != Role::kCentral) {
    return HciError::kCommandDisallowed;
  }
  rand_ = rand;
  ediv_ = ediv;
  key_ = std::move(key);
  refresh_ = send_cipher_.has_value();
  if (refresh_) {
    // [Vol 6, Part B] 5.1.3.2
    Enter(State::kPauseResponse);
    link_.SendControl(ControlPdu(ControlOpcode::kPauseEncReq).Finish());
  } else {
    SendEncryptionRequest();
  }
  return HciError::kSuccess;
}

HciError EncryptionProcedure::Answer(std::optional<hci::LinkKey128> key) {
  if (state_ != State::kLongTermKey) return HciError::kCommandDisallowed;
  if (!key) {
    RefuseKey();
  } else if (DeriveSessionKey(*key)) {
    Enter(State::kStartRequestSent);
    link_.SendControl(ControlPdu(ControlOpcode::kStartEncReq).Finish());
  }
  return HciError::kSuccess;
}

bool EncryptionProcedure::Handles(ControlOpcode opcode) {
  switch (opcode) {
    case ControlOpcode::kEncReq:
    case ControlOpcode::kEncRsp:
    case ControlOpcode::kStartEncReq:
    case ControlOpcode::kStartEncRsp:
    case ControlOpcode::kPauseEncReq:
    case ControlOpcode::kPauseEncRsp:
      return true;
    default:
      return false;
  }
}

void EncryptionProcedure::OnControl(ControlOpcode opcode, Reader& parameters) {
  const bool central = link_.role() == Role::kCentral;
  if (!central && opcode == ControlOpcode::kPauseEncReq &&
      state_ == State::kIdle && send_cipher_) {
    refresh_ = true;
    Enter(State::kPauseConfirmation);
    link_.SendControl(ControlPdu(ControlOpcode::kPauseEncRsp).Finish());
  } else if (opcode == ControlOpcode::kPauseEncRsp &&
             state_ == State::kPauseResponse) {
    OnPauseResponse();
  } else if (opcode == ControlOpcode::kPauseEncRsp &&
             state_ == State::kPauseConfirmation) {
    send_cipher_.reset();
    Enter(State::kEncryptionRequest);
  } else if (!central && opcode == ControlOpcode::kEncReq &&
             (state_ == State::kEncryptionRequest ||
              (state_ == State::kIdle && !send_cipher_))) {
    OnEncryptionRequest(parameters);
  } else if (opcode == ControlOpcode::kEncRsp &&
             state_ == State::kEncryptionResponse) {
    OnEncryptionResponse(parameters);
  } else if (opcode == ControlOpcode::kStartEncReq &&
             state_ == State::kStartRequest) {
    OnStartRequest();
  } else if (opcode == ControlOpcode::kStartEncRsp &&
             (state_ == State::kStartResponse ||
              state_ == State::kEncryptedStartResponse)) {
    OnStartResponse();
  } else {
    // [Vol 6, Part B] 5.1.3.1: an unexpected PDU in this procedure can only
    // come from an attacker.
    link_.Close(HciError::kMicFailure);
  }
}

void EncryptionProcedure::OnSent(ControlOpcode opcode) {
  if (opcode == ControlOpcode::kPauseEncRsp &&
      state_ == State::kPauseConfirmation) {
    receive_cipher_.reset();
  } else if (opcode == ControlOpcode::kStartEncReq &&
             state_ == State::kStartRequestSent) {
    EncryptReceiving();
    Enter(State::kEncryptedStartResponse);
  } else if (opcode == ControlOpcode::kStartEncRsp &&
             state_ == State::kLastSent) {
    Finish(HciError::kSuccess);
  }
}

void EncryptionProcedure::OnRejected(HciError reason) {
  if (state_ != State::kEncryptionResponse && state_ != State::kStartRequest) {
    return;
  }
  Finish(reason);
}

std::optional<Bytes> EncryptionProcedure::Seal(Llid llid, ByteView payload) {
  if (!send_cipher_) return Bytes(payload.begin(), payload.end());
  Result<Bytes> sealed =
      send_cipher_->Seal(static_cast<uint8_t>(llid), payload);
  if (!sealed) return std::nullopt;
  return std::move(*sealed);
}

std::optional<Bytes> EncryptionProcedure::Open(Llid llid, ByteView received) {
  if (!receive_cipher_) return Bytes(received.begin(), received.end());
  return receive_cipher_->Open(static_cast<uint8_t>(llid), received);
}

void EncryptionProcedure::Enter(State state) {
  state_ = state;
  response_timer_.Start(scheduler_.now() + kResponseTimeout, [this] {
    link_.Close(HciError::kLinkLayerResponseTimeout);
  });
}

void EncryptionProcedure::SendEncryptionRequest() {
  if (!FillRandom(seed_.central_diversifier) || !FillRandom(seed_.central_iv)) {
    link_.Close(HciError::kUnspecifiedError);
    return;
  }
  Enter(State::kEncryptionResponse);
  Writer pdu = ControlPdu(ControlOpcode::kEncReq);
  pdu.U64(rand_)
      .U16(ediv_)
      .Append(seed_.central_diversifier)
      .Append(seed_.central_iv);
  link_.SendControl(pdu.Finish());
}

void EncryptionProcedure::OnEncryptionRequest(Reader& parameters) {
  const uint64_t rand = parameters.U64();
  const uint16_t ediv = parameters.U16();
  seed_.central_diversifier = parameters.Array<8>();
  seed_.central_iv = parameters.Array<4>();
  if (!parameters.complete() || !FillRandom(seed_.peripheral_diversifier) ||
      !FillRandom(seed_.peripheral_iv)) {
    link_.Close(HciError::kUnspecifiedError);
    return;
  }
  Enter(State::kLongTermKey);
  Writer pdu = ControlPdu(ControlOpcode::kEncRsp);
  pdu.Append(seed_.peripheral_diversifier).Append(seed_.peripheral_iv);
  link_.SendControl(pdu.Finish());
  // [Vol 4, Part E] 7.7.65.5: masked out is as good as a negative reply.
  if (!link_.port().Sends(LeSubevent::kLongTermKeyRequest)) {
    RefuseKey();
    return;
  }
  Writer event;
  event.U16(link_.handle()).U64(rand).U16(ediv);
  link_.port().Send(LeSubevent::kLongTermKeyRequest, event.bytes());
}

void EncryptionProcedure::OnEncryptionResponse(Reader& parameters) {
  seed_.peripheral_diversifier = parameters.Array<8>();
  seed_.peripheral_iv = parameters.Array<4>();
  Enter(State::kStartRequest);
}

void EncryptionProcedure::OnStartRequest() {
  if (!key_ || !DeriveSessionKey(*std::exchange(key_, std::nullopt))) return;
  EncryptSending();
  EncryptReceiving();
  Enter(State::kStartResponse);
  link_.SendControl(ControlPdu(ControlOpcode::kStartEncRsp).Finish());
}

void EncryptionProcedure::OnStartResponse() {
  if (state_ == State::kStartResponse) {
    Finish(HciError::kSuccess);
    return;
  }
  EncryptSending();
  Enter(State::kLastSent);
  link_.SendControl(ControlPdu(ControlOpcode::kStartEncRsp).Finish());
}

void EncryptionProcedure::OnPauseResponse() {
  send_cipher_.reset();
  receive_cipher_.reset();
  link_.SendControl(ControlPdu(ControlOpcode::kPauseEncRsp).Finish());
  SendEncryptionRequest();
}

void EncryptionProcedure::RefuseKey() {
  state_ = State::kIdle;
  response_timer_.Stop();
  if (refresh_) {
    // [Vol 6, Part B] 5.1.3.2: there is no way back to the old key.
    link_.Terminate(HciError::kPinOrKeyMissing, HciError::kPinOrKeyMissing);
    return;
  }
  link_.SendReject(ControlOpcode::kEncReq, HciError::kPinOrKeyMissing);
  link_.OnEncryptionFinished();
}

bool EncryptionProcedure::DeriveSessionKey(const hci::LinkKey128& key) {
  Result<SessionKey> session_key = ComputeSessionKey(key, seed_);
  if (!session_key) {
    link_.Close(HciError::kUnspecifiedError);
    return false;
  }
  session_key_ = std::move(*session_key);
  return true;
}

void EncryptionProcedure::EncryptSending() {
  send_cipher_.emplace(session_key_->Clone(), seed_,
                       DirectionFrom(link_.role()));
}

void EncryptionProcedure::EncryptReceiving() {
  receive_cipher_.emplace(session_key_->Clone(), seed_,
                          DirectionTo(link_.role()));
}

void EncryptionProcedure::Finish(HciError status) {
  state_ = State::kIdle;
  response_timer_.Stop();
  key_.reset();
  session_key_.reset();
  Writer event;
  event.U8(static_cast<uint8_t>(status)).U16(link_.handle());
  if (refresh_) {
    link_.port().Send(EventCode::kEncryptionKeyRefreshComplete, event.bytes());
  } else {
    // [Vol 4, Part E] 7.7.8: 0x01 is on, with AES-CCM on LE.
    event.U8(status == HciError::kSuccess ? 0x01 : 0x00);
    link_.port().Send(EventCode::kEncryptionChange, event.bytes());
  }
  link_.OnEncryptionFinished();
}

}  // namespace bondd::sim
