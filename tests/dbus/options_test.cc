#include "dbus/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bondd::dbus {
namespace {

using smp::PairingOptions;
using std::chrono::milliseconds;
using std::chrono::seconds;

using Text = std::string;

Bytes Octets(size_t count) { return Bytes(count, 0x11); }

// The message of the error, without "InvalidArguments".
template <typename T>
std::string WhatIsWrong(const ApiResult<T>& result) {
  if (result) return "nothing";
  EXPECT_EQ(result.error().name, "InvalidArguments");
  return result.error().message;
}

PairingOptions Parsed(const Dictionary& options) {
  auto parsed = ParsePairingOptions(options);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed ? std::move(*parsed) : PairingOptions();
}

std::string Wrong(const std::string& key, Value value) {
  return WhatIsWrong(ParsePairingOptions({{key, std::move(value)}}));
}

TEST(PairingOptionsTest, LeavesWhatIsNotGivenOpen) {
  const auto options = Parsed({});
  EXPECT_FALSE(options.io_capability);
  EXPECT_FALSE(options.bonding);
  EXPECT_FALSE(options.timeout);
}

TEST(PairingOptionsTest, TakesEveryKey) {
  const auto options = Parsed({{"IoCapability", Text("KeyboardOnly")},
                               {"Oob", Text("yes")},
                               {"OobLegacyTk", Octets(16)},
                               {"OobPeerConfirm", Octets(16)},
                               {"OobPeerRandom", Octets(16)},
                               {"OobId", uint32_t{3}},
                               {"Bonding", false},
                               {"Mitm", Text("no")},
                               {"SecureConnections", Text("off")},
                               {"Keypress", true},
                               {"InitiatorKeys", std::vector<Text>{"sign"}},
                               {"ResponderKeys", std::vector<Text>{}},
                               {"MinKeySize", uint8_t{7}},
                               {"MaxKeySize", uint8_t{8}},
                               {"RequireLevel", uint8_t{1}},
                               {"Methods", std::vector<Text>{"OutOfBand"}},
                               {"Passkey", uint32_t{0}},
                               {"DebugKeys", Text("use")},
                               {"Replace", Text("ask")},
                               {"Agent", ObjectPathValue{"/a"}},
                               {"TimeoutMs", uint32_t{5}}});
  EXPECT_EQ(options.io_capability, smp::IoCapability::kKeyboardOnly);
  EXPECT_EQ(options.oob, smp::OobOption::kYes);
  EXPECT_TRUE(options.oob_legacy_tk);
  EXPECT_TRUE(options.oob_peer);
  EXPECT_EQ(options.oob_id, 3u);
  EXPECT_EQ(options.bonding, false);
  EXPECT_EQ(options.mitm, smp::MitmOption::kNo);
  EXPECT_EQ(options.secure_connections, smp::SecureConnectionsOption::kOff);
  EXPECT_EQ(options.keypress, true);
  EXPECT_EQ(options.initiator_keys,
            (smp::KeyDistribution{.enc = false, .id = false, .sign = true}));
  EXPECT_EQ(options.responder_keys, smp::KeyDistribution());
  EXPECT_EQ(options.min_key_size, 7);
  EXPECT_EQ(options.max_key_size, 8);
  EXPECT_EQ(options.require_level, 1);
  ASSERT_TRUE(options.methods);
  EXPECT_EQ(ToStrings(*options.methods), std::vector<Text>{"OutOfBand"});
  EXPECT_EQ(options.passkey, 0u);
  EXPECT_EQ(options.debug_keys, smp::DebugKeysOption::kUse);
  EXPECT_EQ(options.replace, smp::ReplaceOption::kAsk);
  EXPECT_EQ(options.agent, "/a");
  EXPECT_EQ(options.timeout, milliseconds(5));
}

TEST(PairingOptionsTest, TellsAutoFromNotGiven) {
  const auto options = Parsed({{"IoCapability", Text("auto")}});
  ASSERT_TRUE(options.io_capability);
  EXPECT_FALSE(*options.io_capability);
}

TEST(PairingOptionsTest, NamesTheValuesThatAKeyTakes) {
  EXPECT_EQ(Wrong("Mitm", Text("maybe")), "Mitm: is none of auto, no, yes");
  EXPECT_EQ(Wrong("Oob", Text("")), "Oob: is none of auto, no, yes");
  EXPECT_EQ(Wrong("SecureConnections", Text("yes")),
            "SecureConnections: is none of on, off, only");
  EXPECT_EQ(Wrong("DebugKeys", Text("allow")),
            "DebugKeys: is none of reject, accept, use");
  EXPECT_EQ(Wrong("Replace", Text("yes")),
            "Replace: is none of never, ask, not-weaker, always");
  EXPECT_EQ(Wrong("IoCapability", Text("displayonly")),
            "IoCapability: is none of DisplayOnly, DisplayYesNo, "
            "KeyboardOnly, NoInputNoOutput, KeyboardDisplay, auto");
}

TEST(PairingOptionsTest, NeedsAMethod) {
  EXPECT_EQ(Wrong("Methods", std::vector<Text>{}), "Methods: is empty");
  EXPECT_EQ(Wrong("Methods", std::vector<Text>{"PasskeyEntry", "Encryption"}),
            "Methods: holds something other than JustWorks, "
            "NumericComparison, PasskeyEntry, OutOfBand");
}

TEST(PairingOptionsTest, RefusesNumbersOutOfRange) {
  EXPECT_EQ(Wrong("MinKeySize", uint8_t{6}), "MinKeySize: is not in 7..16");
  EXPECT_EQ(Wrong("MaxKeySize", uint8_t{17}), "MaxKeySize: is not in 7..16");
  EXPECT_EQ(Wrong("RequireLevel", uint8_t{0}), "RequireLevel: is not in 1..4");
  EXPECT_EQ(Wrong("RequireLevel", uint8_t{5}), "RequireLevel: is not in 1..4");
  EXPECT_EQ(Wrong("Passkey", uint32_t{1000000}),
            "Passkey: is not in 0..999999");
  EXPECT_EQ(Wrong("TimeoutMs", uint32_t{0}),
            "TimeoutMs: is not in 1..4294967295");
}

TEST(PairingOptionsTest, RefusesWrongTypes) {
  EXPECT_EQ(Wrong("Bonding", Text("yes")), "Bonding: is not of type b");
  EXPECT_EQ(Wrong("MaxKeySize", uint32_t{16}), "MaxKeySize: is not of type y");
  EXPECT_EQ(Wrong("Passkey", uint16_t{16}), "Passkey: is not of type u");
  EXPECT_EQ(Wrong("Mitm", true), "Mitm: is not of type s");
  EXPECT_EQ(Wrong("Agent", Text("/a")), "Agent: is not of type o");
  EXPECT_EQ(Wrong("InitiatorKeys", Text("enc")),
            "InitiatorKeys: is not of type as");
  EXPECT_EQ(Wrong("OobLegacyTk", Text("")), "OobLegacyTk: is not of type ay");
}

TEST(PairingOptionsTest, RefusesOctetArraysOfOtherSizes) {
  EXPECT_EQ(Wrong("OobLegacyTk", Octets(15)),
            "OobLegacyTk: is not of 16 octets");
  EXPECT_EQ(Wrong("OobPeerConfirm", Octets(17)),
            "OobPeerConfirm: is not of 16 octets");
  EXPECT_EQ(Wrong("OobPeerRandom", Octets(0)),
            "OobPeerRandom: is not of 16 octets");
}

TEST(PairingOptionsTest, WantsBothHalvesOfOobData) {
  EXPECT_EQ(Wrong("OobPeerConfirm", Octets(16)),
            "OobPeerRandom: is missing beside OobPeerConfirm");
  EXPECT_EQ(Wrong("OobPeerRandom", Octets(16)),
            "OobPeerConfirm: is missing beside OobPeerRandom");
}

TEST(PairingOptionsTest, NeverTakesTheLinkKey) {
  EXPECT_EQ(Wrong("ResponderKeys", std::vector<Text>{"enc", "link"}),
            "ResponderKeys: holds something other than enc, id, sign");
}

TEST(PairingOptionsTest, RefusesAnUnknownKeyAmongKnownOnes) {
  EXPECT_EQ(WhatIsWrong(ParsePairingOptions(
                {{"Bonding", true}, {"bonding", true}, {"Keypress", false}})),
            "bonding: unknown key");
}

TEST(PairingOptionsTest, TellsTheFirstOfSeveralFaults) {
  EXPECT_EQ(WhatIsWrong(ParsePairingOptions(
                {{"Unknown", true}, {"MaxKeySize", uint8_t{99}}})),
            "MaxKeySize: is not in 7..16");
}

TEST(ArmOptionsTest, HasItsDefaults) {
  const auto options = ParseArmOptions({});
  ASSERT_TRUE(options);
  EXPECT_FALSE(options->address);
  EXPECT_EQ(options->count, 1u);
  EXPECT_EQ(options->duration, seconds(120));
}

TEST(ArmOptionsTest, TakesAnAddressWithItsTypeOnly) {
  EXPECT_EQ(WhatIsWrong(ParseArmOptions({{"AddressType", Text("public")}})),
            "Address: is missing beside AddressType");
  EXPECT_EQ(WhatIsWrong(ParseArmOptions(
                {{"AddressType", Text("static")}, {"Address", Text("x")}})),
            "AddressType: is none of public, random");
  EXPECT_EQ(WhatIsWrong(ParseArmOptions(
                {{"AddressType", Text("random")}, {"Address", Text("x")}})),
            "Address: is not of the form AA:BB:CC:DD:EE:FF");
}

TEST(AdvertisingOptionsTest, HasItsDefaults) {
  const auto options = ParseAdvertisingOptions({});
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->connectable);
  EXPECT_EQ(options->interval, milliseconds(100));
  EXPECT_EQ(options->data, Bytes());
}

TEST(AdvertisingOptionsTest, TakesTheIntervalsOfTheSpecification) {
  EXPECT_TRUE(ParseAdvertisingOptions({{"IntervalMs", uint32_t{10240}}}));
  EXPECT_EQ(
      WhatIsWrong(ParseAdvertisingOptions({{"IntervalMs", uint32_t{10241}}})),
      "IntervalMs: is not in 20..10240");
}

TEST(ConnectOptionsTest, RefusesToEncryptWithoutABond) {
  EXPECT_EQ(WhatIsWrong(ParseConnectOptions({{"Encrypt", Text("yes")}})),
            "Encrypt: is none of auto, no");
}

TEST(BondNameTest, IsTextOfAtMost248Octets) {
  EXPECT_TRUE(CheckBondName(""));
  EXPECT_TRUE(CheckBondName(Text(248, 'x')));
  EXPECT_FALSE(CheckBondName(Text(249, 'x')));
  EXPECT_FALSE(CheckBondName("a\x7F"));
}

}  // namespace
}  // namespace bondd::dbus
