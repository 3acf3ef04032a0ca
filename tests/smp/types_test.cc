#include "smp/types.h"

#include <gtest/gtest.h>

#include "smp/pairing_options.h"

namespace bondd::smp {
namespace {

TEST(AuthReq, IsReadBackFromItsOctet) {
  for (int octet = 0; octet < 0x20; ++octet) {
    // Bit 1 makes the bonding flags a reserved value.
    if ((octet & 0x02) != 0) continue;
    EXPECT_EQ(AuthReq::FromOctet(static_cast<uint8_t>(octet)).ToOctet(), octet);
  }
  EXPECT_FALSE(AuthReq::FromOctet(0x02).bonding);
  EXPECT_FALSE(AuthReq::FromOctet(0x03).bonding);
}

TEST(SecurityProperties, HaveTheLevelsOfMode1) {
  const auto level = [](bool authenticated, bool sc, uint8_t size) {
    return SecurityProperties{authenticated, sc, size}.Level();
  };
  EXPECT_EQ(level(false, false, 0), 1);
  EXPECT_EQ(level(false, true, 16), 2);
  EXPECT_EQ(level(true, false, 16), 3);
  EXPECT_EQ(level(true, true, 15), 3);
  EXPECT_EQ(level(true, true, 16), 4);
}

TEST(SecurityProperties, AreComparedInEachOfTheThree) {
  const SecurityProperties bond{true, true, 16};
  EXPECT_TRUE(bond.NotWeakerThan(bond));
  EXPECT_TRUE(bond.NotWeakerThan({false, false, 7}));
  EXPECT_FALSE((SecurityProperties{false, true, 16}).NotWeakerThan(bond));
  EXPECT_FALSE((SecurityProperties{true, false, 16}).NotWeakerThan(bond));
  EXPECT_FALSE((SecurityProperties{true, true, 15}).NotWeakerThan(bond));
}

TEST(Names, AreReadBackAndNothingElseIs) {
  for (const char* name : {"DisplayOnly", "DisplayYesNo", "KeyboardOnly",
                           "NoInputNoOutput", "KeyboardDisplay"}) {
    EXPECT_EQ(ToString(ParseIoCapability(name).value()), name);
  }
  EXPECT_FALSE(ParseIoCapability("displayonly"));
  for (const char* name :
       {"JustWorks", "NumericComparison", "PasskeyEntry", "OutOfBand"}) {
    EXPECT_EQ(ToString(ParseAssociationModel(name).value()), name);
  }
  for (const char* name :
       {"started", "digit-entered", "digit-erased", "cleared", "completed"}) {
    EXPECT_EQ(ToString(ParseKeypressType(name).value()), name);
  }
  for (const char* name : {"never", "ask", "not-weaker", "always"}) {
    EXPECT_EQ(ToString(ParseReplaceOption(name).value()), name);
  }
  EXPECT_FALSE(ParseReplaceOption(""));
  EXPECT_EQ(ToString(PairingFailedReason::kDhKeyCheckFailed),
            "DhKeyCheckFailed");
  EXPECT_EQ(ToString(static_cast<PairingFailedReason>(0x11)), "Unknown");
}

TEST(Keys, AreAddedByName) {
  KeyDistribution keys;
  EXPECT_TRUE(AddKey("id", keys));
  EXPECT_TRUE(AddKey("sign", keys));
  EXPECT_FALSE(AddKey("link", keys));
  EXPECT_EQ(ToStrings(keys), (std::vector<std::string>{"id", "sign"}));
}

// --- PairingOptions.

TEST(Resolve, TakesTheAgentsCapabilityForAuto) {
  PairingOptions options;
  EXPECT_EQ(Resolve(options, {})->io_capability,
            IoCapability::kNoInputNoOutput);
  options.io_capability.emplace(std::nullopt);
  EXPECT_EQ(Resolve(options, IoCapability::kDisplayOnly)->io_capability,
            IoCapability::kDisplayOnly);
  options.io_capability.emplace(IoCapability::kKeyboardOnly);
  EXPECT_EQ(Resolve(options, IoCapability::kDisplayOnly)->io_capability,
            IoCapability::kKeyboardOnly);
}

TEST(Resolve, NamesTheContradiction) {
  const auto error = [](auto change) {
    PairingOptions options;
    change(options);
    const auto result = Resolve(options, IoCapability::kDisplayYesNo);
    return result ? std::string() : result.error();
  };
  EXPECT_NE(error([](auto& o) { o.max_key_size = 7; }), "");
  EXPECT_NE(error([](auto& o) {
              o.require_level = 4;
              o.secure_connections = SecureConnectionsOption::kOff;
            }),
            "");
  EXPECT_NE(error([](auto& o) {
              o.require_level = 3;
              o.mitm = MitmOption::kNo;
            }),
            "");
  EXPECT_NE(error([](auto& o) {
              o.oob = OobOption::kNo;
              o.oob_legacy_tk = Tk();
            }),
            "");
  EXPECT_EQ(error([](auto& o) { o.require_level = 4; }), "");
}

TEST(LayOver, KeepsWhatIsGivenAndFillsInTheRest) {
  PairingOptions above;
  above.bonding = false;
  PairingOptions below;
  below.bonding = true;
  below.keypress = true;
  below.oob_legacy_tk = Tk();
  above.LayOver(below);
  EXPECT_EQ(above.bonding, false);
  EXPECT_EQ(above.keypress, true);
  EXPECT_TRUE(above.oob_legacy_tk.has_value());
  EXPECT_EQ(above.Clone().keypress, true);
}

}  // namespace
}  // namespace bondd::smp
