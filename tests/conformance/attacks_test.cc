// Known attacks on the cryptography and the association models of pairing,
// each under the number of the project's catalogue and with the CVE or paper
// that described it, played by the Lower Tester.

#include <gtest/gtest.h>

#include <set>

#include "tests/conformance/names.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;
using Reason = PairingFailedReason;
using Model = AssociationModel;

// 1. KNOB on LE, BLERP: a short key.
TEST(Attack, Row01_EntropyDowngrade_KNOB_BLERP) {
  for (const Role role : kBoth) {
    for (const int size : {15, 7, 6, 0, 17, 253}) {
      LowerTester lt(role);
      lt.features.max_key_size = static_cast<uint8_t>(size);
      lt.BeginWithFeatures();
      const bool in_range = size >= 7 && size <= 16;
      lt.ExpectFailed(in_range ? Reason::kEncryptionKeySize
                               : Reason::kInvalidParameters);
    }
  }
}

using KeyOctets = std::array<uint8_t, 64>;

// [Vol 3, Part H] 2.3.5.6.1: the prime of P-256, least significant octet first.
constexpr std::array<uint8_t, 32> kPrime = {
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF};

// The other point with the same X.
KeyOctets Mirrored(KeyOctets key) {
  int borrow = 0;
  for (size_t i = 0; i < 32; ++i) {
    const int difference = kPrime[i] - key[32 + i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    key[32 + i] = static_cast<uint8_t>(difference + 256 * borrow);
  }
  return key;
}

// Coordinate 0 is X, 1 is Y.
KeyOctets WithCoordinate(KeyOctets key, size_t coordinate,
                         const std::array<uint8_t, 32>& value) {
  std::copy(value.begin(), value.end(), key.begin() + 32 * coordinate);
  return key;
}

void RefusePublicKey(LowerTester& lt, const KeyOctets& key) {
  lt.Features();
  if (!lt.initiates()) lt.Expect<PairingPublicKey>();
  lt.Send(PairingPublicKey{key});
  lt.ExpectFailed(Reason::kDhKeyCheckFailed);
  // No nonce, and as responder no public key, has left before.
  lt.ExpectSilence();
}

// 2. CVE-2018-5383: points that are not on the curve, and numbers that are no
// coordinates.
TEST(Attack, Row02_InvalidCurve_CVE_2018_5383) {
  const KeyOctets good = KeyPair::Generate()->public_key().Octets();
  const KeyOctets other = KeyPair::Generate()->public_key().Octets();
  const std::array<uint8_t, 32> zero{};
  std::array<uint8_t, 32> all_ones;
  all_ones.fill(0xFF);
  std::array<uint8_t, 32> others_y;
  std::copy(other.begin() + 32, other.end(), others_y.begin());
  KeyOctets flipped = good;
  flipped[63] ^= 0x80;
  const KeyOctets bad[] = {KeyOctets{},
                           WithCoordinate(good, 0, zero),
                           WithCoordinate(good, 1, zero),
                           WithCoordinate(good, 0, kPrime),
                           WithCoordinate(good, 1, kPrime),
                           WithCoordinate(good, 1, all_ones),
                           WithCoordinate(good, 1, others_y),
                           flipped};
  for (const Role role : kBoth) {
    for (const KeyOctets& key : bad) {
      LowerTester lt(role);
      RefusePublicKey(lt, key);
    }
  }
}

// 3. CVE-2020-26558 and CVE-2021-37577: our own X, with Y and with -Y.
TEST(Attack, Row03_ReflectedPublicKey_CVE_2020_26558_CVE_2021_37577) {
  for (const Role role : kBoth) {
    for (const bool mirrored : {false, true}) {
      LowerTester lt(role);
      // The pair that the IUT is going to use is known here.
      auto pair = KeyPair::Generate();
      ASSERT_TRUE(pair);
      const KeyOctets own = pair->public_key().Octets();
      // The mirror image is a point of the curve.
      ASSERT_TRUE(PublicKey::Validate(Mirrored(own)));
      lt.iut.key_pairs.next.push_back(std::move(*pair));
      RefusePublicKey(lt, mirrored ? Mirrored(own) : own);
    }
  }
}

// 4. CVE-2020-26558, Passkey Entry: our own commitment sent back.
TEST(Attack, Row04_MirroredConfirm_CVE_2020_26558) {
  for (const bool legacy : {false, true}) {
    LowerTester lt(kCentral, legacy ? LegacyIut(kDisplayOnly, MitmOption::kYes)
                                    : With(kDisplayOnly, MitmOption::kYes));
    lt.features.auth_req.secure_connections = !legacy;
    lt.features.io_capability = kKeyboardOnly;
    lt.Features();
    if (!legacy) lt.PublicKeys();
    lt.Send(lt.Expect<PairingConfirm>());
    lt.ExpectFailed(Reason::kConfirmValueFailed);
    lt.ExpectSilence();
  }
}

// 5. A shown passkey is worth one attempt.
TEST(Attack, Row05_PasskeyGuessedBitByBit_Insinuator) {
  std::set<uint32_t> shown;
  LowerTester lt(kPeripheral, With(kDisplayOnly, MitmOption::kYes));
  lt.features.io_capability = kKeyboardOnly;
  for (int attempt = 0; attempt < 20; ++attempt) {
    lt.key.reset();
    lt.Features();
    lt.PublicKeys();
    lt.Rounds(lt.Passkey(), attempt);
    shown.insert(lt.Passkey());
    lt.Send(PairingConfirm{Counting<ConfirmValue>(1)});
    lt.Expect<PairingConfirm>();
    lt.Send(PairingRandom{lt.RandomNonce()});
    lt.ExpectFailed(Reason::kConfirmValueFailed);
  }
  EXPECT_EQ(shown.size(), 20u);
}

// 5. Passkeys are uniform.
TEST(Attack, Row05_PasskeysAreUniform) {
  SeededRandom random(1);
  constexpr int kDraws = 100'000;
  constexpr int kBins = 100;
  std::array<int, kBins> bins{};
  for (int i = 0; i < kDraws; ++i) {
    const auto passkey = GeneratePasskey(random);
    ASSERT_TRUE(passkey && *passkey < 1'000'000);
    ++bins[*passkey / 10'000];
  }
  double chi_square = 0;
  constexpr double kExpected = double{kDraws} / kBins;
  for (const int count : bins) {
    chi_square += (count - kExpected) * (count - kExpected) / kExpected;
  }
  // 99 degrees of freedom: beyond 148 once in a thousand.
  EXPECT_LT(chi_square, 148.2);
}

// 6. A twenty-first round.
TEST(Attack, Row06_MoreThanTwentyRounds_Zephyr_114792) {
  for (const Role role : kBoth) {
    LowerTester lt(role, With(kDisplayOnly, MitmOption::kYes));
    lt.features.io_capability = kKeyboardOnly;
    lt.Features();
    lt.PublicKeys();
    lt.Rounds(lt.Passkey());
    if (role == kCentral) lt.Expect<PairingDhKeyCheck>();
    lt.Send(PairingConfirm{});
    lt.ExpectFailed(Reason::kUnspecifiedReason);
  }
}

// 8, 9. CVE-2022-25836 and one-way Secure Connections Only.
TEST(Attack, Row08And09_SecureConnectionsBitCleared_CVE_2022_25836) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    lt.iut.user.parameters.secure_connections = SecureConnectionsOption::kOnly;
    lt.features.auth_req.secure_connections = false;
    lt.BeginWithFeatures();
    lt.ExpectFailed(Reason::kAuthenticationRequirements);
  }
}

// 10. CVE-2026-31773, CVE-2026-43334: the level comes of the model that ran.
TEST(Attack, Row10_MitmBitBuiltFromThePeers_CVE_2026_31773_CVE_2026_43334) {
  for (const Role role : kBoth) {
    LowerTester lt(role, With(kDisplayYesNo, MitmOption::kYes));
    lt.iut.user.parameters.require_level = 3;
    lt.features.io_capability = kNoInputNoOutput;
    lt.BeginWithFeatures();
    lt.ExpectFailed(Reason::kAuthenticationRequirements);
  }
  LowerTester lt(kPeripheral, With(kNoInputNoOutput));
  lt.features.auth_req.mitm = true;
  lt.features.io_capability = kDisplayYesNo;
  lt.Pair();
  lt.ExpectPaired(Model::kJustWorks, kUnauthenticated);
}

// 11. The debug key of the specification, of which everybody has the private
// half.
TEST(Attack, Row11_DebugKey) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    lt.key = std::move(*KeyPair::Debug());
    lt.Features();
    if (role == kCentral) lt.Expect<PairingPublicKey>();
    lt.Send(PairingPublicKey{lt.key->public_key().Octets()});
    lt.ExpectFailed(Reason::kInvalidParameters);
    lt.ExpectSilence();
  }
}

// 12. Keys that everybody knows: of zeros, and the specification's. They are
// given here as it prints them, most significant octet first.
template <typename SecretType>
SecretType Printed(const std::array<uint8_t, 16>& octets) {
  SecretType secret;
  std::reverse_copy(octets.begin(), octets.end(), secret.Fill().begin());
  return secret;
}
// [Vol 6, Part C] 1
const Ltk kLtkOfTheLinkLayer =
    Printed<Ltk>({0x4c, 0x68, 0x38, 0x41, 0x39, 0xf5, 0x74, 0xd8, 0x36, 0xbc,
                  0xf3, 0x4e, 0x9d, 0xfb, 0x01, 0xbf});
constexpr uint64_t kRandOfTheLinkLayer = 0xABCDEF1234567890;
// [Vol 3, Part H] D.3
const Ltk kLtkOfF5 =
    Printed<Ltk>({0x69, 0x86, 0x79, 0x11, 0x69, 0xd7, 0xcd, 0x23, 0x98, 0x05,
                  0x22, 0xb5, 0x94, 0x75, 0x0a, 0x38});
// [Vol 3, Part H] D.7
const Irk kIrkOfAh =
    Printed<Irk>({0xec, 0x02, 0x34, 0xa3, 0x57, 0xc8, 0xad, 0x05, 0x34, 0x10,
                  0x10, 0xa6, 0x0a, 0x39, 0x7d, 0x9b});

// Sends its keys, each as it is given here, as long as the IUT takes them.
void SendKeysOf(LowerTester& lt, const Ltk& ltk, uint64_t rand,
                const Irk& irk) {
  lt.iut.user.parameters = LegacyIut(kNoInputNoOutput);
  SpeakLegacy(lt, kNoInputNoOutput);
  lt.Features();
  lt.Authenticate();
  lt.EncryptLink();
  if (lt.initiates()) lt.ExpectKeys(lt.negotiated.responder_keys);
  lt.Send(EncryptionInformation{ltk.Clone()});
  lt.Send(CentralIdentification{7, rand});
  lt.Send(IdentityInformation{irk.Clone()});
}

TEST(Attack, Row12_KnownKeys) {
  const Ltk ltk = Counting<Ltk>(1);
  const Irk irk = Counting<Irk>(2);
  for (const Role role : kBoth) {
    for (const Ltk* known : {&kLtkOfTheLinkLayer, &kLtkOfF5}) {
      LowerTester lt(role);
      SendKeysOf(lt, *known, 5, irk);
      lt.ExpectFailed(Reason::kKeyRejected);
      EXPECT_EQ(lt.iut.stored, 0u);
    }
    LowerTester zero(role);
    SendKeysOf(zero, Ltk(), 5, irk);
    zero.ExpectFailed(Reason::kKeyRejected);
    LowerTester rand(role);
    SendKeysOf(rand, ltk, kRandOfTheLinkLayer, irk);
    rand.ExpectFailed(Reason::kKeyRejected);
    LowerTester known_irk(role);
    SendKeysOf(known_irk, ltk, 5, kIrkOfAh);
    known_irk.ExpectFailed(Reason::kKeyRejected);
    EXPECT_EQ(zero.iut.stored + rand.iut.stored + known_irk.iut.stored, 0u);
  }
}
// Zeros that are no key: Rand and EDIV, and an IRK, which then is none.
TEST(Attack, Row12_ZerosThatAreNoFault) {
  for (const Role role : kBoth) {
    LowerTester lt(role, LegacyIut(kNoInputNoOutput));
    SpeakLegacy(lt, kNoInputNoOutput);
    lt.own_ltk = LongTermKey{Counting<Ltk>(1), 0, 0};
    lt.own_irk = Irk();
    lt.Pair();
    lt.ExpectPaired(Model::kJustWorks, kLegacyUnauthenticated);
  }
}

// 13. CVE-2025-26438: the OOB flag without data, which is also what is left
// once data has been used; a commitment that does not belong to the key.
TEST(Attack, Row13_OobFlagWithoutData_CVE_2025_26438) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    lt.features.oob = true;
    lt.BeginWithFeatures();
    lt.ExpectFailed(Reason::kOobNotAvailable);
  }
}
TEST(Attack, Row13_OobCommitmentOfAnotherKey_CVE_2025_26438) {
  const Nonce random = Counting<Nonce>(3);
  const auto other = KeyPair::Generate();
  const auto& x = other->public_key().x();
  for (const Role role : kBoth) {
    LowerTester lt(role);
    lt.iut.user.parameters.oob_peer =
        PeerOobData{f4(x, x, random, 0), random.Clone()};
    lt.Features();
    lt.PublicKeys();
    lt.ExpectFailed(Reason::kConfirmValueFailed);
  }
}

// Data that a pairing has used up is not there for the next one: the flag
// without it is refused, and the key pair that went with it is used no more.
TEST(Attack, Row13_OobDataUsedAgain_CVE_2025_26438) {
  for (const Role role : kBoth) {
    LowerTester first(role);
    auto local =
        LocalOobData{std::move(*KeyPair::Generate()), Counting<Nonce>(40)};
    const KeyOctets given_out = local.key_pair.public_key().Octets();
    first.iut.user.parameters.oob_local = std::move(local);
    first.peer_r = Counting<Nonce>(40);
    first.features.oob = true;
    first.Pair();
    first.ExpectPaired(Model::kOutOfBand, kAuthenticated);
    EXPECT_EQ(first.peer_key->Octets(), given_out);
    LowerTester again(role);
    again.Continue(first);
    again.iut.user.covers_bond = true;
    // daemon/ lends each set of data once (OobBook): here it is gone.
    again.iut.user.parameters = With(kNoInputNoOutput);
    again.features.oob = true;
    again.BeginWithFeatures();
    again.ExpectFailed(Reason::kOobNotAvailable);
    LowerTester plain(role);
    plain.Continue(again);
    plain.iut.user.covers_bond = true;
    plain.iut.user.parameters.replace = ReplaceOption::kAlways;
    plain.Pair();
    plain.ExpectPaired(Model::kJustWorks, kUnauthenticated);
    EXPECT_NE(plain.peer_key->Octets(), given_out);
  }
}

// 14. A key pair and a nonce for one attempt each.
TEST(Attack, Row14_ReuseOfKeysAndNonces) {
  LowerTester lt(kPeripheral);
  std::set<KeyOctets> keys;
  std::set<std::vector<uint8_t>> nonces;
  for (int i = 0; i < 100; ++i) {
    lt.key.reset();
    lt.Features();
    lt.PublicKeys();
    keys.insert(lt.peer_key->Octets());
    lt.Comparison();
    const auto nonce = lt.peer_nonce.Reveal();
    nonces.insert(std::vector<uint8_t>(nonce.begin(), nonce.end()));
    lt.SendFailed(Reason::kUnspecifiedReason);
  }
  EXPECT_EQ(keys.size(), 100u);
  EXPECT_EQ(nonces.size(), 100u);
}

void RequestKeyTooEarly(LowerTester& lt) {
  lt.iut.to_link.clear();
  lt.iut.Give(LongTermKeyRequest{0, 0});
  ASSERT_FALSE(lt.iut.to_link.empty());
  const auto* answer =
      std::get_if<AnswerLongTermKeyRequest>(&lt.iut.to_link.front());
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->key.has_value());
  lt.iut.to_link.pop_front();
  lt.ExpectFailed(Reason::kUnspecifiedReason);
}

// 15, 16. CVE-2020-13593 and CVE-2019-19194: encryption before there is a key.
TEST(Attack,
     Row15And16_EncryptionBeforeThereIsAKey_CVE_2020_13593_CVE_2019_19194) {
  for (int steps = 0; steps < 3; ++steps) {
    LowerTester lt(kPeripheral);
    lt.Features();
    if (steps > 0) lt.PublicKeys();
    if (steps > 1) lt.Comparison();
    RequestKeyTooEarly(lt);
  }
  LowerTester lt(kPeripheral, LegacyIut(kNoInputNoOutput));
  SpeakLegacy(lt, kNoInputNoOutput);
  lt.Features();
  RequestKeyTooEarly(lt);
}

// 17. The key of phase 2 goes with zeros, a bond's with its own numbers.
TEST(Attack, Row17_EdivAndRandOfAnotherKey) {
  LowerTester lt(kPeripheral);
  lt.Features();
  lt.Authenticate();
  lt.iut.Give(LongTermKeyRequest{1, 0});
  ASSERT_FALSE(lt.iut.to_link.empty());
  EXPECT_FALSE(std::get<AnswerLongTermKeyRequest>(lt.iut.to_link.front())
                   .key.has_value());
  lt.iut.to_link.pop_front();
  lt.ExpectFailed(Reason::kUnspecifiedReason);
}
TEST(Attack, Row17_EdivAndRandOfABondHaveToMatch) {
  LowerTester lt(kPeripheral, LegacyIut(kNoInputNoOutput));
  SpeakLegacy(lt, kNoInputNoOutput);
  lt.Pair();
  const LongTermKey& key = *lt.ltk_of_iut;
  const auto flipped = static_cast<uint16_t>(key.ediv ^ 1);
  for (const LongTermKeyRequest& wrong :
       {LongTermKeyRequest{key.rand, flipped},
        LongTermKeyRequest{key.rand ^ 1, key.ediv}, LongTermKeyRequest{0, 0}}) {
    lt.iut.Give(wrong);
    ASSERT_EQ(lt.iut.to_link.size(), 1u);
    EXPECT_FALSE(std::get<AnswerLongTermKeyRequest>(lt.iut.to_link.front())
                     .key.has_value());
    lt.iut.to_link.clear();
  }
}

}  // namespace
}  // namespace bondd::smp::test
