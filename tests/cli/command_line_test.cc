#include "cli/command_line.h"

#include <gtest/gtest.h>

#include "cli/arguments.h"
#include "cli/association.h"
#include "cli/pairing_options.h"
#include "cli/secret_input.h"

namespace bondd::cli {
namespace {

using Words = std::vector<std::string>;

TEST(CommandLineTest, KnowsTheSeedsNames) {
  EXPECT_EQ(Normalize({"run", "SM.initiate_pairing", "64", "--io_cap", "4"}),
            (Words{"initiate-pairing", "64", "--io-cap", "4"}));
  EXPECT_EQ(Normalize({"-a", "sim0", "run", "SM.set_oob", "1"}),
            (Words{"-a", "sim0", "set-oob", "1"}));
  EXPECT_EQ(Normalize({"--json", "accept_pairing", "--conn_handle=64"}),
            (Words{"--json", "accept-pairing", "--conn-handle=64"}));
}

TEST(CommandLineTest, LeavesValuesAsTheyAre) {
  EXPECT_EQ(Normalize({"name", "A", "my_sensor"}),
            (Words{"name", "A", "my_sensor"}));
  EXPECT_EQ(Normalize({"advertise", "--name=my_sensor"}),
            (Words{"advertise", "--name=my_sensor"}));
  EXPECT_EQ(Normalize({"run"}), (Words{"run"}));
  EXPECT_EQ(Normalize({}), Words{});
}

TEST(CommandLineTest, ReadsNumbersAndTimes) {
  EXPECT_EQ(*ParseNumber("x", "0x40", 0, 100), 64u);
  EXPECT_EQ(*ParseNumber("x", "100", 0, 100), 100u);
  for (const char* bad : {"", "0x", "-1", "101", "1 ", "ten"}) {
    EXPECT_FALSE(ParseNumber("x", bad, 0, 100)) << bad;
  }
  EXPECT_EQ(*ParseSeconds("x", "120"), 120u);
  EXPECT_EQ(*ParseSeconds("x", "120s"), 120u);
  EXPECT_EQ(*ParseSeconds("x", "2m"), 120u);
  EXPECT_FALSE(ParseSeconds("x", "s"));
  EXPECT_FALSE(ParseSeconds("x", "4294967295m"));
}

Json Named(const Dictionary& options) {
  Json json = Json::object();
  for (const auto& [key, value] : options) {
    if (const auto* text = std::get_if<std::string>(&value)) json[key] = *text;
    if (const auto* flag = std::get_if<bool>(&value)) json[key] = *flag;
    if (const auto* octet = std::get_if<uint8_t>(&value)) json[key] = *octet;
    if (const auto* number = std::get_if<uint32_t>(&value)) {
      json[key] = *number;
    }
    if (const auto* octets = std::get_if<Octets>(&value)) {
      json[key] = ToHex(octets->bytes);
    }
    if (const auto* names = std::get_if<Words>(&value)) json[key] = *names;
  }
  return json;
}

Arguments Given(const std::map<std::string, std::string>& values) {
  Arguments arguments;
  for (const auto& [name, value] : values) arguments.Set(name, value);
  return arguments;
}

TEST(PairingOptionsTest, TurnTheSeedsNumbersIntoTheApisWords) {
  const auto options = ReadPairingOptions(Given({{"io-cap", "4"},
                                                 {"oob", "0"},
                                                 {"bonding", "1"},
                                                 {"mitm", "1"},
                                                 {"sc", "0"},
                                                 {"keypress", "0"}}));
  ASSERT_TRUE(options);
  EXPECT_EQ(Named(*options), Json({{"IoCapability", "KeyboardDisplay"},
                                   {"Oob", "no"},
                                   {"Mitm", "yes"},
                                   {"SecureConnections", "off"},
                                   {"Bonding", true},
                                   {"Keypress", false}}));
}

TEST(PairingOptionsTest, TakeNamesListsNumbersAndSecrets) {
  const auto options =
      ReadPairingOptions(Given({{"io-cap", "DisplayOnly"},
                                {"mitm", "auto"},
                                {"sc", "only"},
                                {"ini-key-dist", "enc,sign"},
                                {"rsp-key-dist", "none"},
                                {"min-key-size", "7"},
                                {"timeout-ms", "70000"},
                                {"oob-data", std::string(32, 'a')},
                                {"passkey", "001234"}}));
  ASSERT_TRUE(options);
  EXPECT_EQ(Named(*options), Json({{"IoCapability", "DisplayOnly"},
                                   {"Mitm", "auto"},
                                   {"SecureConnections", "only"},
                                   {"InitiatorKeys", {"enc", "sign"}},
                                   {"ResponderKeys", Json::array()},
                                   {"MinKeySize", 7},
                                   {"TimeoutMs", 70000},
                                   {"OobLegacyTk", std::string(32, 'a')},
                                   {"Passkey", 1234}}));
}

TEST(PairingOptionsTest, NameTheOptionThatIsWrong) {
  const std::map<std::string, std::string> wrong = {
      {"io-cap", "5"},        {"bonding", "maybe"}, {"min-key-size", "300"},
      {"passkey", "1000000"}, {"oob-data", "aa"},   {"oob-id", "x"}};
  for (const auto& [name, value] : wrong) {
    const auto options = ReadPairingOptions(Given({{name, value}}));
    ASSERT_FALSE(options) << name;
    EXPECT_EQ(StatusOf(options.error()), kUsage);
    EXPECT_NE(options.error().message.find("--" + name), std::string::npos)
        << options.error().message;
  }
}

TEST(SecretInputTest, DoesNotRepeatAMistypedKey) {
  const auto key = ReadSecretOctets("--key-ltk", "c0ffee", 16, 16);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().message.find("c0ffee"), std::string::npos);
}

TEST(SecretInputTest, TakesAPasskeyInGroups) {
  EXPECT_EQ(*ReadPasskey("x", "012 345"), 12345u);
  for (const char* bad : {"", "1234567", "12a", "-1"}) {
    EXPECT_FALSE(ReadPasskey("x", bad)) << bad;
  }
}

// Code, IO capability, OOB flag, AuthReq, key size, key distributions.
Json Exchange(const std::string& request, const std::string& response) {
  return {{"PairingRequest", request}, {"PairingResponse", response}};
}

TEST(AssociationTest, SaysWhyTheModelWasChosen) {
  EXPECT_EQ(ExplainMethod(Exchange("01030009100303", "02030009100303")),
            "neither side asks for protection against man in the middle");
  EXPECT_EQ(ExplainMethod(Exchange("0101000d100303", "02040009100303")),
            "the initiator asks for protection against man in the middle; the "
            "initiator is DisplayYesNo, the responder KeyboardDisplay");
  EXPECT_EQ(ExplainMethod(Exchange("0103000d100303", "0203010d100303")),
            "the responder has out-of-band data of the other");
  // Legacy pairing needs it on both sides.
  EXPECT_EQ(ExplainMethod(Exchange("01030001100303", "02030101100303")),
            "neither side asks for protection against man in the middle");
  EXPECT_EQ(ExplainMethod(Json::object()), "");
  EXPECT_EQ(ExplainMethod(Exchange("01", "zz")), "");
}

}  // namespace
}  // namespace bondd::cli
