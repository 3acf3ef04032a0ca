// Bonds as JSON, and whatever else somebody may send in its place.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bonds/export_formats.h"
#include "bonds/import_formats.h"
#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using testing::AdapterAddress;
using testing::BondWithPeer;
using testing::KeyOf;
using testing::LegacyBondWithPeer;
using testing::SameBond;

std::vector<Bond> ListOf(Bond first) {
  std::vector<Bond> list;
  list.push_back(std::move(first));
  return list;
}

std::string Export(const std::vector<Bond>& bonds,
                   const smp::Irk* local_irk = nullptr) {
  const WipedText text = BondsAsJson(
      {.adapter = AdapterAddress(), .local_irk = local_irk, .bonds = bonds});
  return {text.begin(), text.end()};
}

std::string ExportOfOne() { return Export(ListOf(LegacyBondWithPeer(1))); }

Result<std::vector<Bond>> Import(std::string_view text) {
  return BondsFromJson(text, AdapterAddress());
}

std::string Replaced(std::string text, std::string_view from,
                     std::string_view to) {
  const size_t position = text.find(from);
  EXPECT_NE(position, text.npos) << from;
  if (position != text.npos) text.replace(position, from.size(), to);
  return text;
}

void ExpectRefused(std::string_view text, std::string_view why) {
  const auto imported = Import(text);
  ASSERT_FALSE(imported) << why;
  EXPECT_EQ(imported.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(imported.error().message.find(why), std::string::npos)
      << imported.error().message << ", not: " << why;
}

TEST(JsonTest, GivesBackEveryPartOfABond) {
  std::vector<Bond> bonds = ListOf(BondWithPeer(1));
  bonds.push_back(LegacyBondWithPeer(2));
  bonds[1].name = "\"Tür\" \\ 鍵";
  bonds[1].last_used = 1'800'000'000'000'001;
  bonds[1].peer_lost_keys = true;
  bonds[1].data.debug = true;
  bonds[1].data.role = smp::Role::kInitiator;
  bonds[1].data.local_identity_sent = false;
  const auto imported = Import(Export(bonds));
  ASSERT_TRUE(imported) << imported.error().message;
  ASSERT_EQ(imported->size(), 2u);
  EXPECT_TRUE(SameBond((*imported)[0], bonds[0]));
  EXPECT_TRUE(SameBond((*imported)[1], bonds[1]));
}

TEST(JsonTest, GivesBackABondWithoutAnyKey) {
  Bond bond = BondWithPeer(1);
  bond.data.local_ltk.reset();
  bond.data.peer_ltk.reset();
  bond.data.peer_irk.reset();
  bond.data.local_csrk.reset();
  bond.data.peer_csrk.reset();
  bond.data.local_sign_counter = 0;
  bond.data.peer_sign_counter = 0;
  const auto imported = Import(Export(ListOf(bond.Clone())));
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_TRUE(SameBond((*imported)[0], bond));
}

TEST(JsonTest, GivesBackNoBondsAtAll) {
  const auto imported = Import(Export({}));
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_TRUE(imported->empty());
}

TEST(JsonTest, StatesTheOrderOfTheOctets) {
  const std::string text = ExportOfOne();
  EXPECT_NE(text.find("\"octets\": \"least significant first\""), text.npos);
  // The first octet of a key is the one that is transmitted first.
  ASSERT_EQ(KeyOf<smp::Ltk>(3).Reveal()[1], 0x0A);
  EXPECT_NE(text.find("\"key\": \"030a11"), text.npos);
  EXPECT_NE(text.find("\"rand\": \"0807060504030201\""), text.npos);
}

TEST(JsonTest, HasTheAdaptersOwnKeyOnlyWhenItIsGiven) {
  EXPECT_EQ(Export({}).find("irk"), std::string::npos);
  const auto irk = KeyOf<smp::Irk>(0x51);
  const std::string text = Export({}, &irk);
  EXPECT_NE(text.find("\"irk\": \"5158"), text.npos);
  EXPECT_TRUE(Import(text));
}

TEST(JsonTest, RefusesWhatIsNotOfThisFormat) {
  const std::string text = ExportOfOne();
  ExpectRefused(Replaced(text, "bondd-bonds", "bonds"),
                "format is not \"bondd-bonds\"");
  ExpectRefused(Replaced(text, "\"version\": 1", "\"version\": 2"),
                "version is not 1");
  ExpectRefused(Replaced(text, "least significant first", "most"),
                "octets is not");
  ExpectRefused(Replaced(text, "02:B0:DD:00:00:00", "02:B0:DD:00:00:01"),
                "of the adapter 02:B0:DD:00:00:01");
  ExpectRefused(Replaced(text, "\"bonds\": [", "\"bonds\": 7, \"x\": ["),
                "x is unexpected");
  ExpectRefused(Replaced(text, "\"bonds\": [", "\"bond\": ["),
                "bond is unexpected");
  ExpectRefused("{}", "is missing");
  ExpectRefused("[]", "unexpected");
  ExpectRefused("7", "unexpected");
  ExpectRefused("", "no JSON at octet");
  ExpectRefused(text + "x", "no JSON at octet");
}

TEST(JsonTest, SaysWhichMemberOfWhichBondIsWrong) {
  const std::string text = ExportOfOne();
  const std::pair<const char*, const char*> cases[] = {
      {"\"key_size\": 16", "\"key_size\": 17"},
      {"\"key_size\": 16", "\"key_size\": 6"},
      {"\"key_size\": 16", "\"key_size\": -1"},
      {"\"key_size\": 16", "\"key_size\": 16.5"},
      {"\"key_size\": 16", "\"key_size\": \"16\""},
      {"\"key_size\": 16", "\"key_size\": null"},
      {"\"key_size\": 16", "\"key_size\": [16]"},
      {"\"key_size\": 16", "\"key_length\": 16"},
      {"\"key_size\": 16", "\"key_size\": 16, \"key_size\": 16"},
      {"\"ediv\": 4660", "\"ediv\": 65536"},
      {"\"ediv\": 4660", "\"edif\": 4660"},
      {"\"counter\": 5", "\"counter\": 4294967296"},
      {"\"rand\": \"08", "\"rand\": \""},
      {"\"key\": \"03", "\"key\": \""},
      {"\"key\": \"03", "\"key\": \"0g"},
      {"\"key\": \"03", "\"key\": \"+3"},
      {"\"role\": \"peripheral\"", "\"role\": \"responder\""},
      {"\"method\": \"JustWorks\"", "\"method\": \"Magic\""},
      {"\"method\": \"JustWorks\"", "\"method\": \"NumericComparison\""},
      {"\"authenticated\": false", "\"authenticated\": true"},
      {"\"authenticated\": false", "\"authenticated\": 0"},
      {"\"type\": \"public\",\n      \"name\"",
       "\"type\": \"static\",\n      \"name\""},
      {"\"name\": \"Keyboard\"", "\"name\": \"Key\\u0007board\""},
      {"A0:00:00:00:00:01", "A0:00:00:00:00:0"},
      {"A0:00:00:00:00:01", "00:00:00:00:00:00"},
  };
  for (const auto& [from, to] : cases) {
    SCOPED_TRACE(to);
    ExpectRefused(Replaced(text, from, to), "bonds[0]: ");
  }
}

TEST(JsonTest, RefusesTheSamePeerTwice) {
  std::vector<Bond> bonds = ListOf(BondWithPeer(1));
  bonds.push_back(BondWithPeer(1, 2));
  ExpectRefused(Export(bonds), "bonds[1]: the same peer again");
}

TEST(JsonTest, RefusesATextThatIsCutShortAnywhere) {
  const std::string text = ExportOfOne();
  // What comes last is a line feed.
  for (size_t size = 0; size + 1 < text.size(); ++size) {
    EXPECT_FALSE(Import(std::string_view(text).substr(0, size))) << size;
  }
}

TEST(JsonTest, SurvivesAnyOctetInAnyPlace) {
  const std::string text = ExportOfOne();
  for (size_t i = 0; i < text.size(); ++i) {
    for (const char octet :
         {'"', '{', '}', '[', ',', '\\', '9', '\0', '\xff'}) {
      std::string altered = text;
      altered[i] = octet;
      const auto imported = Import(altered);
      if (!imported) continue;
      for (const Bond& bond : *imported) EXPECT_TRUE(Validate(bond));
    }
  }
}

TEST(JsonTest, RefusesNestingAtOnceHoweverDeep) {
  ExpectRefused(std::string(4 << 20, '['), "unexpected");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"bonds\":";
  ExpectRefused(objects, "unexpected");
}

TEST(JsonTest, RefusesMoreThanABondCanHave) {
  const std::string text = ExportOfOne();
  ExpectRefused(Replaced(text, "Keyboard", std::string(2000, 'a')), "too long");
  ExpectRefused(Replaced(text, "\"name\"", '"' + std::string(2000, 'a') + '"'),
                "too long");
  std::string name;
  while (name.size() < (1 << 20)) name += "T\xC3\xBCr";
  ExpectRefused(Replaced(text, "Keyboard", name),
                "bonds[0]: name: a text or number is too long");
  ExpectRefused(Replaced(text, "\"ediv\": 4660",
                         "\"ediv\": " + std::string(1 << 20, '1')),
                "too long");
  std::string members;
  for (int i = 0; i < 100; ++i) members += "\"m" + std::to_string(i) + "\":1,";
  ExpectRefused(Replaced(text, "\"name\"", members + "\"name\""), "too many");
}

TEST(JsonTest, RefusesTooManyBondsBeforeItReadsThem) {
  std::vector<Bond> bonds;
  for (uint32_t peer = 1; peer <= 3; ++peer) {
    bonds.push_back(BondWithPeer(peer));
  }
  const std::string text = Export(bonds);
  EXPECT_TRUE(BondsFromJson(text, AdapterAddress(), {.max_bonds = 3}));
  // What is wrong with the third is not looked at.
  const auto imported =
      BondsFromJson(Replaced(text, "A0:00:00:00:00:03", "none"),
                    AdapterAddress(), {.max_bonds = 2});
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code, ErrorCode::kLimit);
  EXPECT_NE(imported.error().message.find("MaxBonds"), std::string::npos);
}

TEST(JsonTest, EndsWhenAPauseFails) {
  const auto imported =
      BondsFromJson('{' + std::string(1 << 20, ' '), AdapterAddress(),
                    {.pause = []() -> Result<void> {
                      return Fail(ErrorCode::kClosed, "enough");
                    }});
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code, ErrorCode::kClosed);
}

TEST(JsonTest, TakesTextsHoweverTheyAreWritten) {
  const std::string text = ExportOfOne();
  Bond expected = LegacyBondWithPeer(1);
  const auto escaped =
      Import(Replaced(text, "\"key\": \"03", "\"k\\u0065y\": \"0\\u0033"));
  ASSERT_TRUE(escaped) << escaped.error().message;
  EXPECT_TRUE(SameBond(escaped->at(0), expected));
  std::string name;
  for (size_t i = 0; i < kMaxNameSize; ++i) name += "\\u0061";
  const auto named = Import(Replaced(text, "Keyboard", name));
  ASSERT_TRUE(named) << named.error().message;
  EXPECT_EQ(named->at(0).name, std::string(kMaxNameSize, 'a'));
  const auto spaced = Import(Replaced(
      text, "\"name\":", "\"name\"" + std::string(20'000, ' ') + "\n:\t"));
  ASSERT_TRUE(spaced) << spaced.error().message;
  EXPECT_TRUE(SameBond(spaced->at(0), expected));
}

TEST(JsonTest, NeverQuotesWhatMayBeAKey) {
  const std::string key = "0123456789abcdef0123456789abcdef";
  const std::string text = ExportOfOne();
  for (const std::string& altered : {
           Replaced(text, "\"name\"", '"' + key + '"'),
           Replaced(text, "\"name\"", '"' + key + "\":1, \"name\""),
           Replaced(text, "\"role\": \"peripheral\"",
                    "\"role\": \"" + key + '"'),
           Replaced(text, "\"role\": \"peripheral\"", "\"role\": " + key),
           Replaced(text, "\"role\": \"peripheral\"",
                    "\"role\": \"" + key + "\x01\""),
           Replaced(text, "\"key\": \"03", "\"key\": \"" + key),
           Replaced(text, "{", "{\"" + key + "\":{"),
       }) {
    const auto imported = Import(altered);
    ASSERT_FALSE(imported);
    EXPECT_EQ(imported.error().message.find("0123456789"), std::string::npos)
        << imported.error().message;
  }
}

}  // namespace
}  // namespace bondd::bonds
