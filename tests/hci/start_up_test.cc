// Controller start-up, through Controller: StartUp and ControllerInfo have no
// life of their own.

#include "hci/start_up.h"

#include <gmock/gmock.h>

#include "tests/hci/controller_fixture.h"

namespace bondd::hci::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

class StartUpTest : public ControllerTest {
 protected:
  void Begin() {
    controller_.Start(now_);
    Run();
  }
  // The parameters of the one command of this kind, as a bit mask.
  uint64_t MaskOf(Opcode opcode) {
    for (const WrittenCommand& command : fake_.TakeCommands()) {
      if (command.opcode == opcode) return Reader(command.parameters).U64();
    }
    ADD_FAILURE() << "the command was not given";
    return 0;
  }
};

TEST_F(StartUpTest, GivesTheCommandsOfALeOnlyControllerInOrder) {
  Begin();
  EXPECT_THAT(
      fake_.TakeOpcodes(),
      ElementsAre(Opcode::kReset, Opcode::kReadLocalVersion,
                  Opcode::kReadLocalSupportedCommands,
                  Opcode::kReadLocalSupportedFeatures, Opcode::kReadBdAddr,
                  Opcode::kLeReadLocalSupportedFeatures,
                  Opcode::kLeReadSupportedStates, Opcode::kLeReadBufferSize,
                  Opcode::kSetEventMask, Opcode::kLeSetEventMask));
  EXPECT_EQ(TakeOnly<Ready>()->public_address, OwnPublicAddress());
  EXPECT_EQ(controller_.Deadline(), std::nullopt);
}

TEST_F(StartUpTest, ReportsNoPublicAddressWhereTheControllerHasZeros) {
  fake_.public_address = DeviceAddress();
  Begin();
  EXPECT_EQ(TakeOnly<Ready>()->public_address, std::nullopt);
}

TEST_F(StartUpTest, ReadsTheSharedBufferSizeWhenTheLeLengthIsZero) {
  fake_.le_acl_length = 0;
  Begin();
  EXPECT_THAT(fake_.TakeOpcodes(), Contains(Opcode::kReadBufferSize));
}

TEST_F(StartUpTest, ReadsTheSharedBufferSizeWhenTheLeCountIsZero) {
  fake_.le_acl_count = 0;
  Begin();
  EXPECT_THAT(fake_.TakeOpcodes(), Contains(Opcode::kReadBufferSize));
}

TEST_F(StartUpTest, AsksForTheEventsThatItNeedsAndNoOthers) {
  Begin();
  EXPECT_EQ(MaskOf(Opcode::kSetEventMask),
            Bit(4) | Bit(7) | Bit(15) | Bit(47) | Bit(61));
}

TEST_F(StartUpTest, AsksForLeEventsOnlyOfWhatTheControllerReports) {
  fake_.le_features = 0;
  Begin();
  EXPECT_EQ(MaskOf(Opcode::kLeSetEventMask), Bit(0) | Bit(1));
}

TEST_F(StartUpTest, AsksForAllLeEventsOfAControllerThatReportsAll) {
  fake_.le_features = kLeFeatureEncryption |
                      kLeFeatureConnectionParametersRequest | kLeFeaturePrivacy;
  Begin();
  EXPECT_EQ(MaskOf(Opcode::kLeSetEventMask),
            Bit(0) | Bit(1) | Bit(4) | Bit(5) | Bit(9));
}

TEST_F(StartUpTest, AsksForNoParameterRequestsThatItCouldNotAnswer) {
  fake_.le_features = kLeFeatureConnectionParametersRequest;
  fake_.SetSupported(Opcode::kLeRemoteConnectionParameterReply, false);
  Begin();
  EXPECT_EQ(MaskOf(Opcode::kLeSetEventMask), Bit(0) | Bit(1));
}

TEST_F(StartUpTest, TellsADualModeControllerThatTheHostKnowsLe) {
  fake_.lmp_features = kLmpLeSupported;
  Begin();
  EXPECT_THAT(fake_.TakeOpcodes(), Contains(Opcode::kWriteLeHostSupport));
}

TEST_F(StartUpTest, GivesOnlyCommandsThatTheControllerSaysItHas) {
  fake_.lmp_features = kLmpLeSupported;
  fake_.SetSupported(Opcode::kWriteLeHostSupport, false);
  fake_.SetSupported(Opcode::kLeReadSupportedStates, false);
  Begin();
  const auto opcodes = fake_.TakeOpcodes();
  EXPECT_THAT(opcodes, Not(Contains(Opcode::kWriteLeHostSupport)));
  EXPECT_THAT(opcodes, Not(Contains(Opcode::kLeReadSupportedStates)));
  EXPECT_TRUE(TakeOnly<Ready>().has_value());
}

TEST_F(StartUpTest, GoesOnWithoutAnOptionalCommandThatIsRefused) {
  for (const Opcode opcode :
       {Opcode::kReadLocalVersion, Opcode::kReadLocalSupportedCommands,
        Opcode::kReadLocalSupportedFeatures, Opcode::kReadBdAddr,
        Opcode::kLeReadLocalSupportedFeatures, Opcode::kLeReadSupportedStates,
        Opcode::kLeReadBufferSize, Opcode::kReadBufferSize,
        Opcode::kLeSetEventMask}) {
    fake_.Refuse(opcode, static_cast<uint8_t>(HciError::kUnknownCommand));
  }
  Begin();
  EXPECT_EQ(TakeOnly<Ready>()->public_address, std::nullopt);
}

TEST_F(StartUpTest, GoesOnWithoutAnOptionalCommandThatStaysUnanswered) {
  fake_.Ignore(Opcode::kLeReadSupportedStates);
  Begin();
  ExpectNoEvent();
  Pass(kCommandTimeout);
  EXPECT_TRUE(TakeOnly<Ready>().has_value());
}

TEST_F(StartUpTest, TriesAnUnansweredResetOnceMoreAndThenGivesUp) {
  fake_.Ignore(Opcode::kReset);
  Begin();
  Pass(kCommandTimeout);
  ExpectNoEvent();
  EXPECT_THAT(fake_.TakeOpcodes(), ElementsAre(Opcode::kReset, Opcode::kReset));
  Pass(kCommandTimeout);
  EXPECT_EQ(TakeOnly<Lost>()->error.code, ErrorCode::kTimedOut);
  EXPECT_EQ(controller_.Deadline(), std::nullopt);
}

TEST_F(StartUpTest, ComesUpWhenOnlyTheSecondResetIsAnswered) {
  fake_.Ignore(Opcode::kReset);
  Begin();
  fake_.Accept(Opcode::kReset);
  Pass(kCommandTimeout);
  EXPECT_TRUE(TakeOnly<Ready>().has_value());
}

TEST_F(StartUpTest, RefusesAControllerWithoutLe) {
  fake_.lmp_features = 0;
  Begin();
  EXPECT_EQ(TakeOnly<Lost>()->error.code, ErrorCode::kNotSupported);
}

TEST_F(StartUpTest, RefusesAControllerThatTakesNoEventMask) {
  fake_.Refuse(Opcode::kSetEventMask,
               static_cast<uint8_t>(HciError::kUnknownCommand));
  Begin();
  EXPECT_EQ(TakeOnly<Lost>()->error.code, ErrorCode::kNotSupported);
}

TEST_F(StartUpTest, IgnoresEventsAboutAHostThatWasThereBefore) {
  fake_.Hold(Opcode::kReset);
  Begin();
  fake_.SendEvent(
      ConnectionCompleteEvent(kHandle, Role::kPeripheral, PeerAddress()));
  fake_.SendEvent(LongTermKeyRequestEvent(kHandle, 0, 0));
  Run();
  ExpectNoEvent();
  fake_.Release(Opcode::kReset);
  Run();
  EXPECT_TRUE(TakeOnly<Ready>().has_value());
}

TEST_F(StartUpTest, IsLostWhenTheControllerVanishes) {
  fake_.Vanish();
  controller_.Start(now_);
  Run();
  EXPECT_EQ(TakeOnly<Lost>()->error.code, ErrorCode::kClosed);
}

}  // namespace
}  // namespace bondd::hci::testing
