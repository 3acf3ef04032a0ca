// Encryption commands and events, through Controller.

#include <gmock/gmock.h>

#include "tests/hci/controller_fixture.h"

namespace bondd::hci::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kRand = 0x0123456789ABCDEF;
constexpr uint16_t kEdiv = 0xBEEF;
constexpr uint8_t kPinOrKeyMissing = 0x06;

const Bytes kKeyOctets = {1, 2,  3,  4,  5,  6,  7,  8,
                          9, 10, 11, 12, 13, 14, 15, 16};

LinkKey128 Key() {
  return LinkKey128(std::span<const uint8_t, 16>(kKeyOctets));
}

class EncryptionTest : public ControllerTest {
 protected:
  void SetUp() override { StartUp(); }
  void Request(uint16_t handle = kHandle) {
    fake_.SendEvent(LongTermKeyRequestEvent(handle, kRand, kEdiv));
    Run();
  }
  void Answer(LinkId link, const std::optional<LinkKey128>& key) {
    controller_.AnswerLongTermKeyRequest(link, key, now_);
    Run();
  }
};

TEST_F(EncryptionTest, EnablesEncryptionWithAllItIsGiven) {
  const LinkId link = BringUpCentralLink();
  controller_.EnableEncryption(link, kRand, kEdiv, Key(), now_);
  Run();
  const auto commands = fake_.TakeCommands();
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_EQ(commands[0].opcode, Opcode::kLeEnableEncryption);
  EXPECT_EQ(
      commands[0].parameters,
      Writer().U16(kHandle).U64(kRand).U16(kEdiv).Append(kKeyOctets).bytes());
  ExpectNoEvent();
}

TEST_F(EncryptionTest, ReportsWhatCameOfIt) {
  const LinkId link = BringUpCentralLink();
  fake_.SendEvent(EncryptionChangeEvent(kHandle, 0, true));
  Run();
  const auto changed = TakeOnly<EncryptionChanged>();
  EXPECT_EQ(changed->link, link);
  EXPECT_EQ(changed->status, 0);
  EXPECT_TRUE(changed->encrypted);
}

TEST_F(EncryptionTest, ReportsAFailureWithItsStatus) {
  BringUpCentralLink();
  fake_.SendEvent(EncryptionChangeEvent(kHandle, kPinOrKeyMissing, false));
  Run();
  const auto changed = TakeOnly<EncryptionChanged>();
  EXPECT_EQ(changed->status, kPinOrKeyMissing);
  EXPECT_FALSE(changed->encrypted);
}

TEST_F(EncryptionTest, ReportsAKeyRefreshLikeAnEncryption) {
  BringUpCentralLink();
  fake_.SendEvent(KeyRefreshCompleteEvent(kHandle, 0));
  Run();
  EXPECT_TRUE(TakeOnly<EncryptionChanged>()->encrypted);
}

TEST_F(EncryptionTest, KeepsSayingEncryptedWhenARefreshFails) {
  BringUpCentralLink();
  fake_.SendEvent(EncryptionChangeEvent(kHandle, 0, true));
  Run();
  TakeOnly<EncryptionChanged>();
  fake_.SendEvent(KeyRefreshCompleteEvent(kHandle, kPinOrKeyMissing));
  Run();
  const auto changed = TakeOnly<EncryptionChanged>();
  EXPECT_EQ(changed->status, kPinOrKeyMissing);
  EXPECT_TRUE(changed->encrypted);
}

TEST_F(EncryptionTest, ReportsEncryptionThatWasSwitchedOff) {
  BringUpCentralLink();
  fake_.SendEvent(EncryptionChangeEvent(kHandle, 0, true));
  fake_.SendEvent(EncryptionChangeEvent(kHandle, 0, false));
  Run();
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_FALSE(std::get<EncryptionChanged>(events_[1]).encrypted);
}

TEST_F(EncryptionTest, ReportsARefusalByTheController) {
  const LinkId link = BringUpCentralLink();
  constexpr auto kDisallowed =
      static_cast<uint8_t>(HciError::kCommandDisallowed);
  fake_.Refuse(Opcode::kLeEnableEncryption, kDisallowed);
  controller_.EnableEncryption(link, kRand, kEdiv, Key(), now_);
  Run();
  const auto changed = TakeOnly<EncryptionChanged>();
  EXPECT_EQ(changed->status, kDisallowed);
  EXPECT_FALSE(changed->encrypted);
}

TEST_F(EncryptionTest, AsksTheOwnerForTheKey) {
  const LinkId link = BringUpPeripheralLink();
  Request();
  const auto request = TakeOnly<LongTermKeyRequested>();
  EXPECT_EQ(request->link, link);
  EXPECT_EQ(request->rand, kRand);
  EXPECT_EQ(request->ediv, kEdiv);
}

TEST_F(EncryptionTest, AnswersWithTheKey) {
  const LinkId link = BringUpPeripheralLink();
  Request();
  Answer(link, Key());
  const auto commands = fake_.TakeCommands();
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_EQ(commands[0].opcode, Opcode::kLeLongTermKeyRequestReply);
  EXPECT_EQ(commands[0].parameters,
            Writer().U16(kHandle).Append(kKeyOctets).bytes());
}

TEST_F(EncryptionTest, AnswersThatThereIsNoKey) {
  const LinkId link = BringUpPeripheralLink();
  Request();
  Answer(link, std::nullopt);
  EXPECT_THAT(fake_.TakeOpcodes(),
              ElementsAre(Opcode::kLeLongTermKeyRequestNegativeReply));
}

TEST_F(EncryptionTest, AnswersEachRequestOnce) {
  const LinkId link = BringUpPeripheralLink();
  Request();
  Answer(link, Key());
  Answer(link, Key());
  Answer(link, std::nullopt);
  EXPECT_THAT(fake_.TakeOpcodes(),
              ElementsAre(Opcode::kLeLongTermKeyRequestReply));
  TakeOnly<LongTermKeyRequested>();
  Request();
  Answer(link, Key());
  EXPECT_THAT(fake_.TakeOpcodes(),
              ElementsAre(Opcode::kLeLongTermKeyRequestReply));
}

TEST_F(EncryptionTest, AnswersNothingThatWasNotAsked) {
  const LinkId link = BringUpPeripheralLink();
  Answer(link, Key());
  EXPECT_THAT(fake_.TakeOpcodes(), IsEmpty());
}

TEST_F(EncryptionTest, AsksOnceWhileARequestIsOpen) {
  BringUpPeripheralLink();
  Request();
  Request();
  EXPECT_TRUE(TakeOnly<LongTermKeyRequested>().has_value());
}

TEST_F(EncryptionTest, RefusesARequestOfAnUnknownLinkItself) {
  BringUpPeripheralLink();
  Request(kOtherHandle);
  ExpectNoEvent();
  const auto commands = fake_.TakeCommands();
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_EQ(commands[0].opcode, Opcode::kLeLongTermKeyRequestNegativeReply);
  EXPECT_EQ(commands[0].parameters, Writer().U16(kOtherHandle).bytes());
}

TEST_F(EncryptionTest, DoesNotAnswerTheRequestOfAnEarlierLinkOnItsHandle) {
  const LinkId first = BringUpPeripheralLink();
  Request();
  TakeOnly<LongTermKeyRequested>();
  fake_.SendEvent(DisconnectionCompleteEvent(kHandle, 0x08));
  Run();
  TakeOnly<LinkDown>();
  BringUpPeripheralLink();
  Request();
  Answer(first, Key());
  EXPECT_THAT(fake_.TakeOpcodes(), IsEmpty());
}

}  // namespace
}  // namespace bondd::hci::testing
