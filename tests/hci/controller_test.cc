// Links and what runs over them, through Controller.

#include "hci/controller.h"

#include <gmock/gmock.h>

#include "hci/acl_pool.h"
#include "hci/command_queue.h"
#include "tests/hci/controller_fixture.h"

namespace bondd::hci::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint8_t kPeerLeft = 0x13;
constexpr uint8_t kSupervisionTimeout = 0x08;
constexpr uint8_t kMicFailure = 0x3D;

const Bytes kPairingRequest = {0x01, 0x03, 0x00, 0x0D, 0x10, 0x07, 0x07};

// 65 octets, so three packets of 27.
Bytes PublicKeyPdu() {
  Bytes pdu(65, 0x5A);
  pdu[0] = 0x0C;
  return pdu;
}

class ControllerLinksTest : public ControllerTest {
 protected:
  void SetUp() override { StartUp(); }
  void SendSmp(LinkId link, const Bytes& pdu) {
    controller_.SendSmp(link, pdu, now_);
    Run();
  }
  void Complete(uint16_t handle, uint16_t count) {
    fake_.SendEvent(CompletedPacketsEvent(handle, count));
    Run();
  }
  void LoseLink(uint16_t handle = kHandle, uint8_t reason = kPeerLeft) {
    fake_.SendEvent(DisconnectionCompleteEvent(handle, reason));
    Run();
  }
  void Receive(uint16_t cid, const Bytes& payload, uint16_t handle = kHandle) {
    fake_.SendAcl(FramePacket(handle, cid, payload));
    Run();
  }
};

TEST_F(ControllerLinksTest, ReportsTheEndOfALinkWithItsReason) {
  const LinkId link = BringUpPeripheralLink();
  LoseLink(kHandle, kSupervisionTimeout);
  const auto down = TakeOnly<LinkDown>();
  EXPECT_EQ(down->link, link);
  EXPECT_EQ(down->reason, kSupervisionTimeout);
}

TEST_F(ControllerLinksTest, NeverUsesALinkIdAgainThoughHandlesAre) {
  const LinkId first = BringUpPeripheralLink();
  LoseLink();
  TakeOnly<LinkDown>();
  EXPECT_NE(BringUpPeripheralLink(), first);
}

TEST_F(ControllerLinksTest, TakesPrivateAddressesFromTheEnhancedEvent) {
  DeviceAddress local = OwnRandomAddress();
  local.octets[5] = 0x41;
  DeviceAddress peer = OtherPeerAddress();
  peer.octets[5] = 0x42;
  fake_.SendEvent(EnhancedConnectionCompleteEvent(kHandle, Role::kPeripheral,
                                                  PeerAddress(), local, peer));
  Run();
  const auto up = TakeOnly<LinkUp>();
  EXPECT_EQ(up->local, local);
  EXPECT_EQ(up->peer, peer);
}

TEST_F(ControllerLinksTest,
       EndsTheOldLinkWhenItsHandleComesUpAgainUnannounced) {
  const LinkId first = BringUpPeripheralLink();
  fake_.SendEvent(
      ConnectionCompleteEvent(kHandle, Role::kPeripheral, PeerAddress()));
  Run();
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(std::get<LinkDown>(events_[0]).link, first);
  EXPECT_NE(std::get<LinkUp>(events_[1]).link, first);
}

TEST_F(ControllerLinksTest, DisconnectsWithTheReasonThatIsAskedFor) {
  const LinkId link = BringUpPeripheralLink();
  controller_.Disconnect(link, 0x05, now_);
  Run();
  const auto commands = fake_.TakeCommands();
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_EQ(commands[0].opcode, Opcode::kDisconnect);
  EXPECT_EQ(commands[0].parameters, Writer().U16(kHandle).U8(0x05).bytes());
}

TEST_F(ControllerLinksTest, DisconnectsWithAReasonThatControllersTake) {
  const LinkId link = BringUpPeripheralLink();
  controller_.Disconnect(link, kMicFailure, now_);
  Run();
  EXPECT_EQ(fake_.TakeCommands().at(0).parameters.at(2), 0x13);
}

TEST_F(ControllerLinksTest, DisconnectsALinkOnlyOnce) {
  const LinkId link = BringUpPeripheralLink();
  controller_.Disconnect(link, kPeerLeft, now_);
  controller_.Disconnect(link, kPeerLeft, now_);
  Run();
  EXPECT_THAT(fake_.TakeOpcodes(), ElementsAre(Opcode::kDisconnect));
}

TEST_F(ControllerLinksTest, EndsALinkThatTheControllerNoLongerKnows) {
  const LinkId link = BringUpPeripheralLink();
  fake_.Refuse(Opcode::kDisconnect,
               static_cast<uint8_t>(HciError::kUnknownConnectionIdentifier));
  controller_.Disconnect(link, kPeerLeft, now_);
  Run();
  EXPECT_EQ(TakeOnly<LinkDown>()->link, link);
}

TEST_F(ControllerLinksTest, DoesNothingOnALinkThatIsGone) {
  const LinkId link = BringUpPeripheralLink();
  controller_.StopAdvertising(now_);
  LoseLink();
  TakeOnly<LinkDown>();
  fake_.TakeCommands();
  controller_.Disconnect(link, kPeerLeft, now_);
  controller_.SendSmp(link, kPairingRequest, now_);
  controller_.EnableEncryption(link, 0, 0, LinkKey128(), now_);
  controller_.AnswerLongTermKeyRequest(link, std::nullopt, now_);
  Run();
  EXPECT_THAT(fake_.TakeOpcodes(), IsEmpty());
  EXPECT_THAT(fake_.TakeAcl(), IsEmpty());
}

TEST_F(ControllerLinksTest, IgnoresEventsOfUnknownHandles) {
  BringUpPeripheralLink();
  LoseLink(kOtherHandle);
  fake_.SendEvent(EncryptionChangeEvent(kOtherHandle, 0, true));
  fake_.SendEvent(KeyRefreshCompleteEvent(kOtherHandle, 0));
  fake_.SendEvent(CompletedPacketsEvent(kOtherHandle, 1));
  fake_.SendEvent(ParameterRequestEvent(kOtherHandle, SlowParameters()));
  Receive(kCidSmp, kPairingRequest, kOtherHandle);
  ExpectNoEvent();
  EXPECT_THAT(fake_.TakeOpcodes(), IsEmpty());
}

TEST_F(ControllerLinksTest, IgnoresADisconnectionThatFailed) {
  BringUpPeripheralLink();
  fake_.SendEvent(DisconnectionCompleteEvent(kHandle, kPeerLeft, 0x02));
  Run();
  ExpectNoEvent();
}

TEST_F(ControllerLinksTest, DropsACommandOfALinkThatEndsBeforeItIsSent) {
  const LinkId link = BringUpPeripheralLink();
  fake_.Hold(Opcode::kLeSetScanParameters);
  ASSERT_TRUE(controller_.StartScan({}, now_).has_value());
  controller_.EnableEncryption(link, 0, 0, LinkKey128(), now_);
  LoseLink();
  fake_.SendEvent(
      ConnectionCompleteEvent(kHandle, Role::kPeripheral, OtherPeerAddress()));
  fake_.Release(Opcode::kLeSetScanParameters);
  Run();
  EXPECT_THAT(fake_.TakeOpcodes(),
              ::testing::Not(Contains(Opcode::kLeEnableEncryption)));
}

// SMP -------------------------------------------------------------------------

TEST_F(ControllerLinksTest, HandsSmpPdusUp) {
  const LinkId link = BringUpPeripheralLink();
  Receive(kCidSmp, kPairingRequest);
  const auto received = TakeOnly<SmpPduReceived>();
  EXPECT_EQ(received->link, link);
  EXPECT_EQ(received->pdu, kPairingRequest);
}

TEST_F(ControllerLinksTest, HandsAFragmentedSmpPduUpWhole) {
  BringUpPeripheralLink();
  const Bytes frame = EncodeL2cap(kCidSmp, PublicKeyPdu());
  for (size_t at = 0; at < frame.size(); at += 27) {
    const auto part =
        ByteView(frame).subspan(at, std::min<size_t>(27, frame.size() - at));
    fake_.SendAcl(AclPacketOf(kHandle, at == 0 ? 0b10 : 0b01, part));
  }
  Run();
  EXPECT_EQ(TakeOnly<SmpPduReceived>()->pdu, PublicKeyPdu());
}

TEST_F(ControllerLinksTest, KeepsFragmentsOfTwoLinksApart) {
  const LinkId first = BringUpPeripheralLink(kHandle);
  const LinkId second = BringUpCentralLink(kOtherHandle, OtherPeerAddress());
  const Bytes frame = EncodeL2cap(kCidSmp, kPairingRequest);
  const ByteView head = ByteView(frame).first(6);
  const ByteView tail = ByteView(frame).subspan(6);
  fake_.SendAcl(AclPacketOf(kHandle, 0b10, head));
  fake_.SendAcl(AclPacketOf(kOtherHandle, 0b10, head));
  fake_.SendAcl(AclPacketOf(kHandle, 0b01, tail));
  Run();
  EXPECT_EQ(TakeOnly<SmpPduReceived>()->link, first);
  fake_.SendAcl(AclPacketOf(kOtherHandle, 0b01, tail));
  Run();
  EXPECT_EQ(TakeOnly<SmpPduReceived>()->link, second);
}

TEST_F(ControllerLinksTest, ForgetsAFragmentOfTheLinkThatHadTheHandleBefore) {
  BringUpPeripheralLink();
  const Bytes frame = EncodeL2cap(kCidSmp, kPairingRequest);
  fake_.SendAcl(AclPacketOf(kHandle, 0b10, ByteView(frame).first(6)));
  LoseLink();
  TakeOnly<LinkDown>();
  BringUpPeripheralLink();
  fake_.SendAcl(AclPacketOf(kHandle, 0b01, ByteView(frame).subspan(6)));
  Run();
  ExpectNoEvent();
}

TEST_F(ControllerLinksTest, DropsAclPacketsWhoseLengthLies) {
  BringUpPeripheralLink();
  Bytes packet = FramePacket(kHandle, kCidSmp, kPairingRequest);
  packet.push_back(0);
  fake_.SendAcl(packet);
  fake_.SendAcl({0x40});
  fake_.SendAcl({});
  Run();
  ExpectNoEvent();
}

TEST_F(ControllerLinksTest, DropsFramesOfChannelsThatItDoesNotHave) {
  BringUpPeripheralLink();
  Receive(0x0040, kPairingRequest);
  Receive(0x0001, kPairingRequest);
  Receive(kCidSmp, {});
  ExpectNoEvent();
  EXPECT_THAT(fake_.TakeAcl(), IsEmpty());
}

TEST_F(ControllerLinksTest, SendsSmpPdusOnTheirChannel) {
  const LinkId link = BringUpPeripheralLink();
  SendSmp(link, kPairingRequest);
  const auto frame = TakeOnlyFrame();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->cid, kCidSmp);
  EXPECT_EQ(frame->payload, kPairingRequest);
}

TEST_F(ControllerLinksTest, TellsSmpPdusThatThePeerHasAcknowledged) {
  const LinkId link = BringUpPeripheralLink();
  SendSmp(link, PublicKeyPdu());
  SendSmp(link, kPairingRequest);
  EXPECT_EQ(fake_.TakeAcl().size(), 4u);
  Complete(kHandle, 2);
  ExpectNoEvent();
  Complete(kHandle, 2);
  const auto acknowledged = TakeOnly<SmpPdusAcknowledged>();
  EXPECT_EQ(acknowledged->link, link);
  EXPECT_EQ(acknowledged->count, 2u);
}

TEST_F(ControllerLinksTest, SpendsNoMoreBuffersThanTheControllerHas) {
  const LinkId link = BringUpPeripheralLink();
  for (int i = 0; i < 6; ++i) SendSmp(link, kPairingRequest);
  EXPECT_EQ(fake_.TakeAcl().size(), fake_.le_acl_count);
  Complete(kHandle, 1);
  EXPECT_EQ(fake_.TakeAcl().size(), 1u);
}

TEST_F(ControllerLinksTest, GetsTheBuffersOfALostLinkBack) {
  const LinkId first = BringUpPeripheralLink(kHandle);
  const LinkId second = BringUpCentralLink(kOtherHandle, OtherPeerAddress());
  for (int i = 0; i < 4; ++i) SendSmp(first, kPairingRequest);
  SendSmp(second, kPairingRequest);
  EXPECT_EQ(fake_.TakeAcl().size(), 4u);
  LoseLink(kHandle);
  EXPECT_EQ(fake_.TakeAcl().size(), 1u);
}

TEST_F(ControllerLinksTest, DisconnectsAPeerThatTakesNoSmpPdus) {
  const LinkId link = BringUpPeripheralLink();
  for (size_t i = 0; i < 100; ++i) SendSmp(link, kPairingRequest);
  EXPECT_THAT(fake_.TakeOpcodes(), ElementsAre(Opcode::kDisconnect));
}

// ATT and signalling
// ------------------------------------------------------------

TEST_F(ControllerLinksTest, AnswersAttRequests) {
  BringUpPeripheralLink();
  Receive(kCidAtt, {0x02, 0xF7, 0x00});
  const auto frame = TakeOnlyFrame();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->cid, kCidAtt);
  EXPECT_EQ(frame->payload.at(0), 0x03);
}

TEST_F(ControllerLinksTest, HandsSignedWritesUpWithoutAnAnswer) {
  const LinkId link = BringUpPeripheralLink();
  Bytes signed_write(20);
  signed_write[0] = 0xD2;
  Receive(kCidAtt, signed_write);
  const auto received = TakeOnly<SignedWriteReceived>();
  EXPECT_EQ(received->link, link);
  EXPECT_EQ(received->pdu, signed_write);
  EXPECT_THAT(fake_.TakeAcl(), IsEmpty());
}

TEST_F(ControllerLinksTest, DropsAttAnswersThatThePeerDoesNotTake) {
  BringUpPeripheralLink();
  for (int i = 0; i < 1000; ++i) Receive(kCidAtt, {0x02, 0xF7, 0x00});
  fake_.TakeAcl();
  size_t answers = 0;
  for (int i = 0; i < 1000; ++i) {
    Complete(kHandle, 4);
    answers += fake_.TakeAcl().size();
  }
  EXPECT_EQ(answers, kMaxWaitingFrames);
}

Bytes UpdateRequest(const ConnectionParameters& parameters) {
  return Writer()
      .U8(0x12)
      .U8(1)
      .U16(8)
      .U16(parameters.interval_min)
      .U16(parameters.interval_max)
      .U16(parameters.latency)
      .U16(parameters.supervision_timeout)
      .Finish();
}

TEST_F(ControllerLinksTest,
       AppliesTheConnectionParametersThatAPeripheralAsksFor) {
  BringUpCentralLink();
  Receive(kCidLeSignalling, UpdateRequest(SlowParameters()));
  const auto commands = fake_.TakeCommands();
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_EQ(commands[0].opcode, Opcode::kLeConnectionUpdate);
  Reader reader(commands[0].parameters);
  EXPECT_EQ(reader.U16(), kHandle);
  EXPECT_EQ(reader.U16(), SlowParameters().interval_min);
  EXPECT_EQ(reader.U16(), SlowParameters().interval_max);
  EXPECT_EQ(reader.U16(), SlowParameters().latency);
  EXPECT_EQ(reader.U16(), SlowParameters().supervision_timeout);
  EXPECT_EQ(TakeOnlyFrame()->cid, kCidLeSignalling);
}

TEST_F(ControllerLinksTest, AppliesOneUpdateAtATime) {
  BringUpCentralLink();
  fake_.Hold(Opcode::kLeConnectionUpdate);
  Receive(kCidLeSignalling, UpdateRequest(SlowParameters()));
  Receive(kCidLeSignalling, UpdateRequest(SlowParameters()));
  fake_.Release(Opcode::kLeConnectionUpdate);
  Run();
  EXPECT_THAT(fake_.TakeOpcodes(), ElementsAre(Opcode::kLeConnectionUpdate));
  Receive(kCidLeSignalling, UpdateRequest(SlowParameters()));
  EXPECT_THAT(fake_.TakeOpcodes(), ElementsAre(Opcode::kLeConnectionUpdate));
}

TEST_F(ControllerLinksTest, BearsAConnectionUpdateThatStaysUnanswered) {
  BringUpCentralLink();
  fake_.Ignore(Opcode::kLeConnectionUpdate);
  Receive(kCidLeSignalling, UpdateRequest(SlowParameters()));
  Pass(kCommandTimeout);
  ExpectNoEvent();
}

TEST_F(ControllerLinksTest, AnswersALinkLayerParameterRequest) {
  BringUpPeripheralLink();
  fake_.SendEvent(ParameterRequestEvent(kHandle, SlowParameters()));
  Run();
  EXPECT_THAT(fake_.TakeOpcodes(),
              ElementsAre(Opcode::kLeRemoteConnectionParameterReply));
  fake_.SendEvent(ParameterRequestEvent(kHandle, InvalidParameters()));
  Run();
  EXPECT_THAT(fake_.TakeOpcodes(),
              ElementsAre(Opcode::kLeRemoteConnectionParameterNegativeReply));
}

// The life of the controller
// ------------------------------------------------------

TEST_F(ControllerLinksTest, IsLostAtAHardwareError) {
  BringUpPeripheralLink();
  fake_.SendEvent(HardwareErrorEvent(0x42));
  Run();
  EXPECT_EQ(TakeOnly<Lost>()->error.code, ErrorCode::kIo);
  controller_.StopAdvertising(now_);
  controller_.Connect(PeerAddress(), kTimeout, now_);
  controller_.CancelConnect(PeerAddress(), now_);
  controller_.Shutdown(now_);
  Run();
  ExpectNoEvent();
  EXPECT_EQ(controller_.Deadline(), std::nullopt);
}

TEST_F(ControllerLinksTest, IsLostWhenTheControllerVanishes) {
  BringUpPeripheralLink();
  fake_.Vanish();
  Run();
  EXPECT_EQ(TakeOnly<Lost>()->error.code, ErrorCode::kClosed);
}

TEST_F(ControllerLinksTest, IsLostWhenTheControllerStopsAnswering) {
  fake_.Ignore(Opcode::kLeSetScanParameters);
  ASSERT_TRUE(controller_.StartScan({}, now_).has_value());
  Pass(kCommandTimeout);
  EXPECT_EQ(TakeOnly<Lost>()->error.code, ErrorCode::kTimedOut);
}

TEST_F(ControllerLinksTest, ShutsDownInOrder) {
  BringUpPeripheralLink();
  ASSERT_TRUE(controller_.StartScan({}, now_).has_value());
  Run();
  fake_.TakeCommands();
  controller_.Shutdown(now_);
  Run();
  EXPECT_THAT(fake_.TakeOpcodes(),
              ::testing::UnorderedElementsAre(Opcode::kDisconnect,
                                              Opcode::kLeSetAdvertisingEnable,
                                              Opcode::kLeSetScanEnable));
  ExpectNoEvent();
  fake_.SendEvent(DisconnectionCompleteEvent(kHandle, 0x16));
  Run();
  EXPECT_THAT(fake_.TakeOpcodes(), ElementsAre(Opcode::kReset));
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<LinkDown>(events_[0]));
  EXPECT_EQ(std::get<Lost>(events_[1]).error.code, ErrorCode::kClosed);
}

TEST_F(ControllerLinksTest, ShutsDownThoughALinkDoesNotEnd) {
  BringUpPeripheralLink();
  controller_.Shutdown(now_);
  Pass(std::chrono::seconds(1));
  EXPECT_EQ(TakeOnly<Lost>()->error.code, ErrorCode::kClosed);
  EXPECT_THAT(fake_.TakeOpcodes(), Contains(Opcode::kReset));
}

TEST_F(ControllerLinksTest, ShutsDownThoughTheControllerDoesNotAnswer) {
  BringUpPeripheralLink();
  fake_.Ignore(Opcode::kDisconnect);
  controller_.Shutdown(now_);
  Pass(std::chrono::seconds(3));
  EXPECT_EQ(TakeOnly<Lost>()->error.code, ErrorCode::kTimedOut);
}

TEST_F(ControllerLinksTest, DisconnectsALinkThatComesUpDuringShutdown) {
  BringUpPeripheralLink();
  controller_.Shutdown(now_);
  fake_.SendEvent(
      ConnectionCompleteEvent(kOtherHandle, Role::kPeripheral, PeerAddress()));
  Run();
  ExpectNoEvent();
  EXPECT_THAT(fake_.TakeOpcodes(), Contains(Opcode::kDisconnect));
}

}  // namespace
}  // namespace bondd::hci::testing
