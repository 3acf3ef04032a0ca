#include "dbus/oob_options.h"

#include <gtest/gtest.h>

#include <string>

namespace bondd::dbus {
namespace {

constexpr uint8_t kTkType = 0x10;
constexpr uint8_t kAddressType = 0x1B;
constexpr uint8_t kNameType = 0x09;
constexpr uint8_t kConfirmType = 0x22;
constexpr uint8_t kRandomType = 0x23;

DeviceAddress Peer() {
  return *DeviceAddress::Parse("A1:B2:C3:D4:E5:F6", AddressType::kRandom);
}

Bytes Sixteen(uint8_t value) { return Bytes(16, value); }

// One structure of an out-of-band data block.
Bytes Structure(uint8_t type, const Bytes& value) {
  Writer writer;
  writer.U8(static_cast<uint8_t>(value.size() + 1)).U8(type).Append(value);
  return writer.Finish();
}

Bytes AddressOf(const DeviceAddress& address) {
  Writer writer;
  writer.Append(address.octets)
      .U8(address.type == AddressType::kRandom ? 1 : 0);
  return writer.Finish();
}

Bytes Join(std::initializer_list<Bytes> parts) {
  Writer writer;
  for (const Bytes& part : parts) writer.Append(part);
  return writer.Finish();
}

ApiResult<OobData> ParseAd(const Bytes& ad) {
  return ParseRemoteOob({{"Ad", ad}}, Peer());
}

std::string WhatIsWrong(const ApiResult<OobData>& data) {
  return data ? "nothing" : data.error().message;
}

TEST(RemoteOobTest, TakesRawValues) {
  const auto data =
      ParseRemoteOob({{"Confirm", Sixteen(1)}, {"Random", Sixteen(2)}}, Peer());
  ASSERT_TRUE(data);
  ASSERT_TRUE(data->sc);
  EXPECT_EQ(data->sc->confirm.Reveal()[0], 1);
  EXPECT_EQ(data->sc->random.Reveal()[0], 2);
  EXPECT_FALSE(data->tk);
  const auto tk = ParseRemoteOob({{"Tk", Sixteen(3)}}, Peer());
  ASSERT_TRUE(tk);
  EXPECT_EQ(tk->tk->Reveal()[15], 3);
}

TEST(RemoteOobTest, TakesAnOutOfBandDataBlock) {
  const auto data = ParseAd(Join(
      {Structure(kAddressType, AddressOf(Peer())),
       Structure(kNameType, {'L', 'a'}), Structure(kConfirmType, Sixteen(1)),
       Structure(kRandomType, Sixteen(2)), Structure(kTkType, Sixteen(3))}));
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->sc->confirm.Reveal()[0], 1);
  EXPECT_EQ(data->sc->random.Reveal()[0], 2);
  EXPECT_EQ(data->tk->Reveal()[0], 3);
}

TEST(RemoteOobTest, StopsAtTheEndOfTheSignificantPart) {
  EXPECT_TRUE(ParseAd(Join({Structure(kTkType, Sixteen(3)), Bytes{0, 7, 7}})));
}

TEST(RemoteOobTest, RefusesTheBlockOfAnotherDevice) {
  DeviceAddress other = Peer();
  other.octets[0] ^= 1;
  EXPECT_EQ(WhatIsWrong(ParseAd(Join({Structure(kAddressType, AddressOf(other)),
                                      Structure(kTkType, Sixteen(3))}))),
            "Ad: is that of another address");
  other = Peer();
  other.type = AddressType::kPublic;
  EXPECT_EQ(WhatIsWrong(ParseAd(Join({Structure(kAddressType, AddressOf(other)),
                                      Structure(kTkType, Sixteen(3))}))),
            "Ad: is that of another address");
}

TEST(RemoteOobTest, RefusesBlocksThatEndOrAreOfWrongSizes) {
  Bytes cut = Structure(kTkType, Sixteen(3));
  cut.pop_back();
  EXPECT_EQ(WhatIsWrong(ParseAd(cut)), "Ad: ends within a structure");
  EXPECT_EQ(WhatIsWrong(ParseAd(Structure(kTkType, Bytes(15, 3)))),
            "Ad: has a TK of a wrong size");
  EXPECT_EQ(WhatIsWrong(ParseAd(Structure(kConfirmType, Bytes(17, 3)))),
            "Ad: has a confirm value of a wrong size");
  EXPECT_EQ(WhatIsWrong(ParseAd(Structure(kRandomType, {}))),
            "Ad: has a random value of a wrong size");
  EXPECT_EQ(WhatIsWrong(ParseAd(Structure(kConfirmType, Sixteen(1)))),
            "Ad: is missing the random value");
  EXPECT_EQ(WhatIsWrong(ParseAd(Structure(kNameType, {'x'}))),
            "Ad: holds no out-of-band data");
  EXPECT_EQ(WhatIsWrong(ParseAd({})), "Ad: is not of 1 to 255 octets");
}

TEST(RemoteOobTest, RefusesValuesBesideABlockAndNoneAtAll) {
  EXPECT_EQ(WhatIsWrong(ParseRemoteOob(
                {{"Ad", Structure(kTkType, Sixteen(3))}, {"Tk", Sixteen(3)}},
                Peer())),
            "Ad: stands alone");
  EXPECT_EQ(WhatIsWrong(ParseRemoteOob({}, Peer())),
            "data: has neither Confirm and Random nor Tk nor Ad");
}

TEST(AgentOobTest, TakesExactlyWhatWasAskedFor) {
  EXPECT_TRUE(ParseAgentOob({{"Tk", Sixteen(1)}}, false));
  EXPECT_FALSE(ParseAgentOob({{"Tk", Sixteen(1)}}, true));
  EXPECT_FALSE(ParseAgentOob({}, false));
  EXPECT_FALSE(ParseAgentOob({}, true));
  EXPECT_FALSE(ParseAgentOob(
      {{"Tk", Sixteen(1)}, {"Confirm", Sixteen(1)}, {"Random", Sixteen(1)}},
      true));
}

TEST(GenerateOobTest, HasItsDefaultsAndBounds) {
  const auto options = ParseGenerateOob({});
  ASSERT_TRUE(options);
  EXPECT_FALSE(options->legacy);
  EXPECT_EQ(options->lifetime, std::chrono::seconds(600));
  EXPECT_TRUE(ParseGenerateOob({{"ForSeconds", uint32_t{86400}}}));
  EXPECT_FALSE(ParseGenerateOob({{"ForSeconds", uint32_t{86401}}}));
}

}  // namespace
}  // namespace bondd::dbus
