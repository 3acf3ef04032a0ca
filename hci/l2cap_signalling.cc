#include "hci/l2cap_signalling.h"

namespace bondd::hci {

namespace {

// [Vol 3, Part A] 4: MTUsig of an LE link.
constexpr uint16_t kSignallingMtu = 23;

// [Vol 3, Part A] 4, table 4.2
enum : uint8_t {
  kCommandReject = 0x01,
  kDisconnectionRequest = 0x06,
  kDisconnectionResponse = 0x07,
  kParameterUpdateRequest = 0x12,
  kParameterUpdateResponse = 0x13,
  kLeCreditBasedConnectionRequest = 0x14,
  kLeCreditBasedConnectionResponse = 0x15,
  kFlowControlCredit = 0x16,
  kCreditBasedConnectionRequest = 0x17,
  kCreditBasedConnectionResponse = 0x18,
  kCreditBasedReconfigureRequest = 0x19,
  kCreditBasedReconfigureResponse = 0x1A,
};

// [Vol 3, Part A] 4.1
constexpr uint16_t kNotUnderstood = 0x0000;
constexpr uint16_t kMtuExceeded = 0x0001;
constexpr uint16_t kInvalidCid = 0x0002;
// [Vol 3, Part A] 4.21
constexpr uint16_t kParametersAccepted = 0x0000;
constexpr uint16_t kParametersRejected = 0x0001;
// [Vol 3, Part A] 4.23, 4.26: no channel is served here at all.
constexpr uint16_t kSpsmNotSupported = 0x0002;
// [Vol 3, Part A] 4.28
constexpr uint16_t kReconfigureInvalidCid = 0x0003;

struct Request {
  Role role;
  bool can_update;
  uint8_t identifier;
  ByteView data;
};

SignallingAnswer Reply(uint8_t code, const Request& request, ByteView data) {
  return {.reply = Writer()
                       .U8(code)
                       .U8(request.identifier)
                       .U16(static_cast<uint16_t>(data.size()))
                       .Append(data)
                       .Finish(),
          .update = std::nullopt};
}

SignallingAnswer Reject(const Request& request, uint16_t reason,
                        ByteView data = {}) {
  return Reply(kCommandReject, request,
               Writer().U16(reason).Append(data).bytes());
}

// [Vol 3, Part A] 4.6
SignallingAnswer OnDisconnectionRequest(const Request& request) {
  constexpr size_t kLength = 4;
  if (request.data.size() != kLength) return Reject(request, kNotUnderstood);
  // The request's destination and source are what the reject calls local and
  // remote.
  return Reject(request, kInvalidCid, request.data);
}

// [Vol 3, Part A] 4.20
SignallingAnswer OnParameterUpdateRequest(const Request& request) {
  Reader reader(request.data);
  ConnectionParameters parameters;
  parameters.interval_min = reader.U16();
  parameters.interval_max = reader.U16();
  parameters.latency = reader.U16();
  parameters.supervision_timeout = reader.U16();
  // Only a peripheral may ask.
  if (request.role != Role::kCentral || !reader.complete()) {
    return Reject(request, kNotUnderstood);
  }
  const bool accepted = request.can_update && parameters.IsValid();
  SignallingAnswer answer =
      Reply(kParameterUpdateResponse, request,
            Writer()
                .U16(accepted ? kParametersAccepted : kParametersRejected)
                .bytes());
  if (accepted) answer.update = parameters;
  return answer;
}

// [Vol 3, Part A] 4.22
SignallingAnswer OnLeCreditBasedConnectionRequest(const Request& request) {
  constexpr size_t kLength = 10;
  if (request.data.size() != kLength) return Reject(request, kNotUnderstood);
  return Reply(
      kLeCreditBasedConnectionResponse, request,
      Writer().U16(0).U16(0).U16(0).U16(0).U16(kSpsmNotSupported).bytes());
}

// [Vol 3, Part A] 4.25
SignallingAnswer OnCreditBasedConnectionRequest(const Request& request) {
  constexpr size_t kFixedLength = 8;
  constexpr size_t kCidLength = 2;
  constexpr size_t kMaxChannels = 5;
  if (request.data.size() <= kFixedLength ||
      request.data.size() % kCidLength != 0 ||
      request.data.size() > kFixedLength + kMaxChannels * kCidLength) {
    return Reject(request, kNotUnderstood);
  }
  Writer writer;
  writer.U16(0).U16(0).U16(0).U16(kSpsmNotSupported);
  // One (null) destination for each channel that was asked for.
  writer.Append(Bytes(request.data.size() - kFixedLength));
  return Reply(kCreditBasedConnectionResponse, request, writer.bytes());
}

// [Vol 3, Part A] 4.27
SignallingAnswer OnReconfigureRequest(const Request& request) {
  constexpr size_t kFixedLength = 4;
  if (request.data.size() <= kFixedLength || request.data.size() % 2 != 0) {
    return Reject(request, kNotUnderstood);
  }
  return Reply(kCreditBasedReconfigureResponse, request,
               Writer().U16(kReconfigureInvalidCid).bytes());
}

}  // namespace

SignallingAnswer AnswerSignalling(Role role, bool can_update, ByteView frame) {
  Reader reader(frame);
  const uint8_t code = reader.U8();
  Request request{role, can_update, reader.U8(), {}};
  const uint16_t length = reader.U16();
  constexpr uint8_t kIllegalIdentifier = 0x00;
  if (!reader.ok() || request.identifier == kIllegalIdentifier) return {};
  // [Vol 3, Part A] 4.1: only a request may be rejected.
  switch (code) {
    case kCommandReject:
    case kDisconnectionResponse:
    case kParameterUpdateResponse:
    case kLeCreditBasedConnectionResponse:
    case kFlowControlCredit:
    case kCreditBasedConnectionResponse:
    case kCreditBasedReconfigureResponse:
      return {};
    default:
      break;
  }
  if (frame.size() > kSignallingMtu) {
    return Reject(request, kMtuExceeded, Writer().U16(kSignallingMtu).bytes());
  }
  request.data = reader.Rest();
  // [Vol 3, Part A] 4: an LE C-frame holds exactly one command.
  if (request.data.size() != length) return Reject(request, kNotUnderstood);
  switch (code) {
    case kDisconnectionRequest:
      return OnDisconnectionRequest(request);
    case kParameterUpdateRequest:
      return OnParameterUpdateRequest(request);
    case kLeCreditBasedConnectionRequest:
      return OnLeCreditBasedConnectionRequest(request);
    case kCreditBasedConnectionRequest:
      return OnCreditBasedConnectionRequest(request);
    case kCreditBasedReconfigureRequest:
      return OnReconfigureRequest(request);
    default:
      return Reject(request, kNotUnderstood);
  }
}

}  // namespace bondd::hci
