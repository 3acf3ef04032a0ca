#include "bonds/bond_codec.h"

#include <gtest/gtest.h>

#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using testing::BondWithPeer;
using testing::LegacyBondWithPeer;
using testing::SameBond;

// A bond as its row, to be damaged and read back.
struct Row {
  explicit Row(const Bond& bond)
      : adapter(EncodeAddress(bond.adapter)),
        identity(EncodeAddress(bond.data.identity)),
        attributes(EncodeAttributes(bond)),
        secrets(EncodeSecrets(bond)),
        name(bond.name) {}

  Result<Bond> Decode() const {
    Result<Bond> bond;
    const auto decoded = DecodeBond(
        {.adapter = adapter,
         .identity = identity,
         .generation = 7,
         .name = {reinterpret_cast<const uint8_t*>(name.data()), name.size()},
         .last_used = 0,
         .attributes = attributes},
        secrets, *bond);
    if (!decoded) bond = std::unexpected(decoded.error());
    return bond;
  }

  AddressOctets adapter;
  AddressOctets identity;
  AttributeOctets attributes;
  BondSecrets secrets;
  std::string name;
};

TEST(BondCodecTest, GivesBackEveryPartOfABond) {
  for (const Bond& bond : {BondWithPeer(1), LegacyBondWithPeer(2)}) {
    const Result<Bond> decoded = Row(bond).Decode();
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(SameBond(*decoded, bond));
    EXPECT_EQ(decoded->generation, 7u);
  }
}

TEST(BondCodecTest, GivesBackEachFlagAndKeyByItself) {
  Bond plain = LegacyBondWithPeer(1);
  plain.data.local_identity_sent = false;
  plain.data.peer_ltk.reset();
  plain.data.peer_irk.reset();
  plain.data.local_csrk.reset();
  plain.data.peer_csrk.reset();
  using Alter = void (*)(Bond&);
  const Alter alterations[] = {
      [](Bond&) {},
      [](Bond& bond) { bond.data.debug = true; },
      [](Bond& bond) { bond.data.local_identity_sent = true; },
      [](Bond& bond) { bond.peer_lost_keys = true; },
      [](Bond& bond) { bond.data.role = smp::Role::kInitiator; },
      [](Bond& bond) { bond.data.local_ltk.reset(); },
      [](Bond& bond) { bond.data.peer_ltk = bond.data.local_ltk->Clone(); },
      [](Bond& bond) { bond.data.peer_irk = testing::KeyOf<smp::Irk>(1); },
      [](Bond& bond) { bond.data.local_csrk = testing::KeyOf<smp::Csrk>(1); },
      [](Bond& bond) { bond.data.peer_csrk = testing::KeyOf<smp::Csrk>(1); },
      [](Bond& bond) { bond.data.local_sign_counter = 0xFFFFFFFF; },
      [](Bond& bond) { bond.data.peer_sign_counter = 0xFFFFFFFF; },
  };
  for (const Alter alter : alterations) {
    Bond bond = plain.Clone();
    alter(bond);
    const Result<Bond> decoded = Row(bond).Decode();
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(SameBond(*decoded, bond));
  }
}

TEST(BondCodecTest, KeepsTheOrderOfAddresses) {
  const auto parse = [](const char* text, AddressType type) {
    return *DeviceAddress::Parse(text, type);
  };
  const DeviceAddress addresses[] = {
      parse("FF:00:00:00:00:01", AddressType::kPublic),
      parse("00:00:00:00:00:02", AddressType::kPublic),
      parse("00:00:00:00:01:00", AddressType::kRandom),
      parse("00:00:00:00:00:01", AddressType::kRandom)};
  for (const auto& a : addresses) {
    EXPECT_EQ(DecodeAddress(EncodeAddress(a)), a);
    for (const auto& b : addresses) {
      EXPECT_EQ(EncodeAddress(a) < EncodeAddress(b), a < b);
    }
  }
}

TEST(BondCodecTest, RefusesAddressesThatAreNone) {
  AddressOctets octets = EncodeAddress(testing::PublicAddress(1));
  EXPECT_FALSE(DecodeAddress(ByteView(octets).first(6)));
  octets[0] = 2;
  EXPECT_FALSE(DecodeAddress(octets));
}

TEST(BondCodecTest, RefusesAttributesWithAnUnknownValue) {
  const struct {
    size_t position;
    uint8_t value;
  } cases[] = {{0, 0}, {0, 2},  {1, 2}, {2, 4},   {3, 0x20},
               {4, 6}, {4, 17}, {4, 0}, {4, 255}, {5, 0x20}};
  for (const auto& [position, value] : cases) {
    Row row(BondWithPeer(1));
    row.attributes[position] = value;
    const Result<Bond> decoded = row.Decode();
    ASSERT_FALSE(decoded) << position;
    EXPECT_EQ(decoded.error().code, ErrorCode::kCorrupt);
  }
}

TEST(BondCodecTest, RefusesAttributesOfAWrongLength) {
  const Row row(BondWithPeer(1));
  Bytes longer(row.attributes.begin(), row.attributes.end());
  longer.push_back(0);
  for (const ByteView attributes :
       {ByteView(), ByteView(row.attributes).first(13), ByteView(longer)}) {
    Bond bond;
    EXPECT_FALSE(DecodeBond({.adapter = row.adapter,
                             .identity = row.identity,
                             .name = {},
                             .attributes = attributes},
                            row.secrets, bond));
  }
}

TEST(BondCodecTest, LeavesOutANameThatIsNotUtf8AndNothingElse) {
  Row row(BondWithPeer(1));
  for (const std::string name : {"\xFF", "Key\xE2oard", "Key\x01oard"}) {
    row.name = name;
    const Result<Bond> decoded = row.Decode();
    ASSERT_TRUE(decoded);
    Bond expected = BondWithPeer(1);
    expected.name.clear();
    EXPECT_TRUE(SameBond(*decoded, expected));
  }
  row.attributes[2] = static_cast<uint8_t>(smp::AssociationModel::kJustWorks);
  EXPECT_FALSE(row.Decode());
}

TEST(BondCodecTest, RefusesLevelsThatTheModelCannotGive) {
  Row row(BondWithPeer(1));
  row.attributes[2] = static_cast<uint8_t>(smp::AssociationModel::kJustWorks);
  EXPECT_FALSE(row.Decode());
}

TEST(BondCodecTest, GivesBackAnIdentity) {
  const Result<LocalIdentity> made = MakeLocalIdentity();
  ASSERT_TRUE(made);
  const Result<LocalIdentity> decoded = DecodeIdentity(EncodeIdentity(*made));
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(*decoded == *made);
}

TEST(BondCodecTest, RefusesAnIdentityThatIsNone) {
  EXPECT_FALSE(DecodeIdentity(IdentitySecrets()));
  LocalIdentity identity{.irk = testing::KeyOf<smp::Irk>(1),
                         .static_address = testing::PublicAddress(1)};
  EXPECT_FALSE(DecodeIdentity(EncodeIdentity(identity)));
}

}  // namespace
}  // namespace bondd::bonds
