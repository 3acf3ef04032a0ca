#include "hci/l2cap_signalling.h"

#include <gtest/gtest.h>

#include "tests/hci/packets.h"

namespace bondd::hci::testing {
namespace {

constexpr uint8_t kIdentifier = 0x2A;

enum Code : uint8_t {
  kCommandReject = 0x01,
  kConnectionRequest = 0x02,
  kDisconnectionRequest = 0x06,
  kDisconnectionResponse = 0x07,
  kInformationRequest = 0x0A,
  kParameterUpdateRequest = 0x12,
  kParameterUpdateResponse = 0x13,
  kLeCreditConnectionRequest = 0x14,
  kLeCreditConnectionResponse = 0x15,
  kFlowControlCredit = 0x16,
  kCreditConnectionRequest = 0x17,
  kCreditConnectionResponse = 0x18,
  kReconfigureRequest = 0x19,
  kReconfigureResponse = 0x1A,
};

constexpr uint16_t kNotUnderstood = 0x0000;
constexpr uint16_t kMtuExceeded = 0x0001;
constexpr uint16_t kInvalidCid = 0x0002;
constexpr uint16_t kSpsmNotSupported = 0x0002;

Bytes Frame(uint8_t code, std::initializer_list<uint16_t> fields = {},
            uint8_t identifier = kIdentifier) {
  Writer writer;
  writer.U8(code).U8(identifier).U16(static_cast<uint16_t>(2 * fields.size()));
  for (const uint16_t field : fields) writer.U16(field);
  return writer.Finish();
}

Bytes UpdateRequest(const ConnectionParameters& parameters) {
  return Frame(kParameterUpdateRequest,
               {parameters.interval_min, parameters.interval_max,
                parameters.latency, parameters.supervision_timeout});
}

Bytes Rejected(uint16_t reason) { return Frame(kCommandReject, {reason}); }

std::optional<Bytes> ReplyTo(const Bytes& frame) {
  return AnswerSignalling(Role::kCentral, true, frame).reply;
}

TEST(L2capSignalling, AcceptsAndAppliesValidParametersAsCentral) {
  const auto answer =
      AnswerSignalling(Role::kCentral, true, UpdateRequest(SlowParameters()));
  EXPECT_EQ(answer.reply, Frame(kParameterUpdateResponse, {0}));
  EXPECT_EQ(answer.update, SlowParameters());
}

TEST(L2capSignalling, RejectsInvalidParameters) {
  const auto answer = AnswerSignalling(Role::kCentral, true,
                                       UpdateRequest(InvalidParameters()));
  EXPECT_EQ(answer.reply, Frame(kParameterUpdateResponse, {1}));
  EXPECT_EQ(answer.update, std::nullopt);
}

TEST(L2capSignalling, RejectsParametersThatCantBeAppliedNow) {
  const auto answer =
      AnswerSignalling(Role::kCentral, false, UpdateRequest(SlowParameters()));
  EXPECT_EQ(answer.reply, Frame(kParameterUpdateResponse, {1}));
  EXPECT_EQ(answer.update, std::nullopt);
}

TEST(L2capSignalling, TakesNoParameterUpdateRequestFromACentral) {
  const auto answer = AnswerSignalling(Role::kPeripheral, true,
                                       UpdateRequest(SlowParameters()));
  EXPECT_EQ(answer.reply, Rejected(kNotUnderstood));
  EXPECT_EQ(answer.update, std::nullopt);
}

TEST(L2capSignalling, HasNoChannelToDisconnect) {
  EXPECT_EQ(ReplyTo(Frame(kDisconnectionRequest, {0x0040, 0x0041})),
            Frame(kCommandReject, {kInvalidCid, 0x0040, 0x0041}));
}

TEST(L2capSignalling, SupportsNoSpsm) {
  EXPECT_EQ(
      ReplyTo(Frame(kLeCreditConnectionRequest, {0x80, 0x40, 64, 64, 1})),
      Frame(kLeCreditConnectionResponse, {0, 0, 0, 0, kSpsmNotSupported}));
}

TEST(L2capSignalling, RefusesEachOfTheEnhancedChannelsThatAreAskedFor) {
  EXPECT_EQ(
      ReplyTo(Frame(kCreditConnectionRequest, {0x80, 64, 64, 1, 0x40, 0x41})),
      Frame(kCreditConnectionResponse, {0, 0, 0, kSpsmNotSupported, 0, 0}));
}

TEST(L2capSignalling, HasNoChannelToReconfigure) {
  constexpr uint16_t kInvalidDestination = 0x0003;
  EXPECT_EQ(ReplyTo(Frame(kReconfigureRequest, {64, 64, 0x40})),
            Frame(kReconfigureResponse, {kInvalidDestination}));
}

TEST(L2capSignalling, UnderstandsNoOtherRequests) {
  EXPECT_EQ(ReplyTo(Frame(kConnectionRequest, {1, 0x40})),
            Rejected(kNotUnderstood));
  EXPECT_EQ(ReplyTo(Frame(kInformationRequest, {2})), Rejected(kNotUnderstood));
  EXPECT_EQ(ReplyTo(Frame(0xFF)), Rejected(kNotUnderstood));
}

TEST(L2capSignalling, UnderstandsNoRequestOfTheWrongLength) {
  for (const Bytes& frame :
       {Frame(kDisconnectionRequest, {1}), Frame(kParameterUpdateRequest, {6}),
        Frame(kLeCreditConnectionRequest, {0x80}),
        Frame(kCreditConnectionRequest, {0x80, 64, 64, 1}),
        Frame(kCreditConnectionRequest, {0x80, 64, 64, 1, 1, 2, 3, 4, 5, 6}),
        Frame(kReconfigureRequest, {64, 64})}) {
    const auto reply = ReplyTo(frame);
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ((*reply)[0], kCommandReject);
  }
}

TEST(L2capSignalling, RejectsAFrameWhoseLengthsDisagree) {
  Bytes longer = UpdateRequest(SlowParameters());
  longer.push_back(0);
  EXPECT_EQ(ReplyTo(longer), Rejected(kNotUnderstood));
  Bytes shorter = UpdateRequest(SlowParameters());
  shorter.pop_back();
  EXPECT_EQ(ReplyTo(shorter), Rejected(kNotUnderstood));
}

TEST(L2capSignalling, NamesItsMtuWhenAFrameIsBeyondIt) {
  constexpr uint16_t kMtu = 23;
  Bytes frame = Frame(kParameterUpdateRequest);
  frame.resize(kMtu + 1);
  EXPECT_EQ(ReplyTo(frame), Frame(kCommandReject, {kMtuExceeded, kMtu}));
}

TEST(L2capSignalling, StaysSilentAboutResponses) {
  for (const uint8_t code :
       {kCommandReject, kDisconnectionResponse, kParameterUpdateResponse,
        kLeCreditConnectionResponse, kFlowControlCredit,
        kCreditConnectionResponse, kReconfigureResponse}) {
    EXPECT_EQ(ReplyTo(Frame(code, {0, 0})), std::nullopt);
  }
}

TEST(L2capSignalling, StaysSilentAboutWhatCantBeAnswered) {
  constexpr uint8_t kIllegal = 0;
  EXPECT_EQ(ReplyTo(Frame(kInformationRequest, {2}, kIllegal)), std::nullopt);
  EXPECT_EQ(ReplyTo({}), std::nullopt);
  EXPECT_EQ(ReplyTo({kInformationRequest, kIdentifier, 0x00}), std::nullopt);
}

TEST(ConnectionParameters, AreValidUpToTheirLimits) {
  EXPECT_TRUE((ConnectionParameters{6, 6, 0, 10}).IsValid());
  EXPECT_TRUE((ConnectionParameters{6, 3200, 0, 3200}).IsValid());
  EXPECT_TRUE((ConnectionParameters{6, 6, 499, 3200}).IsValid());
}

TEST(ConnectionParameters, AreInvalidBeyondTheirLimits) {
  EXPECT_FALSE((ConnectionParameters{5, 6, 0, 10}).IsValid());
  EXPECT_FALSE((ConnectionParameters{6, 3201, 0, 3200}).IsValid());
  EXPECT_FALSE((ConnectionParameters{7, 6, 0, 10}).IsValid());
  EXPECT_FALSE((ConnectionParameters{6, 6, 500, 3200}).IsValid());
  EXPECT_FALSE((ConnectionParameters{6, 6, 0, 9}).IsValid());
  EXPECT_FALSE((ConnectionParameters{6, 6, 0, 3201}).IsValid());
}

TEST(ConnectionParameters, NeedATimeoutOfMoreThanTwiceTheLatency) {
  // (1 + 4) * 160 * 1.25 ms * 2 = 2 s
  EXPECT_FALSE((ConnectionParameters{160, 160, 4, 200}).IsValid());
  EXPECT_TRUE((ConnectionParameters{160, 160, 4, 201}).IsValid());
}

}  // namespace
}  // namespace bondd::hci::testing
