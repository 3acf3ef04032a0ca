#include "tests/conformance/states.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace bondd::smp::test {

namespace {

using enum IoCapability;
using Mood = ScriptedUser::Mood;

// --- The ways through a pairing.

struct Kind {
  bool legacy = false;
  IoCapability of_iut = kNoInputNoOutput;
  IoCapability of_lt = kNoInputNoOutput;
  bool oob = false;
  bool keypress = false;
  bool lt_sends_keys = true;
};
constexpr Kind kJustWorks{};
constexpr Kind kLegacyJustWorks{.legacy = true};
constexpr Kind kTyped{.of_iut = kKeyboardOnly, .of_lt = kDisplayOnly};
constexpr Kind kShown{.of_iut = kDisplayOnly, .of_lt = kKeyboardOnly};
constexpr Kind kTypedKeypress{
    .of_iut = kKeyboardOnly, .of_lt = kDisplayOnly, .keypress = true};
constexpr Kind kLegacyTyped{
    .legacy = true, .of_iut = kKeyboardOnly, .of_lt = kDisplayOnly};
constexpr Kind kLegacyShown{
    .legacy = true, .of_iut = kDisplayOnly, .of_lt = kKeyboardOnly};
constexpr Kind kLegacyShownKeypress{.legacy = true,
                                    .of_iut = kDisplayOnly,
                                    .of_lt = kKeyboardOnly,
                                    .keypress = true};
constexpr Kind kCompared{.of_iut = kDisplayYesNo, .of_lt = kDisplayYesNo};
constexpr Kind kOob{.oob = true};
constexpr Kind kLegacyOob{.legacy = true, .oob = true};
constexpr Kind kOnlyOurKeys{.lt_sends_keys = false};

// How far it has gone.
enum class Stop {
  kFeatures,
  kPublicKeys,
  kStage1,
  kPhase2,
  kEncrypted,
  kKeys,
};

void Step(LowerTester& lt, Stop stop) {
  const bool legacy = !lt.negotiated.secure_connections;
  const AssociationModel model = lt.negotiated.association.model;
  switch (stop) {
    case Stop::kFeatures:
      return lt.Features();
    case Stop::kPublicKeys:
      if (!legacy) lt.PublicKeys();
      return;
    case Stop::kStage1:
      if (legacy) return;
      if (model == AssociationModel::kPasskeyEntry) {
        return lt.Rounds(lt.Passkey());
      }
      return model == AssociationModel::kOutOfBand ? lt.OobRandoms()
                                                   : lt.Comparison();
    case Stop::kPhase2:
      if (!legacy) return lt.DhKeyChecks();
      if (model == AssociationModel::kPasskeyEntry) {
        return lt.Legacy(PasskeyTk(lt.Passkey()));
      }
      return lt.Legacy(model == AssociationModel::kOutOfBand ? Counting<Tk>(8)
                                                             : Tk());
    case Stop::kEncrypted:
      return lt.EncryptLink();
    case Stop::kKeys:
      return lt.Keys();
  }
}

void Steps(LowerTester& lt, Stop first, Stop last) {
  for (int stop = std::to_underlying(first); stop <= std::to_underlying(last);
       ++stop) {
    Step(lt, static_cast<Stop>(stop));
  }
}

void Prepare(LowerTester& lt, const Kind& kind) {
  lt.iut.user.parameters =
      kind.legacy ? Legacy(kind.of_iut) : With(kind.of_iut);
  lt.iut.user.parameters.keypress = kind.keypress;
  lt.iut.user.parameters.replace = ReplaceOption::kAlways;
  lt.iut.user.covers_bond = true;
  lt.features.auth_req.secure_connections = !kind.legacy;
  lt.features.auth_req.keypress = kind.keypress;
  lt.features.io_capability = kind.of_lt;
  if (!kind.lt_sends_keys) {
    (lt.initiates() ? lt.features.initiator_keys
                    : lt.features.responder_keys) = {};
  }
  // What it is asked stays open.
  lt.iut.user.passkey = [] { return std::nullopt; };
  if (!kind.oob) return;
  lt.iut.user.parameters.oob = OobOption::kYes;
  lt.features.oob = kind.legacy;
  lt.key = std::move(*KeyPair::Generate());
  lt.own_r = Counting<Nonce>(9);
}

template <const Kind& kKind, Stop kStop>
void Reach(LowerTester& lt) {
  Prepare(lt, kKind);
  Step(lt, Stop::kFeatures);
  lt.iut.user.mood = Mood::kSilent;
  if (kStop != Stop::kFeatures) Steps(lt, Stop::kPublicKeys, kStop);
}

void Answer(LowerTester& lt) {
  lt.iut.user.mood = Mood::kAgrees;
  if (lt.iut.manager.state() != PairingState::kWaitingForUser) return;
  const AskUser& open = lt.iut.asked.back();
  lt.iut.user.passkey = [&lt] { return lt.passkey; };
  lt.iut.user.tk = Counting<Tk>(8);
  if (lt.key) {
    const auto& x = lt.key->public_key().x();
    lt.iut.user.oob = PeerOobData{f4(x, x, lt.own_r, 0), lt.own_r.Clone()};
  }
  auto reply = lt.iut.user.AnswerTo(open);
  if (reply) lt.iut.Give(std::move(*reply));
}

void ExpectPairedAfterAll(LowerTester& lt) {
  EXPECT_TRUE(lt.iut.Succeeded());
  EXPECT_FALSE(lt.iut.manager.busy());
  lt.ExpectSilence();
}

template <Stop kStop>
void GoOn(LowerTester& lt) {
  Answer(lt);
  if (kStop != Stop::kKeys) {
    Steps(lt, static_cast<Stop>(std::to_underlying(kStop) + 1), Stop::kKeys);
  }
  ExpectPairedAfterAll(lt);
}

// --- The states that are not between two steps.

void ReachConsent(LowerTester& lt) {
  Prepare(lt, kJustWorks);
  lt.iut.user.mood = Mood::kSilent;
  lt.SendFeatures();
}
void AfterFeatures(LowerTester& lt) {
  if (lt.initiates()) lt.response = lt.Expect<PairingResponse>().octets;
  lt.negotiated = Negotiate(*PairingFeatures::Decode(lt.request),
                            *PairingFeatures::Decode(lt.response));
  GoOn<Stop::kFeatures>(lt);
}
void GoOnFromFeatures(LowerTester& lt) {
  Answer(lt);
  AfterFeatures(lt);
}

void ReachReplace(LowerTester& lt) {
  Prepare(lt, kJustWorks);
  lt.iut.bonds.Put(BondWithLowerTester(kUnauthenticated));
  lt.iut.user.parameters.replace = ReplaceOption::kAsk;
  lt.iut.user.mood = Mood::kSilent;
  lt.BeginWithFeatures();
  if (!lt.initiates()) return;
  lt.iut.Give(AcceptConsent{lt.iut.asked.back().prompt,
                            lt.iut.user.parameters.Clone(), true,
                            std::nullopt});
}

void ReachRequestSent(LowerTester& lt) {
  Prepare(lt, kJustWorks);
  lt.StartIut();
  lt.request = lt.Expect<PairingRequest>().octets;
}
void GoOnFromRequestSent(LowerTester& lt) {
  lt.SendFeatures();
  AfterFeatures(lt);
}

void ReachKeyGiven(LowerTester& lt) {
  Reach<kJustWorks, Stop::kPhase2>(lt);
  lt.iut.Give(LongTermKeyRequest{0, 0});
  lt.iut.to_link.clear();
}
void GoOnFromKeyGiven(LowerTester& lt) {
  lt.iut.Give(EncryptionChange{0, true});
  lt.Keys();
  ExpectPairedAfterAll(lt);
}

void ReachStoring(LowerTester& lt) {
  lt.iut.store_answers = false;
  Reach<kJustWorks, Stop::kKeys>(lt);
}
void GoOnFromStoring(LowerTester& lt) {
  lt.iut.store_answers = true;
  lt.iut.Give(BondStored{true});
  ExpectPairedAfterAll(lt);
}

void ReachIdle(LowerTester& lt) {
  Prepare(lt, kJustWorks);
  lt.iut.user.mood = Mood::kSilent;
}
void ReachPaired(LowerTester& lt) {
  Reach<kJustWorks, Stop::kKeys>(lt);
  lt.iut.keys.clear();
}

void ReachRequestOfLt(LowerTester& lt) {
  ReachIdle(lt);
  lt.Send(SecurityRequest{0x09});
}
void GoOnFromRequestOfLt(LowerTester& lt) {
  Answer(lt);
  lt.request = lt.Expect<PairingRequest>().octets;
  lt.SendFeatures();
  AfterFeatures(lt);
}

void ReachRequestOfIut(LowerTester& lt) {
  ReachIdle(lt);
  lt.iut.Give(RequestSecurity{lt.iut.user.parameters.Clone()});
  lt.Expect<SecurityRequest>();
}

// The controller is starting encryption with the bond's key.
void ReachBondUsed(LowerTester& lt) {
  ReachIdle(lt);
  lt.iut.bonds.Put(BondWithLowerTester(kUnauthenticated));
  if (lt.initiates()) {
    lt.iut.Give(LongTermKeyRequest{5, 4});
  } else {
    lt.iut.Give(Encrypt{});
  }
  EXPECT_EQ(lt.iut.keys_given, 1u);
  lt.iut.to_link.clear();
}
void ReachBondUsedOnRequest(LowerTester& lt) {
  ReachIdle(lt);
  lt.iut.bonds.Put(BondWithLowerTester(kUnauthenticated));
  lt.Send(SecurityRequest{0x09});
  EXPECT_EQ(lt.iut.keys_given, 1u);
  lt.iut.to_link.clear();
}
void GoOnEncrypted(LowerTester& lt) {
  lt.iut.Give(EncryptionChange{0, true});
  EXPECT_EQ(lt.iut.manager.security(), kUnauthenticated);
  EXPECT_FALSE(lt.iut.manager.busy());
}

// --- The table.

//                                      codes 0x01: 123456789ABCDE
constexpr State kStates[] = {
    {"Idle", kPeripheral, "c.........r...", ReachIdle, PairAnew},
    {"Idle", kCentral, "r.........c...", ReachIdle, PairAnew},
    {"Paired", kPeripheral, "c.........r...", ReachPaired, PairAnew},
    {"Paired", kCentral, "r.............", ReachPaired, PairAnew},
    {"Consent", kPeripheral, "8888e888887888", ReachConsent, GoOnFromFeatures},
    {"Replace", kPeripheral, "8888e888887888", ReachReplace, GoOnFromFeatures},
    {"Replace", kCentral, "7888e88888.888", ReachReplace, GoOnFromFeatures},
    {"RequestSent", kCentral, "7t88e88888.888", ReachRequestSent,
     GoOnFromRequestSent},
    {"LegacyBegun", kPeripheral, "88t8e888887888",
     Reach<kLegacyJustWorks, Stop::kFeatures>, GoOn<Stop::kFeatures>},
    {"LegacyBegun", kCentral, "78t8e88888.888",
     Reach<kLegacyJustWorks, Stop::kFeatures>, GoOn<Stop::kFeatures>},
    {"LegacyPasskeyInput", kPeripheral, "88h8e888887888",
     Reach<kLegacyTyped, Stop::kFeatures>, GoOn<Stop::kFeatures>},
    {"LegacyPasskeyInput", kCentral, "7888e88888.888",
     Reach<kLegacyTyped, Stop::kFeatures>, GoOn<Stop::kFeatures>},
    {"LegacyPasskeyDisplay", kPeripheral, "88t8e888887888",
     Reach<kLegacyShown, Stop::kFeatures>, GoOn<Stop::kFeatures>},
    {"LegacyPasskeyDisplay", kCentral, "78t8e88888.888",
     Reach<kLegacyShown, Stop::kFeatures>, GoOn<Stop::kFeatures>},
    {"LegacyPasskeyDisplayWithKeypress", kPeripheral, "88t8e88888788t",
     Reach<kLegacyShownKeypress, Stop::kFeatures>, GoOn<Stop::kFeatures>},
    {"LegacyPasskeyDisplayWithKeypress", kCentral, "78t8e88888.88t",
     Reach<kLegacyShownKeypress, Stop::kFeatures>, GoOn<Stop::kFeatures>},
    {"LegacyOobPrompt", kPeripheral, "88h8e888887888",
     Reach<kLegacyOob, Stop::kFeatures>, GoOn<Stop::kFeatures>},
    {"LegacyOobPrompt", kCentral, "7888e88888.888",
     Reach<kLegacyOob, Stop::kFeatures>, GoOn<Stop::kFeatures>},
    {"PublicKeyExchange", kPeripheral, "8888e888887t88",
     Reach<kJustWorks, Stop::kFeatures>, GoOn<Stop::kFeatures>},
    {"PublicKeyExchange", kCentral, "7888e88888.t88",
     Reach<kJustWorks, Stop::kFeatures>, GoOn<Stop::kFeatures>},
    {"NumericComparison", kPeripheral, "888te888887888",
     Reach<kJustWorks, Stop::kPublicKeys>, GoOn<Stop::kPublicKeys>},
    {"NumericComparison", kCentral, "78t8e88888.888",
     Reach<kJustWorks, Stop::kPublicKeys>, GoOn<Stop::kPublicKeys>},
    {"NumberPrompt", kPeripheral, "8888e8888878h8",
     Reach<kCompared, Stop::kStage1>, GoOn<Stop::kStage1>},
    {"NumberPrompt", kCentral, "7888e88888.888",
     Reach<kCompared, Stop::kStage1>, GoOn<Stop::kStage1>},
    {"PasskeyInput", kPeripheral, "88h8e888887888",
     Reach<kTyped, Stop::kPublicKeys>, GoOn<Stop::kPublicKeys>},
    {"PasskeyInput", kCentral, "7888e88888.888",
     Reach<kTyped, Stop::kPublicKeys>, GoOn<Stop::kPublicKeys>},
    {"PasskeyInputWithKeypress", kPeripheral, "88h8e88888788t",
     Reach<kTypedKeypress, Stop::kPublicKeys>, GoOn<Stop::kPublicKeys>},
    {"PasskeyInputWithKeypress", kCentral, "7888e88888.88t",
     Reach<kTypedKeypress, Stop::kPublicKeys>, GoOn<Stop::kPublicKeys>},
    {"PasskeyDisplay", kPeripheral, "88t8e888887888",
     Reach<kShown, Stop::kPublicKeys>, GoOn<Stop::kPublicKeys>},
    {"PasskeyDisplay", kCentral, "78t8e88888.888",
     Reach<kShown, Stop::kPublicKeys>, GoOn<Stop::kPublicKeys>},
    {"OobPrompt", kPeripheral, "888he888887888", Reach<kOob, Stop::kPublicKeys>,
     GoOn<Stop::kPublicKeys>},
    {"OobPrompt", kCentral, "7888e88888.888", Reach<kOob, Stop::kPublicKeys>,
     GoOn<Stop::kPublicKeys>},
    {"DhKeyCheck", kPeripheral, "8888e8888878t8",
     Reach<kJustWorks, Stop::kStage1>, GoOn<Stop::kStage1>},
    {"DhKeyCheck", kCentral, "7888e88888.8t8", Reach<kJustWorks, Stop::kStage1>,
     GoOn<Stop::kStage1>},
    {"AwaitEncryption", kPeripheral, "8888e888887888",
     Reach<kJustWorks, Stop::kPhase2>, GoOn<Stop::kPhase2>},
    {"AwaitEncryptionWithKeyGiven", kPeripheral, "8888ehhhhh7888",
     ReachKeyGiven, GoOnFromKeyGiven},
    {"AwaitEncryption", kCentral, "7888ehhhhh.888",
     Reach<kJustWorks, Stop::kPhase2>, GoOn<Stop::kPhase2>},
    {"LegacyAwaitEncryption", kCentral, "7888ehhhhh.888",
     Reach<kLegacyJustWorks, Stop::kPhase2>, GoOn<Stop::kPhase2>},
    {"KeyDistribution", kPeripheral, "8888e88t887888",
     Reach<kJustWorks, Stop::kEncrypted>, GoOn<Stop::kEncrypted>},
    {"KeyDistribution", kCentral, "7888e88t88.888",
     Reach<kJustWorks, Stop::kEncrypted>, GoOn<Stop::kEncrypted>},
    {"LegacyKeyDistribution", kPeripheral, "8888et88887888",
     Reach<kLegacyJustWorks, Stop::kEncrypted>, GoOn<Stop::kEncrypted>},
    {"LegacyKeyDistribution", kCentral, "7888et8888.888",
     Reach<kLegacyJustWorks, Stop::kEncrypted>, GoOn<Stop::kEncrypted>},
    {"KeysUnacknowledged", kPeripheral, "8888e888887888",
     Reach<kOnlyOurKeys, Stop::kEncrypted>, GoOn<Stop::kEncrypted>},
    {"KeysUnacknowledged", kCentral, "7888e88888.888",
     Reach<kOnlyOurKeys, Stop::kEncrypted>, GoOn<Stop::kEncrypted>},
    {"Storing", kPeripheral, "b...d.....r...", ReachStoring, GoOnFromStoring},
    {"Storing", kCentral, "r...d.........", ReachStoring, GoOnFromStoring},
    {"SecurityRequestConsent", kCentral, "r...e.........", ReachRequestOfLt,
     GoOnFromRequestOfLt},
    {"SecurityRequestSent", kPeripheral, "c...e.....r...", ReachRequestOfIut,
     PairAnew},
    {"BondInUse", kPeripheral, "c.........r...", ReachBondUsed, GoOnEncrypted},
    {"BondInUse", kCentral, "r.............", ReachBondUsed, GoOnEncrypted},
    {"BondInUseOnRequest", kCentral, "r.............", ReachBondUsedOnRequest,
     GoOnEncrypted},
};

}  // namespace

void PrintTo(const State& state, std::ostream* out) {
  *out << state.name << (state.role == kCentral ? ", central" : ", peripheral");
}

std::span<const State> States() { return kStates; }

void Drop(LowerTester& lt, size_t kept) {
  std::deque<Output>& out = lt.iut.to_link;
  size_t pdus = 0;
  while (out.size() > kept) {
    pdus += std::holds_alternative<SendPdu>(out.back()) ? 1 : 0;
    out.pop_back();
  }
  lt.iut.Give(PdusAcknowledged{pdus});
}

void PairAnew(LowerTester& lt) {
  Prepare(lt, kJustWorks);
  lt.features.oob = false;
  lt.own_r = Nonce();
  lt.key.reset();
  lt.iut.user.mood = Mood::kAgrees;
  lt.Pair();
  ExpectPairedAfterAll(lt);
}

}  // namespace bondd::smp::test
