#include "config/keys.h"

#include <gtest/gtest.h>

#include "tests/config/support.h"

namespace bondd::config {
namespace {

using testing::Contains;
using testing::MessageOf;

Result<Config> ConfigWith(std::string section, std::string key,
                          std::string value) {
  Config config;
  auto applied = Apply({.section = std::move(section),
                        .key = std::move(key),
                        .value = std::move(value),
                        .file = "bondd.conf",
                        .line = 12},
                       config);
  if (!applied) return std::unexpected(std::move(applied.error()));
  return config;
}

TEST(KeysTest, TakesEveryKeyOfPairing) {
  using enum smp::IoCapability;
  EXPECT_EQ(ConfigWith("Pairing", "IoCapability", "DisplayYesNo")
                ->pairing.io_capability,
            std::optional(std::optional(kDisplayYesNo)));
  const auto by_agent = ConfigWith("Pairing", "IoCapability", "auto");
  ASSERT_TRUE(by_agent->pairing.io_capability.has_value());
  EXPECT_FALSE(by_agent->pairing.io_capability->has_value());
  EXPECT_EQ(ConfigWith("Pairing", "Oob", "yes")->pairing.oob,
            smp::OobOption::kYes);
  EXPECT_EQ(ConfigWith("Pairing", "Bonding", "no")->pairing.bonding, false);
  EXPECT_EQ(ConfigWith("Pairing", "Mitm", "yes")->pairing.mitm,
            smp::MitmOption::kYes);
  EXPECT_EQ(ConfigWith("Pairing", "SecureConnections", "only")
                ->pairing.secure_connections,
            smp::SecureConnectionsOption::kOnly);
  EXPECT_EQ(ConfigWith("Pairing", "Keypress", "yes")->pairing.keypress, true);
  EXPECT_EQ(
      ConfigWith("Pairing", "InitiatorKeys", "sign")->pairing.initiator_keys,
      (smp::KeyDistribution{.enc = false, .id = false, .sign = true}));
  EXPECT_EQ(ConfigWith("Pairing", "ResponderKeys", "")->pairing.responder_keys,
            smp::KeyDistribution{});
  EXPECT_EQ(ConfigWith("Pairing", "MinKeySize", "7")->pairing.min_key_size, 7);
  EXPECT_EQ(ConfigWith("Pairing", "MaxKeySize", "9")->pairing.max_key_size, 9);
  EXPECT_EQ(ConfigWith("Pairing", "RequireLevel", "4")->pairing.require_level,
            4);
  EXPECT_EQ(
      ToStrings(*ConfigWith("Pairing", "Methods", "OutOfBand, PasskeyEntry")
                     ->pairing.methods),
      (std::vector<std::string>{"PasskeyEntry", "OutOfBand"}));
  EXPECT_EQ(ConfigWith("Pairing", "DebugKeys", "use")->pairing.debug_keys,
            smp::DebugKeysOption::kUse);
  EXPECT_EQ(ConfigWith("Pairing", "Replace", "ask")->pairing.replace,
            smp::ReplaceOption::kAsk);
  EXPECT_EQ(ConfigWith("Pairing", "TimeoutMs", "1500")->pairing.timeout,
            std::chrono::milliseconds(1500));
  EXPECT_FALSE(ConfigWith("Pairing", "TimeoutMs", "0")->pairing.timeout);
  EXPECT_TRUE(
      ConfigWith("Pairing", "AllowFixedPasskey", "yes")->allow_fixed_passkey);
  EXPECT_FALSE(ConfigWith("Pairing", "LegacyPasskeyAuthenticated", "no")
                   ->legacy_passkey_authenticated);
  EXPECT_EQ(ConfigWith("Pairing", "MaxPairings", "2")->max_pairings, 2);
}

TEST(KeysTest, TakesEveryOtherKey) {
  using std::chrono::milliseconds;
  const std::string attempts = "RepeatedAttempts";
  EXPECT_EQ(ConfigWith(attempts, "First", "1")->repeated_attempts.first,
            milliseconds(1));
  EXPECT_EQ(ConfigWith(attempts, "Max", "2")->repeated_attempts.max,
            milliseconds(2));
  EXPECT_EQ(ConfigWith(attempts, "Decay", "3")->repeated_attempts.decay,
            milliseconds(3));
  EXPECT_EQ(ConfigWith(attempts, "Exponent", "4")->repeated_attempts.exponent,
            4);
  EXPECT_EQ(
      ConfigWith(attempts, "MaxAttempts", "5")->repeated_attempts.max_attempts,
      5);
  EXPECT_EQ(ConfigWith("Bonds", "MaxBonds", "100000")->max_bonds, 100000u);
  EXPECT_EQ(ConfigWith("Privacy", "Mode", "network")->privacy,
            Privacy::kNetwork);
  EXPECT_EQ(ConfigWith("Privacy", "RotateMinutes", "5")->privacy_rotation,
            std::chrono::minutes(5));
  const auto adapters = ConfigWith("Adapters", "Use", "hci0 sim");
  ASSERT_EQ(adapters->adapters.size(), 2u);
  EXPECT_EQ(adapters->adapters[0].text, "hci0");
}

TEST(KeysTest, SaysWhatIsAllowedInPlaceOfAWrongValue) {
  const struct {
    const char* section;
    const char* key;
    const char* value;
    const char* message;
  } cases[] = {
      {"Pairing", "IoCapability", "Display", "\"Display\" is not DisplayOnly"},
      {"Pairing", "Oob", "1", "auto, no or yes"},
      {"Pairing", "Bonding", "maybe", "yes or no"},
      {"Pairing", "SecureConnections", "yes", "on, off or only"},
      {"Pairing", "InitiatorKeys", "enc link", "a list of enc, id and sign"},
      {"Pairing", "MinKeySize", "6", "a number from 7 to 16"},
      {"Pairing", "MaxKeySize", "17", "a number from 7 to 16"},
      {"Pairing", "RequireLevel", "0", "a number from 1 to 4"},
      {"Pairing", "Methods", "Encryption", "a list of JustWorks, "},
      {"Pairing", "Methods", "", "a list of JustWorks, "},
      {"Pairing", "DebugKeys", "yes", "reject, accept or use"},
      {"Pairing", "Replace", "yes", "never, ask, not-weaker or always"},
      {"Pairing", "TimeoutMs", "-1", "a number from 0 to 4294967295"},
      {"Pairing", "MaxPairings", "0", "a number from 1 to 1024"},
      {"RepeatedAttempts", "Exponent", "17", "a number from 1 to 16"},
      {"Bonds", "MaxBonds", "", "a number from 1 to 1000000"},
      {"Privacy", "Mode", "on", "off, device or network"},
      {"Privacy", "RotateMinutes", "61", "a number from 1 to 60"},
      {"Adapters", "Use", "hci0 usb", "adapter \"usb\": not hciN"},
  };
  for (const auto& [section, key, value, message] : cases) {
    const auto config = ConfigWith(section, key, value);
    ASSERT_FALSE(config) << key;
    EXPECT_TRUE(Contains(MessageOf(config), message)) << MessageOf(config);
    EXPECT_TRUE(Contains(MessageOf(config), std::string("bondd.conf:12: [") +
                                                section + "] " + key + ": "))
        << MessageOf(config);
  }
}

TEST(KeysTest, SaysWhatIsAllowedInPlaceOfAnUnknownSectionOrKey) {
  EXPECT_EQ(MessageOf(ConfigWith("Pair", "", "")),
            "bondd.conf:12: [Pair]: unknown section (allowed: Adapters, "
            "Pairing, RepeatedAttempts, Bonds, Privacy)");
  EXPECT_EQ(MessageOf(ConfigWith("Privacy", "mode", "off")),
            "bondd.conf:12: [Privacy] mode: unknown key (allowed: Mode, "
            "RotateMinutes)");
}

TEST(KeysTest, RefusesTheKeysThatBelongToOnePairing) {
  for (const char* key :
       {"Passkey", "OobLegacyTk", "OobPeerConfirm", "OobPeerRandom", "OobId",
        "Agent", "Address", "AddressType", "Count", "ForSeconds"}) {
    EXPECT_TRUE(
        Contains(MessageOf(ConfigWith("Pairing", key, "1")), "unknown key"))
        << key;
  }
}

}  // namespace
}  // namespace bondd::config
