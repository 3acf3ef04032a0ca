// A peer whose address on the air tells nothing turns out to be somebody, or
// says so: what becomes of the bond with that identity.

#include <gtest/gtest.h>

#include "tests/support/smp_checks.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;

BondData BondOf(const DeviceAddress& identity, const Irk& irk) {
  BondData bond;
  bond.identity = identity;
  bond.security = kUnauthenticated;
  bond.peer_ltk = LongTermKey{Counting<Ltk>(1), 0, 0};
  bond.local_ltk = bond.peer_ltk->Clone();
  bond.peer_irk = irk.Clone();
  return bond;
}

// The central starts a pairing with a private address. The peer behind it says
// that it is the peripheral of a bond, and has an IRK that is not the bond's.
class ClaimedIdentity : public testing::Test {
 protected:
  ClaimedIdentity() : pair_(Addresses()) {
    Put(BondOf(pair_.peripheral().identity.address, Counting<Irk>(0x77)));
  }

  static SmpPair::Addresses Addresses() {
    SmpPair::Addresses addresses;
    addresses.peripheral = PrivateAddressOf(Counting<Irk>(0x99));
    return addresses;
  }

  SmpEnd& central() { return pair_.central(); }
  void Put(BondData bond) { central().bonds.Put(std::move(bond)); }
  const BondData& Bond() {
    return *central().bonds.FindBond(pair_.peripheral().identity.address);
  }
  void ExpectRejected() {
    const BondData before = Bond().Clone();
    pair_.Pair();
    ASSERT_EQ(central().reports.size(), 1u);
    ASSERT_TRUE(central().Report().failure);
    EXPECT_EQ(central().Report().failure->reason,
              PairingFailedReason::kKeyRejected);
    EXPECT_TRUE(SameBond(before, Bond()));
    EXPECT_EQ(central().stored, 0u);
  }
  void ExpectReplaced() {
    const BondData before = Bond().Clone();
    pair_.Pair();
    ASSERT_TRUE(central().Succeeded());
    EXPECT_FALSE(SameBond(before, Bond()));
    EXPECT_EQ(Bond().peer_irk, pair_.peripheral().identity.irk.Clone());
  }

  SmpPair pair_;
};

TEST_F(ClaimedIdentity, IsNotCoveredByNamingThePrivateAddress) {
  // As good as the bond in every respect.
  ExpectRejected();
}

TEST_F(ClaimedIdentity, IsNotCoveredByStrongerAuthenticationEither) {
  Use(pair_, With(kDisplayYesNo), With(kDisplayYesNo));
  ExpectRejected();
}

TEST_F(ClaimedIdentity, IsReplacedWhereReplaceSaysAlways) {
  central().user.parameters.replace = ReplaceOption::kAlways;
  ExpectReplaced();
}

TEST_F(ClaimedIdentity, IsReplacedWithTheUsersYes) {
  central().user.parameters.replace = ReplaceOption::kAsk;
  ExpectReplaced();
  EXPECT_EQ(central().Asked<ReplacePrompt>()->identity, Bond().identity);
}

TEST_F(ClaimedIdentity, OfAnotherBondThanTheAddressResolvesToIsRejected) {
  Put(BondOf(PublicAddress("00:AA:BB:CC:DD:EE"), Counting<Irk>(0x99)));
  central().user.parameters.replace = ReplaceOption::kAlways;
  ExpectRejected();
}

TEST_F(ClaimedIdentity, ThatTheAddressResolvesToIsReplaced) {
  Put(BondOf(pair_.peripheral().identity.address, Counting<Irk>(0x99)));
  ExpectReplaced();
}

TEST_F(ClaimedIdentity, IsNotLentToAPairingWithoutBondingEither) {
  central().user.parameters.bonding = false;
  central().user.parameters.replace = ReplaceOption::kAlways;
  ExpectRejected();
}

TEST_F(ClaimedIdentity, OfAPeersRequestNeedsToBeNamed) {
  SmpPair::Addresses addresses;
  addresses.central = PrivateAddressOf(Counting<Irk>(0x99));
  for (const bool named : {false, true}) {
    SmpPair pair(addresses);
    const DeviceAddress identity = pair.central().identity.address;
    SmpEnd& end = pair.peripheral();
    end.bonds.Put(BondOf(identity, Counting<Irk>(0x77)));
    if (named) {
      end.user.named = identity;
    } else {
      end.user.parameters.replace = ReplaceOption::kAlways;
    }
    const BondData before = end.bonds.FindBond(identity)->Clone();
    pair.Pair();
    EXPECT_EQ(end.Succeeded(), named);
    EXPECT_EQ(SameBond(before, *end.bonds.FindBond(identity)), !named);
  }
}

// On either side, when a pairing comes that was meant for the bond.
TEST_F(ClaimedIdentity, IsNotReplacedByABondWithoutItsKeys) {
  for (const Role role : {Role::kInitiator, Role::kResponder}) {
    for (const bool keys : {true, false}) {
      SmpPair::Addresses addresses;
      (role == Role::kInitiator ? addresses.peripheral : addresses.central) =
          PrivateAddressOf(Counting<Irk>(0x99));
      SmpPair pair(addresses);
      SmpEnd& end = pair.end(role);
      SmpEnd& other = pair.end(Opposite(role));
      const DeviceAddress identity = other.identity.address;
      BondData bond = BondOf(identity, Counting<Irk>(0x77));
      bond.security = kLegacyUnauthenticated;
      end.bonds.Put(std::move(bond));
      const BondData before = end.bonds.FindBond(identity)->Clone();
      end.user.named = identity;
      PairingParameters parameters = Legacy(kNoInputNoOutput);
      parameters.initiator_keys.enc = keys;
      parameters.responder_keys.enc = keys;
      Use(pair, parameters.Clone(), parameters.Clone());
      // The central is asked, too, and so has named the bond.
      pair.Give(Role::kResponder, RequestSecurity{std::move(parameters)});
      EXPECT_EQ(end.Succeeded(), keys);
      EXPECT_EQ(SameBond(before, *end.bonds.FindBond(identity)), !keys);
      if (keys) continue;
      EXPECT_EQ(end.Report().failure->reason,
                PairingFailedReason::kKeyRejected);
    }
  }
}

// A bond that comes while the pairing runs was not there to be judged: what the
// store is told about it.
class Newcomer : public testing::Test {
 protected:
  static constexpr Role kCentral = Role::kInitiator;
  static constexpr Role kPeripheral = Role::kResponder;

  // Of a pairing in which this side's user has said so much.
  static ReplaceOption RuleAt(Role role, ReplaceOption option, bool covers_bond,
                              bool named, bool private_address = false) {
    SmpPair::Addresses addresses;
    if (private_address) {
      (role == kCentral ? addresses.peripheral : addresses.central) =
          PrivateAddressOf(Counting<Irk>(0x99));
    }
    SmpPair pair(addresses);
    SmpEnd& end = pair.end(role);
    end.user.parameters.replace = option;
    end.user.covers_bond = covers_bond;
    if (named) end.user.named = pair.end(Opposite(role)).identity.address;
    std::optional<ReplaceOption> rule;
    end.on_outputs = [&](const Outputs& outputs) {
      for (const Output& output : outputs) {
        const auto* store = std::get_if<StoreBond>(&output);
        if (store != nullptr) rule = store->replace;
      }
    };
    pair.Pair();
    return rule.value();
  }
};

TEST_F(Newcomer, IsTreatedLikeAnyOtherWhereThePeerWasNamed) {
  using enum ReplaceOption;
  for (const ReplaceOption option : {kNever, kNotWeaker, kAlways}) {
    EXPECT_EQ(RuleAt(kCentral, option, false, false), option);
    EXPECT_EQ(RuleAt(kPeripheral, option, true, false), option);
    EXPECT_EQ(RuleAt(kPeripheral, option, false, true), option);
  }
}

TEST_F(Newcomer, StaysWhereNobodyHasNamedThePeer) {
  using enum ReplaceOption;
  for (const ReplaceOption option : {kNever, kAsk, kNotWeaker, kAlways}) {
    EXPECT_EQ(RuleAt(kPeripheral, option, false, false), kNever);
  }
}

TEST_F(Newcomer, StaysWhereTheUserWasToBeAsked) {
  EXPECT_EQ(RuleAt(kCentral, ReplaceOption::kAsk, false, false),
            ReplaceOption::kNever);
  EXPECT_EQ(RuleAt(kPeripheral, ReplaceOption::kAsk, true, true),
            ReplaceOption::kNever);
}

TEST_F(Newcomer, OfAPeerWithAPrivateAddressNeedsTheSameWordsAsAnOldOne) {
  using enum ReplaceOption;
  EXPECT_EQ(RuleAt(kCentral, kNotWeaker, false, false, true), kNever);
  EXPECT_EQ(RuleAt(kCentral, kAlways, false, false, true), kAlways);
  EXPECT_EQ(RuleAt(kPeripheral, kAlways, true, false, true), kNever);
  EXPECT_EQ(RuleAt(kPeripheral, kNotWeaker, false, true, true), kNotWeaker);
}

}  // namespace
}  // namespace bondd::smp::test
