#include "hci/acl_pool.h"

#include <gmock/gmock.h>

#include "hci/l2cap.h"
#include "hci/reassembler.h"

namespace bondd::hci {
namespace {

using ::testing::ElementsAre;

constexpr uint16_t kHandle = 0x0040;
constexpr uint16_t kOtherHandle = 0x0041;

// A frame of which the payload says who sent it.
Bytes FrameOf(size_t payload_length, uint8_t filler = 0xAA) {
  return EncodeL2cap(kCidSmp, Bytes(payload_length, filler));
}

struct Fragment {
  uint16_t handle;
  PacketBoundary boundary;
  Bytes data;
};

Fragment Parse(const WipedBytes& packet) {
  Reader reader(packet.view());
  const uint16_t head = reader.U16();
  const uint16_t length = reader.U16();
  const ByteView data = reader.Rest();
  EXPECT_EQ(data.size(), length);
  return {static_cast<uint16_t>(head & 0x0FFF),
          static_cast<PacketBoundary>(head >> 12 & 3),
          Bytes(data.begin(), data.end())};
}

class AclPoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    pool_.SetBuffers(27, 4);
    pool_.AddLink(kHandle);
    pool_.AddLink(kOtherHandle);
  }
  // All packets that may go out now.
  std::vector<Fragment> Drain() {
    std::vector<Fragment> fragments;
    while (const auto packet = pool_.Next()) {
      fragments.push_back(Parse(*packet));
    }
    return fragments;
  }
  std::vector<uint16_t> DrainHandles() {
    std::vector<uint16_t> handles;
    for (const Fragment& fragment : Drain()) handles.push_back(fragment.handle);
    return handles;
  }

  AclPool pool_;
};

TEST_F(AclPoolTest, SendsAShortFrameInOnePacket) {
  ASSERT_TRUE(pool_.Enqueue(kHandle, FrameOf(7), true));
  const auto fragments = Drain();
  ASSERT_EQ(fragments.size(), 1u);
  EXPECT_EQ(fragments[0].handle, kHandle);
  EXPECT_EQ(fragments[0].boundary, PacketBoundary::kFirstFromHost);
  EXPECT_EQ(fragments[0].data, FrameOf(7));
}

TEST_F(AclPoolTest, CutsALongFrameToTheControllersLength) {
  ASSERT_TRUE(pool_.Enqueue(kHandle, FrameOf(65), true));
  const auto fragments = Drain();
  ASSERT_EQ(fragments.size(), 3u);
  Bytes whole;
  for (const Fragment& fragment : fragments) {
    EXPECT_LE(fragment.data.size(), 27u);
    whole.insert(whole.end(), fragment.data.begin(), fragment.data.end());
  }
  EXPECT_EQ(whole, FrameOf(65));
  EXPECT_EQ(fragments[0].boundary, PacketBoundary::kFirstFromHost);
  EXPECT_EQ(fragments[1].boundary, PacketBoundary::kContinuing);
  EXPECT_EQ(fragments[2].boundary, PacketBoundary::kContinuing);
}

TEST_F(AclPoolTest, MakesNoEmptyFragmentOfAFrameThatFillsItsPackets) {
  ASSERT_TRUE(pool_.Enqueue(kHandle, FrameOf(2 * 27 - 4), true));
  EXPECT_EQ(Drain().size(), 2u);
}

TEST_F(AclPoolTest, SendsNoMoreThanTheControllerHasRoomFor) {
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(pool_.Enqueue(kHandle, FrameOf(1), true));
  }
  EXPECT_EQ(Drain().size(), 4u);
  pool_.OnCompleted(kHandle, 1);
  EXPECT_EQ(Drain().size(), 1u);
}

TEST_F(AclPoolTest, ServesItsLinksInTurn) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(pool_.Enqueue(kHandle, FrameOf(1), true));
  }
  ASSERT_TRUE(pool_.Enqueue(kOtherHandle, FrameOf(1), true));
  EXPECT_THAT(DrainHandles(),
              ElementsAre(kHandle, kOtherHandle, kHandle, kHandle));
}

TEST_F(AclPoolTest, TakesTurnsByPacketSoThatALongFrameHoldsNobodyUp) {
  ASSERT_TRUE(pool_.Enqueue(kHandle, FrameOf(65), true));
  ASSERT_TRUE(pool_.Enqueue(kOtherHandle, FrameOf(1), true));
  EXPECT_THAT(DrainHandles(),
              ElementsAre(kHandle, kOtherHandle, kHandle, kHandle));
}

TEST_F(AclPoolTest, SharesOnePoolOfCreditsAmongAllLinks) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(pool_.Enqueue(kHandle, FrameOf(1), true));
  }
  EXPECT_EQ(Drain().size(), 4u);
  ASSERT_TRUE(pool_.Enqueue(kOtherHandle, FrameOf(1), true));
  EXPECT_TRUE(Drain().empty());
  pool_.OnCompleted(kHandle, 1);
  EXPECT_THAT(DrainHandles(), ElementsAre(kOtherHandle));
}

TEST_F(AclPoolTest, TakesCreditsBackFromALinkThatEnds) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pool_.Enqueue(kHandle, FrameOf(1), true));
  }
  Drain();
  EXPECT_EQ(pool_.credits(), 1u);
  pool_.RemoveLink(kHandle);
  EXPECT_EQ(pool_.credits(), 4u);
}

TEST_F(AclPoolTest, SendsNothingMoreOfALinkThatEnded) {
  ASSERT_TRUE(pool_.Enqueue(kHandle, FrameOf(1), true));
  pool_.RemoveLink(kHandle);
  pool_.AddLink(kHandle);
  EXPECT_TRUE(Drain().empty());
  EXPECT_FALSE(pool_.Enqueue(0x0099, FrameOf(1), true));
}

TEST_F(AclPoolTest, BelievesNoCompletionOfPacketsThatWereNeverSent) {
  ASSERT_TRUE(pool_.Enqueue(kHandle, FrameOf(1), true));
  Drain();
  EXPECT_EQ(pool_.OnCompleted(kHandle, 1000), 1u);
  EXPECT_EQ(pool_.OnCompleted(kOtherHandle, 1000), 0u);
  EXPECT_EQ(pool_.OnCompleted(0x0099, 1), 0u);
  EXPECT_EQ(pool_.credits(), 4u);
}

TEST_F(AclPoolTest, CountsAFrameOnceItsLastFragmentIsCompleted) {
  ASSERT_TRUE(pool_.Enqueue(kHandle, FrameOf(65), true));
  Drain();
  EXPECT_EQ(pool_.OnCompleted(kHandle, 1), 0u);
  EXPECT_EQ(pool_.OnCompleted(kHandle, 1), 0u);
  EXPECT_EQ(pool_.OnCompleted(kHandle, 1), 1u);
}

TEST_F(AclPoolTest, CountsOnlyTheFramesThatItWasToldToCount) {
  ASSERT_TRUE(pool_.Enqueue(kHandle, FrameOf(1), false));
  ASSERT_TRUE(pool_.Enqueue(kHandle, FrameOf(1), true));
  ASSERT_TRUE(pool_.Enqueue(kHandle, FrameOf(1), true));
  Drain();
  EXPECT_EQ(pool_.OnCompleted(kHandle, 3), 2u);
}

TEST_F(AclPoolTest, BoundsWhatMayWaitOnOneLinkWithoutHarmToOthers) {
  for (size_t i = 0; i < kMaxWaitingFrames; ++i) {
    ASSERT_TRUE(pool_.Enqueue(kHandle, FrameOf(1), true));
  }
  EXPECT_FALSE(pool_.Enqueue(kHandle, FrameOf(1), true));
  EXPECT_TRUE(pool_.Enqueue(kOtherHandle, FrameOf(1), true));
}

TEST_F(AclPoolTest, KeepsTheTurnWhenALinkBeforeItEnds) {
  pool_.AddLink(0x0042);
  for (const uint16_t handle : {kHandle, kOtherHandle, uint16_t{0x0042}}) {
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(pool_.Enqueue(handle, FrameOf(1), true));
    }
  }
  EXPECT_EQ(Parse(*pool_.Next()).handle, kHandle);
  EXPECT_EQ(Parse(*pool_.Next()).handle, kOtherHandle);
  pool_.RemoveLink(kHandle);
  EXPECT_THAT(DrainHandles(), ElementsAre(0x0042, kOtherHandle, 0x0042));
}

}  // namespace
}  // namespace bondd::hci
