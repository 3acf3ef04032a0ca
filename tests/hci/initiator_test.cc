// Connecting as central, through Controller.

#include "hci/initiator.h"

#include <gmock/gmock.h>

#include "tests/hci/controller_fixture.h"

namespace bondd::hci::testing {
namespace {

using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr auto kDisallowed = static_cast<uint8_t>(HciError::kCommandDisallowed);

class InitiatorTest : public ControllerTest {
 protected:
  void SetUp() override { StartUp(); }
  void Connect(const DeviceAddress& peer = PeerAddress(),
               Duration timeout = kTimeout) {
    controller_.Connect(peer, timeout, now_);
    Run();
  }
  void Cancel(const DeviceAddress& peer = PeerAddress()) {
    controller_.CancelConnect(peer, now_);
    Run();
  }
};

TEST_F(InitiatorTest, ReportsTheLinkThatItMade) {
  Connect();
  fake_.ConnectAsCentral(kHandle, PeerAddress());
  Run();
  const auto up = TakeOnly<LinkUp>();
  EXPECT_EQ(up->role, Role::kCentral);
  EXPECT_EQ(up->handle, kHandle);
  EXPECT_EQ(up->local, OwnPublicAddress());
  EXPECT_EQ(up->peer, PeerAddress());
}

TEST_F(InitiatorTest, NamesThePeerInCreateConnection) {
  Connect(OtherPeerAddress());
  const auto commands = fake_.TakeCommands();
  ASSERT_EQ(commands.size(), 1u);
  Reader reader(commands[0].parameters);
  reader.Take(5);  // scan interval and window, filter policy
  EXPECT_EQ(reader.U8(), kAddressTypeRandom);
  EXPECT_EQ(reader.Array<6>(), OtherPeerAddress().octets);
  EXPECT_EQ(reader.U8(), kAddressTypePublic);
}

TEST_F(InitiatorTest, MakesOneConnectionAtATime) {
  Connect(PeerAddress());
  Connect(OtherPeerAddress());
  EXPECT_THAT(fake_.TakeOpcodes(), ElementsAre(Opcode::kLeCreateConnection));
  fake_.ConnectAsCentral(kHandle, PeerAddress());
  Run();
  EXPECT_TRUE(TakeOnly<LinkUp>().has_value());
  EXPECT_THAT(fake_.TakeOpcodes(), ElementsAre(Opcode::kLeCreateConnection));
}

TEST_F(InitiatorTest, RefusesASecondAttemptForTheSamePeer) {
  Connect();
  Connect();
  EXPECT_EQ(TakeOnly<ConnectFailed>()->error.code, ErrorCode::kBusy);
  EXPECT_TRUE(fake_.initiating());
}

TEST_F(InitiatorTest, BoundsTheQueueOfAttempts) {
  Connect();
  DeviceAddress peer = OtherPeerAddress();
  for (size_t i = 0; i < kMaxConnectAttempts; ++i) {
    ++peer.octets[0];
    Connect(peer);
  }
  ExpectNoEvent();
  Connect(OtherPeerAddress());
  EXPECT_EQ(TakeOnly<ConnectFailed>()->error.code, ErrorCode::kBusy);
}

TEST_F(InitiatorTest, SaysWhyTheControllerRefused) {
  fake_.Refuse(Opcode::kLeCreateConnection, kDisallowed);
  Connect();
  const auto failed = TakeOnly<ConnectFailed>();
  EXPECT_EQ(failed->peer, PeerAddress());
  EXPECT_EQ(failed->error.code, ErrorCode::kIo);
  EXPECT_NE(failed->error.message.find("0x0C"), std::string::npos);
}

TEST_F(InitiatorTest, SaysWhyTheConnectionFailed) {
  Connect();
  fake_.FailConnection(0x3E);
  Run();
  const auto failed = TakeOnly<ConnectFailed>();
  EXPECT_EQ(failed->error.code, ErrorCode::kIo);
  EXPECT_NE(failed->error.message.find("0x3E"), std::string::npos);
}

TEST_F(InitiatorTest, CancelsAConnectionThatDoesNotComeUpInTime) {
  Connect();
  fake_.TakeCommands();
  Pass(kTimeout);
  EXPECT_THAT(fake_.TakeOpcodes(),
              ElementsAre(Opcode::kLeCreateConnectionCancel));
  EXPECT_EQ(TakeOnly<ConnectFailed>()->error.code, ErrorCode::kTimedOut);
}

TEST_F(InitiatorTest, CountsTheTimeThatAnAttemptWaitsForItsTurn) {
  Connect(PeerAddress(), seconds(20));
  Connect(OtherPeerAddress(), seconds(10));
  Pass(seconds(10));
  const auto failed = TakeOnly<ConnectFailed>();
  EXPECT_EQ(failed->peer, OtherPeerAddress());
  EXPECT_EQ(failed->error.code, ErrorCode::kTimedOut);
  EXPECT_TRUE(fake_.initiating());
}

TEST_F(InitiatorTest, ReportsALinkThatComesUpWhileItsTimeoutCancelsIt) {
  Connect();
  fake_.Hold(Opcode::kLeCreateConnectionCancel);
  Pass(kTimeout);
  fake_.ConnectAsCentral(kHandle, PeerAddress());
  fake_.Refuse(Opcode::kLeCreateConnectionCancel, kDisallowed);
  fake_.Release(Opcode::kLeCreateConnectionCancel);
  Run();
  EXPECT_EQ(TakeOnly<LinkUp>()->peer, PeerAddress());
  Pass(seconds(10));
  ExpectNoEvent();
}

TEST_F(InitiatorTest, ReportsALinkThatIsToldAfterTheCancelWasRefused) {
  Connect();
  fake_.Refuse(Opcode::kLeCreateConnectionCancel, kDisallowed);
  Pass(kTimeout);
  fake_.ConnectAsCentral(kHandle, PeerAddress());
  Run();
  EXPECT_EQ(TakeOnly<LinkUp>()->peer, PeerAddress());
}

TEST_F(InitiatorTest, GivesUpWhenACancelledConnectionNeverEnds) {
  Connect();
  fake_.Refuse(Opcode::kLeCreateConnectionCancel, kDisallowed);
  Pass(kTimeout);
  ExpectNoEvent();
  Pass(seconds(2));
  EXPECT_EQ(TakeOnly<ConnectFailed>()->error.code, ErrorCode::kTimedOut);
}

TEST_F(InitiatorTest, FailsAtOnceWhenTheOwnerCancels) {
  Connect();
  fake_.Hold(Opcode::kLeCreateConnectionCancel);
  Cancel();
  const auto failed = TakeOnly<ConnectFailed>();
  EXPECT_EQ(failed->peer, PeerAddress());
  EXPECT_EQ(failed->error.code, ErrorCode::kClosed);
  fake_.Release(Opcode::kLeCreateConnectionCancel);
  Run();
  ExpectNoEvent();
  EXPECT_FALSE(fake_.initiating());
}

TEST_F(InitiatorTest, DisconnectsALinkThatComesUpAfterTheOwnerCancelled) {
  Connect();
  fake_.Hold(Opcode::kLeCreateConnectionCancel);
  Cancel();
  EXPECT_TRUE(TakeOnly<ConnectFailed>().has_value());
  fake_.ConnectAsCentral(kHandle, PeerAddress());
  fake_.Release(Opcode::kLeCreateConnectionCancel);
  Run();
  EXPECT_THAT(fake_.TakeOpcodes(), Contains(Opcode::kDisconnect));
  // What it still says is for nobody.
  fake_.SendAcl(FramePacket(kHandle, kCidSmp, Bytes{0x0B}));
  fake_.SendEvent(DisconnectionCompleteEvent(kHandle, 0x16));
  Run();
  ExpectNoEvent();
}

TEST_F(InitiatorTest, CancelsAnAttemptThatWaitsWithoutTouchingTheOneUnderWay) {
  Connect(PeerAddress());
  Connect(OtherPeerAddress());
  fake_.TakeCommands();
  Cancel(OtherPeerAddress());
  EXPECT_EQ(TakeOnly<ConnectFailed>()->peer, OtherPeerAddress());
  EXPECT_THAT(fake_.TakeOpcodes(), IsEmpty());
}

TEST_F(InitiatorTest, IgnoresTheCancellingOfWhatIsNotBeingMade) {
  Cancel();
  ExpectNoEvent();
  EXPECT_THAT(fake_.TakeOpcodes(), IsEmpty());
}

TEST_F(InitiatorTest, ConnectsAnewToThePeerThatWasJustCancelled) {
  Connect();
  fake_.Hold(Opcode::kLeCreateConnectionCancel);
  Cancel();
  EXPECT_TRUE(TakeOnly<ConnectFailed>().has_value());
  Connect();
  fake_.Release(Opcode::kLeCreateConnectionCancel);
  Run();
  fake_.ConnectAsCentral(kHandle, PeerAddress());
  Run();
  EXPECT_EQ(TakeOnly<LinkUp>()->peer, PeerAddress());
}

TEST_F(InitiatorTest, CancelsOnlyAfterCreateConnectionWasAnswered) {
  fake_.Hold(Opcode::kLeCreateConnection);
  Connect();
  Cancel();
  EXPECT_TRUE(TakeOnly<ConnectFailed>().has_value());
  EXPECT_THAT(fake_.TakeOpcodes(),
              Not(Contains(Opcode::kLeCreateConnectionCancel)));
  fake_.Release(Opcode::kLeCreateConnection);
  Run();
  EXPECT_THAT(fake_.TakeOpcodes(), Contains(Opcode::kLeCreateConnectionCancel));
}

TEST_F(InitiatorTest, BearsALinkThatOvertakesTheAnswerToCreateConnection) {
  fake_.Hold(Opcode::kLeCreateConnection);
  Connect();
  fake_.SendEvent(
      ConnectionCompleteEvent(kHandle, Role::kCentral, PeerAddress()));
  Run();
  EXPECT_TRUE(TakeOnly<LinkUp>().has_value());
  fake_.Release(Opcode::kLeCreateConnection);
  Run();
  Pass(kTimeout);
  ExpectNoEvent();
}

TEST_F(InitiatorTest, DisconnectsACentralLinkThatNobodyAskedFor) {
  fake_.SendEvent(
      ConnectionCompleteEvent(kHandle, Role::kCentral, PeerAddress()));
  Run();
  ExpectNoEvent();
  EXPECT_THAT(fake_.TakeOpcodes(), ElementsAre(Opcode::kDisconnect));
}

TEST_F(InitiatorTest, KeepsInitiatingWhenAPeripheralLinkComesUp) {
  Connect(OtherPeerAddress());
  const LinkId link = BringUpPeripheralLink();
  EXPECT_NE(link, LinkId{0});
  EXPECT_TRUE(fake_.initiating());
  fake_.ConnectAsCentral(kOtherHandle, OtherPeerAddress());
  Run();
  EXPECT_EQ(TakeOnly<LinkUp>()->role, Role::kCentral);
}

TEST(InitiatorBeforeReady, FailsBeforeTheControllerIsReady) {
  FakeController fake;
  Controller controller(fake);
  controller.Connect(PeerAddress(), seconds(1), Time());
  const auto events = controller.TakeEvents();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(std::get<ConnectFailed>(events[0]).error.code, ErrorCode::kClosed);
}

}  // namespace
}  // namespace bondd::hci::testing
