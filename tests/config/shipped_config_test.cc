// The configuration file that is installed.

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "config/config.h"
#include "tests/config/support.h"

namespace bondd::config {
namespace {

using testing::MessageOf;

std::string ShippedText() {
  std::ifstream file(SHIPPED_CONFIG);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Commented settings begin right behind the mark, prose after a blank.
std::string WithSettingsUncommented(const std::string& text) {
  return std::regex_replace(text, std::regex("(^|\n)#([A-Z]\\w*=)"), "$1$2");
}

void ExpectDefaults(const Config& config) {
  const Config defaults;
  EXPECT_TRUE(config.adapters.empty());
  EXPECT_EQ(config.allow_fixed_passkey, defaults.allow_fixed_passkey);
  EXPECT_EQ(config.legacy_passkey_authenticated,
            defaults.legacy_passkey_authenticated);
  EXPECT_EQ(config.max_pairings, defaults.max_pairings);
  const smp::AttemptPolicy& attempts = config.repeated_attempts;
  EXPECT_EQ(attempts.first, defaults.repeated_attempts.first);
  EXPECT_EQ(attempts.max, defaults.repeated_attempts.max);
  EXPECT_EQ(attempts.decay, defaults.repeated_attempts.decay);
  EXPECT_EQ(attempts.exponent, defaults.repeated_attempts.exponent);
  EXPECT_EQ(attempts.max_attempts, defaults.repeated_attempts.max_attempts);
  EXPECT_EQ(config.max_bonds, defaults.max_bonds);
  EXPECT_EQ(config.privacy, defaults.privacy);
  EXPECT_EQ(config.privacy_rotation, defaults.privacy_rotation);
}

void ExpectDefaults(const smp::PairingParameters& parameters) {
  const smp::PairingParameters defaults;
  EXPECT_EQ(parameters.io_capability, defaults.io_capability);
  EXPECT_EQ(parameters.oob, defaults.oob);
  EXPECT_EQ(parameters.bonding, defaults.bonding);
  EXPECT_EQ(parameters.mitm, defaults.mitm);
  EXPECT_EQ(parameters.secure_connections, defaults.secure_connections);
  EXPECT_EQ(parameters.keypress, defaults.keypress);
  EXPECT_EQ(parameters.initiator_keys, defaults.initiator_keys);
  EXPECT_EQ(parameters.responder_keys, defaults.responder_keys);
  EXPECT_EQ(parameters.min_key_size, defaults.min_key_size);
  EXPECT_EQ(parameters.max_key_size, defaults.max_key_size);
  EXPECT_EQ(parameters.require_level, defaults.require_level);
  EXPECT_EQ(parameters.methods, defaults.methods);
  EXPECT_EQ(parameters.debug_keys, defaults.debug_keys);
  EXPECT_EQ(parameters.replace, defaults.replace);
  EXPECT_EQ(parameters.timeout, defaults.timeout);
}

TEST(ShippedConfigTest, SaysNothingButTheDefaultsAndNamesNoAdapter) {
  const auto config = Load(SHIPPED_CONFIG, true);
  ASSERT_TRUE(config) << MessageOf(config);
  ExpectDefaults(*config);
}

TEST(ShippedConfigTest, ShowsTheDefaultsAsTheyAre) {
  const testing::ConfigDirectory directory;
  const std::string text = WithSettingsUncommented(ShippedText());
  const auto config = Load(directory.Write("bondd.conf", text), true);
  ASSERT_TRUE(config) << MessageOf(config);
  ExpectDefaults(*config);
  const auto parameters = smp::Resolve(config->pairing, std::nullopt);
  ASSERT_TRUE(parameters);
  ExpectDefaults(*parameters);
}

TEST(ShippedConfigTest, ShowsEveryKey) {
  const std::string text = ShippedText();
  for (const char* key : {"Use",
                          "IoCapability",
                          "Oob",
                          "Bonding",
                          "Mitm",
                          "SecureConnections",
                          "Keypress",
                          "InitiatorKeys",
                          "ResponderKeys",
                          "MinKeySize",
                          "MaxKeySize",
                          "RequireLevel",
                          "Methods",
                          "DebugKeys",
                          "Replace",
                          "TimeoutMs",
                          "AllowFixedPasskey",
                          "LegacyPasskeyAuthenticated",
                          "MaxPairings",
                          "First",
                          "Max",
                          "Decay",
                          "Exponent",
                          "MaxAttempts",
                          "MaxBonds",
                          "Mode",
                          "RotateMinutes"}) {
    EXPECT_TRUE(testing::Contains(text, std::string("\n#") + key + "=")) << key;
  }
}

}  // namespace
}  // namespace bondd::config
