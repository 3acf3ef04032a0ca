// How pairings end badly: refusals, the peer's Pairing Failed, the timers, a
// link that breaks.

#include <gtest/gtest.h>

#include "tests/support/smp_checks.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;
using Mood = ScriptedUser::Mood;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Role kBothRoles[] = {Role::kInitiator, Role::kResponder};

TEST(Refusal, OfTheNumberFailsBothSidesWithNumericComparisonFailed) {
  for (const Role role : kBothRoles) {
    SmpPair pair;
    Use(pair, With(kDisplayYesNo), With(kDisplayYesNo));
    // Consents, and then leaves the number alone.
    pair.on_air = [&](Role, Bytes& pdu) {
      if (PduName(pdu) == "PairingPublicKey") {
        pair.central().user.mood = Mood::kSilent;
        pair.peripheral().user.mood = Mood::kSilent;
      }
      return true;
    };
    pair.Pair();
    const PromptId prompt = pair.end(role).asked.back().prompt;
    pair.Give(role, Refuse{prompt, {}, FailureCause::kRefused});
    ExpectFailed(pair, role, PairingFailedReason::kNumericComparisonFailed);
    EXPECT_EQ(pair.end(role).Report().failure->cause, FailureCause::kRefused);
    EXPECT_EQ(pair.end(role).Report().failure->phase, "NumericComparison");
  }
}

TEST(Refusal, OfThePasskeyFailsWithPasskeyEntryFailed) {
  for (const bool legacy : {false, true}) {
    SmpPair pair;
    const auto parameters = legacy ? Legacy : With;
    Use(pair, parameters(kKeyboardOnly, MitmOption::kYes),
        parameters(kDisplayOnly, MitmOption::kYes));
    pair.central().user.mood = Mood::kRefuses;
    pair.Pair();
    ExpectFailed(pair, Role::kInitiator,
                 PairingFailedReason::kPasskeyEntryFailed);
  }
}

TEST(Refusal, OfAShownPasskeyFailsWithPasskeyEntryFailed) {
  SmpPair pair;
  Use(pair, With(kDisplayOnly), With(kKeyboardOnly));
  pair.central().user.mood = Mood::kRefuses;
  pair.Pair();
  ExpectFailed(pair, Role::kInitiator,
               PairingFailedReason::kPasskeyEntryFailed);
}

TEST(Refusal, OfConsentSaysPairingNotSupported) {
  SmpPair pair;
  pair.peripheral().user.mood = Mood::kRefuses;
  pair.Pair();
  ExpectFailed(pair, Role::kResponder,
               PairingFailedReason::kPairingNotSupported);
}

TEST(Refusal, WithAReasonOfItsOwnSendsThatReason) {
  SmpPair pair;
  pair.peripheral().user.mood = Mood::kRefuses;
  pair.peripheral().user.reason = PairingFailedReason::kRepeatedAttempts;
  pair.Pair();
  ExpectFailed(pair, Role::kResponder, PairingFailedReason::kRepeatedAttempts);
}

TEST(Requirements, SecureConnectionsOnlyRefusesLegacyInBothRoles) {
  for (const Role role : kBothRoles) {
    SmpPair pair;
    pair.end(role).user.parameters.secure_connections =
        SecureConnectionsOption::kOnly;
    pair.end(Opposite(role)).user.parameters.secure_connections =
        SecureConnectionsOption::kOff;
    pair.Pair();
    ExpectFailed(pair, role, PairingFailedReason::kAuthenticationRequirements);
  }
}

TEST(Requirements, ALevelThatIsNotReachedFailsAndNeverDowngrades) {
  for (const Role role : kBothRoles) {
    SmpPair pair;
    Use(pair, With(kDisplayYesNo), With(kDisplayYesNo));
    pair.end(Opposite(role)).user.parameters = With(kNoInputNoOutput);
    pair.end(role).user.parameters.require_level = 3;
    pair.Pair();
    ExpectFailed(pair, role, PairingFailedReason::kAuthenticationRequirements);
  }
}

TEST(Requirements, AKeyThatIsTooShortFailsWithEncryptionKeySize) {
  for (const Role role : kBothRoles) {
    SmpPair pair;
    PairingParameters& shorter = pair.end(Opposite(role)).user.parameters;
    shorter.min_key_size = 7;
    shorter.max_key_size = 15;
    pair.Pair();
    ExpectFailed(pair, role, PairingFailedReason::kEncryptionKeySize);
  }
}

TEST(Requirements, EveryKeySizeFrom7To16CanBeNegotiated) {
  for (uint8_t size = 7; size <= 16; ++size) {
    for (const bool legacy : {false, true}) {
      SmpPair pair;
      const auto parameters = legacy ? Legacy : With;
      Use(pair, parameters(kNoInputNoOutput, MitmOption::kAuto),
          parameters(kNoInputNoOutput, MitmOption::kAuto));
      pair.central().user.parameters.min_key_size = 7;
      pair.peripheral().user.parameters.min_key_size = 7;
      pair.peripheral().user.parameters.max_key_size = size;
      pair.Pair();
      ExpectPaired(pair, AssociationModel::kJustWorks,
                   {.authenticated = false,
                    .secure_connections = !legacy,
                    .key_size = size});
      const auto octets = pair.key().Reveal();
      for (size_t i = size; i < octets.size(); ++i) EXPECT_EQ(octets[i], 0);
      EXPECT_NE(octets[size - 1u] | octets[size - 2u], 0);
    }
  }
}

TEST(Passkey, TypedWronglyFailsTheConfirmOnBothSides) {
  for (const bool legacy : {false, true}) {
    SmpPair pair;
    const auto parameters = legacy ? Legacy : With;
    Use(pair, parameters(kDisplayOnly, MitmOption::kYes),
        parameters(kKeyboardOnly, MitmOption::kYes));
    pair.peripheral().user.passkey = [&]() -> std::optional<uint32_t> {
      return std::nullopt;
    };
    pair.Pair();
    const uint32_t shown =
        pair.central().Asked<PasskeyDisplayPrompt>()->passkey;
    pair.Give(Role::kResponder,
              EnterPasskey{pair.peripheral().asked.back().prompt, shown ^ 1});
    ExpectFailed(pair, Role::kResponder,
                 PairingFailedReason::kConfirmValueFailed);
    EXPECT_EQ(pair.SentBy(Role::kResponder).back(), "PairingFailed");
  }
}

TEST(Passkey, IsAnotherOneEachTime) {
  SmpPair pair;
  Use(pair, With(kDisplayOnly), With(kKeyboardOnly));
  std::vector<uint32_t> shown;
  for (int i = 0; i < 3; ++i) {
    pair.Pair();
    shown.push_back(pair.central().Asked<PasskeyDisplayPrompt>()->passkey);
    pair.Reconnect();
    pair.peripheral().user.covers_bond = true;
  }
  EXPECT_NE(shown[0], shown[1]);
  EXPECT_NE(shown[1], shown[2]);
}

TEST(Passkey, FixedOneIsShownOnlyWhereItIsAllowed) {
  for (const bool allowed : {false, true}) {
    SmpPair pair;
    Use(pair, With(kDisplayOnly), With(kKeyboardOnly));
    pair.central().user.parameters.passkey = 123'456;
    pair.central().user.parameters.fixed_passkey_allowed = allowed;
    pair.Pair();
    EXPECT_EQ(pair.central().Asked<PasskeyDisplayPrompt>()->passkey == 123'456,
              allowed);
    ExpectPaired(pair, AssociationModel::kPasskeyEntry, kAuthenticated);
  }
}

TEST(Passkey, GivenAheadIsTypedWithoutAsking) {
  SmpPair pair;
  Use(pair, With(kKeyboardOnly), With(kKeyboardOnly));
  pair.central().user.parameters.passkey = pair.agreed_passkey;
  pair.Give(Role::kInitiator,
            StartPairing{pair.central().user.parameters.Clone()});
  EXPECT_FALSE(pair.central().Asked<PasskeyInputPrompt>());
  pair.Give(
      Role::kResponder,
      EnterPasskey{pair.peripheral().asked.back().prompt, pair.agreed_passkey});
  ExpectPaired(pair, AssociationModel::kPasskeyEntry, kAuthenticated);
}

TEST(Cancel, TellsThePeerUnspecifiedReason) {
  for (const Role role : kBothRoles) {
    SmpPair pair;
    Use(pair, With(kDisplayYesNo), With(kDisplayYesNo));
    pair.central().user.mood = Mood::kSilent;
    pair.Pair();
    pair.Give(role, Cancel{});
    ExpectFailed(pair, role, PairingFailedReason::kUnspecifiedReason);
    EXPECT_EQ(pair.end(role).Report().failure->cause, FailureCause::kCanceled);
    // The question is taken back.
    EXPECT_FALSE(pair.end(role).withdrawn.empty() &&
                 pair.end(Opposite(role)).withdrawn.empty());
  }
}

TEST(Internal, LackOfRandomnessOrKeysFailsClosed) {
  for (const Role role : kBothRoles) {
    for (const bool random : {false, true}) {
      SmpPair pair;
      (random ? pair.end(role).random.exhausted
              : pair.end(role).key_pairs.exhausted) = true;
      pair.Pair();
      ExpectFailed(pair, role, PairingFailedReason::kUnspecifiedReason);
      EXPECT_EQ(pair.end(role).Report().failure->cause,
                FailureCause::kInternal);
    }
  }
}

// --- The SMP timer. [Vol 3, Part H] 3.4

TEST(SmpTimer, EndsThePairingAfterThirtySecondsAndTheLinksSmp) {
  SmpPair pair;
  pair.on_air = [](Role, Bytes&) { return false; };
  pair.Pair();
  pair.Advance(milliseconds(29'999));
  EXPECT_TRUE(pair.central().reports.empty());
  pair.Advance(milliseconds(1));
  ASSERT_EQ(pair.central().reports.size(), 1u);
  EXPECT_EQ(pair.central().Report().failure->cause, FailureCause::kTimeout);
  EXPECT_EQ(pair.central().Report().failure->reason, std::nullopt);
  EXPECT_TRUE(pair.central().manager.dead());
  EXPECT_EQ(pair.pdus(), 1u);

  pair.on_air = nullptr;
  pair.Pair();
  EXPECT_EQ(pair.pdus(), 1u);
}

TEST(SmpTimer, RunsAtTheResponderFromThePairingRequestOn) {
  SmpPair pair;
  pair.peripheral().user.mood = Mood::kSilent;
  pair.Pair();
  pair.Advance(seconds(30));
  ASSERT_EQ(pair.peripheral().reports.size(), 1u);
  EXPECT_EQ(pair.peripheral().Report().failure->cause, FailureCause::kTimeout);
  EXPECT_TRUE(pair.peripheral().manager.dead());
  EXPECT_FALSE(pair.peripheral().withdrawn.empty());
}

TEST(SmpTimer, StartsAnewWithEveryPduThatIsQueued) {
  SmpPair pair;
  Use(pair, With(kDisplayYesNo), With(kDisplayYesNo));
  pair.peripheral().user.mood = Mood::kSilent;
  pair.Pair();
  pair.Advance(seconds(20));
  // The consent sends the Pairing Response and what follows.
  pair.Give(Role::kResponder,
            AcceptConsent{pair.peripheral().asked.back().prompt,
                          With(kDisplayYesNo), false, std::nullopt});
  pair.Advance(seconds(20));
  EXPECT_TRUE(pair.peripheral().reports.empty());
  pair.Advance(seconds(10));
  EXPECT_EQ(pair.peripheral().reports.size(), 1u);
}

TEST(SmpTimer, IsStoppedWhileTheBondIsBeingStored) {
  SmpPair pair;
  pair.central().store_answers = false;
  pair.Pair();
  pair.Advance(seconds(120));
  EXPECT_TRUE(pair.central().reports.empty());
  EXPECT_EQ(pair.central().manager.state(), PairingState::kDistributingKeys);
  pair.Give(Role::kInitiator, BondStored{true});
  EXPECT_TRUE(pair.central().Succeeded());
}

TEST(PairingTimeout, OfTheOptionsEndsThePairingAndTellsThePeer) {
  SmpPair pair;
  Use(pair, With(kDisplayYesNo), With(kDisplayYesNo));
  pair.central().user.mood = Mood::kSilent;
  pair.central().user.parameters.timeout = seconds(5);
  pair.Pair();
  pair.Advance(seconds(5));
  ASSERT_EQ(pair.central().reports.size(), 1u);
  EXPECT_EQ(pair.central().Report().failure->cause, FailureCause::kTimeout);
  EXPECT_FALSE(pair.central().manager.dead());
  EXPECT_EQ(pair.peripheral().Report().failure->reason,
            PairingFailedReason::kUnspecifiedReason);
}

// --- The store.

TEST(Store, FailureFailsThePairingTellsThePeerAndEndsTheLink) {
  for (const Role role : kBothRoles) {
    SmpPair pair;
    pair.end(role).store_works = false;
    pair.Pair();
    ASSERT_EQ(pair.end(role).reports.size(), 1u);
    EXPECT_EQ(pair.end(role).Report().failure->cause, FailureCause::kStore);
    EXPECT_FALSE(pair.end(role).Report().bonded);
    EXPECT_EQ(pair.SentBy(role).back(), "PairingFailed");
    EXPECT_EQ(pair.end(role).disconnects.size(), 1u);
    EXPECT_EQ(pair.end(role).manager.security(), std::nullopt);
    EXPECT_EQ(pair.end(role).bonds.size(), 0u);
  }
}

TEST(Store, BondThatMayNotReplaceANewerOneIsRejectedLikeAKey) {
  for (const Role role : kBothRoles) {
    SmpPair pair;
    SmpEnd& end = pair.end(role);
    end.store_answers = false;
    pair.Pair();
    pair.Give(role, BondStored{.ok = false, .refused = true});
    ASSERT_EQ(end.reports.size(), 1u);
    EXPECT_EQ(end.Report().failure->cause, FailureCause::kCheck);
    EXPECT_EQ(end.Report().failure->reason, PairingFailedReason::kKeyRejected);
    EXPECT_EQ(end.Report().failure->phase, "KeyDistribution");
    EXPECT_FALSE(end.Report().bonded);
    EXPECT_EQ(pair.SentBy(role).back(), "PairingFailed");
    EXPECT_EQ(end.disconnects.size(), 1u);
    EXPECT_EQ(end.manager.security(), std::nullopt);
  }
}

TEST(Store, ASecondPairingHasToWaitForIt) {
  SmpPair pair;
  pair.peripheral().store_answers = false;
  pair.Pair();
  ASSERT_TRUE(pair.central().Succeeded());
  pair.Pair();
  EXPECT_EQ(pair.central().Report().failure->reason,
            PairingFailedReason::kBusy);
  pair.Give(Role::kResponder, BondStored{true});
  EXPECT_TRUE(pair.peripheral().Succeeded());
}

TEST(Store, APeerThatFailsBeforeItAnswersTakesTheBondBack) {
  SmpPair pair;
  pair.peripheral().store_answers = false;
  pair.Pair();
  pair.Give(Role::kResponder,
            PduReceived{Serialize(PairingFailed{
                std::to_underlying(PairingFailedReason::kKeyRejected)})});
  EXPECT_EQ(pair.peripheral().discarded.size(), 1u);
  pair.peripheral().Give(BondStored{true});
  EXPECT_EQ(pair.peripheral().Report().failure->reason,
            PairingFailedReason::kKeyRejected);
  EXPECT_EQ(pair.peripheral().bonds.size(), 0u);
  EXPECT_EQ(pair.peripheral().manager.security(), std::nullopt);
}

TEST(Store, ABondThatWasReplacedIsThereAgainWhenThePeerTakesTheKeysBack) {
  SmpPair pair;
  pair.Pair();
  pair.Reconnect();
  SmpEnd& end = pair.peripheral();
  const DeviceAddress central = pair.central().identity.address;
  const BondData before = end.bonds.FindBond(central)->Clone();
  end.user.covers_bond = true;
  end.store_answers = false;
  pair.Pair();
  ASSERT_FALSE(SameBond(before, *end.bonds.FindBond(central)));
  pair.Give(Role::kResponder,
            PduReceived{Serialize(PairingFailed{
                std::to_underlying(PairingFailedReason::kKeyRejected)})});
  pair.peripheral().Give(BondStored{true});
  EXPECT_TRUE(end.Report().failure);
  EXPECT_TRUE(SameBond(before, *end.bonds.FindBond(central)));
}

TEST(Store, CancelTakesTheBondBackAndTellsThePeerOnce) {
  for (const Role role : kBothRoles) {
    SmpPair pair;
    pair.Pair();
    pair.Reconnect();
    SmpEnd& end = pair.end(role);
    const DeviceAddress peer = pair.end(Opposite(role)).identity.address;
    const BondData before = end.bonds.FindBond(peer)->Clone();
    pair.peripheral().user.covers_bond = true;
    end.store_answers = false;
    pair.Pair();
    const size_t pdus = pair.pdus();
    pair.Give(role, Cancel{});
    pair.Give(role, Cancel{});
    EXPECT_EQ(pair.pdus(), pdus + 1);
    EXPECT_EQ(pair.SentBy(role).back(), "PairingFailed");
    EXPECT_EQ(end.discarded.size(), 1u);
    EXPECT_TRUE(end.reports.empty());
    pair.Give(role, BondStored{true});
    EXPECT_EQ(pair.pdus(), pdus + 1);
    ASSERT_EQ(end.reports.size(), 1u);
    const auto& failure = end.Report().failure;
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->cause, FailureCause::kCanceled);
    EXPECT_EQ(failure->reason, PairingFailedReason::kUnspecifiedReason);
    EXPECT_FALSE(end.Report().bonded);
    EXPECT_TRUE(SameBond(before, *end.bonds.FindBond(peer)));
    EXPECT_EQ(end.manager.security(), std::nullopt);
    EXPECT_EQ(end.disconnects.size(), 1u);
  }
}

TEST(Store, AnswersEvenWhenTheLinkHasGoneMeanwhile) {
  for (const Role role : kBothRoles) {
    for (const bool works : {true, false}) {
      SmpPair pair;
      SmpEnd& end = pair.end(role);
      end.store_works = works;
      end.store_answers = false;
      pair.Pair();
      EXPECT_TRUE(end.manager.storing());
      pair.LoseLink();
      EXPECT_TRUE(end.reports.empty());
      EXPECT_TRUE(end.manager.storing());
      // Nothing is encrypted any more.
      EXPECT_EQ(end.manager.security(), std::nullopt);
      end.Give(BondStored{works});
      EXPECT_FALSE(end.manager.storing());
      ASSERT_EQ(end.reports.size(), 1u);
      // Both have all keys, and the bond is on disk: the pairing is complete.
      EXPECT_EQ(end.Succeeded(), works);
      EXPECT_EQ(end.Report().bonded, works);
      // There is nobody left to be told or disconnected.
      EXPECT_TRUE(end.to_link.empty());
    }
  }
}

// --- The link.

TEST(PairingFailedPdu, IsNeverAnswered) {
  SmpPair pair;
  for (int i = 0; i < 1000; ++i) {
    for (const Role role : kBothRoles) {
      pair.Give(role, PduReceived{Serialize(PairingFailed{0x08})});
    }
  }
  EXPECT_EQ(pair.pdus(), 0u);
  EXPECT_TRUE(pair.central().reports.empty());
}

TEST(PairingFailedPdu, WithAnUnknownReasonIsReportedAsItCame) {
  SmpPair pair;
  pair.peripheral().user.mood = Mood::kSilent;
  pair.Pair();
  pair.Give(Role::kInitiator, PduReceived{Serialize(PairingFailed{0xEE})});
  const PairingFailure& failure = *pair.central().Report().failure;
  EXPECT_EQ(failure.cause, FailureCause::kPeer);
  EXPECT_EQ(failure.reason, std::nullopt);
  EXPECT_EQ(failure.raw_reason, 0xEE);
  EXPECT_EQ(pair.SentBy(Role::kInitiator).back(), "PairingRequest");
}

}  // namespace
}  // namespace bondd::smp::test
