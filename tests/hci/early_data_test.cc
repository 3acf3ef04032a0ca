// On USB, events and ACL data come by different endpoints: the data of a link
// may overtake the event that tells of it.

#include "hci/early_data.h"

#include "tests/hci/controller_fixture.h"

namespace bondd::hci::testing {
namespace {

class EarlyDataTest : public ControllerTest {
 protected:
  void SetUp() override {
    StartUp();
    ASSERT_TRUE(controller_.StartAdvertising({}, now_).has_value());
    Run();
  }

  void ReceiveSmp(uint8_t code, uint16_t handle = kHandle) {
    fake_.SendAcl(FramePacket(handle, kCidSmp, Bytes{code}));
    Run();
  }

  void Connect(uint16_t handle = kHandle) {
    fake_.ConnectAsPeripheral(handle, PeerAddress());
    Run();
  }

  void Disconnect(uint16_t handle = kHandle) {
    constexpr uint8_t kReason = 0x13;
    fake_.SendEvent(DisconnectionCompleteEvent(handle, kReason));
    Run();
  }

  // The first octets of the PDUs that came after the only LinkUp.
  Bytes TakeLinkUpAndPdus() {
    const std::vector<Event> events = std::exchange(events_, {});
    Bytes codes;
    for (size_t i = 0; i < events.size(); ++i) {
      const auto* pdu = std::get_if<SmpPduReceived>(&events[i]);
      EXPECT_EQ(std::holds_alternative<LinkUp>(events[i]), i == 0);
      EXPECT_EQ(pdu != nullptr, i > 0);
      if (pdu != nullptr) codes.push_back(pdu->pdu[0]);
    }
    EXPECT_FALSE(events.empty());
    return codes;
  }
};

TEST_F(EarlyDataTest, ReachesTheLinkThatItOvertook) {
  ReceiveSmp(1);
  ReceiveSmp(2);
  ExpectNoEvent();
  Connect();
  EXPECT_EQ(TakeLinkUpAndPdus(), (Bytes{1, 2}));
}

TEST_F(EarlyDataTest, IsGivenOutOnce) {
  ReceiveSmp(1);
  Connect();
  EXPECT_EQ(TakeLinkUpAndPdus(), Bytes{1});
  Disconnect();
  ASSERT_TRUE(TakeOnly<LinkDown>().has_value());
  Connect();
  EXPECT_EQ(TakeLinkUpAndPdus(), Bytes{});
}

TEST_F(EarlyDataTest, MayBeTheBeginningOfAFrame) {
  const Bytes frame = Writer().U16(2).U16(kCidSmp).U8(7).U8(0).Finish();
  fake_.SendAcl(AclPacketOf(kHandle, 0b10, ByteView(frame).first(3)));
  Run();
  Connect();
  fake_.SendAcl(AclPacketOf(kHandle, 0b01, ByteView(frame).subspan(3)));
  Run();
  EXPECT_EQ(TakeLinkUpAndPdus(), Bytes{7});
}

TEST_F(EarlyDataTest, IsNotForAnotherLink) {
  ReceiveSmp(1);
  Connect(kOtherHandle);
  EXPECT_EQ(TakeLinkUpAndPdus(), Bytes{});
}

TEST_F(EarlyDataTest, IsKeptForTheLatestHandleOnly) {
  ReceiveSmp(1, kOtherHandle);
  ReceiveSmp(2);
  Connect();
  EXPECT_EQ(TakeLinkUpAndPdus(), Bytes{2});
}

TEST_F(EarlyDataTest, IsKeptToABoundedNumberOfPackets) {
  for (uint8_t code = 1; code <= EarlyData::kMaxPackets + 1; ++code) {
    ReceiveSmp(code);
  }
  Connect();
  EXPECT_EQ(TakeLinkUpAndPdus(), (Bytes{1, 2, 3, 4}));
}

TEST_F(EarlyDataTest, IsKeptToABoundedNumberOfOctets) {
  const Bytes half(EarlyData::kMaxOctets / 2, 5);
  for (int i = 0; i < 3; ++i) {
    fake_.SendAcl(FramePacket(kHandle, kCidSmp, half));
    Run();
  }
  Connect();
  EXPECT_EQ(TakeLinkUpAndPdus(), Bytes{5});
}

TEST_F(EarlyDataTest, IsDroppedInTime) {
  ReceiveSmp(1);
  ASSERT_TRUE(controller_.Deadline().has_value());
  EXPECT_EQ(*controller_.Deadline(), now_ + EarlyData::kPatience);
  Pass(EarlyData::kPatience);
  EXPECT_FALSE(controller_.Deadline().has_value());
  Connect();
  EXPECT_EQ(TakeLinkUpAndPdus(), Bytes{});
}

TEST_F(EarlyDataTest, EndsWithItsHandle) {
  ReceiveSmp(1);
  Disconnect();
  Connect();
  EXPECT_EQ(TakeLinkUpAndPdus(), Bytes{});
}

TEST_F(EarlyDataTest, DataThatComesAfterItsLinksEndIsNotForTheNextLink) {
  Connect();
  ASSERT_TRUE(TakeOnly<LinkUp>().has_value());
  Disconnect();
  ASSERT_TRUE(TakeOnly<LinkDown>().has_value());
  ReceiveSmp(1);
  Connect();
  EXPECT_EQ(TakeLinkUpAndPdus(), Bytes{});
}

TEST_F(EarlyDataTest, ReachesALinkOnAHandleThatEndedAWhileAgo) {
  Disconnect();
  Pass(EarlyData::kStragglers);
  ReceiveSmp(1);
  Connect();
  EXPECT_EQ(TakeLinkUpAndPdus(), Bytes{1});
}

TEST_F(EarlyDataTest, OfALinkThatNobodyWantsIsDropped) {
  ReceiveSmp(1);
  fake_.SendEvent(
      ConnectionCompleteEvent(kHandle, Role::kCentral, PeerAddress()));
  Run();
  ExpectNoEvent();
}

}  // namespace
}  // namespace bondd::hci::testing
