#include "hci/reassembler.h"

#include <gtest/gtest.h>

namespace bondd::hci {
namespace {

constexpr auto kFirst = PacketBoundary::kFirstFromController;
constexpr auto kNext = PacketBoundary::kContinuing;

Bytes Payload(size_t length) {
  Bytes payload(length);
  for (size_t i = 0; i < length; ++i) payload[i] = static_cast<uint8_t>(i);
  return payload;
}

// A frame whose length field says something else than is there.
Bytes LyingFrame(uint16_t claimed, size_t actual) {
  return Writer().U16(claimed).U16(kCidSmp).Append(Payload(actual)).Finish();
}

// The bare start of a frame that is never finished.
Bytes OpenFrame() { return LyingFrame(50, 10); }

TEST(Reassembler, YieldsAFrameThatCameInOnePacket) {
  Reassembler reassembler;
  const auto frame = reassembler.Add(kFirst, EncodeL2cap(kCidSmp, Payload(7)));
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->cid, kCidSmp);
  EXPECT_EQ(frame->payload, Payload(7));
}

TEST(Reassembler, YieldsTheSameFrameHoweverItIsFragmented) {
  const Bytes whole = EncodeL2cap(kCidAtt, Payload(65));
  for (size_t step = 1; step < whole.size(); ++step) {
    SCOPED_TRACE(step);
    Reassembler reassembler;
    std::optional<L2capFrame> frame;
    for (size_t at = 0; at < whole.size(); at += step) {
      ASSERT_FALSE(frame.has_value());
      frame = reassembler.Add(
          at == 0 ? kFirst : kNext,
          ByteView(whole).subspan(at, std::min(step, whole.size() - at)));
    }
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(frame->cid, kCidAtt);
    EXPECT_EQ(frame->payload, Payload(65));
  }
}

TEST(Reassembler, YieldsAnEmptyFrame) {
  Reassembler reassembler;
  const auto frame = reassembler.Add(kFirst, EncodeL2cap(kCidAtt, {}));
  ASSERT_TRUE(frame.has_value());
  EXPECT_TRUE(frame->payload.empty());
}

TEST(Reassembler, BearsEmptyFragments) {
  Reassembler reassembler;
  const Bytes whole = EncodeL2cap(kCidSmp, Payload(1));
  EXPECT_FALSE(reassembler.Add(kFirst, {}).has_value());
  EXPECT_FALSE(reassembler.Add(kNext, {}).has_value());
  EXPECT_TRUE(reassembler.Add(kNext, whole).has_value());
}

TEST(Reassembler, DropsAContinuationWithoutAStart) {
  Reassembler reassembler;
  EXPECT_FALSE(
      reassembler.Add(kNext, EncodeL2cap(kCidSmp, Payload(3))).has_value());
  EXPECT_TRUE(
      reassembler.Add(kFirst, EncodeL2cap(kCidSmp, Payload(3))).has_value());
}

TEST(Reassembler, BeginsAnewWhenAStartComesTwice) {
  Reassembler reassembler;
  EXPECT_FALSE(reassembler.Add(kFirst, OpenFrame()).has_value());
  const auto frame = reassembler.Add(kFirst, EncodeL2cap(kCidSmp, Payload(3)));
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->payload, Payload(3));
}

TEST(Reassembler, DropsAFrameThatIsLongerThanItSays) {
  Reassembler reassembler;
  EXPECT_FALSE(reassembler.Add(kFirst, LyingFrame(3, 5)).has_value());
  EXPECT_FALSE(reassembler.Add(kNext, Payload(5)).has_value());
}

TEST(Reassembler, DropsAFrameWhoseLastFragmentOvershoots) {
  Reassembler reassembler;
  EXPECT_FALSE(reassembler.Add(kFirst, LyingFrame(10, 8)).has_value());
  EXPECT_FALSE(reassembler.Add(kNext, Payload(3)).has_value());
  EXPECT_FALSE(reassembler.Add(kNext, {}).has_value());
}

TEST(Reassembler, TakesTheLargestFrameAndDropsALargerOneAtItsStart) {
  Reassembler reassembler;
  EXPECT_TRUE(
      reassembler.Add(kFirst, EncodeL2cap(kCidSmp, Payload(kMaxL2capPayload)))
          .has_value());
  EXPECT_FALSE(
      reassembler.Add(kFirst, LyingFrame(kMaxL2capPayload + 1, 0)).has_value());
  // Had it been kept open, this would have completed it.
  EXPECT_FALSE(
      reassembler.Add(kNext, Payload(kMaxL2capPayload + 1)).has_value());
}

}  // namespace
}  // namespace bondd::hci
