#include <gtest/gtest.h>

#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "bonds/export_formats.h"
#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using testing::AdapterAddress;
using testing::BondWithPeer;
using testing::KeyOf;
using testing::LegacyBondWithPeer;

std::string LinesOf(const Bond& bond, const smp::Irk* local_irk = nullptr) {
  const WipedText text = BondsAsWireshark({.adapter = AdapterAddress(),
                                           .local_irk = local_irk,
                                           .bonds = std::span(&bond, 1)});
  // What comes before is a comment.
  const size_t start = text.rfind("#");
  return std::string(text.substr(text.find('\n', start) + 1));
}

TEST(WiresharkExportTest, WritesKeysMostSignificantOctetFirst) {
  EXPECT_EQ(LinesOf(BondWithPeer(1)),
            "A0:00:00:00:00:01 public SC_LTK "
            "0x6a635c554e474039322b241d160f0801\n"
            "A0:00:00:00:00:01 public IRK "
            "0x7d766f68615a534c453e373029221b14\n");
}

TEST(WiresharkExportTest, TellsTheTwoLegacyKeysApart) {
  Bond bond = LegacyBondWithPeer(1);
  bond.data.peer_irk.reset();
  EXPECT_EQ(LinesOf(bond),
            "A0:00:00:00:00:01 public LEGACY_LTK_OURS "
            "0x6c655e575049423b342d261f18110a03\n"
            "A0:00:00:00:00:01 public LEGACY_LTK_PEERS "
            "0x6d665f58514a433c352e272019120b04\n");
}

TEST(WiresharkExportTest, BeginsWithTheAdaptersOwnKey) {
  const auto irk = KeyOf<smp::Irk>(0);
  EXPECT_TRUE(LinesOf(BondWithPeer(1), &irk)
                  .starts_with("02:B0:DD:00:00:00 public IRK "
                               "0x69625b544d463f38312a231c150e0700\n"));
}

// As the toolbar of Nordic's plug-in checks it: a key, or an address.
TEST(WiresharkExportTest, ColumnsAreWhatASniffersToolbarTakes) {
  const auto irk = KeyOf<smp::Irk>(0);
  std::istringstream lines(LinesOf(BondWithPeer(1), &irk) +
                           LinesOf(LegacyBondWithPeer(2)));
  const std::regex value("0x[0-9a-fA-F]{1,32}");
  const std::regex address(
      "([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"
      " (public|random)");
  size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const size_t last = line.rfind(' ');
    const size_t kind = line.rfind(' ', last - 1);
    EXPECT_TRUE(std::regex_match(line.substr(last + 1), value)) << line;
    EXPECT_TRUE(std::regex_match(line.substr(0, kind), address)) << line;
  }
  EXPECT_EQ(count, 6u);
}

}  // namespace
}  // namespace bondd::bonds
