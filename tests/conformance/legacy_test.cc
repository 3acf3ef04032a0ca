// SM.TS: protocol, legacy Just Works, Passkey Entry and OOB, key sizes.

#include <gtest/gtest.h>

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

void JustWorks(Role iut, uint8_t reserved) {
  LowerTester lt(iut, LegacyIut(kDisplayYesNo));
  SpeakLegacy(lt, iut == kCentral ? kNoInputNoOutput : kKeyboardDisplay);
  lt.features.auth_req.bonding = reserved != 0;
  lt.reserved_auth_req = reserved;
  lt.Pair();
  lt.ExpectPaired(Model::kJustWorks, kLegacyUnauthenticated);
}
TEST(SM, CEN_JW_BV_01) { JustWorks(kCentral, 0); }
TEST(SM, PER_JW_BV_02) { JustWorks(kPeripheral, 0); }
TEST(SM, PER_JW_BI_03) { JustWorks(kPeripheral, kReservedAuthReq); }
TEST(SM, CEN_JW_BI_04) { JustWorks(kCentral, kReservedAuthReq); }

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

void WrongConfirm(Role iut, IoCapability of_iut, IoCapability of_lt,
                  bool mitm) {
  LowerTester lt(iut,
                 LegacyIut(of_iut, mitm ? MitmOption::kYes : MitmOption::kNo));
  SpeakLegacy(lt, of_lt, mitm);
  lt.Features();
  if (iut == kCentral) {
    lt.Expect<PairingConfirm>();
    lt.Send(PairingConfirm{Counting<ConfirmValue>(1)});
    lt.Expect<PairingRandom>();
    lt.Send(PairingRandom{lt.RandomNonce()});
  } else {
    lt.Send(PairingConfirm{Counting<ConfirmValue>(1)});
    lt.Expect<PairingConfirm>();
    lt.Send(PairingRandom{lt.RandomNonce()});
  }
  lt.ExpectFailed(Reason::kConfirmValueFailed);
  lt.ExpectSilence();
}
TEST(SM, CEN_JW_BI_01) {
  WrongConfirm(kCentral, kNoInputNoOutput, kNoInputNoOutput, false);
}
TEST(SM, PER_JW_BI_02) {
  WrongConfirm(kPeripheral, kNoInputNoOutput, kNoInputNoOutput, false);
}

// The responder sends back what the initiator has committed itself to.
void MirroredConfirm(IoCapability of_iut, IoCapability of_lt, bool mitm) {
  LowerTester lt(kCentral,
                 LegacyIut(of_iut, mitm ? MitmOption::kYes : MitmOption::kNo));
  SpeakLegacy(lt, of_lt, mitm);
  lt.Features();
  lt.Send(lt.Expect<PairingConfirm>());
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

void PasskeyAgainstNoInputNoOutput(Role iut) {
  LowerTester lt(iut, LegacyIut(kKeyboardDisplay, MitmOption::kYes));
  SpeakLegacy(lt, kNoInputNoOutput);
  lt.Pair();
  lt.ExpectPaired(Model::kJustWorks, kLegacyUnauthenticated);
}
TEST(SM, CEN_PKE_BV_04) { PasskeyAgainstNoInputNoOutput(kCentral); }
TEST(SM, PER_PKE_BV_05) { PasskeyAgainstNoInputNoOutput(kPeripheral); }

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

TEST(SM, CEN_PKE_BI_01) {
  WrongConfirm(kCentral, kDisplayOnly, kKeyboardOnly, true);
}
TEST(SM, PER_PKE_BI_03) {
  WrongConfirm(kPeripheral, kDisplayOnly, kKeyboardOnly, true);
}
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

void OobOnBothSides(Role iut) {
  LowerTester lt(iut, LegacyIut(kNoInputNoOutput));
  lt.iut.user.parameters.oob_legacy_tk = Counting<Tk>(8);
  SpeakLegacy(lt, kNoInputNoOutput);
  lt.features.oob = true;
  lt.Features();
  EXPECT_EQ((iut == kCentral ? lt.request : lt.response)[2], 1);
  lt.Legacy(Counting<Tk>(8));
  lt.EncryptLink();
  lt.Keys();
  lt.ExpectPaired(Model::kOutOfBand, kLegacyAuthenticated);
}
TEST(SM, CEN_OOB_BV_01) { OobOnBothSides(kCentral); }
TEST(SM, PER_OOB_BV_02) { OobOnBothSides(kPeripheral); }

// One side's flag alone is worth nothing in legacy pairing.
void OobOnOneSide(Role iut, bool at_iut, bool passkey) {
  LowerTester lt(iut, LegacyIut(passkey ? kKeyboardDisplay : kNoInputNoOutput,
                                passkey ? MitmOption::kYes : MitmOption::kNo));
  if (at_iut) lt.iut.user.parameters.oob_legacy_tk = Counting<Tk>(8);
  SpeakLegacy(lt, passkey ? kKeyboardOnly : kNoInputNoOutput, passkey);
  lt.features.oob = !at_iut;
  lt.Pair();
  lt.ExpectPaired(passkey ? Model::kPasskeyEntry : Model::kJustWorks,
                  passkey ? kLegacyAuthenticated : kLegacyUnauthenticated);
}
TEST(SM, CEN_OOB_BV_03) { OobOnOneSide(kCentral, true, true); }
TEST(SM, CEN_OOB_BV_05) { OobOnOneSide(kCentral, false, true); }
TEST(SM, PER_OOB_BV_04) { OobOnOneSide(kPeripheral, true, true); }
TEST(SM, PER_OOB_BV_06) { OobOnOneSide(kPeripheral, false, true); }
TEST(SM, CEN_OOB_BV_07) { OobOnOneSide(kCentral, true, false); }
TEST(SM, CEN_OOB_BV_09) { OobOnOneSide(kCentral, false, false); }
TEST(SM, PER_OOB_BV_08) { OobOnOneSide(kPeripheral, true, false); }
TEST(SM, PER_OOB_BV_10) { OobOnOneSide(kPeripheral, false, false); }

void DifferentTks(Role iut) {
  LowerTester lt(iut, LegacyIut(kNoInputNoOutput));
  lt.iut.user.parameters.oob_legacy_tk = Counting<Tk>(8);
  SpeakLegacy(lt, kNoInputNoOutput);
  lt.features.oob = true;
  lt.Features();
  if (iut == kCentral) lt.Expect<PairingConfirm>();
  lt.Send(PairingConfirm{Counting<ConfirmValue>(99)});
  if (iut == kPeripheral) lt.Expect<PairingConfirm>();
  if (iut == kCentral) lt.Expect<PairingRandom>();
  lt.Send(PairingRandom{lt.RandomNonce()});
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
  // The bond's key encrypts the link as well, masked.
  const DeviceAddress peer = lt.iut.Report().peer;
  const BondData* bond = lt.iut.bonds.FindBond(peer);
  if (iut == kCentral) {
    EXPECT_EQ(bond->peer_ltk, lt.own_ltk);
    lt.iut.Give(Encrypt{});
    ASSERT_EQ(lt.iut.to_link.size(), 1u);
    EXPECT_EQ(std::get<StartEncryption>(lt.iut.to_link.front()).key,
              lt.own_ltk);
  } else {
    const LongTermKey& own = *lt.ltk_of_iut;
    for (size_t i = 7; i < 16; ++i) EXPECT_EQ(own.ltk.Reveal()[i], 0);
    lt.iut.Give(LongTermKeyRequest{own.rand, own.ediv});
    ASSERT_EQ(lt.iut.to_link.size(), 1u);
    EXPECT_EQ(std::get<AnswerLongTermKeyRequest>(lt.iut.to_link.front()).key,
              own.ltk.Clone());
  }
  lt.iut.Give(EncryptionChange{0, true});
  EXPECT_EQ(lt.iut.manager.security(), worth);
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
