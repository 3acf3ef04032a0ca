// Whole pairings, one for each way to an association model.

#include <gtest/gtest.h>

#include "smp/crypto.h"
#include "tests/support/smp_checks.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;

TEST(Association, SecureConnectionsJustWorksIsUnauthenticated) {
  SmpPair pair;
  Use(pair, With(kNoInputNoOutput), With(kNoInputNoOutput));
  pair.Pair();
  ExpectPaired(pair, AssociationModel::kJustWorks, kUnauthenticated);
}

TEST(Association, NumericComparisonShowsBothSidesTheSameNumber) {
  SmpPair pair;
  Use(pair, With(kDisplayYesNo), With(kKeyboardDisplay));
  pair.Pair();
  ExpectPaired(pair, AssociationModel::kNumericComparison, kAuthenticated);
  const auto* central = pair.central().Asked<NumberComparisonPrompt>();
  const auto* peripheral = pair.peripheral().Asked<NumberComparisonPrompt>();
  ASSERT_TRUE(central && peripheral);
  EXPECT_EQ(central->number, peripheral->number);
  EXPECT_LT(central->number, 1'000'000u);
}

TEST(Association, PasskeyShownByTheInitiatorIsTypedAtTheResponder) {
  SmpPair pair;
  Use(pair, With(kDisplayOnly), With(kKeyboardOnly));
  pair.Pair();
  ExpectPaired(pair, AssociationModel::kPasskeyEntry, kAuthenticated);
  EXPECT_TRUE(pair.central().Asked<PasskeyDisplayPrompt>());
  EXPECT_TRUE(pair.peripheral().Asked<PasskeyInputPrompt>());
}

TEST(Association, PasskeyShownByTheResponderIsTypedAtTheInitiator) {
  SmpPair pair;
  Use(pair, With(kKeyboardOnly), With(kDisplayYesNo));
  pair.Pair();
  ExpectPaired(pair, AssociationModel::kPasskeyEntry, kAuthenticated);
  EXPECT_TRUE(pair.peripheral().Asked<PasskeyDisplayPrompt>());
}

TEST(Association, PasskeyIsTypedOnBothSidesWhenNeitherHasADisplay) {
  SmpPair pair;
  Use(pair, With(kKeyboardOnly), With(kKeyboardOnly));
  pair.Pair();
  ExpectPaired(pair, AssociationModel::kPasskeyEntry, kAuthenticated);
  EXPECT_TRUE(pair.central().Asked<PasskeyInputPrompt>());
  EXPECT_TRUE(pair.peripheral().Asked<PasskeyInputPrompt>());
}

TEST(Association, PasskeyEntryTakesExactlyTwentyRounds) {
  SmpPair pair;
  Use(pair, With(kKeyboardOnly), With(kKeyboardOnly));
  pair.Pair();
  const auto sent = pair.SentBy(Role::kInitiator);
  EXPECT_EQ(std::count(sent.begin(), sent.end(), "PairingConfirm"), 20);
  EXPECT_EQ(std::count(sent.begin(), sent.end(), "PairingRandom"), 20);
}

TEST(Association, LegacyJustWorksIsUnauthenticated) {
  SmpPair pair;
  Use(pair, Legacy(kNoInputNoOutput), With(kNoInputNoOutput));
  pair.Pair();
  ExpectPaired(pair, AssociationModel::kJustWorks, kLegacyUnauthenticated);
}

TEST(Association, LegacyPasskeyWorksInAllThreeWays) {
  for (const auto& [central, peripheral] :
       {std::pair(kDisplayOnly, kKeyboardOnly),
        std::pair(kKeyboardOnly, kDisplayOnly),
        std::pair(kKeyboardOnly, kKeyboardOnly)}) {
    SmpPair pair;
    Use(pair, Legacy(central), Legacy(peripheral));
    pair.Pair();
    ExpectPaired(pair, AssociationModel::kPasskeyEntry, kLegacyAuthenticated);
  }
}

TEST(Association, LegacyPasskeyIsUnauthenticatedWhereTheOptionSaysSo) {
  SmpPair pair;
  Use(pair, Legacy(kDisplayOnly), Legacy(kKeyboardOnly));
  for (Role role : {Role::kInitiator, Role::kResponder}) {
    pair.end(role).user.parameters.legacy_passkey_authenticated = false;
  }
  pair.Pair();
  ExpectPaired(pair, AssociationModel::kPasskeyEntry, kLegacyUnauthenticated);
}

TEST(Association, LegacyOutOfBandTakesTheTkFromBothSides) {
  SmpPair pair;
  Use(pair, Legacy(kNoInputNoOutput), Legacy(kNoInputNoOutput));
  for (Role role : {Role::kInitiator, Role::kResponder}) {
    pair.end(role).user.parameters.oob_legacy_tk = Counting<Tk>(77);
  }
  pair.Pair();
  ExpectPaired(pair, AssociationModel::kOutOfBand, kLegacyAuthenticated);
}

TEST(Association, ATkAloneIsLeftAsideUnderSecureConnections) {
  for (const Role role : {Role::kInitiator, Role::kResponder}) {
    SmpPair pair;
    pair.end(role).user.parameters.oob_legacy_tk = Counting<Tk>(77);
    pair.Pair();
    ExpectPaired(pair, AssociationModel::kJustWorks, kUnauthenticated);
  }
}

TEST(Association, ATkIsUsedWhereTheOtherSideDoesLegacyPairing) {
  SmpPair pair;
  Use(pair, Legacy(kNoInputNoOutput), With(kNoInputNoOutput));
  for (const Role role : {Role::kInitiator, Role::kResponder}) {
    pair.end(role).user.parameters.oob_legacy_tk = Counting<Tk>(77);
  }
  pair.Pair();
  ExpectPaired(pair, AssociationModel::kOutOfBand, kLegacyAuthenticated);
}

TEST(Association, LegacyOutOfBandWithDifferentTksFailsTheConfirm) {
  SmpPair pair;
  Use(pair, Legacy(kNoInputNoOutput), Legacy(kNoInputNoOutput));
  pair.central().user.parameters.oob_legacy_tk = Counting<Tk>(1);
  pair.peripheral().user.parameters.oob_legacy_tk = Counting<Tk>(2);
  pair.Pair();
  ExpectFailed(pair, Role::kResponder,
               PairingFailedReason::kConfirmValueFailed);
}

TEST(Association, LegacyOutOfBandAsksWhereOobIsYesWithoutData) {
  SmpPair pair;
  Use(pair, Legacy(kNoInputNoOutput), Legacy(kNoInputNoOutput));
  for (Role role : {Role::kInitiator, Role::kResponder}) {
    pair.end(role).user.parameters.oob = OobOption::kYes;
    pair.end(role).user.tk = Counting<Tk>(9);
  }
  pair.Pair();
  ExpectPaired(pair, AssociationModel::kOutOfBand, kLegacyAuthenticated);
  EXPECT_TRUE(pair.central().Asked<OobPrompt>());
}

// Secure Connections OOB data of one end, and what the other gets to know.
class SecureConnectionsOob : public testing::Test {
 protected:
  LocalOobData Local(uint8_t first) {
    auto key = KeyPair::Generate();
    EXPECT_TRUE(key);
    return {std::move(*key), Counting<Nonce>(first)};
  }
  PeerOobData Shown(const LocalOobData& data) {
    const auto& x = data.key_pair.public_key().x();
    return {f4(x, x, data.random, 0), data.random.Clone()};
  }
  // `to` gets to know the data of the other side.
  void Give(Role to) {
    LocalOobData data = Local(to == Role::kInitiator ? 10 : 50);
    pair_.end(to).user.parameters.oob_peer = Shown(data);
    pair_.end(Opposite(to)).user.parameters.oob_local = std::move(data);
  }

  SmpPair pair_;
};

TEST_F(SecureConnectionsOob, WorksWithDataOnBothSides) {
  Give(Role::kInitiator);
  Give(Role::kResponder);
  pair_.Pair();
  ExpectPaired(pair_, AssociationModel::kOutOfBand, kAuthenticated);
}

TEST_F(SecureConnectionsOob, WorksWithDataAtTheInitiatorAlone) {
  Give(Role::kInitiator);
  pair_.Pair();
  ExpectPaired(pair_, AssociationModel::kOutOfBand, kAuthenticated);
}

TEST_F(SecureConnectionsOob, WorksWithDataAtTheResponderAlone) {
  Give(Role::kResponder);
  pair_.Pair();
  ExpectPaired(pair_, AssociationModel::kOutOfBand, kAuthenticated);
}

TEST_F(SecureConnectionsOob, DoesNotMixInRandomThatThePeerHasNot) {
  // [Vol 3, Part H] 2.3.5.6.4: r is zero for a side whose data nobody has,
  // although there is some.
  Give(Role::kInitiator);
  pair_.central().user.parameters.oob_local = Local(90);
  pair_.Pair();
  ExpectPaired(pair_, AssociationModel::kOutOfBand, kAuthenticated);
}

TEST_F(SecureConnectionsOob, WrongCommitmentFailsTheConfirm) {
  Give(Role::kInitiator);
  pair_.central().user.parameters.oob_peer->confirm.Fill()[0] ^= 1;
  pair_.Pair();
  ExpectFailed(pair_, Role::kInitiator,
               PairingFailedReason::kConfirmValueFailed);
}

TEST_F(SecureConnectionsOob, WrongRandomFailsTheConfirm) {
  Give(Role::kResponder);
  pair_.peripheral().user.parameters.oob_peer->random.Fill()[15] ^= 1;
  pair_.Pair();
  ExpectFailed(pair_, Role::kResponder,
               PairingFailedReason::kConfirmValueFailed);
}

TEST_F(SecureConnectionsOob, AFlagWithoutDataGivenOutIsRefused) {
  pair_.central().user.parameters.oob = OobOption::kYes;
  pair_.Pair();
  ExpectFailed(pair_, Role::kResponder, PairingFailedReason::kOobNotAvailable);
}

TEST_F(SecureConnectionsOob, RefusedDataFailsWithOobNotAvailable) {
  pair_.central().user.parameters.oob = OobOption::kYes;
  pair_.peripheral().user.parameters.oob_local = Local(3);
  pair_.central().user.mood = ScriptedUser::Mood::kRefuses;
  pair_.Pair();
  ExpectFailed(pair_, Role::kInitiator, PairingFailedReason::kOobNotAvailable);
}

TEST_F(SecureConnectionsOob, TheInitiatorsRandomWaitsForTheRespondersUser) {
  pair_.peripheral().user.parameters.oob = OobOption::kYes;
  LocalOobData data = Local(3);
  const PeerOobData shown = Shown(data);
  pair_.central().user.parameters.oob_local = std::move(data);
  pair_.Pair();
  ASSERT_TRUE(pair_.peripheral().Asked<OobPrompt>());
  EXPECT_TRUE(pair_.peripheral().reports.empty());
  pair_.Give(Role::kResponder,
             GiveOob{pair_.peripheral().asked.back().prompt, shown.Clone()});
  ExpectPaired(pair_, AssociationModel::kOutOfBand, kAuthenticated);
}

}  // namespace
}  // namespace bondd::smp::test
