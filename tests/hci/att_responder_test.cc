#include "hci/att_responder.h"

#include <gtest/gtest.h>

namespace bondd::hci {
namespace {

enum class AttError : uint8_t {
  kInvalidHandle = 0x01,
  kInvalidPdu = 0x04,
  kRequestNotSupported = 0x06,
  kAttributeNotFound = 0x0A,
};

constexpr uint16_t kStart = 0x0005;
constexpr uint16_t kEnd = 0xFFFF;
constexpr uint16_t kPrimaryService = 0x2800;

struct Opcodes {
  static constexpr uint8_t kExchangeMtu = 0x02;
  static constexpr uint8_t kFindInformation = 0x04;
  static constexpr uint8_t kFindByTypeValue = 0x06;
  static constexpr uint8_t kReadByType = 0x08;
  static constexpr uint8_t kRead = 0x0A;
  static constexpr uint8_t kReadBlob = 0x0C;
  static constexpr uint8_t kReadMultiple = 0x0E;
  static constexpr uint8_t kReadByGroupType = 0x10;
  static constexpr uint8_t kWrite = 0x12;
  static constexpr uint8_t kPrepareWrite = 0x16;
  static constexpr uint8_t kExecuteWrite = 0x18;
  static constexpr uint8_t kNotification = 0x1B;
  static constexpr uint8_t kIndication = 0x1D;
  static constexpr uint8_t kConfirmation = 0x1E;
  static constexpr uint8_t kReadMultipleVariable = 0x20;
  static constexpr uint8_t kMultipleNotification = 0x23;
  static constexpr uint8_t kWriteCommand = 0x52;
  static constexpr uint8_t kSignedWrite = 0xD2;
};

Bytes Request(uint8_t opcode, std::initializer_list<uint16_t> fields = {}) {
  Writer writer;
  writer.U8(opcode);
  for (const uint16_t field : fields) writer.U16(field);
  return writer.Finish();
}

Bytes ErrorResponse(uint8_t request, uint16_t handle, AttError error) {
  return Writer()
      .U8(0x01)
      .U8(request)
      .U16(handle)
      .U8(static_cast<uint8_t>(error))
      .Finish();
}

TEST(AttResponder, AnswersExchangeMtuWithTheDefault) {
  EXPECT_EQ(AnswerAtt(Request(Opcodes::kExchangeMtu, {517})),
            Request(0x03, {23}));
}

TEST(AttResponder, FindsNothingForDiscovery) {
  const Bytes requests[] = {
      Request(Opcodes::kFindInformation, {kStart, kEnd}),
      Request(Opcodes::kFindByTypeValue,
              {kStart, kEnd, kPrimaryService, 0x1801}),
      Request(Opcodes::kReadByType, {kStart, kEnd, 0x2803}),
      Request(Opcodes::kReadByGroupType, {kStart, kEnd, kPrimaryService}),
      // With a UUID of 128 bits.
      Request(Opcodes::kReadByType, {kStart, kEnd, 1, 2, 3, 4, 5, 6, 7, 8})};
  for (const Bytes& request : requests) {
    EXPECT_EQ(AnswerAtt(request),
              ErrorResponse(request[0], kStart, AttError::kAttributeNotFound));
  }
}

TEST(AttResponder, RefusesDiscoveryOfAnInvalidRange) {
  EXPECT_EQ(
      AnswerAtt(Request(Opcodes::kFindInformation, {0, kEnd})),
      ErrorResponse(Opcodes::kFindInformation, 0, AttError::kInvalidHandle));
  EXPECT_EQ(AnswerAtt(Request(Opcodes::kReadByGroupType,
                              {kStart, kStart - 1, kPrimaryService})),
            ErrorResponse(Opcodes::kReadByGroupType, kStart,
                          AttError::kInvalidHandle));
}

TEST(AttResponder, HasNoAttributeToReadOrWrite) {
  constexpr uint16_t kAttribute = 0x0003;
  const Bytes requests[] = {
      Request(Opcodes::kRead, {kAttribute}),
      Request(Opcodes::kReadBlob, {kAttribute, 0}),
      Request(Opcodes::kReadMultiple, {kAttribute, 4}),
      Request(Opcodes::kReadMultipleVariable, {kAttribute, 4}),
      Request(Opcodes::kWrite, {kAttribute}),
      Request(Opcodes::kWrite, {kAttribute, 1, 2}),
      Request(Opcodes::kPrepareWrite, {kAttribute, 0, 1})};
  for (const Bytes& request : requests) {
    EXPECT_EQ(AnswerAtt(request),
              ErrorResponse(request[0], kAttribute, AttError::kInvalidHandle));
  }
}

TEST(AttResponder, RefusesRequestsOfTheWrongLength) {
  const Bytes requests[] = {
      Request(Opcodes::kExchangeMtu),
      Request(Opcodes::kExchangeMtu, {23, 23}),
      Request(Opcodes::kFindInformation, {kStart}),
      Request(Opcodes::kFindByTypeValue, {kStart, kEnd}),
      Request(Opcodes::kReadByType, {kStart, kEnd}),
      Request(Opcodes::kReadByGroupType, {kStart, kEnd, 1, 2}),
      Request(Opcodes::kRead),
      Request(Opcodes::kReadBlob, {1}),
      Request(Opcodes::kReadMultiple, {1}),
      Request(Opcodes::kReadMultipleVariable, {1}),
      Request(Opcodes::kWrite),
      Request(Opcodes::kPrepareWrite, {1})};
  for (const Bytes& request : requests) {
    EXPECT_EQ(AnswerAtt(request),
              ErrorResponse(request[0], 0, AttError::kInvalidPdu));
  }
}

TEST(AttResponder, RefusesARequestBeyondTheMtu) {
  Bytes request = Request(Opcodes::kWrite, {1});
  request.resize(24);
  EXPECT_EQ(AnswerAtt(request),
            ErrorResponse(Opcodes::kWrite, 0, AttError::kInvalidPdu));
}

TEST(AttResponder, SupportsNoRequestThatItDoesNotKnow) {
  for (const uint8_t opcode :
       {uint8_t{0x3F}, uint8_t{0x26}, uint8_t{0x00}, Opcodes::kExecuteWrite}) {
    EXPECT_EQ(AnswerAtt(Request(opcode)),
              ErrorResponse(opcode, 0, AttError::kRequestNotSupported));
  }
}

TEST(AttResponder, ConfirmsAnIndication) {
  EXPECT_EQ(AnswerAtt(Request(Opcodes::kIndication, {3, 7})),
            Request(Opcodes::kConfirmation));
  EXPECT_EQ(AnswerAtt(Request(Opcodes::kIndication)), std::nullopt);
}

TEST(AttResponder, StaysSilentWhereNoAnswerIsDue) {
  for (const uint8_t opcode :
       {Opcodes::kNotification, Opcodes::kMultipleNotification,
        Opcodes::kConfirmation, Opcodes::kWriteCommand, Opcodes::kSignedWrite,
        // Unknown commands, and responses that nothing asked for.
        uint8_t{0x7F}, uint8_t{0xFF}, uint8_t{0x01}, uint8_t{0x03},
        uint8_t{0x0B}, uint8_t{0x13}}) {
    EXPECT_EQ(AnswerAtt(Request(opcode, {3, 7})), std::nullopt)
        << static_cast<int>(opcode);
  }
  EXPECT_EQ(AnswerAtt({}), std::nullopt);
}

TEST(AttResponder, KnowsAWholeSignedWriteCommand) {
  constexpr size_t kShortest = 15;
  Bytes pdu(kShortest);
  pdu[0] = Opcodes::kSignedWrite;
  EXPECT_TRUE(IsSignedWriteCommand(pdu));
  pdu.pop_back();
  EXPECT_FALSE(IsSignedWriteCommand(pdu));
  pdu.resize(kShortest);
  pdu[0] = Opcodes::kWriteCommand;
  EXPECT_FALSE(IsSignedWriteCommand(pdu));
}

}  // namespace
}  // namespace bondd::hci
