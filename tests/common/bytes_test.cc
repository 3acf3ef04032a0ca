#include "common/bytes.h"

#include <gtest/gtest.h>

namespace bondd {
namespace {

TEST(Reader, ReadsLittleEndian) {
  const Bytes octets = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  Reader reader(octets);
  EXPECT_EQ(reader.U8(), 0x01);
  EXPECT_EQ(reader.U16(), 0x0302);
  EXPECT_EQ(reader.U24(), 0x060504u);
  EXPECT_EQ(reader.remaining(), 4u);
  EXPECT_EQ(reader.U32(), 0x0A090807u);
  EXPECT_TRUE(reader.complete());
}

TEST(Reader, StaysBadAfterReadingPastTheEnd) {
  const Bytes octets = {1, 2, 3};
  Reader reader(octets);
  EXPECT_EQ(reader.U32(), 0u);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.U8(), 0u);
  EXPECT_FALSE(reader.complete());
}

TEST(Reader, IsNotCompleteWhileSomethingIsLeft) {
  const Bytes octets = {1, 2, 3};
  Reader reader(octets);
  EXPECT_EQ((reader.Array<2>()), (std::array<uint8_t, 2>{1, 2}));
  EXPECT_TRUE(reader.ok());
  EXPECT_FALSE(reader.complete());
  EXPECT_EQ(reader.Rest().size(), 1u);
  EXPECT_TRUE(reader.complete());
}

TEST(Writer, WritesWhatReaderReads) {
  Writer writer(32);
  writer.U8(1).U16(0x0302).U24(0x060504).U32(0x0A090807);
  writer.U64(0x1122334455667788).Append(Bytes{9, 9});
  const Bytes octets = writer.Finish();
  ASSERT_EQ(octets.size(), 20u);
  Reader reader(octets);
  EXPECT_EQ(reader.U8(), 1);
  EXPECT_EQ(reader.U16(), 0x0302);
  EXPECT_EQ(reader.U24(), 0x060504u);
  EXPECT_EQ(reader.U32(), 0x0A090807u);
  EXPECT_EQ(reader.U64(), 0x1122334455667788u);
}

TEST(ToHex, IsLowerCaseInTheOrderOfTheOctets) {
  EXPECT_EQ(ToHex(Bytes{0x00, 0xAB, 0x0F}), "00ab0f");
  EXPECT_EQ(ToHex({}), "");
}

}  // namespace
}  // namespace bondd
