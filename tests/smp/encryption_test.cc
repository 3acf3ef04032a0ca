// Encryption with stored and given keys, Security Requests, and what the link
// layer may say out of turn.

#include <gtest/gtest.h>

#include "tests/support/smp_checks.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;
using Mood = ScriptedUser::Mood;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uint8_t kMicFailure = 0x3D;

// Two that have a bond, on a fresh link.
class Bonded : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override { Bond(kNoInputNoOutput); }

  void Bond(IoCapability io_capability) {
    const auto parameters = GetParam() ? Legacy : With;
    Use(pair_, parameters(io_capability, MitmOption::kAuto),
        parameters(io_capability, MitmOption::kAuto));
    pair_.Pair();
    ASSERT_TRUE(pair_.central().Succeeded());
    ASSERT_TRUE(pair_.peripheral().Succeeded());
    pair_.Reconnect();
  }

  SmpEnd& central() { return pair_.central(); }
  SmpEnd& peripheral() { return pair_.peripheral(); }
  SecurityProperties Worth() {
    return GetParam() ? kLegacyUnauthenticated : kUnauthenticated;
  }

  SmpPair pair_;
};

std::string KindOf(const testing::TestParamInfo<bool>& info) {
  return info.param ? "Legacy" : "SecureConnections";
}

INSTANTIATE_TEST_SUITE_P(Kinds, Bonded, testing::Bool(), KindOf);

TEST_P(Bonded, EncryptsTheNextLinkWithoutPairing) {
  pair_.Give(Role::kInitiator, Encrypt{});
  ASSERT_EQ(central().encryptions.size(), 1u);
  EXPECT_EQ(central().encryptions[0].outcome, EncryptionOutcome::kEncrypted);
  EXPECT_EQ(central().manager.security(), Worth());
  EXPECT_EQ(peripheral().manager.security(), Worth());
  EXPECT_EQ(central().bonds_used.size(), 1u);
  EXPECT_EQ(peripheral().bonds_used.size(), 1u);
  EXPECT_EQ(pair_.pdus(), 0u);
}

TEST_P(Bonded, EncryptsAnewTheLinkThatIsEncrypted) {
  pair_.Give(Role::kInitiator, Encrypt{});
  pair_.Give(Role::kInitiator, Encrypt{});
  EXPECT_EQ(central().encryptions.size(), 2u);
  EXPECT_TRUE(pair_.linked());
}

TEST_P(Bonded, KeyMissingNeverLeadsToPairing) {
  peripheral().bonds.Remove(central().identity.address);
  pair_.Give(Role::kInitiator, Encrypt{});
  EXPECT_EQ(central().encryptions.at(0).outcome,
            EncryptionOutcome::kKeyMissing);
  EXPECT_EQ(central().lost_by_peer.size(), 1u);
  EXPECT_EQ(pair_.pdus(), 0u);
  EXPECT_TRUE(pair_.linked());
  EXPECT_EQ(central().manager.security(), std::nullopt);
  EXPECT_NE(central().bonds.FindBond(peripheral().identity.address), nullptr);
}

TEST_P(Bonded, SecurityRequestIsAnsweredByEncrypting) {
  PairingParameters wanted = With(kNoInputNoOutput);
  wanted.secure_connections = SecureConnectionsOption::kOff;
  pair_.Give(Role::kResponder, RequestSecurity{std::move(wanted)});
  ASSERT_EQ(peripheral().reports.size(), 1u);
  EXPECT_TRUE(peripheral().Report().by_encryption);
  EXPECT_TRUE(peripheral().Succeeded());
  EXPECT_EQ(peripheral().Report().security, Worth());
  EXPECT_TRUE(central().asked.empty());
  EXPECT_EQ(pair_.SentBy(Role::kInitiator).size(), 0u);
}

TEST_P(Bonded, SecurityRequestBeyondTheBondPairsOverTheEncryptedLink) {
  Use(pair_, With(kDisplayYesNo), With(kDisplayYesNo));
  central().user.covers_bond = peripheral().user.covers_bond = true;
  pair_.Give(Role::kResponder, RequestSecurity{With(kDisplayYesNo)});
  EXPECT_EQ(central().encryptions.at(0).outcome, EncryptionOutcome::kEncrypted);
  const auto* consent = central().Asked<ConsentPrompt>();
  ASSERT_TRUE(consent);
  EXPECT_TRUE(consent->security_request);
  EXPECT_TRUE(consent->bonded);
  ExpectPaired(pair_, AssociationModel::kNumericComparison, kAuthenticated);
}

TEST_P(Bonded, SecurityRequestIsPairedForWhereOurOwnLevelIsHigher) {
  Use(pair_, With(kDisplayYesNo), With(kDisplayYesNo));
  central().user.covers_bond = peripheral().user.covers_bond = true;
  // The peer itself asks for no more than the bond gives.
  pair_.Give(Role::kInitiator,
             PduReceived{Serialize(SecurityRequest{0x01}), 3});
  EXPECT_EQ(central().encryptions.at(0).outcome, EncryptionOutcome::kEncrypted);
  ExpectPaired(pair_, AssociationModel::kNumericComparison, kAuthenticated);
}

TEST_P(Bonded, SecurityRequestIsAskedAboutOnceThoughTheUserEncryptsMeanwhile) {
  Use(pair_, With(kDisplayYesNo), With(kDisplayYesNo));
  peripheral().user.covers_bond = true;
  central().user.mood = Mood::kSilent;
  pair_.Give(Role::kInitiator, PduReceived{Serialize(SecurityRequest{0x0D})});
  ASSERT_EQ(central().asked.size(), 1u);
  pair_.Give(Role::kInitiator, Encrypt{});
  EXPECT_EQ(central().asked.size(), 1u);
  EXPECT_TRUE(central().withdrawn.empty());
  central().user.mood = Mood::kAgrees;
  pair_.Give(Role::kInitiator,
             AcceptConsent{central().asked[0].prompt, With(kDisplayYesNo), true,
                           std::nullopt});
  ExpectPaired(pair_, AssociationModel::kNumericComparison, kAuthenticated);
}

TEST_P(Bonded, SecurityRequestIsNotPairedForWhenTheKeyIsRefused) {
  // BLERP: an impostor refuses the key to be paired with.
  peripheral().bonds.Remove(central().identity.address);
  for (int i = 0; i < 100; ++i) {
    pair_.Give(Role::kInitiator, PduReceived{Serialize(SecurityRequest{0x0D})});
  }
  EXPECT_EQ(central().encryptions.size(), 1u);
  EXPECT_EQ(central().lost_by_peer.size(), 1u);
  EXPECT_TRUE(central().asked.empty());
  EXPECT_EQ(pair_.pdus(), 0u);
  pair_.Advance(seconds(5));
  pair_.Give(Role::kInitiator, PduReceived{Serialize(SecurityRequest{0x0D})});
  EXPECT_EQ(central().encryptions.size(), 2u);
}

TEST_P(Bonded, SecurityRequestIsIgnoredOnALinkThatIsGoodEnough) {
  pair_.Give(Role::kInitiator, Encrypt{});
  pair_.Give(Role::kInitiator, PduReceived{Serialize(SecurityRequest{0x01})});
  EXPECT_EQ(central().encryptions.size(), 1u);
  EXPECT_EQ(central().security_requests_seen, 0u);
  EXPECT_EQ(pair_.pdus(), 0u);
}

TEST_P(Bonded, ARequestForAnotherKeyGetsTheNegativeReply) {
  const LongTermKey& key =
      *peripheral().bonds.FindBond(central().identity.address)->local_ltk;
  for (const LongTermKeyRequest& wrong :
       {LongTermKeyRequest{key.rand + 1, key.ediv},
        LongTermKeyRequest{key.rand, static_cast<uint16_t>(key.ediv + 1)}}) {
    peripheral().Give(wrong);
    ASSERT_EQ(peripheral().to_link.size(), 1u);
    const auto& answer =
        std::get<AnswerLongTermKeyRequest>(peripheral().to_link.front());
    EXPECT_FALSE(answer.key.has_value());
    peripheral().to_link.clear();
  }
}

TEST_P(Bonded, EncryptionThatNobodyAskedForEndsTheLink) {
  for (const Role role : {Role::kInitiator, Role::kResponder}) {
    SmpEnd& end = pair_.end(role);
    end.Give(EncryptionChange{0, true});
    EXPECT_EQ(end.disconnects.size(), 1u);
    EXPECT_EQ(end.manager.security(), std::nullopt);
  }
}

TEST_P(Bonded, EncryptionThatGoesOffEndsTheLink) {
  pair_.Give(Role::kInitiator, Encrypt{});
  central().Give(EncryptionChange{0, false});
  EXPECT_EQ(central().manager.security(), std::nullopt);
  EXPECT_EQ(central().disconnects.size(), 1u);
}

TEST_P(Bonded, EncryptionThatGoesOffInAKeyRefreshEndsTheLink) {
  pair_.Give(Role::kInitiator, Encrypt{});
  central().Give(Encrypt{});
  central().Give(EncryptionChange{0, false});
  EXPECT_EQ(central().manager.security(), std::nullopt);
  EXPECT_EQ(central().disconnects.size(), 1u);
}

TEST_P(Bonded, EncryptionThatGoesOffInAPairingAnewEndsTheLink) {
  peripheral().user.covers_bond = true;
  pair_.Give(Role::kInitiator, Encrypt{});
  const char* last = GetParam() ? "PairingRandom" : "PairingDhKeyCheck";
  pair_.on_air = [&](Role sender, const Bytes& pdu) {
    if (sender != Role::kResponder || PduName(pdu) != last) return true;
    // The controller is to encrypt anew, and says that it has stopped to.
    central().Give(PduReceived{pdu});
    central().Give(EncryptionChange{0, false});
    return false;
  };
  pair_.Pair();
  EXPECT_TRUE(central().Report().failure.has_value());
  EXPECT_EQ(central().manager.security(), std::nullopt);
  EXPECT_EQ(central().disconnects.size(), 1u);
}

TEST_P(Bonded, LinkLayerThatNeverAnswersIsGivenUp) {
  central().Give(Encrypt{});
  central().to_link.clear();
  pair_.Advance(seconds(45));
  EXPECT_EQ(central().encryptions.at(0).outcome, EncryptionOutcome::kFailed);
  EXPECT_FALSE(central().manager.busy());
}

TEST_P(Bonded, FailureOfTheLinkLayerIsToldWithItsCode) {
  central().Give(Encrypt{});
  central().Give(EncryptionChange{kMicFailure, false});
  EXPECT_EQ(central().encryptions.at(0).outcome, EncryptionOutcome::kFailed);
  EXPECT_EQ(central().encryptions.at(0).status, kMicFailure);
  EXPECT_TRUE(central().lost_by_peer.empty());
}

TEST(Encryption, WithoutABondSaysSo) {
  SmpPair pair;
  pair.Give(Role::kInitiator, Encrypt{});
  EXPECT_EQ(pair.central().encryptions.at(0).outcome,
            EncryptionOutcome::kNoBond);
}

TEST(Encryption, WithAGivenKeyTakesItsLevelFromTheCaller) {
  SmpPair pair;
  BondData bond;
  bond.identity = pair.central().identity.address;
  bond.security = kLegacyAuthenticated;
  bond.local_ltk = LongTermKey{Counting<Ltk>(5), 0x1234, 0x5678};
  pair.peripheral().bonds.Put(std::move(bond));
  pair.Give(Role::kInitiator,
            Encrypt{LongTermKey{Counting<Ltk>(5), 0x1234, 0x5678},
                    kLegacyAuthenticated});
  EXPECT_EQ(pair.central().manager.security(), kLegacyAuthenticated);
  EXPECT_EQ(pair.peripheral().manager.security(), kLegacyAuthenticated);
}

TEST(Encryption, WithTheKeysOfAPairingThatWasNotBonded) {
  SmpPair pair;
  pair.central().user.parameters.bonding = false;
  pair.Pair();
  ASSERT_TRUE(pair.central().Succeeded());
  EXPECT_EQ(pair.central().stored + pair.peripheral().stored, 0u);
  pair.Give(Role::kInitiator, Encrypt{});
  EXPECT_EQ(pair.central().encryptions.at(0).outcome,
            EncryptionOutcome::kEncrypted);
  // There is no bond that could have been used.
  EXPECT_TRUE(pair.central().bonds_used.empty());
  EXPECT_TRUE(pair.peripheral().bonds_used.empty());
}

TEST(Encryption, WithKeysThatWereNotBondedSaysNothingOfTheBond) {
  SmpPair pair;
  pair.Pair();
  pair.Reconnect();
  pair.central().user.parameters.bonding = false;
  pair.peripheral().user.covers_bond = true;
  pair.Pair();
  pair.Give(Role::kInitiator, Encrypt{});
  EXPECT_TRUE(pair.central().bonds_used.empty());
  pair.central().Give(Encrypt{});
  pair.central().to_link.clear();
  pair.central().Give(EncryptionChange{0x06, false});
  EXPECT_EQ(pair.central().encryptions.back().outcome,
            EncryptionOutcome::kKeyMissing);
  EXPECT_TRUE(pair.central().lost_by_peer.empty());
}

TEST(Encryption, OfAFailedPairingIsNotTakenForAnotherKeys) {
  SmpPair pair;
  Use(pair, With(kDisplayYesNo), With(kDisplayYesNo));
  pair.Pair();
  pair.Reconnect();
  Use(pair, With(kNoInputNoOutput), With(kNoInputNoOutput));
  pair.central().user.parameters.bonding = false;
  pair.peripheral().user.covers_bond = true;
  // The peer fails a Just Works pairing while its key is being used, and then
  // asks for the authenticated bond's.
  SmpEnd& central = pair.central();
  central.Give(StartPairing{central.user.parameters.Clone()});
  while (!central.to_link.empty() &&
         !std::holds_alternative<StartEncryption>(central.to_link.front())) {
    Bytes pdu = std::move(std::get<SendPdu>(central.to_link.front()).pdu);
    central.to_link.pop_front();
    pair.peripheral().Give(PduReceived{std::move(pdu)});
    while (!pair.peripheral().to_link.empty()) {
      pdu = std::get<SendPdu>(pair.peripheral().to_link.front()).pdu;
      pair.peripheral().to_link.pop_front();
      central.Give(PduReceived{std::move(pdu)});
    }
  }
  ASSERT_EQ(central.to_link.size(), 1u);
  central.Give(PduReceived{Serialize(PairingFailed{0x08})});
  central.Give(PduReceived{Serialize(SecurityRequest{0x0D})});
  central.Give(EncryptionChange{0, true});
  EXPECT_EQ(central.levels.size(), 0u);
  EXPECT_EQ(central.manager.security(), std::nullopt);
  EXPECT_EQ(central.disconnects.size(), 1u);
}

// --- Security Requests without a bond.

TEST(Encryption, ThatWasGivenUpEndsWithTheLink) {
  SmpPair pair;
  SmpEnd& central = pair.central();
  pair.on_air = [&](Role sender, const Bytes& pdu) {
    if (sender != Role::kResponder || PduName(pdu) != "PairingDhKeyCheck") {
      return true;
    }
    // The controller is asked to encrypt, and the user thinks again.
    central.Give(PduReceived{pdu});
    central.Give(Cancel{});
    central.to_link.clear();
    return false;
  };
  pair.Pair();
  ASSERT_TRUE(central.manager.busy());
  pair.LoseLink();
  EXPECT_FALSE(central.manager.busy());
}

TEST(SecurityRequest, WithoutABondAsksTheUserAndPairs) {
  SmpPair pair;
  pair.Give(Role::kResponder, RequestSecurity{With(kNoInputNoOutput)});
  ExpectPaired(pair, AssociationModel::kJustWorks, kUnauthenticated);
  EXPECT_EQ(pair.central().security_requests_seen, 1u);
  EXPECT_EQ(pair.SentBy(Role::kResponder).front(), "SecurityRequest");
}

TEST(SecurityRequest, RefusedByTheUserSaysPairingNotSupported) {
  SmpPair pair;
  pair.central().user.mood = Mood::kRefuses;
  pair.Give(Role::kResponder, RequestSecurity{With(kNoInputNoOutput)});
  ASSERT_EQ(pair.peripheral().reports.size(), 1u);
  EXPECT_EQ(pair.peripheral().Report().failure->reason,
            PairingFailedReason::kPairingNotSupported);
  EXPECT_EQ(pair.central().Report().failure->cause, FailureCause::kRefused);
}

TEST(SecurityRequest, ThatIsIgnoredTimesOutAndEndsSmp) {
  SmpPair pair;
  pair.on_air = [](Role, Bytes&) { return false; };
  pair.Give(Role::kResponder, RequestSecurity{With(kNoInputNoOutput)});
  pair.Advance(seconds(30));
  ASSERT_EQ(pair.peripheral().reports.size(), 1u);
  EXPECT_EQ(pair.peripheral().Report().failure->cause, FailureCause::kTimeout);
  EXPECT_TRUE(pair.peripheral().manager.dead());
}

TEST(SecurityRequest, ThatIsIgnoredEndsAfterItsOwnTimeoutAndSmpGoesOn) {
  SmpPair pair;
  pair.on_air = [](Role, Bytes&) { return false; };
  PairingParameters parameters = With(kNoInputNoOutput);
  parameters.timeout = seconds(2);
  pair.Give(Role::kResponder, RequestSecurity{std::move(parameters)});
  SmpEnd& peripheral = pair.peripheral();
  pair.Advance(seconds(2) - milliseconds(1));
  EXPECT_TRUE(peripheral.reports.empty());
  pair.Advance(milliseconds(1));
  ASSERT_EQ(peripheral.reports.size(), 1u);
  EXPECT_EQ(peripheral.Report().failure->cause, FailureCause::kTimeout);
  EXPECT_EQ(peripheral.Report().failure->phase, "SecurityRequest");
  EXPECT_EQ(peripheral.manager.Deadline(), std::nullopt);
  EXPECT_FALSE(peripheral.manager.dead());
  pair.on_air = nullptr;
  pair.Pair();
  EXPECT_TRUE(peripheral.Succeeded());
}

TEST(SecurityRequest, TimeoutHoldsForThePairingThatFollowsFromTheRequestOn) {
  SmpPair pair;
  Use(pair, With(kDisplayYesNo), With(kDisplayYesNo));
  SmpEnd& peripheral = pair.peripheral();
  SmpEnd& central = pair.central();
  central.user.mood = Mood::kSilent;
  peripheral.user.parameters.timeout = seconds(5);
  pair.Give(Role::kResponder,
            RequestSecurity{peripheral.user.parameters.Clone()});
  pair.Advance(seconds(3));
  pair.Give(Role::kInitiator,
            AcceptConsent{central.asked.back().prompt, With(kDisplayYesNo),
                          false, std::nullopt});
  ASSERT_TRUE(central.Asked<NumberComparisonPrompt>());
  pair.Advance(seconds(2) - milliseconds(1));
  EXPECT_TRUE(peripheral.reports.empty());
  pair.Advance(milliseconds(1));
  ASSERT_EQ(peripheral.reports.size(), 1u);
  EXPECT_EQ(peripheral.Report().failure->cause, FailureCause::kTimeout);
  EXPECT_FALSE(peripheral.manager.dead());
  EXPECT_EQ(central.Report().failure->reason,
            PairingFailedReason::kUnspecifiedReason);
}

TEST(SecurityRequest, IsIgnoredWhileOurPairingRequestIsOut) {
  SmpPair pair;
  pair.peripheral().user.mood = Mood::kSilent;
  pair.Pair();
  for (int i = 0; i < 1000; ++i) {
    pair.Give(Role::kInitiator, PduReceived{Serialize(SecurityRequest{0x01})});
  }
  EXPECT_EQ(pair.pdus(), 1u);
  EXPECT_EQ(pair.central().security_requests_seen, 0u);
  EXPECT_TRUE(pair.central().reports.empty());
}

TEST(SecurityRequest, CarriesTheAuthReqOfTheOptions) {
  SmpPair pair;
  Bytes sent;
  pair.on_air = [&](Role, Bytes& pdu) {
    sent = pdu;
    return false;
  };
  PairingParameters parameters = With(kDisplayYesNo, MitmOption::kYes);
  parameters.keypress = true;
  pair.Give(Role::kResponder, RequestSecurity{std::move(parameters)});
  EXPECT_EQ(sent, Serialize(smp::SecurityRequest{0x1D}));
}

TEST(SecurityRequest, SentByACentralIsRefused) {
  SmpPair pair;
  pair.Give(Role::kResponder, PduReceived{Serialize(smp::SecurityRequest{1})});
  EXPECT_EQ(pair.SentBy(Role::kResponder),
            std::vector<std::string>{"PairingFailed"});
  EXPECT_TRUE(pair.peripheral().reports.empty());
}

}  // namespace
}  // namespace bondd::smp::test
