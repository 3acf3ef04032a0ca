#include "hci/h4.h"

#include <gtest/gtest.h>

namespace bondd::hci {
namespace {

Bytes EventOfLength(uint8_t length) {
  Bytes payload = {0x0E, length};
  for (size_t i = 0; i < length; ++i) {
    payload.push_back(static_cast<uint8_t>(i));
  }
  return payload;
}

Bytes AclOfLength(uint16_t length) {
  Writer writer;
  writer.U16(0x0040).U16(length);
  for (size_t i = 0; i < length; ++i) writer.U8(static_cast<uint8_t>(i));
  return writer.Finish();
}

Bytes ResetCommand() { return {0x03, 0x0C, 0x00}; }

void Append(Bytes& stream, PacketType type, const Bytes& payload) {
  const Bytes encoded = EncodeH4(type, payload);
  stream.insert(stream.end(), encoded.begin(), encoded.end());
}

Bytes EventThenAclThenEvent() {
  Bytes stream;
  Append(stream, PacketType::kEvent, EventOfLength(4));
  Append(stream, PacketType::kAclData, AclOfLength(300));
  Append(stream, PacketType::kEvent, EventOfLength(0));
  return stream;
}

void ExpectEventThenAclThenEvent(const std::vector<Packet>& packets) {
  ASSERT_EQ(packets.size(), 3u);
  EXPECT_EQ(packets[0].type, PacketType::kEvent);
  EXPECT_EQ(packets[0].payload, EventOfLength(4));
  EXPECT_EQ(packets[1].type, PacketType::kAclData);
  EXPECT_EQ(packets[1].payload, AclOfLength(300));
  EXPECT_EQ(packets[2].type, PacketType::kEvent);
  EXPECT_EQ(packets[2].payload, EventOfLength(0));
}

std::vector<Packet> Drain(H4Framer& framer) {
  std::vector<Packet> packets;
  while (true) {
    auto next = framer.Next();
    EXPECT_TRUE(next.has_value());
    if (!next || !*next) return packets;
    packets.push_back(std::move(**next));
  }
}

TEST(H4Framer, YieldsThePacketsOfAStreamThatArrivesWhole) {
  H4Framer framer(H4Direction::kControllerToHost);
  framer.Feed(EventThenAclThenEvent());
  ExpectEventThenAclThenEvent(Drain(framer));
}

TEST(H4Framer, YieldsTheSamePacketsHoweverTheStreamIsFragmented) {
  const Bytes stream = EventThenAclThenEvent();
  for (size_t step = 1; step < stream.size(); ++step) {
    SCOPED_TRACE(step);
    H4Framer framer(H4Direction::kControllerToHost);
    std::vector<Packet> packets;
    for (size_t at = 0; at < stream.size(); at += step) {
      framer.Feed(
          ByteView(stream).subspan(at, std::min(step, stream.size() - at)));
      for (Packet& packet : Drain(framer)) {
        packets.push_back(std::move(packet));
      }
    }
    ExpectEventThenAclThenEvent(packets);
  }
}

TEST(H4Framer, YieldsNothingBeforeAPacketIsComplete) {
  H4Framer framer(H4Direction::kControllerToHost);
  Bytes stream = EncodeH4(PacketType::kAclData, AclOfLength(5));
  stream.pop_back();
  framer.Feed(stream);
  EXPECT_TRUE(Drain(framer).empty());
}

TEST(H4Framer, TakesCommandsOnTheWayToTheController) {
  H4Framer framer(H4Direction::kHostToController);
  framer.Feed(EncodeH4(PacketType::kCommand, ResetCommand()));
  const std::vector<Packet> packets = Drain(framer);
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].type, PacketType::kCommand);
  EXPECT_EQ(packets[0].payload, ResetCommand());
}

TEST(H4Framer, TakesSynchronousAndIsochronousData) {
  H4Framer framer(H4Direction::kControllerToHost);
  const Bytes synchronous = {0x40, 0x00, 0x02, 0xAA, 0xBB};
  // The two most significant bits of an ISO length field are reserved.
  const Bytes isochronous = {0x40, 0x00, 0x01, 0xC0, 0xAA};
  framer.Feed(EncodeH4(PacketType::kSynchronousData, synchronous));
  framer.Feed(EncodeH4(PacketType::kIsoData, isochronous));
  const std::vector<Packet> packets = Drain(framer);
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(packets[0].payload, synchronous);
  EXPECT_EQ(packets[1].payload, isochronous);
}

TEST(H4Framer, RefusesAnUnknownPacketIndicatorForGood) {
  H4Framer framer(H4Direction::kControllerToHost);
  framer.Feed(Bytes{0x77});
  for (int i = 0; i < 2; ++i) {
    const auto next = framer.Next();
    ASSERT_FALSE(next.has_value());
    EXPECT_EQ(next.error().code, ErrorCode::kCorrupt);
    framer.Feed(EncodeH4(PacketType::kEvent, EventOfLength(1)));
  }
}

TEST(H4Framer, RefusesPacketsThatGoTheOtherWay) {
  H4Framer host(H4Direction::kControllerToHost);
  host.Feed(EncodeH4(PacketType::kCommand, ResetCommand()));
  EXPECT_FALSE(host.Next().has_value());
  H4Framer controller(H4Direction::kHostToController);
  controller.Feed(EncodeH4(PacketType::kEvent, EventOfLength(1)));
  EXPECT_FALSE(controller.Next().has_value());
}

TEST(H4Framer, RefusesAnOversizePacketAsSoonAsItsLengthIsThere) {
  H4Framer framer(H4Direction::kControllerToHost);
  framer.Feed(EncodeH4(PacketType::kAclData, {{0x40, 0x00, 0xFF, 0xFF}}));
  const auto next = framer.Next();
  ASSERT_FALSE(next.has_value());
  EXPECT_EQ(next.error().code, ErrorCode::kCorrupt);
}

TEST(H4Framer, TakesTheLargestPacketThatIsAllowed) {
  H4Framer framer(H4Direction::kControllerToHost);
  framer.Feed(EncodeH4(PacketType::kAclData, AclOfLength(kMaxH4Payload - 4)));
  EXPECT_EQ(Drain(framer).size(), 1u);
}

}  // namespace
}  // namespace bondd::hci
