// Known attacks on pairing, each under the number of the project's catalogue
// and with the CVE or paper that described it, played by the Lower Tester.

#include <gtest/gtest.h>

#include <set>

#include "tests/conformance/names.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;
using Reason = PairingFailedReason;
using Model = AssociationModel;

constexpr Role kBoth[] = {kCentral, kPeripheral};

void BeginWithFeatures(LowerTester& lt) {
  if (!lt.initiates()) {
    lt.StartIut();
    lt.Expect<PairingRequest>();
  }
  lt.SendFeatures();
}

// 1. KNOB on LE, BLERP: a short key.
TEST(Attack, Row01_EntropyDowngrade) {
  for (const Role role : kBoth) {
    for (const int size : {15, 7, 6, 0, 17, 253}) {
      LowerTester lt(role);
      lt.features.max_key_size = static_cast<uint8_t>(size);
      BeginWithFeatures(lt);
      const bool in_range = size >= 7 && size <= 16;
      lt.ExpectFailed(in_range ? Reason::kEncryptionKeySize
                               : Reason::kInvalidParameters);
    }
  }
}

// 3. CVE-2020-26558 and CVE-2021-37577: our own X, with Y and with -Y.
TEST(Attack, Row03_ReflectedPublicKey) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    // The pair that the IUT is going to use is known here.
    auto pair = KeyPair::Generate();
    ASSERT_TRUE(pair);
    const PairingPublicKey own{pair->public_key().Octets()};
    lt.iut.key_pairs.next.push_back(std::move(*pair));
    lt.Features();
    if (role == kCentral) lt.Expect<PairingPublicKey>();
    lt.Send(own);
    lt.ExpectFailed(Reason::kDhKeyCheckFailed);
  }
}

// 5. A shown passkey is worth one attempt.
TEST(Attack, Row05_PasskeyGuessedBitByBit) {
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
TEST(Attack, Row06_MoreThanTwentyRounds) {
  LowerTester lt(kPeripheral, With(kDisplayOnly, MitmOption::kYes));
  lt.features.io_capability = kKeyboardOnly;
  lt.Features();
  lt.PublicKeys();
  lt.Rounds(lt.Passkey());
  lt.Send(PairingConfirm{});
  lt.ExpectFailed(Reason::kUnspecifiedReason);
}

// 8, 9. CVE-2022-25836 and one-way Secure Connections Only.
TEST(Attack, Row08And09_SecureConnectionsBitCleared) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    lt.iut.user.parameters.secure_connections = SecureConnectionsOption::kOnly;
    lt.features.auth_req.secure_connections = false;
    BeginWithFeatures(lt);
    lt.ExpectFailed(Reason::kAuthenticationRequirements);
  }
}

// 10. CVE-2026-31773, CVE-2026-43334: the level comes of the model that ran.
TEST(Attack, Row10_MitmBitBuiltFromThePeers) {
  for (const Role role : kBoth) {
    LowerTester lt(role, With(kDisplayYesNo, MitmOption::kYes));
    lt.iut.user.parameters.require_level = 3;
    lt.features.io_capability = kNoInputNoOutput;
    BeginWithFeatures(lt);
    lt.ExpectFailed(Reason::kAuthenticationRequirements);
  }
  LowerTester lt(kPeripheral, With(kNoInputNoOutput));
  lt.features.auth_req.mitm = true;
  lt.features.io_capability = kDisplayYesNo;
  lt.Pair();
  lt.ExpectPaired(Model::kJustWorks, kUnauthenticated);
}

// 13. CVE-2025-26438: the OOB flag without data.
TEST(Attack, Row13_OobFlagWithoutData) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    lt.features.oob = true;
    BeginWithFeatures(lt);
    lt.ExpectFailed(Reason::kOobNotAvailable);
  }
}

// 14. A key pair and a nonce for one attempt each.
TEST(Attack, Row14_ReuseOfKeysAndNonces) {
  LowerTester lt(kPeripheral);
  std::set<std::array<uint8_t, 64>> keys;
  for (int i = 0; i < 100; ++i) {
    lt.key.reset();
    lt.Features();
    lt.PublicKeys();
    keys.insert(lt.peer_key->Octets());
    lt.Expect<PairingConfirm>();
    lt.SendFailed(Reason::kUnspecifiedReason);
  }
  EXPECT_EQ(keys.size(), 100u);
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
TEST(Attack, Row15And16_EncryptionBeforeThereIsAKey) {
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

// 17. The key of phase 2 goes with zeros.
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

// 26. An IRK of zeros must not make every private address the peer's.
TEST(Attack, Row26_IrkOfZeros) {
  LowerTester lt(kPeripheral);
  lt.own_irk = Irk();
  lt.Pair();
  lt.ExpectPaired(Model::kJustWorks, kUnauthenticated);
  Block zero{};
  auto hash = ah(Irk(zero), std::array<uint8_t, 3>{1, 2, 0x40});
  const DeviceAddress address{AddressType::kRandom,
                              {hash[0], hash[1], hash[2], 1, 2, 0x40}};
  EXPECT_EQ(lt.iut.bonds.FindBond(address), nullptr);
}

// 33. Codes that are reserved.
TEST(Attack, Row33_ReservedCodesAreIgnored) {
  LowerTester lt(kPeripheral);
  lt.Features();
  for (int code = 0x0F; code <= 0x100; ++code) {
    lt.SendOctets(Bytes(7, static_cast<uint8_t>(code)));
  }
  lt.ExpectSilence();
  lt.Authenticate();
  lt.EncryptLink();
  lt.Keys();
  lt.ExpectPaired(Model::kJustWorks, kUnauthenticated);
}

// 34. CVE-2022-46399: Random before Confirm.
TEST(Attack, Row34_RandomBeforeConfirm) {
  for (const bool legacy : {true, false}) {
    LowerTester lt(kPeripheral, legacy
                                    ? LegacyIut(kDisplayOnly, MitmOption::kYes)
                                    : With(kDisplayOnly, MitmOption::kYes));
    lt.features.auth_req.secure_connections = !legacy;
    lt.features.io_capability = kKeyboardOnly;
    lt.Features();
    if (!legacy) lt.PublicKeys();
    lt.Send(PairingRandom{lt.RandomNonce()});
    lt.ExpectFailed(Reason::kUnspecifiedReason);
  }
}

// 37, 38. A second Pairing Request, and one from the wrong side.
TEST(Attack, Row37_SecondPairingRequest) {
  LowerTester lt(kPeripheral);
  lt.Features();
  lt.Send(PairingRequest{lt.request});
  lt.ExpectFailed(Reason::kUnspecifiedReason);
}
TEST(Attack, Row38_PduOfTheWrongRole) {
  LowerTester central(kCentral);
  central.Send(PairingRequest{central.features.Encode(Code::kPairingRequest)});
  EXPECT_EQ(central.Expect<PairingFailed>().reason, 0x07);
  LowerTester peripheral(kPeripheral);
  peripheral.Send(SecurityRequest{});
  EXPECT_EQ(peripheral.Expect<PairingFailed>().reason, 0x07);
  EXPECT_TRUE(central.iut.reports.empty());
  EXPECT_TRUE(peripheral.iut.reports.empty());
}

// 39. Keys before there is an encrypted link.
TEST(Attack, Row39_KeysBeforeEncryption) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    lt.Features();
    if (role == kCentral) lt.iut.to_link.clear();
    lt.Send(IdentityInformation{Counting<Irk>(1)});
    lt.ExpectFailed(Reason::kUnspecifiedReason);
  }
}

// 41. A storm of Pairing Failed.
TEST(Attack, Row41_PairingFailedStorm) {
  LowerTester lt(kPeripheral);
  lt.Features();
  for (int i = 0; i < 1000; ++i) lt.SendFailed(Reason::kUnspecifiedReason);
  lt.ExpectTold(Reason::kUnspecifiedReason);
  EXPECT_EQ(lt.iut.reports.size(), 1u);
}

// 43. Encryption events that nothing here has caused.
TEST(Attack, Row43_EncryptionOutOfTurn) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    lt.Features();
    lt.iut.to_link.clear();
    lt.iut.Give(EncryptionChange{0, true});
    lt.ExpectFailed(Reason::kUnspecifiedReason);
    EXPECT_EQ(lt.iut.disconnects.size(), 1u);
    EXPECT_EQ(lt.iut.manager.security(), std::nullopt);
  }
  for (const EncryptionChange& change :
       {EncryptionChange{0, false}, EncryptionChange{0x3D, false}}) {
    LowerTester lt(kPeripheral);
    lt.Features();
    lt.Authenticate();
    lt.EncryptLink();
    lt.iut.to_link.clear();
    lt.iut.Give(change);
    lt.ExpectFailed(Reason::kUnspecifiedReason);
    EXPECT_EQ(lt.iut.disconnects.size(), 1u);
    EXPECT_EQ(lt.iut.manager.security(), std::nullopt);
  }
}

}  // namespace
}  // namespace bondd::smp::test
