// SM.TS: key distribution and usage, public keys, Security Requests, signing.

#include <gtest/gtest.h>

#include "smp/signer.h"
#include "tests/conformance/names.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;
using Reason = PairingFailedReason;
using Model = AssociationModel;

constexpr KeyDistribution kNone = {};
constexpr KeyDistribution kEnc = {.enc = true, .id = false, .sign = false};
constexpr KeyDistribution kId = {.enc = false, .id = true, .sign = false};
constexpr KeyDistribution kSign = {.enc = false, .id = false, .sign = true};
constexpr KeyDistribution kAll = {.enc = true, .id = true, .sign = true};

// The IUT would send everything; the Lower Tester wants these alone.
void Distribute(LowerTester& lt, bool legacy, KeyDistribution of_iut,
                KeyDistribution of_lt) {
  lt.iut.user.parameters =
      legacy ? LegacyIut(kNoInputNoOutput) : With(kNoInputNoOutput);
  lt.iut.user.parameters.initiator_keys = kAll;
  lt.iut.user.parameters.responder_keys = kAll;
  lt.features.auth_req.secure_connections = !legacy;
  lt.features.initiator_keys = lt.initiates() ? of_lt : of_iut;
  lt.features.responder_keys = lt.initiates() ? of_iut : of_lt;
  // The exact keys are checked as they come; ExpectPaired sees that no other
  // PDU follows.
  lt.Pair();
  lt.ExpectPaired(Model::kJustWorks,
                  legacy ? kLegacyUnauthenticated : kUnauthenticated);
  EXPECT_EQ(lt.iut.Report().keys_sent, of_iut);
}
void IutSends(Role iut, bool legacy, KeyDistribution keys) {
  LowerTester lt(iut);
  Distribute(lt, legacy, keys, kNone);
}
TEST(SM, PER_KDU_BV_01) { IutSends(kPeripheral, true, kEnc); }
TEST(SM, PER_KDU_BV_02) { IutSends(kPeripheral, true, kId); }
TEST(SM, PER_KDU_BV_03) { IutSends(kPeripheral, true, kSign); }
TEST(SM, PER_KDU_BV_08) { IutSends(kPeripheral, false, kId); }
TEST(SM, PER_KDU_BV_09) { IutSends(kPeripheral, false, kSign); }
TEST(SM, CEN_KDU_BV_04) { IutSends(kCentral, true, kSign); }
TEST(SM, CEN_KDU_BV_05) { IutSends(kCentral, true, kId); }
TEST(SM, CEN_KDU_BV_06) { IutSends(kCentral, true, kEnc); }
TEST(SM, CEN_KDU_BV_10) { IutSends(kCentral, false, kId); }
TEST(SM, CEN_KDU_BV_11) { IutSends(kCentral, false, kSign); }

TEST(SM, PER_KDU_BV_07) {
  LowerTester lt(kPeripheral);
  Distribute(lt, true, kEnc, kNone);
  const LongTermKey& key = *lt.ltk_of_iut;
  lt.iut.Give(LongTermKeyRequest{key.rand, key.ediv});
  ASSERT_EQ(lt.iut.to_link.size(), 1u);
  EXPECT_EQ(std::get<AnswerLongTermKeyRequest>(lt.iut.to_link.front()).key,
            key.ltk.Clone());
  lt.iut.Give(EncryptionChange{0, true});
  EXPECT_EQ(lt.iut.manager.security(), kLegacyUnauthenticated);
  EXPECT_TRUE(lt.iut.disconnects.empty());
}

// The peer rejects the IUT's keys after they have come.
void RejectKeys(bool legacy) {
  LowerTester lt(kPeripheral,
                 legacy ? LegacyIut(kNoInputNoOutput) : With(kNoInputNoOutput));
  lt.iut.user.parameters.initiator_keys = kAll;
  lt.iut.user.parameters.responder_keys = kAll;
  lt.features.auth_req.secure_connections = !legacy;
  lt.features.initiator_keys = lt.features.responder_keys = kAll;
  lt.Features();
  lt.Authenticate();
  lt.EncryptLink();
  lt.ExpectKeys(lt.negotiated.responder_keys);
  lt.SendFailed(Reason::kKeyRejected);
  lt.ExpectTold(Reason::kKeyRejected);
  EXPECT_EQ(lt.iut.stored, 0u);
  EXPECT_EQ(lt.iut.manager.security(), std::nullopt);
}
TEST(SM, PER_KDU_BI_02) { RejectKeys(true); }
TEST(SM, PER_KDU_BI_03) { RejectKeys(false); }

// --- Public keys that are none.

using Octets = std::array<uint8_t, 64>;

Octets ValidKey() { return KeyPair::Generate()->public_key().Octets(); }
Octets KeyWithYOfZero() {
  Octets octets = ValidKey();
  std::fill(octets.begin() + 32, octets.end(), uint8_t{0});
  return octets;
}
Octets KeyWithOneBitOfYFlipped() {
  Octets octets = ValidKey();
  octets[40] ^= 0x10;
  return octets;
}

void RefusePublicKey(Role iut, const Octets& octets) {
  LowerTester lt(iut);
  lt.Features();
  if (iut == kCentral) lt.Expect<PairingPublicKey>();
  lt.Send(PairingPublicKey{octets});
  // At once: neither a public key nor a nonce of ours leaves after it.
  lt.ExpectFailed(Reason::kDhKeyCheckFailed);
  lt.ExpectSilence();
}
void RefusePublicKeys(Role iut) {
  for (int i = 0; i < 20; ++i) RefusePublicKey(iut, KeyWithYOfZero());
  RefusePublicKey(iut, KeyWithOneBitOfYFlipped());
  RefusePublicKey(iut, Octets{});
}
TEST(SM, PER_KDU_BI_01) { RefusePublicKeys(kPeripheral); }
TEST(SM, CEN_KDU_BI_01) { RefusePublicKeys(kCentral); }
TEST(SM, PER_KDU_BI_04) { RefusePublicKeys(kPeripheral); }
TEST(SM, CEN_KDU_BI_04) {
  RefusePublicKeys(kCentral);
  // The IUT's own key, sent back.
  LowerTester lt(kCentral);
  lt.Features();
  lt.Send(lt.Expect<PairingPublicKey>());
  lt.ExpectFailed(Reason::kDhKeyCheckFailed);
}

// --- Security Requests.

TEST(SM, PER_PIS_BV_01) {
  LowerTester lt(kPeripheral, With(kDisplayYesNo, MitmOption::kYes));
  lt.features.io_capability = kDisplayYesNo;
  lt.iut.Give(RequestSecurity{With(kDisplayYesNo, MitmOption::kYes)});
  const auto auth_req =
      AuthReq::FromOctet(lt.Expect<SecurityRequest>().auth_req);
  EXPECT_TRUE(auth_req.mitm && auth_req.bonding);
  lt.Pair();
  lt.ExpectPaired(Model::kNumericComparison, kAuthenticated);
  EXPECT_EQ(lt.iut.reports.size(), 1u);
}

// What follows the Pairing Request that a Security Request has led to.
void PairAsAsked(LowerTester& lt) {
  lt.SendFeatures();
  lt.negotiated = Negotiate(*PairingFeatures::Decode(lt.request),
                            *PairingFeatures::Decode(lt.response));
  lt.Authenticate();
  lt.EncryptLink();
  lt.Keys();
}

TEST(SM, CEN_PIS_BV_02) {
  LowerTester lt(kCentral, With(kDisplayYesNo, MitmOption::kYes));
  lt.Send(SecurityRequest{0x05});
  lt.request = lt.Expect<PairingRequest>().octets;
  EXPECT_TRUE(PairingFeatures::Decode(lt.request)->auth_req.mitm);
  lt.features.io_capability = kDisplayYesNo;
  PairAsAsked(lt);
  lt.ExpectPaired(Model::kNumericComparison, kAuthenticated);
}

TEST(SM, PER_PIS_BV_02) {
  LowerTester lt(kPeripheral);
  lt.iut.bonds.Put(BondWithLowerTester(kLegacyUnauthenticated));
  lt.iut.Give(RequestSecurity{LegacyIut(kNoInputNoOutput)});
  EXPECT_FALSE(AuthReq::FromOctet(lt.Expect<SecurityRequest>().auth_req).mitm);
  lt.iut.Give(LongTermKeyRequest{5, 4});
  ASSERT_EQ(lt.iut.to_link.size(), 1u);
  EXPECT_EQ(std::get<AnswerLongTermKeyRequest>(lt.iut.to_link.front()).key,
            Counting<Ltk>(3));
  lt.iut.Give(EncryptionChange{0, true});
  ASSERT_EQ(lt.iut.reports.size(), 1u);
  EXPECT_TRUE(lt.iut.Report().by_encryption);
  EXPECT_FALSE(lt.iut.Report().failure);
}

TEST(SM, CEN_PIS_BV_03) {
  LowerTester lt(kCentral, With(kNoInputNoOutput));
  lt.Send(SecurityRequest{0x01});
  lt.request = lt.Expect<PairingRequest>().octets;
  lt.Send(SecurityRequest{0x01});
  lt.ExpectSilence();
  PairAsAsked(lt);
  lt.ExpectPaired(Model::kJustWorks, kUnauthenticated);
  EXPECT_EQ(lt.iut.reports.size(), 1u);
}

// --- Signing.

constexpr std::array<uint8_t, 5> kWrite = {0xD2, 0x10, 0x00, 0x01, 0x02};

BondData Signing() {
  BondData bond;
  bond.local_csrk = Counting<Csrk>(1);
  bond.peer_csrk = Counting<Csrk>(1);
  return bond;
}

TEST(SM, CEN_SIGN_BV_01) {
  BondData bond = Signing();
  const Bytes written = SignWith(bond, kWrite);
  ASSERT_EQ(written.size(), kWrite.size() + 12);
  const auto signature = Sign(*bond.local_csrk, kWrite, 0);
  EXPECT_TRUE(std::equal(signature.begin(), signature.end(),
                         written.begin() + kWrite.size()));
  EXPECT_EQ(bond.local_sign_counter, 1u);
}

TEST(SM, CEN_SIGN_BV_03) {
  BondData bond = Signing();
  BondData peer = Signing();
  EXPECT_TRUE(VerifyWith(bond, SignWith(peer, kWrite)));
  EXPECT_TRUE(VerifyWith(bond, SignWith(peer, kWrite)));
  EXPECT_EQ(bond.peer_sign_counter, 2u);
}

TEST(SM, CEN_SIGN_BI_01) {
  BondData bond = Signing();
  BondData peer = Signing();
  Bytes written = SignWith(peer, kWrite);
  written.back() ^= 1;
  EXPECT_FALSE(VerifyWith(bond, written));
  EXPECT_FALSE(VerifyWith(bond, ByteView(written).first(11)));
  EXPECT_EQ(bond.peer_sign_counter, 0u);
}

TEST(SM, SIGN_BI_02) {
  BondData bond = Signing();
  BondData peer = Signing();
  const Bytes first = SignWith(peer, kWrite);
  EXPECT_TRUE(VerifyWith(bond, first));
  EXPECT_FALSE(VerifyWith(bond, first));
  EXPECT_FALSE(VerifyWith(bond, first));
  EXPECT_TRUE(VerifyWith(bond, SignWith(peer, kWrite)));
}

}  // namespace
}  // namespace bondd::smp::test
