#include "bonds/bond.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using testing::BondWithPeer;
using testing::LegacyBondWithPeer;

template <typename Alter>
bool ValidAfter(Bond bond, Alter alter) {
  alter(bond);
  return Validate(bond).has_value();
}

TEST(BondTest, AcceptsWhatPairingLeavesBehind) {
  EXPECT_TRUE(Validate(BondWithPeer(1)));
  EXPECT_TRUE(Validate(LegacyBondWithPeer(1)));
}

TEST(BondTest, AcceptsEveryKeySizeFromSevenToSixteenAndNoOther) {
  for (int size = 0; size <= 255; ++size) {
    const bool valid = ValidAfter(BondWithPeer(1), [&](Bond& bond) {
      bond.data.security.key_size = static_cast<uint8_t>(size);
      const auto masked = static_cast<uint8_t>(std::min(size, 16));
      smp::MaskToSize(bond.data.local_ltk->ltk.Fill(), masked);
      smp::MaskToSize(bond.data.peer_ltk->ltk.Fill(), masked);
    });
    EXPECT_EQ(valid, size >= 7 && size <= 16) << size;
  }
}

TEST(BondTest, RefusesJustWorksThatClaimsToBeAuthenticated) {
  EXPECT_FALSE(ValidAfter(LegacyBondWithPeer(1), [](Bond& bond) {
    bond.data.security.authenticated = true;
  }));
}

TEST(BondTest, RefusesNumericComparisonWithoutSecureConnections) {
  EXPECT_FALSE(ValidAfter(BondWithPeer(1), [](Bond& bond) {
    bond.data.security.secure_connections = false;
  }));
}

TEST(BondTest, RefusesNumericComparisonThatIsNotAuthenticated) {
  const auto unauthenticated = [](Bond& bond) {
    bond.data.security.authenticated = false;
  };
  EXPECT_FALSE(ValidAfter(BondWithPeer(1), unauthenticated));
  EXPECT_TRUE(ValidAfter(BondWithPeer(1), [&](Bond& bond) {
    unauthenticated(bond);
    bond.data.debug = true;
  }));
}

TEST(BondTest, RefusesTwoKeysOfSecureConnections) {
  EXPECT_FALSE(ValidAfter(BondWithPeer(1), [](Bond& bond) {
    bond.data.peer_ltk->ltk = testing::KeyOf<smp::Ltk>(9);
  }));
  EXPECT_TRUE(ValidAfter(BondWithPeer(1),
                         [](Bond& bond) { bond.data.peer_ltk.reset(); }));
}

TEST(BondTest, RefusesAKeyThatIsLongerThanItsSize) {
  EXPECT_FALSE(ValidAfter(LegacyBondWithPeer(1), [](Bond& bond) {
    bond.data.security.key_size = 7;
    smp::MaskToSize(bond.data.local_ltk->ltk.Fill(), 7);
    smp::MaskToSize(bond.data.peer_ltk->ltk.Fill(), 8);
  }));
}

TEST(BondTest, RefusesEdivOrRandBesideASecureConnectionsKey) {
  EXPECT_FALSE(ValidAfter(BondWithPeer(1),
                          [](Bond& bond) { bond.data.local_ltk->ediv = 1; }));
  EXPECT_FALSE(ValidAfter(BondWithPeer(1),
                          [](Bond& bond) { bond.data.peer_ltk->rand = 1; }));
}

TEST(BondTest, RefusesKeysOfZeros) {
  EXPECT_FALSE(ValidAfter(BondWithPeer(1), [](Bond& bond) {
    bond.data.local_ltk = smp::LongTermKey{};
  }));
  EXPECT_FALSE(ValidAfter(BondWithPeer(1),
                          [](Bond& bond) { bond.data.peer_irk = smp::Irk(); }));
  EXPECT_FALSE(ValidAfter(
      BondWithPeer(1), [](Bond& bond) { bond.data.local_csrk = smp::Csrk(); }));
  EXPECT_FALSE(ValidAfter(
      BondWithPeer(1), [](Bond& bond) { bond.data.peer_csrk = smp::Csrk(); }));
}

TEST(BondTest, RefusesAnIdentityOfZeros) {
  EXPECT_FALSE(
      ValidAfter(BondWithPeer(1), [](Bond& bond) { bond.data.identity = {}; }));
}

TEST(BondTest, AcceptsNamesInUtf8) {
  for (const char* name : {"", "Keyboard", "Käse", "\xE2\x82\xAC",
                           "\xF0\x9F\x8E\xA7", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsValidName(name)) << name;
  }
  EXPECT_TRUE(IsValidName(std::string(248, 'x')));
}

TEST(BondTest, RefusesNamesThatAreNotUtf8OrTooLong) {
  for (const char* name :
       {"\xC3", "\xC0\xAF", "\x80", "\xE2\x82", "\xED\xA0\x80",
        "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xC3(", "a\nb", "\x7F"}) {
    EXPECT_FALSE(IsValidName(name)) << ::testing::PrintToString(name);
  }
  EXPECT_FALSE(IsValidName(std::string(249, 'x')));
  EXPECT_FALSE(IsValidName(std::string_view("\0", 1)));
}

TEST(BondTest, RefusesABondWithSuchAName) {
  EXPECT_FALSE(
      ValidAfter(BondWithPeer(1), [](Bond& bond) { bond.name = "\xC3"; }));
}

TEST(BondTest, ClonesEveryPart) {
  Bond bond = BondWithPeer(1);
  bond.generation = 12;
  bond.last_used = 34;
  bond.peer_lost_keys = true;
  bond.data.debug = true;
  const Bond copy = bond.Clone();
  EXPECT_TRUE(testing::SameBond(copy, bond));
  EXPECT_EQ(copy.generation, 12u);
}

}  // namespace
}  // namespace bondd::bonds
