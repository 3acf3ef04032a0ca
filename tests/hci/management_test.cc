// Against a socket on which the test plays the kernel; tests/vm has the real
// one.

#include "hci/management.h"

#include "tests/hci/message_pair.h"

namespace bondd::hci::testing {
namespace {

constexpr uint16_t kIndex = 3;
constexpr uint16_t kOtherIndex = 4;

// Events and commands of the management channel.
constexpr uint16_t kCommandComplete = 0x0001;
constexpr uint16_t kCommandStatus = 0x0002;
constexpr uint16_t kIndexAdded = 0x0004;
constexpr uint16_t kIndexRemoved = 0x0005;
constexpr uint16_t kNewSettings = 0x0006;
constexpr uint16_t kReadControllerInformation = 0x0004;
constexpr uint16_t kSetPowered = 0x0005;

constexpr uint8_t kInvalidIndex = 0x11;
constexpr uint8_t kRfKilled = 0x12;
constexpr uint8_t kPermissionDenied = 0x14;
constexpr uint8_t kBusy = 0x0A;

Bytes Message(uint16_t event, uint16_t index, ByteView parameters = {}) {
  return Writer()
      .U16(event)
      .U16(index)
      .U16(static_cast<uint16_t>(parameters.size()))
      .Append(parameters)
      .Finish();
}

Bytes CompleteOf(uint16_t opcode, uint16_t index, ByteView rest) {
  return Message(kCommandComplete, index,
                 Writer().U16(opcode).U8(0).Append(rest).bytes());
}

Bytes StatusOf(uint16_t opcode, uint16_t index, uint8_t status) {
  return Message(kCommandStatus, index,
                 Writer().U16(opcode).U8(status).bytes());
}

Bytes Information(uint32_t current_settings) {
  return Writer()
      .Append(Bytes(6))  // address
      .U8(0)
      .U16(0)
      .U32(0xFFFF)  // supported
      .U32(current_settings)
      .Append(Bytes(3 + 249 + 11))  // class and names
      .Finish();
}

class ManagementTest : public ::testing::Test {
 protected:
  MessagePair pair_;
  Management management_{std::move(pair_.ours)};
};

TEST_F(ManagementTest, ReportsAdaptersThatComeAndGo) {
  pair_.Put(Message(kIndexAdded, kIndex));
  pair_.Put(Message(kIndexRemoved, kOtherIndex));
  const auto first = *management_.Read();
  ASSERT_TRUE(first.has_value());
  EXPECT_TRUE(first->added);
  EXPECT_EQ(first->index, kIndex);
  const auto second = *management_.Read();
  ASSERT_TRUE(second.has_value());
  EXPECT_FALSE(second->added);
  EXPECT_EQ(second->index, kOtherIndex);
  EXPECT_FALSE(management_.Read()->has_value());
}

TEST_F(ManagementTest, PassesOverEventsOfOtherKindsAndMalformedOnes) {
  pair_.Put(Message(kNewSettings, kIndex, Bytes(4)));
  pair_.Put({0x04});
  pair_.Put(Message(kIndexAdded, kIndex));
  EXPECT_EQ((*management_.Read())->index, kIndex);
}

TEST_F(ManagementTest, TellsThatTheChannelIsGone) {
  pair_.kernel.Close();
  EXPECT_EQ(management_.Read().error().code, ErrorCode::kClosed);
}

TEST_F(ManagementTest, ReadsWhetherAnAdapterIsPowered) {
  pair_.Put(CompleteOf(kReadControllerInformation, kIndex, Information(0x01)));
  EXPECT_TRUE(*management_.IsPowered(kIndex));
  EXPECT_EQ(pair_.Get(), Message(kReadControllerInformation, kIndex));
  pair_.Put(CompleteOf(kReadControllerInformation, kIndex, Information(0x80)));
  EXPECT_FALSE(*management_.IsPowered(kIndex));
}

TEST_F(ManagementTest, PassesOverWhatIsNoAnswerToItsCall) {
  pair_.Put(Message(kIndexAdded, kIndex));
  pair_.Put(
      CompleteOf(kReadControllerInformation, kOtherIndex, Information(0x00)));
  pair_.Put(CompleteOf(kSetPowered, kIndex, Bytes(4)));
  pair_.Put(CompleteOf(kReadControllerInformation, kIndex, Information(0x01)));
  EXPECT_TRUE(*management_.IsPowered(kIndex));
}

TEST_F(ManagementTest, RefusesInformationThatIsTooShort) {
  pair_.Put(CompleteOf(kReadControllerInformation, kIndex, Bytes(10)));
  EXPECT_EQ(management_.IsPowered(kIndex).error().code, ErrorCode::kIo);
}

TEST_F(ManagementTest, PowersAnAdapter) {
  pair_.Put(CompleteOf(kSetPowered, kIndex, Bytes(4)));
  EXPECT_TRUE(management_.SetPowered(kIndex, true).has_value());
  EXPECT_EQ(pair_.Get(), Message(kSetPowered, kIndex, Bytes{1}));
}

TEST_F(ManagementTest, TellsWhyTheKernelRefuses) {
  const std::pair<uint8_t, ErrorCode> kCases[] = {
      {kInvalidIndex, ErrorCode::kNotFound},
      {kRfKilled, ErrorCode::kBlocked},
      {kPermissionDenied, ErrorCode::kPermissionDenied},
      {kBusy, ErrorCode::kBusy},
      {0x03, ErrorCode::kIo}};
  for (const auto& [status, code] : kCases) {
    pair_.Put(StatusOf(kSetPowered, kIndex, status));
    EXPECT_EQ(management_.SetPowered(kIndex, true).error().code, code);
  }
}

}  // namespace
}  // namespace bondd::hci::testing
