// SM.TS: Secure Connections Just Works, Numeric Comparison, Passkey Entry and
// OOB.

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/conformance/names.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;
using Reason = PairingFailedReason;
using Model = AssociationModel;

constexpr IoCapability kAllCapabilities[] = {kDisplayOnly, kDisplayYesNo,
                                             kKeyboardOnly, kNoInputNoOutput,
                                             kKeyboardDisplay};

// Every pair of Table 2.8 that does not lead to Passkey Entry, three rounds.
void WithoutPasskey(Role iut, uint8_t reserved) {
  int pairs = 0;
  for (const IoCapability of_iut : kAllCapabilities) {
    for (const IoCapability of_lt : kAllCapabilities) {
      const bool lt_initiates = iut == kPeripheral;
      const Association association = FromIoCapabilities(
          lt_initiates ? of_lt : of_iut, lt_initiates ? of_iut : of_lt, true);
      if (association.model == Model::kPasskeyEntry) continue;
      ++pairs;
      const bool compared = association.model == Model::kNumericComparison;
      std::vector<Nonce> nonces;
      std::unique_ptr<LowerTester> last;
      for (int round = 0; round < 3; ++round) {
        auto lt = std::make_unique<LowerTester>(
            iut, With(of_iut, compared ? MitmOption::kYes : MitmOption::kNo));
        // The same IUT goes on: its nonces are new ones all the same.
        if (last) lt->Continue(*last);
        lt->features.io_capability = of_lt;
        lt->features.auth_req.bonding = false;
        lt->reserved_auth_req = reserved;
        lt->Pair();
        lt->ExpectPaired(association.model,
                         compared ? kAuthenticated : kUnauthenticated);
        nonces.push_back(lt->nonces_of_iut.at(0).Clone());
        last = std::move(lt);
      }
      EXPECT_FALSE(nonces[0] == nonces[1]);
      EXPECT_FALSE(nonces[1] == nonces[2]);
      EXPECT_FALSE(nonces[0] == nonces[2]);
    }
  }
  EXPECT_EQ(pairs, 16);
}
TEST(SM, CEN_SCJW_BV_01) { WithoutPasskey(kCentral, 0); }
TEST(SM, PER_SCJW_BV_02) { WithoutPasskey(kPeripheral, 0); }
TEST(SM, PER_SCJW_BV_03) { WithoutPasskey(kPeripheral, kReservedAuthReq); }
TEST(SM, CEN_SCJW_BV_04) { WithoutPasskey(kCentral, kReservedAuthReq); }

// Four reasons in place of the Pairing Response, then one in phase 2.
void ToldInPhases(Role iut, IoCapability of_iut, IoCapability of_lt,
                  Reason in_phase_2, void (*prepare)(LowerTester&) = nullptr) {
  for (const Reason reason :
       {Reason::kAuthenticationRequirements, Reason::kUnspecifiedReason,
        Reason::kPairingNotSupported, Reason::kRepeatedAttempts}) {
    LowerTester lt(iut, With(of_iut, MitmOption::kYes));
    lt.features.io_capability = of_lt;
    if (prepare != nullptr) prepare(lt);
    if (iut == kCentral) {
      lt.StartIut();
      lt.Expect<PairingRequest>();
    } else {
      lt.Features();
    }
    lt.SendFailed(reason);
    lt.ExpectTold(reason);
  }
  LowerTester lt(iut, With(of_iut, MitmOption::kYes));
  lt.features.io_capability = of_lt;
  if (prepare != nullptr) prepare(lt);
  lt.Features();
  lt.PublicKeys();
  lt.iut.to_link.clear();
  lt.SendFailed(in_phase_2);
  lt.ExpectTold(in_phase_2);
  EXPECT_EQ(lt.iut.Report().model == Model::kOutOfBand, prepare != nullptr);
}
TEST(SM, CEN_SCJW_BI_01) {
  ToldInPhases(kCentral, kDisplayYesNo, kDisplayYesNo,
               Reason::kNumericComparisonFailed);
}
TEST(SM, PER_SCJW_BI_02) {
  LowerTester lt(kPeripheral);
  lt.Features();
  lt.PublicKeys();
  lt.Expect<PairingConfirm>();
  lt.SendFailed(Reason::kConfirmValueFailed);
  lt.ExpectTold(Reason::kConfirmValueFailed);
}

// --- Passkey Entry.

// At the IUT that shows the passkey: the Lower Tester's user types it, and says
// so key by key where both sides have asked for that.
void KeypressesOfLt(bool agreed) {
  LowerTester lt(kCentral, With(kDisplayOnly, MitmOption::kYes));
  lt.iut.user.parameters.keypress = true;
  lt.features.io_capability = kKeyboardOnly;
  lt.features.auth_req.mitm = true;
  lt.features.auth_req.bonding = false;
  lt.features.auth_req.keypress = agreed;
  lt.Features();
  EXPECT_TRUE(PairingFeatures::Decode(lt.request)->auth_req.keypress);
  lt.PublicKeys();
  if (agreed) {
    lt.Send(KeypressNotification{0});
    for (int i = 0; i < 6; ++i) lt.Send(KeypressNotification{1});
    lt.Send(KeypressNotification{4});
  }
  lt.Rounds(lt.Passkey());
  lt.DhKeyChecks();
  lt.EncryptLink();
  lt.Keys();
  lt.ExpectPaired(Model::kPasskeyEntry, kAuthenticated);
  EXPECT_EQ(lt.iut.keypresses.size(), agreed ? 8u : 0u);
  EXPECT_EQ(lt.iut.progress.empty(), !agreed);
  if (agreed) {
    EXPECT_EQ(lt.iut.progress.back().entered, 6);
  }
}
TEST(SM, CEN_SCPK_BV_01) {
  KeypressesOfLt(true);
  KeypressesOfLt(false);
}

// At the IUT that the passkey is typed at: it sends Keypress Notifications if
// and only if the Lower Tester, too, has asked for them.
void KeypressesOfIut(bool agreed) {
  LowerTester lt(kPeripheral, With(kKeyboardOnly, MitmOption::kYes));
  lt.iut.user.parameters.keypress = true;
  lt.iut.user.passkey = [] { return std::nullopt; };
  lt.features.io_capability = kKeyboardDisplay;
  lt.features.auth_req.mitm = true;
  lt.features.auth_req.keypress = agreed;
  lt.Features();
  EXPECT_TRUE(PairingFeatures::Decode(lt.response)->auth_req.keypress);
  lt.PublicKeys();
  const auto* prompt = lt.iut.Asked<PasskeyInputPrompt>();
  ASSERT_NE(prompt, nullptr);
  EXPECT_EQ(prompt->keypress, agreed);
  using enum KeypressType;
  for (const KeypressType type : {kStarted, kDigitEntered, kCompleted}) {
    lt.iut.Give(SendKeypress{type});
    if (agreed) {
      EXPECT_EQ(lt.Expect<KeypressNotification>().type,
                std::to_underlying(type));
    }
  }
  lt.ExpectSilence();
  lt.iut.Give(EnterPasskey{lt.iut.asked.back().prompt, lt.passkey});
  lt.Rounds(lt.passkey);
  lt.DhKeyChecks();
  lt.EncryptLink();
  lt.Keys();
  lt.ExpectPaired(Model::kPasskeyEntry, kAuthenticated);
}
TEST(SM, PER_SCPK_BV_02) {
  KeypressesOfIut(false);
  KeypressesOfIut(true);
}

void PasskeyWithReservedBits(Role iut) {
  for (const IoCapability of_iut : {kDisplayOnly, kKeyboardOnly}) {
    LowerTester lt(iut, With(of_iut, MitmOption::kYes));
    lt.features.io_capability = kKeyboardOnly;
    lt.features.auth_req.mitm = true;
    lt.reserved_auth_req = kReservedAuthReq;
    lt.Pair();
    lt.ExpectPaired(Model::kPasskeyEntry, kAuthenticated);
  }
}
TEST(SM, PER_SCPK_BV_03) { PasskeyWithReservedBits(kPeripheral); }
TEST(SM, CEN_SCPK_BV_04) { PasskeyWithReservedBits(kCentral); }

TEST(SM, CEN_SCPK_BI_01) {
  ToldInPhases(kCentral, kDisplayOnly, kKeyboardOnly,
               Reason::kPasskeyEntryFailed);
}
TEST(SM, PER_SCPK_BI_04) {
  ToldInPhases(kPeripheral, kDisplayOnly, kKeyboardOnly,
               Reason::kPasskeyEntryFailed);
}

// A Confirm that is wrong in one bit.
void WrongConfirmInRound(Role iut) {
  for (const int round : {0, 7, 19}) {
    LowerTester lt(iut, With(kDisplayOnly, MitmOption::kYes));
    lt.features.io_capability = kKeyboardOnly;
    lt.Features();
    lt.PublicKeys();
    lt.Rounds(lt.Passkey(), round);
    lt.own_nonce = lt.RandomNonce();
    const auto bit = static_cast<uint8_t>(0x80 | (lt.Passkey() >> round & 1));
    ConfirmValue confirm = lt.Confirm(lt.own_nonce, bit);
    confirm.Fill()[0] ^= 0x01;
    lt.ExchangeWrong(std::move(confirm));
    lt.ExpectFailed(Reason::kConfirmValueFailed);
  }
}
TEST(SM, CEN_SCPK_BI_02) { WrongConfirmInRound(kCentral); }
TEST(SM, PER_SCPK_BI_03) { WrongConfirmInRound(kPeripheral); }

// The Lower Tester's user types another passkey, which shows in the first bit
// that differs.
void WrongPasskey(Role iut) {
  for (const IoCapability of_iut : {kDisplayOnly, kKeyboardOnly}) {
    for (const uint32_t difference : {1u, 1u << 9, 1u << 19}) {
      LowerTester lt(iut, With(of_iut, MitmOption::kYes));
      lt.features.io_capability = kKeyboardOnly;
      lt.features.auth_req.mitm = true;
      lt.Features();
      lt.PublicKeys();
      lt.RoundsWithWrong(lt.Passkey() ^ difference);
      lt.ExpectFailed(Reason::kConfirmValueFailed);
    }
  }
}
TEST(SM, CEN_SCPK_BI_03) { WrongPasskey(kCentral); }
TEST(SM, PER_SCPK_BI_05) { WrongPasskey(kPeripheral); }

// --- OOB.

void GiveIutTheDataOfLt(LowerTester& lt) {
  lt.key = std::move(*KeyPair::Generate());
  const Nonce random = lt.RandomNonce();
  const auto& x = lt.key->public_key().x();
  lt.iut.user.parameters.oob_peer =
      PeerOobData{f4(x, x, random, 0), random.Clone()};
  lt.own_r = random.Clone();
}

// The flags of the IUT and of the Lower Tester: who has the other's data.
void OutOfBand(Role iut, bool iut_has, bool lt_has, uint8_t reserved) {
  LowerTester lt(iut, With(kNoInputNoOutput));
  lt.reserved_auth_req = reserved;
  if (iut_has) GiveIutTheDataOfLt(lt);
  if (lt_has) {
    lt.iut.user.parameters.oob_local =
        LocalOobData{std::move(*KeyPair::Generate()), Counting<Nonce>(40)};
    lt.peer_r = Counting<Nonce>(40);
    lt.features.oob = true;
  }
  lt.Pair();
  lt.ExpectPaired(Model::kOutOfBand, kAuthenticated);
  EXPECT_TRUE(lt.iut.Report().security.secure_connections);
}
void OutOfBandInAllWays(Role iut, uint8_t reserved) {
  OutOfBand(iut, true, true, reserved);
  OutOfBand(iut, true, false, reserved);
  OutOfBand(iut, false, true, reserved);
}
TEST(SM, CEN_SCOB_BV_01) { OutOfBandInAllWays(kCentral, 0); }
TEST(SM, PER_SCOB_BV_02) { OutOfBandInAllWays(kPeripheral, 0); }
TEST(SM, PER_SCOB_BV_03) { OutOfBandInAllWays(kPeripheral, kReservedAuthReq); }
TEST(SM, CEN_SCOB_BV_04) { OutOfBandInAllWays(kCentral, kReservedAuthReq); }

// In phase 2 the IUT has the Lower Tester's data, and is told that the Lower
// Tester has none of the IUT's.
void OobNotAvailable(Role iut) {
  ToldInPhases(iut, kNoInputNoOutput, kNoInputNoOutput,
               Reason::kOobNotAvailable, [](LowerTester& lt) {
                 GiveIutTheDataOfLt(lt);
                 lt.features.oob = true;
                 lt.iut.user.parameters.oob_local = LocalOobData{
                     std::move(*KeyPair::Generate()), Counting<Nonce>(40)};
               });
}
TEST(SM, CEN_SCOB_BI_01) { OobNotAvailable(kCentral); }
TEST(SM, PER_SCOB_BI_02) { OobNotAvailable(kPeripheral); }

void WrongCommitment(Role iut) {
  LowerTester lt(iut, With(kNoInputNoOutput));
  GiveIutTheDataOfLt(lt);
  // Of this very key, and wrong in one bit.
  lt.iut.user.parameters.oob_peer->confirm.Fill()[0] ^= 0x01;
  lt.iut.user.parameters.oob_local =
      LocalOobData{std::move(*KeyPair::Generate()), Counting<Nonce>(40)};
  lt.features.oob = true;
  lt.Features();
  lt.PublicKeys();
  lt.ExpectFailed(Reason::kConfirmValueFailed);
  // What the peer sends before it has heard of that.
  lt.Send(PairingRandom{lt.RandomNonce()});
  lt.ExpectSilence();
}
TEST(SM, PER_SCOB_BI_03) { WrongCommitment(kPeripheral); }
TEST(SM, CEN_SCOB_BI_04) { WrongCommitment(kCentral); }

// In place of the SCCT cases, which need BR/EDR: nothing is ever offered that
// would derive a key for it.
TEST(SM, NeitherTheLinkKeyBitNorCt2IsEverSent) {
  for (const Role iut : {kCentral, kPeripheral}) {
    LowerTester lt(iut);
    lt.reserved_auth_req = 0x20;
    lt.iut.user.parameters.initiator_keys.sign = true;
    if (iut == kCentral) {
      lt.StartIut();
      lt.request = lt.Expect<PairingRequest>().octets;
    } else {
      PairingOctets request = lt.features.Encode(Code::kPairingRequest);
      request[5] = request[6] = 0x0F;
      lt.Send(PairingRequest{request});
      lt.request = lt.Expect<PairingResponse>().octets;
    }
    EXPECT_EQ(lt.request[3] & 0x20, 0);
    EXPECT_EQ(lt.request[5] & 0x08, 0);
    EXPECT_EQ(lt.request[6] & 0x08, 0);
  }
}

}  // namespace
}  // namespace bondd::smp::test
