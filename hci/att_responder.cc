#include "hci/att_responder.h"

namespace bondd::hci {

namespace {

// [Vol 3, Part G] 5.2.1: the default, and all that is offered.
constexpr uint16_t kAttMtu = 23;

// [Vol 3, Part F] 3.4.8
enum : uint8_t {
  kErrorResponse = 0x01,
  kExchangeMtuRequest = 0x02,
  kExchangeMtuResponse = 0x03,
  kFindInformationRequest = 0x04,
  kFindInformationResponse = 0x05,
  kFindByTypeValueRequest = 0x06,
  kFindByTypeValueResponse = 0x07,
  kReadByTypeRequest = 0x08,
  kReadByTypeResponse = 0x09,
  kReadRequest = 0x0A,
  kReadResponse = 0x0B,
  kReadBlobRequest = 0x0C,
  kReadBlobResponse = 0x0D,
  kReadMultipleRequest = 0x0E,
  kReadMultipleResponse = 0x0F,
  kReadByGroupTypeRequest = 0x10,
  kReadByGroupTypeResponse = 0x11,
  kWriteRequest = 0x12,
  kWriteResponse = 0x13,
  kPrepareWriteRequest = 0x16,
  kPrepareWriteResponse = 0x17,
  kExecuteWriteResponse = 0x19,
  kHandleValueNotification = 0x1B,
  kHandleValueIndication = 0x1D,
  kHandleValueConfirmation = 0x1E,
  kReadMultipleVariableRequest = 0x20,
  kReadMultipleVariableResponse = 0x21,
  kMultipleHandleValueNotification = 0x23,
  kSignedWriteCommand = 0xD2,
};
constexpr uint8_t kCommandFlag = 0x40;

// [Vol 3, Part F] 3.4.1.1
enum class AttError : uint8_t {
  kInvalidHandle = 0x01,
  kInvalidPdu = 0x04,
  kRequestNotSupported = 0x06,
  kAttributeNotFound = 0x0A,
};

constexpr uint16_t kNoHandle = 0x0000;

Bytes ErrorResponse(uint8_t request, uint16_t handle, AttError error) {
  return Writer()
      .U8(kErrorResponse)
      .U8(request)
      .U16(handle)
      .U8(static_cast<uint8_t>(error))
      .Finish();
}

bool HasNoAnswer(uint8_t opcode) {
  if ((opcode & kCommandFlag) != 0) return true;
  switch (opcode) {
    case kErrorResponse:
    case kExchangeMtuResponse:
    case kFindInformationResponse:
    case kFindByTypeValueResponse:
    case kReadByTypeResponse:
    case kReadResponse:
    case kReadBlobResponse:
    case kReadMultipleResponse:
    case kReadByGroupTypeResponse:
    case kWriteResponse:
    case kPrepareWriteResponse:
    case kExecuteWriteResponse:
    case kHandleValueNotification:
    case kHandleValueConfirmation:
    case kReadMultipleVariableResponse:
    case kMultipleHandleValueNotification:
      return true;
    default:
      return false;
  }
}

// [Vol 3, Part F] 3.4.3, 3.4.4: which lengths a request may have after its
// opcode.
bool IsWellFormed(uint8_t opcode, size_t length) {
  switch (opcode) {
    case kExchangeMtuRequest:
    case kReadRequest:
      return length == 2;
    case kFindInformationRequest:
    case kReadBlobRequest:
      return length == 4;
    case kReadByTypeRequest:
    case kReadByGroupTypeRequest:
      // A range and a UUID of 16 or 128 bits.
      return length == 6 || length == 20;
    case kFindByTypeValueRequest:
      return length >= 6;
    case kReadMultipleRequest:
    case kReadMultipleVariableRequest:
      return length >= 4 && length % 2 == 0;
    case kWriteRequest:
      return length >= 2;
    case kPrepareWriteRequest:
      return length >= 4;
    default:
      return true;
  }
}

Bytes AnswerDiscovery(uint8_t opcode, Reader reader) {
  const uint16_t start = reader.U16();
  const uint16_t end = reader.U16();
  const bool range_is_valid = start != kNoHandle && start <= end;
  return ErrorResponse(
      opcode, start,
      range_is_valid ? AttError::kAttributeNotFound : AttError::kInvalidHandle);
}

}  // namespace

std::optional<Bytes> AnswerAtt(ByteView pdu) {
  if (pdu.empty()) return std::nullopt;
  Reader reader(pdu);
  const uint8_t opcode = reader.U8();
  if (HasNoAnswer(opcode)) return std::nullopt;
  if (opcode == kHandleValueIndication) {
    constexpr size_t kHandleLength = 2;
    if (reader.remaining() < kHandleLength) return std::nullopt;
    return Bytes{kHandleValueConfirmation};
  }
  if (pdu.size() > kAttMtu || !IsWellFormed(opcode, reader.remaining())) {
    return ErrorResponse(opcode, kNoHandle, AttError::kInvalidPdu);
  }
  switch (opcode) {
    case kExchangeMtuRequest:
      return Writer().U8(kExchangeMtuResponse).U16(kAttMtu).Finish();
    case kFindInformationRequest:
    case kFindByTypeValueRequest:
    case kReadByTypeRequest:
    case kReadByGroupTypeRequest:
      return AnswerDiscovery(opcode, reader);
    case kReadRequest:
    case kReadBlobRequest:
    case kReadMultipleRequest:
    case kReadMultipleVariableRequest:
    case kWriteRequest:
    case kPrepareWriteRequest:
      return ErrorResponse(opcode, reader.U16(), AttError::kInvalidHandle);
    default:
      // [Vol 3, Part F] 3.3: unknown, and not a command.
      return ErrorResponse(opcode, kNoHandle, AttError::kRequestNotSupported);
  }
}

bool IsSignedWriteCommand(ByteView pdu) {
  constexpr size_t kShortest = 1 + 2 + 12;  // opcode, handle, signature
  return pdu.size() >= kShortest && pdu[0] == kSignedWriteCommand;
}

}  // namespace bondd::hci
