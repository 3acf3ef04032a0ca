#include "hci/command_queue.h"

#include <gtest/gtest.h>

#include "tests/hci/packets.h"

namespace bondd::hci::testing {
namespace {

constexpr LinkId kLink{7};
constexpr LinkId kOtherLink{8};

class CommandQueueTest : public ::testing::Test {
 protected:
  void Push(Command command) {
    ASSERT_TRUE(queue_.Push(std::move(command), now_));
  }
  std::optional<Opcode> Next() {
    const auto command = queue_.Next(now_);
    if (!command) return std::nullopt;
    return command->opcode();
  }
  // The events as the controller sends them, without their headers.
  std::optional<CommandOutcome> Complete(Opcode opcode, uint8_t status = 0,
                                         ByteView rest = {},
                                         uint8_t credits = 1) {
    const Bytes event = CommandComplete(opcode, status, rest, credits);
    return queue_.OnCommandComplete(ByteView(event).subspan(2), now_);
  }
  std::optional<CommandOutcome> Status(Opcode opcode, uint8_t status,
                                       uint8_t credits = 1) {
    const Bytes event = CommandStatus(opcode, status, credits);
    return queue_.OnCommandStatus(ByteView(event).subspan(2), now_);
  }
  Command Plain(Opcode opcode) { return PlainCommand(opcode); }

  CommandQueue queue_;
  Time now_{};
};

TEST_F(CommandQueueTest, SendsOneCommandAfterTheOther) {
  Push(Plain(Opcode::kReset));
  Push(Plain(Opcode::kReadBdAddr));
  EXPECT_EQ(Next(), Opcode::kReset);
  EXPECT_EQ(Next(), std::nullopt);
  EXPECT_TRUE(Complete(Opcode::kReset).has_value());
  EXPECT_EQ(Next(), Opcode::kReadBdAddr);
}

TEST_F(CommandQueueTest, YieldsStatusAndReturnParameters) {
  Push(Plain(Opcode::kReadBdAddr));
  Next();
  const auto outcome = Complete(Opcode::kReadBdAddr, 0x0C, Bytes{1, 2});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->opcode, Opcode::kReadBdAddr);
  EXPECT_EQ(outcome->status, 0x0C);
  EXPECT_EQ(outcome->return_parameters, (Bytes{1, 2}));
  EXPECT_FALSE(outcome->ok());
}

TEST_F(CommandQueueTest, HaltsAtCreditZeroUntilTheControllerGivesOne) {
  Push(Plain(Opcode::kReset));
  Push(Plain(Opcode::kReadBdAddr));
  Next();
  EXPECT_TRUE(Complete(Opcode::kReset, 0, {}, 0).has_value());
  EXPECT_EQ(Next(), std::nullopt);
  EXPECT_FALSE(Complete(Opcode::kNone, 0, {}, 1).has_value());
  EXPECT_EQ(Next(), Opcode::kReadBdAddr);
}

TEST_F(CommandQueueTest, TriesAgainWhenNoCreditComesForLong) {
  Push(Plain(Opcode::kReset));
  Push(Plain(Opcode::kReadBdAddr));
  Next();
  Complete(Opcode::kReset, 0, {}, 0);
  ASSERT_TRUE(queue_.Deadline().has_value());
  now_ = *queue_.Deadline();
  EXPECT_FALSE(queue_.OnDeadline(now_).has_value());
  EXPECT_EQ(Next(), Opcode::kReadBdAddr);
  now_ += kCommandTimeout;
  EXPECT_TRUE(queue_.OnDeadline(now_)->timed_out);
}

TEST_F(CommandQueueTest, DoesNotTakeTheAnswerToAnotherCommand) {
  Push(Plain(Opcode::kReset));
  Next();
  EXPECT_FALSE(Complete(Opcode::kReadBdAddr).has_value());
  EXPECT_FALSE(Status(Opcode::kReadBdAddr, 1).has_value());
  EXPECT_TRUE(Complete(Opcode::kReset).has_value());
  // Nothing is under way now.
  EXPECT_FALSE(Complete(Opcode::kReset).has_value());
}

TEST_F(CommandQueueTest, TakesCommandStatusAsTheAnswerWhereItIsOne) {
  Push(DisconnectCommand(0x40, 0x13).For(kLink));
  Next();
  const auto outcome = Status(Opcode::kDisconnect, 0);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_TRUE(outcome->ok());
  EXPECT_EQ(outcome->link, kLink);
}

TEST_F(CommandQueueTest, TakesARefusalByCommandStatusForAnyCommand) {
  Push(Plain(Opcode::kLeReadSupportedStates));
  Next();
  EXPECT_FALSE(Status(Opcode::kLeReadSupportedStates, 0).has_value());
  const auto outcome = Status(Opcode::kLeReadSupportedStates, 0x01);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->status, 0x01);
}

TEST_F(CommandQueueTest, TakesAnAnswerWithoutAStatusForAFailure) {
  Push(Plain(Opcode::kReset));
  Next();
  const Bytes bare =
      Writer().U8(1).U16(static_cast<uint16_t>(Opcode::kReset)).Finish();
  EXPECT_FALSE(queue_.OnCommandComplete(bare, now_)->ok());
}

TEST_F(CommandQueueTest, IgnoresEventsThatAreTooShort) {
  Push(Plain(Opcode::kReset));
  Next();
  EXPECT_FALSE(queue_.OnCommandComplete(Bytes{1, 3}, now_).has_value());
  EXPECT_FALSE(queue_.OnCommandStatus(Bytes{0, 1, 3}, now_).has_value());
  EXPECT_FALSE(queue_.OnCommandComplete({}, now_).has_value());
}

TEST_F(CommandQueueTest, TellsThatACommandStayedUnanswered) {
  Push(Plain(Opcode::kReset).Optional());
  Next();
  EXPECT_EQ(queue_.Deadline(), now_ + kCommandTimeout);
  EXPECT_FALSE(
      queue_.OnDeadline(now_ + kCommandTimeout - Duration(1)).has_value());
  const auto outcome = queue_.OnDeadline(now_ + kCommandTimeout);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_TRUE(outcome->timed_out);
  EXPECT_TRUE(outcome->optional);
  EXPECT_FALSE(outcome->ok());
  EXPECT_EQ(queue_.Deadline(), std::nullopt);
}

TEST_F(CommandQueueTest, GivesEachCommandItsOwnTime) {
  Push(Plain(Opcode::kReset));
  Push(Plain(Opcode::kReadBdAddr));
  Next();
  now_ += kCommandTimeout / 2;
  Complete(Opcode::kReset);
  Next();
  EXPECT_EQ(queue_.Deadline(), now_ + kCommandTimeout);
}

TEST_F(CommandQueueTest, DropsTheWaitingCommandsOfALinkThatEnded) {
  Push(Plain(Opcode::kReset));
  Push(DisconnectCommand(0x40, 0x13).For(kLink));
  Push(DisconnectCommand(0x41, 0x13).For(kOtherLink));
  Next();
  queue_.DropLink(kLink);
  Complete(Opcode::kReset);
  const auto next = queue_.Next(now_);
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->link(), kOtherLink);
}

TEST_F(CommandQueueTest, BoundsWhatMayWait) {
  size_t taken = 0;
  while (queue_.Push(Plain(Opcode::kReset), now_)) {
    ++taken;
    ASSERT_LT(taken, 1000u);
  }
  EXPECT_GT(taken, 0u);
}

}  // namespace
}  // namespace bondd::hci::testing
