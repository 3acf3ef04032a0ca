#include "smp/pdu.h"

#include <gtest/gtest.h>

#include <map>

namespace bondd::smp {
namespace {

// [Vol 3, Part H] 3.3 to 3.6: the length of each PDU, code octet included.
const std::map<uint8_t, size_t> kLengths = {
    {0x01, 7},  {0x02, 7},  {0x03, 17}, {0x04, 17}, {0x05, 2},
    {0x06, 17}, {0x07, 11}, {0x08, 17}, {0x09, 8},  {0x0A, 17},
    {0x0B, 2},  {0x0C, 65}, {0x0D, 17}, {0x0E, 2}};

Bytes PduOf(uint8_t code, size_t length) {
  Bytes octets(length);
  for (size_t i = 0; i < length; ++i) octets[i] = static_cast<uint8_t>(i + 1);
  if (length > 0) octets[0] = code;
  return octets;
}

TEST(Pdu, EveryCodeIsReadAndWrittenBackUnchanged) {
  for (const auto& [code, length] : kLengths) {
    const Bytes octets = PduOf(code, length);
    const auto pdu = Parse(octets);
    ASSERT_TRUE(pdu) << int{code};
    EXPECT_EQ(Serialize(*pdu), octets);
    EXPECT_EQ(PduName(*pdu), PduName(octets));
    EXPECT_EQ(pdu->index() + 1, code);
  }
}

TEST(Pdu, EveryOtherLengthIsWrong) {
  for (const auto& [code, length] : kLengths) {
    for (size_t wrong = 1; wrong <= 70; ++wrong) {
      if (wrong == length) continue;
      const auto pdu = Parse(PduOf(code, wrong));
      ASSERT_FALSE(pdu);
      EXPECT_EQ(pdu.error(), ParseError::kWrongLength);
    }
    EXPECT_FALSE(Parse(PduOf(code, 1000)));
  }
}

TEST(Pdu, ReservedCodesAndNoOctetsAreUnknown) {
  for (int code = 0; code <= 0xFF; ++code) {
    const auto octet = static_cast<uint8_t>(code);
    if (kLengths.contains(octet)) continue;
    const auto pdu = Parse(PduOf(octet, 7));
    ASSERT_FALSE(pdu);
    EXPECT_EQ(pdu.error(), ParseError::kUnknownCode);
    EXPECT_EQ(PduName(PduOf(octet, 7)), "Unknown");
  }
  EXPECT_EQ(Parse({}).error(), ParseError::kUnknownCode);
  EXPECT_EQ(PduName(ByteView()), "Unknown");
}

PairingOctets Request(uint8_t io, uint8_t oob, uint8_t auth_req, uint8_t size) {
  return {0x01, io, oob, auth_req, size, 0x07, 0x05};
}

TEST(PairingFeatures, AreReadFieldByField) {
  const auto features = PairingFeatures::Decode(Request(4, 1, 0x1D, 9));
  ASSERT_TRUE(features);
  EXPECT_EQ(features->io_capability, IoCapability::kKeyboardDisplay);
  EXPECT_TRUE(features->oob);
  EXPECT_EQ(features->auth_req, (AuthReq{true, true, true, true}));
  EXPECT_EQ(features->max_key_size, 9);
  EXPECT_EQ(features->initiator_keys, (KeyDistribution{true, true, true}));
  EXPECT_EQ(features->responder_keys, (KeyDistribution{true, false, true}));
  EXPECT_EQ(features->Encode(Code::kPairingRequest), Request(4, 1, 0x1D, 9));
}

TEST(PairingFeatures, ReservedValuesAreRefused) {
  for (int value = 0; value <= 0xFF; ++value) {
    const auto octet = static_cast<uint8_t>(value);
    EXPECT_EQ(PairingFeatures::Decode(Request(octet, 0, 0, 16)).has_value(),
              value <= 4);
    EXPECT_EQ(PairingFeatures::Decode(Request(0, octet, 0, 16)).has_value(),
              value <= 1);
    EXPECT_EQ(PairingFeatures::Decode(Request(0, 0, 0, octet)).has_value(),
              value >= 7 && value <= 16);
  }
}

TEST(PairingFeatures, ReservedBitsAreNoFaultAndNotKept) {
  PairingOctets octets = Request(3, 0, 0xFF, 16);
  octets[5] = octets[6] = 0xFF;
  const auto features = PairingFeatures::Decode(octets);
  ASSERT_TRUE(features);
  // Both bonding bits set is a reserved value: no bonding.
  EXPECT_EQ(features->Encode(Code::kPairingRequest),
            (PairingOctets{0x01, 3, 0, 0x1C, 16, 0x07, 0x07}));
}

}  // namespace
}  // namespace bondd::smp
