// SM.TS: protocol, legacy Just Works, Passkey Entry and OOB, key sizes.

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/conformance/names.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;
using std::chrono::seconds;
using Reason = PairingFailedReason;
using Model = AssociationModel;

TEST(SM, CEN_PROT_BV_01) {
  LowerTester lt(kCentral);
  lt.StartIut();
  lt.request = lt.Expect<PairingRequest>().octets;
  lt.iut.Advance(seconds(30));
  ASSERT_EQ(lt.iut.reports.size(), 1u);
  EXPECT_EQ(lt.iut.Report().failure->cause, FailureCause::kTimeout);
  lt.iut.Advance(seconds(10));
  lt.SendFeatures();
  lt.ExpectSilence();
  lt.StartIut();
  lt.ExpectSilence();
  EXPECT_EQ(lt.iut.bonds.size(), 0u);
}

TEST(SM, PER_PROT_BV_02) {
  LowerTester lt(kPeripheral, LegacyIut(kNoInputNoOutput));
  SpeakLegacy(lt, kNoInputNoOutput);
  lt.Features();
  lt.iut.Advance(seconds(40));
  ASSERT_EQ(lt.iut.reports.size(), 1u);
  EXPECT_EQ(lt.iut.Report().failure->cause, FailureCause::kTimeout);
  lt.Send(PairingConfirm{});
  lt.Send(PairingRequest{lt.request});
  lt.ExpectSilence();
  EXPECT_EQ(lt.iut.bonds.size(), 0u);
}

void JustWorks(Role iut, IoCapability of_lt, bool bonding) {
  LowerTester lt(iut, LegacyIut(kDisplayYesNo));
  lt.iut.user.parameters.bonding = bonding;
  SpeakLegacy(lt, of_lt);
  lt.features.auth_req.bonding = bonding;
  lt.Pair();
  lt.ExpectPaired(Model::kJustWorks, kLegacyUnauthenticated);
}
TEST(SM, CEN_JW_BV_01) { JustWorks(kCentral, kKeyboardDisplay, false); }
TEST(SM, PER_JW_BV_02) {
  JustWorks(kPeripheral, kNoInputNoOutput, false);
  JustWorks(kPeripheral, kNoInputNoOutput, true);
}

void JustWorksWithReservedBits(Role iut) {
  LowerTester lt(iut, LegacyIut(kDisplayYesNo));
  SpeakLegacy(lt, kNoInputNoOutput);
  lt.reserved_auth_req = kReservedAuthReq;
  lt.Pair();
  lt.ExpectPaired(Model::kJustWorks, kLegacyUnauthenticated);
}
TEST(SM, PER_JW_BI_03) { JustWorksWithReservedBits(kPeripheral); }
TEST(SM, CEN_JW_BI_04) { JustWorksWithReservedBits(kCentral); }

// The responder answers the Pairing Request by failing it.
void ToldAfterRequest(Reason reason, PairingParameters parameters = {}) {
  LowerTester lt(kCentral, std::move(parameters));
  lt.StartIut();
  lt.Expect<PairingRequest>();
  lt.SendFailed(reason);
  lt.ExpectTold(reason);
}
TEST(SM, CEN_JW_BV_05) {
  for (const Reason reason :
       {Reason::kUnspecifiedReason, Reason::kPairingNotSupported,
        Reason::kRepeatedAttempts, Reason::kBusy}) {
    ToldAfterRequest(reason, LegacyIut(kNoInputNoOutput));
  }
}

// In one bit, and not the IUT's own: only the Random gives it away.
void WrongConfirm(Role iut) {
  LowerTester lt(iut, LegacyIut(kNoInputNoOutput));
  SpeakLegacy(lt, kNoInputNoOutput);
  lt.Features();
  lt.own_nonce = lt.RandomNonce();
  ConfirmValue confirm = lt.LegacyConfirm(Tk(), lt.own_nonce);
  confirm.Fill()[15] ^= 0x80;
  lt.ExchangeWrong(std::move(confirm));
  lt.ExpectFailed(Reason::kConfirmValueFailed);
}
TEST(SM, CEN_JW_BI_01) { WrongConfirm(kCentral); }
TEST(SM, PER_JW_BI_02) { WrongConfirm(kPeripheral); }

// The responder sends back what the initiator has committed itself to.
void MirroredConfirm(IoCapability of_iut, IoCapability of_lt, bool mitm) {
  LowerTester lt(kCentral,
                 LegacyIut(of_iut, mitm ? MitmOption::kYes : MitmOption::kNo));
  SpeakLegacy(lt, of_lt, mitm);
  lt.Features();
  const auto confirm = lt.Expect<PairingConfirm>();
  lt.Send(PairingConfirm{confirm.value.Clone()});
  // The IUT may still send its Random, to be mirrored as well; it does not.
  lt.ExpectFailed(Reason::kConfirmValueFailed);
}
TEST(SM, CEN_JW_BI_06) {
  MirroredConfirm(kNoInputNoOutput, kNoInputNoOutput, false);
}
TEST(SM, CEN_PKE_BI_03) { MirroredConfirm(kDisplayOnly, kKeyboardOnly, true); }

// --- Legacy Passkey Entry.

void PasskeyEntryWith(Role iut, IoCapability of_lt) {
  LowerTester lt(iut, LegacyIut(kKeyboardDisplay, MitmOption::kYes));
  SpeakLegacy(lt, of_lt, true);
  lt.Pair();
  lt.ExpectPaired(Model::kPasskeyEntry, kLegacyAuthenticated);
}
TEST(SM, CEN_PKE_BV_01) { PasskeyEntryWith(kCentral, kKeyboardOnly); }
TEST(SM, PER_PKE_BV_02) { PasskeyEntryWith(kPeripheral, kKeyboardDisplay); }

void PasskeyAgainstNoInputNoOutput(Role iut, MitmOption mitm, bool requested) {
  LowerTester lt(iut, LegacyIut(kKeyboardDisplay, mitm));
  SpeakLegacy(lt, kNoInputNoOutput);
  lt.Pair();
  const auto said =
      PairingFeatures::Decode(iut == kCentral ? lt.request : lt.response);
  EXPECT_EQ(said->auth_req.mitm, requested);
  lt.ExpectPaired(Model::kJustWorks, kLegacyUnauthenticated);
}
TEST(SM, CEN_PKE_BV_04) {
  PasskeyAgainstNoInputNoOutput(kCentral, MitmOption::kYes, true);
}
TEST(SM, PER_PKE_BV_05) {
  PasskeyAgainstNoInputNoOutput(kPeripheral, MitmOption::kYes, true);
}
// What nobody can give, a responder does not ask for.
TEST(SM, PER_PKE_BV_06) {
  PasskeyAgainstNoInputNoOutput(kPeripheral, MitmOption::kAuto, false);
  PasskeyAgainstNoInputNoOutput(kPeripheral, MitmOption::kNo, false);
}

void ThreePasskeys(bool legacy) {
  std::vector<uint32_t> shown;
  SmpPair pair;
  const auto parameters = legacy ? Legacy : With;
  Use(pair, parameters(kDisplayOnly, MitmOption::kYes),
      parameters(kKeyboardOnly, MitmOption::kYes));
  for (int i = 0; i < 3; ++i) {
    pair.Pair();
    ASSERT_TRUE(pair.central().Succeeded());
    shown.push_back(pair.central().Asked<PasskeyDisplayPrompt>()->passkey);
    pair.Reconnect();
    pair.peripheral().bonds.Remove(pair.central().identity.address);
  }
  EXPECT_NE(shown[0], shown[1]);
  EXPECT_NE(shown[1], shown[2]);
  EXPECT_NE(shown[0], shown[2]);
}
TEST(SM, CEN_PKE_BV_05) { ThreePasskeys(true); }
TEST(SM, CEN_SCPK_BV_05) { ThreePasskeys(false); }

// The Lower Tester's user types another passkey, on both sides where the IUT
// shows none.
void WrongLegacyPasskey(Role iut) {
  for (const IoCapability of_iut : {kDisplayOnly, kKeyboardOnly}) {
    LowerTester lt(iut, LegacyIut(of_iut, MitmOption::kYes));
    SpeakLegacy(lt, kKeyboardOnly, true);
    lt.Features();
    const uint32_t wrong = lt.Passkey() ^ 1;
    lt.own_nonce = lt.RandomNonce();
    lt.ExchangeWrong(lt.LegacyConfirm(PasskeyTk(wrong), lt.own_nonce));
    lt.ExpectFailed(Reason::kConfirmValueFailed);
  }
}
TEST(SM, CEN_PKE_BI_01) { WrongLegacyPasskey(kCentral); }
TEST(SM, PER_PKE_BI_03) { WrongLegacyPasskey(kPeripheral); }
TEST(SM, CEN_PKE_BI_02) {
  LowerTester lt(kCentral, LegacyIut(kDisplayOnly, MitmOption::kYes));
  SpeakLegacy(lt, kKeyboardOnly, true);
  lt.Features();
  lt.Expect<PairingConfirm>();
  ASSERT_TRUE(lt.iut.Asked<PasskeyDisplayPrompt>());
  lt.SendFailed(Reason::kPasskeyEntryFailed);
  lt.ExpectTold(Reason::kPasskeyEntryFailed);
  EXPECT_EQ(lt.iut.withdrawn.size(), 1u);
}

// --- Legacy OOB.

// Five times, on a new link each; the nonces of the IUT.
std::vector<Nonce> OobOnBothSides(Role iut, bool fresh_tk) {
  std::unique_ptr<LowerTester> last;
  std::vector<Nonce> nonces;
  for (uint8_t round = 0; round < 5; ++round) {
    auto lt = std::make_unique<LowerTester>(iut, LegacyIut(kNoInputNoOutput));
    if (last) lt->Continue(*last);
    lt->iut.user.covers_bond = true;
    const Tk tk = Counting<Tk>(fresh_tk ? round : 8);
    lt->iut.user.parameters.oob_legacy_tk = tk.Clone();
    SpeakLegacy(*lt, kNoInputNoOutput);
    lt->features.oob = true;
    lt->Features();
    EXPECT_EQ((iut == kCentral ? lt->request : lt->response)[2], 1);
    lt->Legacy(tk);
    lt->EncryptLink();
    lt->Keys();
    lt->ExpectPaired(Model::kOutOfBand, kLegacyAuthenticated);
    nonces.push_back(lt->nonces_of_iut.at(0).Clone());
    last = std::move(lt);
  }
  return nonces;
}
TEST(SM, CEN_OOB_BV_01) { OobOnBothSides(kCentral, false); }
TEST(SM, PER_OOB_BV_02) { OobOnBothSides(kPeripheral, false); }

void OobWithUniqueRandoms(Role iut) {
  const std::vector<Nonce> nonces = OobOnBothSides(iut, true);
  for (size_t i = 0; i < nonces.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_FALSE(nonces[i] == nonces[j]);
  }
}
TEST(SM, CEN_OOB_BV_10) { OobWithUniqueRandoms(kCentral); }
TEST(SM, PER_OOB_BV_11) { OobWithUniqueRandoms(kPeripheral); }

// One side's flag alone is worth nothing in legacy pairing.
void OobOnOneSide(Role iut, bool at_iut, bool passkey) {
  LowerTester lt(iut, LegacyIut(passkey ? kKeyboardDisplay : kNoInputNoOutput,
                                passkey ? MitmOption::kYes : MitmOption::kNo));
  if (at_iut) lt.iut.user.parameters.oob_legacy_tk = Counting<Tk>(8);
  const IoCapability with_keyboard =
      iut == kCentral ? kKeyboardOnly : kKeyboardDisplay;
  SpeakLegacy(lt, passkey ? with_keyboard : kNoInputNoOutput, passkey);
  lt.features.oob = !at_iut;
  lt.Pair();
  EXPECT_EQ((iut == kCentral ? lt.request : lt.response)[2], at_iut ? 1 : 0);
  lt.ExpectPaired(passkey ? Model::kPasskeyEntry : Model::kJustWorks,
                  passkey ? kLegacyAuthenticated : kLegacyUnauthenticated);
}
TEST(SM, CEN_OOB_BV_03) { OobOnOneSide(kCentral, true, true); }
TEST(SM, CEN_OOB_BV_05) { OobOnOneSide(kCentral, false, true); }
TEST(SM, PER_OOB_BV_04) { OobOnOneSide(kPeripheral, true, true); }
TEST(SM, PER_OOB_BV_06) { OobOnOneSide(kPeripheral, false, true); }
TEST(SM, CEN_OOB_BV_07) { OobOnOneSide(kCentral, false, false); }
TEST(SM, CEN_OOB_BV_09) { OobOnOneSide(kCentral, true, false); }
TEST(SM, PER_OOB_BV_08) { OobOnOneSide(kPeripheral, false, false); }
TEST(SM, PER_OOB_BV_10) { OobOnOneSide(kPeripheral, true, false); }

void DifferentTks(Role iut) {
  LowerTester lt(iut, LegacyIut(kNoInputNoOutput, MitmOption::kYes));
  lt.iut.user.parameters.oob_legacy_tk = Counting<Tk>(8);
  SpeakLegacy(lt, kNoInputNoOutput, true);
  lt.features.oob = true;
  lt.Features();
  lt.own_nonce = lt.RandomNonce();
  lt.ExchangeWrong(lt.LegacyConfirm(Counting<Tk>(9), lt.own_nonce));
  lt.ExpectFailed(Reason::kConfirmValueFailed);
}
TEST(SM, CEN_OOB_BI_01) { DifferentTks(kCentral); }
TEST(SM, PER_OOB_BI_02) { DifferentTks(kPeripheral); }

// --- Encryption key size.

void SmallestKey(Role iut) {
  LowerTester lt(iut, LegacyIut(kNoInputNoOutput));
  lt.iut.user.parameters.min_key_size = 7;
  SpeakLegacy(lt, kNoInputNoOutput);
  lt.features.max_key_size = 7;
  MaskToSize(lt.own_ltk.ltk.Fill(), 7);
  lt.Pair();
  SecurityProperties worth = kLegacyUnauthenticated;
  worth.key_size = 7;
  lt.ExpectPaired(Model::kJustWorks, worth);
  // The bond's key, masked, encrypts the next link.
  LowerTester next(iut);
  next.Continue(lt);
  if (iut == kCentral) {
    next.iut.Give(Encrypt{});
    ASSERT_EQ(next.iut.to_link.size(), 1u);
    EXPECT_EQ(std::get<StartEncryption>(next.iut.to_link.front()).key,
              lt.own_ltk);
  } else {
    const LongTermKey& own = *lt.ltk_of_iut;
    for (size_t i = 7; i < 16; ++i) EXPECT_EQ(own.ltk.Reveal()[i], 0);
    next.iut.Give(LongTermKeyRequest{own.rand, own.ediv});
    ASSERT_EQ(next.iut.to_link.size(), 1u);
    EXPECT_EQ(std::get<AnswerLongTermKeyRequest>(next.iut.to_link.front()).key,
              own.ltk.Clone());
  }
  next.iut.Give(EncryptionChange{0, true});
  EXPECT_EQ(next.iut.manager.security(), worth);
}
TEST(SM, CEN_EKS_BV_01) { SmallestKey(kCentral); }
TEST(SM, PER_EKS_BV_02) { SmallestKey(kPeripheral); }

void KeyTooSmall(Role iut, uint8_t least, Reason reason) {
  LowerTester lt(iut, LegacyIut(kNoInputNoOutput));
  lt.iut.user.parameters.min_key_size = least;
  SpeakLegacy(lt, kNoInputNoOutput);
  lt.features.max_key_size = static_cast<uint8_t>(least - 1);
  if (iut == kCentral) {
    lt.StartIut();
    lt.Expect<PairingRequest>();
  }
  lt.SendFeatures();
  lt.ExpectFailed(reason);
}
TEST(SM, CEN_EKS_BI_01) {
  KeyTooSmall(kCentral, 16, Reason::kEncryptionKeySize);
  KeyTooSmall(kCentral, 7, Reason::kInvalidParameters);
}
TEST(SM, PER_EKS_BI_02) {
  KeyTooSmall(kPeripheral, 16, Reason::kEncryptionKeySize);
  KeyTooSmall(kPeripheral, 7, Reason::kInvalidParameters);
}

}  // namespace
}  // namespace bondd::smp::test
