// Prompts and what is done with the answers; bonds that may be replaced.

#include <gtest/gtest.h>

#include <optional>

#include "tests/support/smp_checks.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;
using Mood = ScriptedUser::Mood;

TEST(Prompt, AnswersThatAreStaleOrOfAnotherKindAreDropped) {
  SmpPair pair;
  Use(pair, With(kDisplayYesNo), With(kDisplayYesNo));
  pair.central().user.mood = Mood::kSilent;
  pair.Pair();
  SmpEnd& central = pair.central();
  ASSERT_EQ(central.asked.size(), 1u);
  const PromptId open = central.asked.back().prompt;
  const auto stale = static_cast<PromptId>(std::to_underlying(open) + 1);
  pair.Give(Role::kInitiator, ConfirmNumber{stale});
  pair.Give(Role::kInitiator, Refuse{stale, {}, FailureCause::kRefused});
  pair.Give(Role::kInitiator, EnterPasskey{open, 1});
  pair.Give(Role::kInitiator, GiveOobLegacy{open, Tk()});
  pair.Give(Role::kInitiator, AcceptReplace{open});
  EXPECT_TRUE(central.reports.empty());
  EXPECT_EQ(central.manager.state(), PairingState::kWaitingForUser);
  pair.Give(Role::kInitiator, ConfirmNumber{open});
  ExpectPaired(pair, AssociationModel::kNumericComparison, kAuthenticated);
  // A second answer finds nothing to answer.
  pair.Give(Role::kInitiator, Refuse{open, {}, FailureCause::kRefused});
  EXPECT_EQ(central.reports.size(), 1u);
}

TEST(Prompt, IdsAreNeverUsedAgainOnALink) {
  SmpPair pair;
  pair.peripheral().user.mood = Mood::kRefuses;
  pair.Pair();
  pair.Pair();
  ASSERT_EQ(pair.peripheral().asked.size(), 2u);
  EXPECT_NE(pair.peripheral().asked[0].prompt,
            pair.peripheral().asked[1].prompt);
}

TEST(Prompt, ShownPasskeyIsWithdrawnWhenItHasBeenTyped) {
  SmpPair pair;
  Use(pair, With(kDisplayOnly), With(kKeyboardOnly));
  pair.Pair();
  ASSERT_EQ(pair.central().withdrawn.size(), 1u);
  EXPECT_EQ(pair.central().withdrawn[0], pair.central().asked[0].prompt);
  EXPECT_TRUE(pair.peripheral().withdrawn.empty());
}

// In this kind of pairing, with a display on the side of `shows`.
void ShowAnother(bool legacy, Role shows, bool allowed, bool taken) {
  SCOPED_TRACE(testing::Message() << "legacy " << legacy << ", by initiator "
                                  << (shows == Role::kInitiator));
  const auto parameters = legacy ? Legacy : With;
  const bool initiator = shows == Role::kInitiator;
  SmpPair pair;
  Use(pair,
      parameters(initiator ? kDisplayOnly : kKeyboardOnly, MitmOption::kAuto),
      parameters(initiator ? kKeyboardOnly : kDisplayOnly, MitmOption::kAuto));
  SmpEnd& end = pair.end(shows);
  end.user.parameters.fixed_passkey_allowed = allowed;
  SmpEnd& other = pair.end(Opposite(shows));
  // Consents, and then takes his time to type.
  other.user.passkey = [] { return std::nullopt; };
  pair.Pair();
  const auto* display = end.Asked<PasskeyDisplayPrompt>();
  ASSERT_TRUE(display);
  const uint32_t first = display->passkey;
  const uint32_t another = (first + 1) % 1'000'000;
  const PromptId prompt = end.asked.back().prompt;
  pair.Give(shows, EnterPasskey{prompt, another});
  EXPECT_EQ(end.Asked<PasskeyDisplayPrompt>()->passkey,
            taken ? another : first);
  EXPECT_EQ(end.asked.back().prompt != prompt, taken);
  pair.Give(Opposite(shows),
            EnterPasskey{other.asked.back().prompt, taken ? another : first});
  ExpectPaired(pair, AssociationModel::kPasskeyEntry,
               legacy ? kLegacyAuthenticated : kAuthenticated);
  EXPECT_EQ(end.withdrawn.size(), 1u);
}

TEST(Prompt, PasskeyOnShowMayBeAnotherUntilThisSideIsCommittedToIt) {
  for (const bool legacy : {false, true}) {
    ShowAnother(legacy, Role::kResponder, true, true);
    ShowAnother(legacy, Role::kResponder, false, false);
    ShowAnother(legacy, Role::kInitiator, true, false);
  }
}

TEST(Prompt, ConsentTellsWhetherABondWouldBeReplaced) {
  SmpPair pair;
  pair.Pair();
  EXPECT_FALSE(pair.peripheral().Asked<ConsentPrompt>()->bonded);
  pair.Reconnect();
  pair.Pair();
  EXPECT_TRUE(pair.peripheral().Asked<ConsentPrompt>()->bonded);
}

TEST(EarlyPdu, OneConfirmWaitsForTheRespondersUser) {
  for (const bool legacy : {false, true}) {
    SmpPair pair;
    const auto parameters = legacy ? Legacy : With;
    Use(pair, parameters(kDisplayOnly, MitmOption::kYes),
        parameters(kKeyboardOnly, MitmOption::kYes));
    pair.peripheral().user.passkey = [] { return std::nullopt; };
    pair.Pair();
    // The initiator's Confirm is here already.
    EXPECT_EQ(pair.SentBy(Role::kInitiator).back(), "PairingConfirm");
    EXPECT_TRUE(pair.peripheral().reports.empty());
    pair.Give(Role::kResponder, PduReceived{Serialize(PairingConfirm{})});
    ASSERT_EQ(pair.peripheral().reports.size(), 1u);
    EXPECT_EQ(pair.peripheral().Report().failure->reason,
              PairingFailedReason::kUnspecifiedReason);
  }
}

TEST(EarlyPdu, OneDhKeyCheckWaitsForTheRespondersComparison) {
  SmpPair pair;
  Use(pair, With(kDisplayYesNo), With(kDisplayYesNo));
  pair.on_air = [&](Role, Bytes& pdu) {
    if (PduName(pdu) == "PairingPublicKey") {
      pair.peripheral().user.mood = Mood::kSilent;
    }
    return true;
  };
  pair.Pair();
  EXPECT_EQ(pair.SentBy(Role::kInitiator).back(), "PairingDhKeyCheck");
  EXPECT_TRUE(pair.peripheral().reports.empty());
  pair.Give(Role::kResponder,
            ConfirmNumber{pair.peripheral().asked.back().prompt});
  ExpectPaired(pair, AssociationModel::kNumericComparison, kAuthenticated);
}

TEST(Keypress, ThatWasNotNegotiatedFails) {
  SmpPair pair;
  Use(pair, With(kDisplayOnly), With(kKeyboardOnly));
  pair.peripheral().user.passkey = [] { return std::nullopt; };
  pair.Pair();
  pair.Give(Role::kInitiator, PduReceived{Serialize(KeypressNotification{1})});
  EXPECT_EQ(pair.central().Report().failure->reason,
            PairingFailedReason::kUnspecifiedReason);
}

TEST(Keypress, CannotHoldTheTimerLongerThanTwoMinutes) {
  SmpPair pair;
  Use(pair, With(kDisplayOnly), With(kKeyboardOnly));
  pair.central().user.parameters.keypress = true;
  pair.peripheral().user.parameters.keypress = true;
  pair.peripheral().user.passkey = [] { return std::nullopt; };
  pair.Pair();
  SmpEnd& central = pair.central();
  for (int second = 0; second < 119; second += 7) {
    central.Give(PduReceived{Serialize(KeypressNotification{1})});
    EXPECT_TRUE(central.reports.empty());
    central.Advance(std::chrono::seconds(7));
  }
  central.Give(PduReceived{Serialize(KeypressNotification{1})});
  central.Advance(std::chrono::seconds(7));
  ASSERT_EQ(central.reports.size(), 1u);
  EXPECT_EQ(central.Report().failure->cause, FailureCause::kTimeout);
}

TEST(Keypress, OfOursCannotHoldTheTimerLongerEither) {
  for (const bool in_turns : {false, true}) {
    SmpPair pair;
    Use(pair, With(kKeyboardOnly), With(kKeyboardOnly));
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      pair.end(role).user.parameters.keypress = true;
    }
    pair.central().user.passkey = [] { return std::nullopt; };
    pair.peripheral().user.passkey = [] { return std::nullopt; };
    pair.Pair();
    SmpEnd& central = pair.central();
    int seconds_held = 0;
    for (; central.reports.empty() && seconds_held < 1000; ++seconds_held) {
      if (in_turns) {
        central.Give(PduReceived{Serialize(KeypressNotification{1})});
      }
      central.Give(SendKeypress{KeypressType::kDigitEntered});
      central.Advance(std::chrono::seconds(1));
    }
    EXPECT_EQ(seconds_held, 120);
    EXPECT_TRUE(central.manager.dead());
  }
}

// --- Replace.

// A bond of Numeric Comparison exists; a pairing without input comes.
class Replace : public testing::TestWithParam<Role> {
 protected:
  void SetUp() override {
    Use(pair_, With(kDisplayYesNo), With(kDisplayYesNo));
    pair_.Pair();
    ASSERT_TRUE(pair_.central().Succeeded());
    pair_.Reconnect();
    Use(pair_, With(kNoInputNoOutput), With(kNoInputNoOutput));
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      pair_.end(role).user.covers_bond = true;
      pair_.end(role).user.parameters.replace = ReplaceOption::kAlways;
    }
  }

  SmpEnd& end() { return pair_.end(GetParam()); }
  const BondData& Bond() {
    return *end().bonds.FindBond(
        pair_.end(Opposite(GetParam())).identity.address);
  }
  void ExpectRefusedAndKept(PairingFailedReason reason) {
    const BondData before = Bond().Clone();
    pair_.Pair();
    ExpectFailed(pair_, GetParam(), reason);
    EXPECT_TRUE(SameBond(before, Bond()));
  }

  SmpPair pair_;
};

std::string SideOf(const testing::TestParamInfo<Role>& info) {
  return info.param == Role::kInitiator ? "AtTheInitiator" : "AtTheResponder";
}
INSTANTIATE_TEST_SUITE_P(Sides, Replace,
                         testing::Values(Role::kInitiator, Role::kResponder),
                         SideOf);

TEST_P(Replace, NeverRefuses) {
  end().user.parameters.replace = ReplaceOption::kNever;
  ExpectRefusedAndKept(PairingFailedReason::kAuthenticationRequirements);
}

TEST_P(Replace, NotWeakerRefusesLessAuthentication) {
  end().user.parameters.replace = ReplaceOption::kNotWeaker;
  ExpectRefusedAndKept(PairingFailedReason::kAuthenticationRequirements);
}

TEST_P(Replace, NotWeakerRefusesAShorterKey) {
  Use(pair_, With(kDisplayYesNo), With(kDisplayYesNo));
  for (const Role role : {Role::kInitiator, Role::kResponder}) {
    PairingParameters& p = pair_.end(role).user.parameters;
    p.min_key_size = 7;
    p.max_key_size = 15;
    p.replace = ReplaceOption::kAlways;
  }
  end().user.parameters.replace = ReplaceOption::kNotWeaker;
  ExpectRefusedAndKept(PairingFailedReason::kEncryptionKeySize);
}

TEST_P(Replace, NotWeakerRefusesADebugKey) {
  Use(pair_, With(kDisplayYesNo), With(kDisplayYesNo));
  for (const Role role : {Role::kInitiator, Role::kResponder}) {
    PairingParameters& p = pair_.end(role).user.parameters;
    p.debug_keys = DebugKeysOption::kAccept;
    p.replace = ReplaceOption::kAlways;
  }
  pair_.end(Opposite(GetParam())).user.parameters.debug_keys =
      DebugKeysOption::kUse;
  end().user.parameters.replace = ReplaceOption::kNotWeaker;
  ExpectRefusedAndKept(PairingFailedReason::kAuthenticationRequirements);
}

TEST_P(Replace, AlwaysReplaces) {
  pair_.Pair();
  ExpectPaired(pair_, AssociationModel::kJustWorks, kUnauthenticated);
}

TEST_P(Replace, AskReplacesOnlyWithTheUsersYes) {
  end().user.parameters.replace = ReplaceOption::kAsk;
  pair_.Pair();
  EXPECT_TRUE(end().Asked<ReplacePrompt>());
  ExpectPaired(pair_, AssociationModel::kJustWorks, kUnauthenticated);
}

TEST_P(Replace, AskRefusedByTheUserSaysAuthenticationRequirements) {
  end().user.parameters.replace = ReplaceOption::kAsk;
  end().user.mood = Mood::kSilent;
  const BondData before = Bond().Clone();
  pair_.Pair();
  if (GetParam() == Role::kResponder) {
    pair_.Give(GetParam(), AcceptConsent{end().asked.back().prompt,
                                         end().user.parameters.Clone(), true,
                                         std::nullopt});
  }
  ASSERT_TRUE(end().Asked<ReplacePrompt>());
  pair_.Give(GetParam(),
             Refuse{end().asked.back().prompt, {}, FailureCause::kRefused});
  ExpectFailed(pair_, GetParam(),
               PairingFailedReason::kAuthenticationRequirements);
  EXPECT_EQ(end().Report().failure->cause, FailureCause::kRefused);
  EXPECT_TRUE(SameBond(before, Bond()));
}

// A bond of legacy pairing exists, with a key of each side or of one; a pairing
// comes that is worth as much.
class ReplaceOfKeys : public testing::TestWithParam<Role> {
 protected:
  using Keys = KeyDistribution PairingParameters::*;

  void Bond(Keys without) {
    pair_.emplace();
    Use(*pair_, Legacy(kNoInputNoOutput), Legacy(kNoInputNoOutput));
    if (without != nullptr) Withhold(without);
    pair_->Pair();
    ASSERT_TRUE(end().Succeeded());
    pair_->Reconnect();
    Use(*pair_, Legacy(kNoInputNoOutput), Legacy(kNoInputNoOutput));
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      pair_->end(role).user.covers_bond = true;
    }
    other().user.parameters.replace = ReplaceOption::kAlways;
  }
  // Of the side that these belong to there will be no key.
  void Withhold(Keys keys) { (other().user.parameters.*keys).enc = false; }

  SmpEnd& end() { return pair_->end(GetParam()); }
  SmpEnd& other() { return pair_->end(Opposite(GetParam())); }
  const BondData& Bond() {
    return *end().bonds.FindBond(other().identity.address);
  }

  std::optional<SmpPair> pair_;
};

INSTANTIATE_TEST_SUITE_P(Sides, ReplaceOfKeys,
                         testing::Values(Role::kInitiator, Role::kResponder),
                         SideOf);

TEST_P(ReplaceOfKeys, NotWeakerRefusesABondWithoutAKeyThatTheOldOneHas) {
  for (const Keys keys : {&PairingParameters::initiator_keys,
                          &PairingParameters::responder_keys}) {
    Bond(nullptr);
    const BondData before = Bond().Clone();
    Withhold(keys);
    pair_->Pair();
    ExpectFailed(*pair_, GetParam(),
                 PairingFailedReason::kAuthenticationRequirements);
    EXPECT_EQ(end().Report().failure->phase, "FeatureExchange");
    EXPECT_TRUE(SameBond(before, Bond()));
  }
}

TEST_P(ReplaceOfKeys, NotWeakerReplacesABondThatNeverHadTheKey) {
  for (const Keys keys : {&PairingParameters::initiator_keys,
                          &PairingParameters::responder_keys}) {
    Bond(keys);
    const BondData before = Bond().Clone();
    Withhold(keys);
    pair_->Pair();
    EXPECT_TRUE(end().Succeeded());
    EXPECT_FALSE(SameBond(before, Bond()));
  }
}

TEST(ReplaceOfAPeersRequest, NeedsConsentThatKnewOfTheBond) {
  // BLERP (b): a Pairing Request from a bonded identity on a plain link.
  SmpPair pair;
  pair.Pair();
  pair.Reconnect();
  pair.peripheral().user.parameters.replace = ReplaceOption::kAlways;
  pair.Pair();
  ExpectFailed(pair, Role::kResponder,
               PairingFailedReason::kAuthenticationRequirements);
  // Nor does it get an encrypted link without a bond.
  pair.Reconnect();
  pair.central().user.parameters.bonding = false;
  pair.Pair();
  ExpectFailed(pair, Role::kResponder,
               PairingFailedReason::kAuthenticationRequirements);
  pair.Reconnect();
  pair.central().user.parameters.bonding = true;
  pair.peripheral().user.named = pair.central().identity.address;
  pair.Pair();
  ExpectPaired(pair, AssociationModel::kJustWorks, kUnauthenticated);
}

// --- Debug keys.

TEST(DebugKey, IsRefusedUnlessItIsAccepted) {
  for (const Role user : {Role::kInitiator, Role::kResponder}) {
    SmpPair pair;
    pair.end(user).user.parameters.debug_keys = DebugKeysOption::kUse;
    pair.Pair();
    ExpectFailed(pair, Opposite(user), PairingFailedReason::kInvalidParameters);
  }
}

TEST(DebugKey, MakesABondThatIsMarkedAndNeverAuthenticated) {
  SmpPair pair;
  Use(pair, With(kDisplayYesNo), With(kDisplayYesNo));
  pair.central().user.parameters.debug_keys = DebugKeysOption::kUse;
  pair.peripheral().user.parameters.debug_keys = DebugKeysOption::kUse;
  pair.Pair();
  ExpectPaired(pair, AssociationModel::kNumericComparison, kUnauthenticated);
  EXPECT_TRUE(
      pair.central().bonds.FindBond(pair.peripheral().identity.address)->debug);
}

TEST(DebugKey, FailsAPairingThatRequiresAuthentication) {
  SmpPair pair;
  Use(pair, With(kDisplayYesNo), With(kDisplayYesNo));
  pair.central().user.parameters.debug_keys = DebugKeysOption::kUse;
  pair.peripheral().user.parameters.debug_keys = DebugKeysOption::kAccept;
  pair.peripheral().user.parameters.require_level = 3;
  pair.Pair();
  ExpectFailed(pair, Role::kResponder,
               PairingFailedReason::kAuthenticationRequirements);
}

}  // namespace
}  // namespace bondd::smp::test
