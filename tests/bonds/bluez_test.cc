// Bonds as bluetoothd keeps them.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "bonds/export_formats.h"
#include "bonds/import_formats.h"
#include "bonds/tar.h"
#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using testing::AdapterAddress;
using testing::BondWithPeer;
using testing::KeyOf;
using testing::LegacyBondWithPeer;

constexpr const char* kInfoPath = "02:B0:DD:00:00:00/A0:00:00:00:00:01/info";

WipedText Export(const Bond& bond, const smp::Irk* local_irk = nullptr) {
  return BondsAsBlueZ({.adapter = AdapterAddress(),
                       .local_irk = local_irk,
                       .bonds = std::span(&bond, 1)});
}

std::string InfoOf(const Bond& bond) {
  const WipedText archive = Export(bond);
  const auto entries = ReadTar(archive);
  if (!entries || entries->size() != 1) return "";
  return std::string(entries->front().content);
}

WipedText ArchiveOf(
    const std::vector<std::pair<std::string, std::string>>& files) {
  WipedText archive;
  for (const auto& [path, content] : files) {
    AppendTarFile(archive, path, content);
  }
  FinishTar(archive);
  return archive;
}

Result<std::vector<Bond>> Import(
    const std::vector<std::pair<std::string, std::string>>& files) {
  return BondsFromBlueZ(ArchiveOf(files), AdapterAddress());
}

// A legacy key of a peripheral, as bluetoothd 5.66 writes it.
constexpr const char* kInfo =
    "[General]\n"
    "Name=Thermo\\smeter\n"
    "AddressType=static\n"
    "SupportedTechnologies=LE;\n"
    "Trusted=true\n"
    "Blocked=false\n"
    "Services=00001800-0000-1000-8000-00805f9b34fb;\n"
    "\n"
    "[LongTermKey]\n"
    "Key=000102030405060708090A0B0C0D0E0F\n"
    "Authenticated=1\n"
    "EncSize=16\n"
    "EDiv=50000\n"
    "Rand=18446744073709551615\n"
    "\n"
    "[IdentityResolvingKey]\n"
    "Key=101112131415161718191A1B1C1D1E1F\n"
    "\n"
    "[ConnectionParameters]\n"
    "MinInterval=6\n";

TEST(BlueZTest, WritesASecureConnectionsBondAsBluetoothdReadsIt) {
  Bond bond = BondWithPeer(1);
  EXPECT_EQ(InfoOf(bond),
            "[General]\n"
            "Name=Keyboard\n"
            "AddressType=public\n"
            "SupportedTechnologies=LE;\n"
            "Trusted=false\n"
            "Blocked=false\n"
            "\n"
            "[IdentityResolvingKey]\n"
            "Key=141B222930373E454C535A61686F767D\n"
            "\n"
            "[PeripheralLongTermKey]\n"
            "Key=01080F161D242B323940474E555C636A\n"
            "Authenticated=3\n"
            "EncSize=16\n"
            "EDiv=0\n"
            "Rand=0\n"
            "\n"
            "[SlaveLongTermKey]\n"
            "Key=01080F161D242B323940474E555C636A\n"
            "Authenticated=3\n"
            "EncSize=16\n"
            "EDiv=0\n"
            "Rand=0\n"
            "\n"
            "[LocalSignatureKey]\n"
            "Key=21282F363D444B525960676E757C838A\n"
            "Counter=5\n"
            "Authenticated=true\n"
            "\n"
            "[RemoteSignatureKey]\n"
            "Key=31383F464D545B626970777E858C939A\n"
            "Counter=9\n"
            "Authenticated=true\n");
}

TEST(BlueZTest, WritesTheKeyTypesOfTheKernel) {
  const auto type = [](Bond bond, bool secure, bool authenticated, bool debug) {
    bond.data.security.secure_connections = secure;
    bond.data.security.authenticated = authenticated;
    bond.data.debug = debug;
    const std::string info = InfoOf(bond);
    const std::string_view name = "Authenticated=";
    return info.at(info.find(name) + name.size());
  };
  EXPECT_EQ(type(LegacyBondWithPeer(1), false, false, false), '0');
  EXPECT_EQ(type(LegacyBondWithPeer(1), false, true, false), '1');
  EXPECT_EQ(type(BondWithPeer(1), true, false, false), '2');
  EXPECT_EQ(type(BondWithPeer(1), true, true, false), '3');
  EXPECT_EQ(type(BondWithPeer(1), true, true, true), '4');
}

TEST(BlueZTest, GivesEachLegacyKeyToTheRoleThatUsesIt) {
  const std::string info = InfoOf(LegacyBondWithPeer(1));
  EXPECT_NE(info.find("[LongTermKey]\nKey=040B12"), info.npos);
  EXPECT_NE(info.find("EDiv=17185\nRand=1230066625199609624"), info.npos);
  EXPECT_NE(info.find("[PeripheralLongTermKey]\nKey=030A11"), info.npos);
  EXPECT_NE(info.find("[SlaveLongTermKey]\nKey=030A11"), info.npos);
}

TEST(BlueZTest, KeepsKeysAndLevelsOnTheWayThereAndBack) {
  for (const Bond& bond : {BondWithPeer(1), LegacyBondWithPeer(1)}) {
    const auto imported = BondsFromBlueZ(Export(bond), AdapterAddress());
    ASSERT_TRUE(imported) << imported.error().message;
    ASSERT_EQ(imported->size(), 1u);
    const Bond& back = imported->front();
    EXPECT_EQ(back.key(), bond.key());
    EXPECT_EQ(back.name, bond.name);
    EXPECT_EQ(back.data.security, bond.data.security);
    EXPECT_TRUE(back.data.local_ltk == bond.data.local_ltk);
    EXPECT_TRUE(back.data.peer_ltk == bond.data.peer_ltk);
    EXPECT_TRUE(back.data.peer_irk == bond.data.peer_irk);
    EXPECT_TRUE(back.data.local_csrk == bond.data.local_csrk);
    EXPECT_TRUE(back.data.peer_csrk == bond.data.peer_csrk);
    EXPECT_EQ(back.data.local_sign_counter, bond.data.local_sign_counter);
    EXPECT_EQ(back.data.peer_sign_counter, bond.data.peer_sign_counter);
  }
}

TEST(BlueZTest, KeepsNamesThatNeedEscapes) {
  for (const std::string name : {"  x", "a\\b", "\\s", " ", "鍵"}) {
    Bond bond = BondWithPeer(1);
    bond.name = name;
    const auto imported = BondsFromBlueZ(Export(bond), AdapterAddress());
    ASSERT_TRUE(imported);
    EXPECT_EQ(imported->front().name, name);
  }
}

TEST(BlueZTest, WritesTheAdaptersIdentity) {
  const auto irk = KeyOf<smp::Irk>(0xA0);
  const WipedText archive = Export(BondWithPeer(1), &irk);
  const auto entries = ReadTar(archive);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].path, "02:B0:DD:00:00:00/identity");
  EXPECT_EQ((*entries)[0].content,
            "[General]\n"
            "IdentityResolvingKey=a0a7aeb5bcc3cad1d8dfe6edf4fb0209\n");
  EXPECT_EQ((*entries)[1].path, kInfoPath);
}

TEST(BlueZTest, LeavesOutPeersWithoutAnIdentityAddress) {
  Bond bond = BondWithPeer(1);
  bond.data.identity.type = AddressType::kRandom;
  bond.data.identity.octets[5] = 0x40;
  const auto entries = ReadTar(Export(bond));
  ASSERT_TRUE(entries);
  EXPECT_TRUE(entries->empty());
}

TEST(BlueZTest, ReadsWhatBluetoothdWrote) {
  const auto imported = Import({{kInfoPath, kInfo}});
  ASSERT_TRUE(imported) << imported.error().message;
  const Bond& bond = imported->front();
  EXPECT_EQ(bond.data.identity.type, AddressType::kRandom);
  EXPECT_EQ(bond.data.identity.ToString(), "A0:00:00:00:00:01");
  EXPECT_EQ(bond.name, "Thermo meter");
  EXPECT_TRUE(bond.data.security.authenticated);
  EXPECT_FALSE(bond.data.security.secure_connections);
  EXPECT_FALSE(bond.data.local_ltk);
  ASSERT_TRUE(bond.data.peer_ltk);
  EXPECT_EQ(bond.data.peer_ltk->ltk.Reveal()[1], 1);
  EXPECT_EQ(bond.data.peer_ltk->ediv, 50000);
  EXPECT_EQ(bond.data.peer_ltk->rand, UINT64_MAX);
  ASSERT_TRUE(bond.data.peer_irk);
  EXPECT_EQ(bond.data.peer_irk->Reveal()[15], 0x1F);
}

TEST(BlueZTest, ReadsTheFormsOfVeryOldFiles) {
  const auto imported = Import({{"var/lib/bluetooth/" + std::string(kInfoPath),
                                 "[SlaveLongTermKey]\n"
                                 "Key = 0x000102030405060708090A0B0C0D0E0F\r\n"
                                 "Authenticated=0\n"
                                 "EncSize=7\n"
                                 "EDiv=1\n"
                                 "Rand=0x0100000000000000\n"}});
  ASSERT_TRUE(imported) << imported.error().message;
  const Bond& bond = imported->front();
  ASSERT_TRUE(bond.data.local_ltk);
  // Cut to its size.
  EXPECT_EQ(bond.data.local_ltk->ltk.Reveal()[6], 0x06);
  EXPECT_EQ(bond.data.local_ltk->ltk.Reveal()[7], 0);
  EXPECT_EQ(bond.data.local_ltk->rand, 1u);
  EXPECT_EQ(bond.data.security.key_size, 7);
  EXPECT_EQ(bond.data.identity.type, AddressType::kPublic);
}

TEST(BlueZTest, PassesOverWhatIsNoLowEnergyBondOfThisAdapter) {
  const auto imported =
      Import({{"02:B0:DD:00:00:00/settings", "[General]\nPairable=true\n"},
              {"02:B0:DD:00:00:00/cache/A0:00:00:00:00:01", "anything"},
              {"02:B0:DD:00:00:00/A0:00:00:00:00:02/info",
               "[General]\nName=Speaker\n[LinkKey]\nKey=00\n"},
              {"02:B0:DD:00:00:09/A0:00:00:00:00:03/info", kInfo},
              {kInfoPath, kInfo}});
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_EQ(imported->size(), 1u);
}

TEST(BlueZTest, SaysThatNothingIsForThisAdapter) {
  const auto imported =
      Import({{"02:B0:DD:00:00:09/A0:00:00:00:00:03/info", kInfo}});
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code, ErrorCode::kInvalidArgument);
}

TEST(BlueZTest, SaysWhichPeerAndGroupIsWrongAndNeverTheKey) {
  const std::pair<const char*, const char*> cases[] = {
      {"Key=0001", "Key=00"},
      {"Key=0001", "Key=zz01"},
      {"Authenticated=1", "Authenticated=5"},
      {"Authenticated=1", "Authenticated=true"},
      {"EncSize=16", "EncSize=17"},
      {"EncSize=16", "EncSize=255"},
      {"EncSize=16", "EncSize=0"},
      {"EncSize=16", "EncSize=300"},
      {"EDiv=50000", "EDiv=65536"},
      {"EDiv=50000", "EDiv=-1"},
      {"EDiv=50000\n", ""},
      {"Rand=1", "Rand=9"},
      {"Rand=18446744073709551615", "Rand=0x01"},
      {"Key=1011", "Key="},
      {"[General]\n", "[General]\nAnything\n"},
  };
  for (const auto& [from, to] : cases) {
    SCOPED_TRACE(to);
    std::string info = kInfo;
    info.replace(info.find(from), std::string_view(from).size(), to);
    const auto imported = Import({{kInfoPath, info}});
    ASSERT_FALSE(imported);
    EXPECT_EQ(imported.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(imported.error().message.starts_with("A0:00:00:00:00:01: "))
        << imported.error().message;
    EXPECT_EQ(imported.error().message.find("0203"), std::string::npos);
  }
}

TEST(BlueZTest, RefusesTheSamePeerTwice) {
  const auto imported =
      Import({{kInfoPath, kInfo}, {std::string("./") + kInfoPath, kInfo}});
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code, ErrorCode::kInvalidArgument);
}

TEST(BlueZTest, RefusesTooManyBonds) {
  const std::string other = "02:B0:DD:00:00:00/A0:00:00:00:00:02/info";
  const WipedText archive = ArchiveOf({{kInfoPath, kInfo}, {other, kInfo}});
  EXPECT_TRUE(BondsFromBlueZ(archive, AdapterAddress(), {.max_bonds = 2}));
  const auto imported =
      BondsFromBlueZ(archive, AdapterAddress(), {.max_bonds = 1});
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code, ErrorCode::kLimit);
}

TEST(BlueZTest, RefusesAnInfoFileThatIsMuchTooLarge) {
  std::string info = kInfo;
  for (int i = 0; i < 20'000; ++i) info += std::to_string(i) + "=\n";
  const auto imported = Import({{kInfoPath, info}});
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code, ErrorCode::kInvalidArgument);
}

TEST(BlueZTest, PausesBetweenFiles) {
  int pauses = 0;
  const ImportTerms terms = {.pause = [&]() -> Result<void> {
    if (++pauses < 3) return {};
    return Fail(ErrorCode::kClosed, "enough");
  }};
  const auto imported =
      BondsFromBlueZ(ArchiveOf({{"a", ""}, {"b", ""}, {"c", ""}, {"d", ""}}),
                     AdapterAddress(), terms);
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code, ErrorCode::kClosed);
  EXPECT_EQ(pauses, 3);
}

TEST(BlueZTest, RefusesPathsThatLeadUpwards) {
  for (const std::string folder : {"../", "a/../../", "/../"}) {
    const auto imported = Import({{folder + kInfoPath, kInfo}});
    ASSERT_FALSE(imported);
    EXPECT_EQ(imported.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(BlueZTest, RefusesWhatIsNoArchive) {
  const auto imported = BondsFromBlueZ(kInfo, AdapterAddress());
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace bondd::bonds
