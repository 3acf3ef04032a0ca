// Known attacks by keys and by encryption out of turn, each under the number of
// the project's catalogue.

#include <gtest/gtest.h>

#include "tests/conformance/names.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;
using Reason = PairingFailedReason;
using Model = AssociationModel;

// 39. Keys before there is an encrypted link, that were not agreed on, in
// another order, and twice.
constexpr KeyDistribution kAllKeys = {.enc = true, .id = true, .sign = true};
// [Vol 3, Part H] 3.6.1: their order.
constexpr uint8_t kKeyCodes[] = {0x06, 0x07, 0x08, 0x09, 0x0A};

void SendKeyPdu(LowerTester& lt, uint8_t code) {
  if (code == 0x06) {
    lt.Send(EncryptionInformation{lt.own_ltk.ltk.Clone()});
  } else if (code == 0x07) {
    lt.Send(CentralIdentification{lt.own_ltk.ediv, lt.own_ltk.rand});
  } else if (code == 0x08) {
    lt.Send(IdentityInformation{lt.own_irk.Clone()});
  } else if (code == 0x09) {
    const DeviceAddress peer = RandomAddress("C7:00:00:00:00:02");
    lt.Send(IdentityAddressInformation{1, peer.octets});
  } else {
    lt.Send(SigningInformation{lt.own_csrk.Clone()});
  }
}

// Legacy pairing, encrypted; the Lower Tester has these keys to send.
void EncryptedFor(LowerTester& lt, KeyDistribution keys) {
  lt.iut.user.parameters = LegacyIut(kNoInputNoOutput);
  lt.iut.user.parameters.initiator_keys = kAllKeys;
  lt.iut.user.parameters.responder_keys = kAllKeys;
  SpeakLegacy(lt, kNoInputNoOutput);
  lt.features.initiator_keys = lt.initiates() ? keys : KeyDistribution{};
  lt.features.responder_keys = lt.initiates() ? KeyDistribution{} : keys;
  lt.Features();
  lt.Authenticate();
  lt.EncryptLink();
}

void ExpectNothingKept(LowerTester& lt) {
  lt.ExpectFailed(Reason::kUnspecifiedReason);
  EXPECT_EQ(lt.iut.stored, 0u);
  EXPECT_EQ(lt.iut.manager.security(), std::nullopt);
  EXPECT_EQ(lt.iut.disconnects.size(), 1u);
}

TEST(Attack, Row39_EachKeyBeforeEncryption) {
  for (const uint8_t code : kKeyCodes) {
    for (const bool authenticated : {false, true}) {
      for (const Role role : kBoth) {
        // What overtakes the Encryption Change at the central is kept.
        if (authenticated && role == kCentral) continue;
        LowerTester lt(role);
        lt.Features();
        if (authenticated) lt.Authenticate();
        lt.iut.to_link.clear();
        SendKeyPdu(lt, code);
        lt.ExpectFailed(Reason::kUnspecifiedReason);
        EXPECT_EQ(lt.iut.stored, 0u);
      }
    }
  }
}
TEST(Attack, Row39_EachKeyThatWasNotAgreedOn) {
  for (const uint8_t code : kKeyCodes) {
    for (const Role role : kBoth) {
      LowerTester lt(role);
      EncryptedFor(lt, {.enc = code > 0x07,
                        .id = code < 0x08 || code > 0x09,
                        .sign = code < 0x0A});
      SendKeyPdu(lt, code);
      ExpectNothingKept(lt);
    }
  }
}
// In the place of each key each of the others; the one before it comes twice.
TEST(Attack, Row39_EachKeyOutOfOrderOrTwice) {
  for (const Role role : kBoth) {
    for (const uint8_t place : kKeyCodes) {
      for (const uint8_t code : kKeyCodes) {
        if (code == place) continue;
        LowerTester lt(role);
        EncryptedFor(lt, kAllKeys);
        for (uint8_t before = 0x06; before < place; ++before) {
          SendKeyPdu(lt, before);
        }
        lt.ExpectSilence();
        SendKeyPdu(lt, code);
        ExpectNothingKept(lt);
      }
    }
  }
}

// 43. Encryption events that nothing here has caused: before, in each step of
// phase 2, and at the peripheral until it has given the key.
void ExpectDisconnected(LowerTester& lt) {
  EXPECT_EQ(lt.iut.disconnects.size(), 1u);
  EXPECT_EQ(lt.iut.manager.security(), std::nullopt);
  EXPECT_TRUE(lt.iut.levels.empty() || !lt.iut.levels.back());
}
void ToStep(LowerTester& lt, int steps) {
  if (steps > 0) lt.Features();
  if (steps > 1) lt.PublicKeys();
  if (steps > 2) lt.Comparison();
  if (steps > 3) lt.DhKeyChecks();
  lt.iut.to_link.clear();
}
TEST(Attack, Row43_EncryptionOnWithNoKeyGiven) {
  for (const Role role : kBoth) {
    for (int steps = 0; steps <= (role == kCentral ? 3 : 4); ++steps) {
      LowerTester lt(role);
      ToStep(lt, steps);
      lt.iut.Give(EncryptionChange{0, true});
      if (steps > 0) lt.ExpectFailed(Reason::kUnspecifiedReason);
      EXPECT_EQ(lt.iut.keys_given, 0u);
      EXPECT_TRUE(lt.iut.levels.empty());
      ExpectDisconnected(lt);
    }
  }
}
// PIN or Key Missing, MIC Failure, Connection Timeout.
constexpr uint8_t kErrors[] = {0x06, 0x3D, 0x08};
TEST(Attack, Row43_EncryptionErrorThatNothingHasCaused) {
  for (const Role role : kBoth) {
    for (const uint8_t error : kErrors) {
      LowerTester lt(role);
      lt.Features();
      lt.iut.Give(EncryptionChange{error, false});
      lt.Authenticate();
      lt.EncryptLink();
      lt.Keys();
      lt.ExpectPaired(Model::kJustWorks, kUnauthenticated);
    }
  }
}
TEST(Attack, Row43_EncryptionWithTheKeyOfPhase2Fails) {
  for (const Role role : kBoth) {
    for (const uint8_t error : kErrors) {
      LowerTester lt(role);
      lt.Features();
      lt.Authenticate();
      if (lt.initiates()) lt.iut.Give(LongTermKeyRequest{0, 0});
      lt.iut.to_link.clear();
      EXPECT_EQ(lt.iut.keys_given, 1u);
      lt.iut.Give(EncryptionChange{error, false});
      lt.ExpectFailed(Reason::kUnspecifiedReason);
      EXPECT_EQ(lt.iut.manager.security(), std::nullopt);
      EXPECT_TRUE(lt.iut.levels.empty());
    }
  }
}
TEST(Attack, Row43_EncryptionOffOrFailingInPhase3) {
  for (const Role role : kBoth) {
    for (const EncryptionChange& change :
         {EncryptionChange{0, false}, EncryptionChange{0x06, false},
          EncryptionChange{0x3D, false}, EncryptionChange{0x08, false},
          EncryptionChange{0x06, true}}) {
      LowerTester lt(role);
      lt.Features();
      lt.Authenticate();
      lt.EncryptLink();
      lt.iut.to_link.clear();
      lt.iut.Give(change);
      lt.ExpectFailed(Reason::kUnspecifiedReason);
      EXPECT_EQ(lt.iut.stored, 0u);
      ExpectDisconnected(lt);
    }
  }
}

// What the controller says of a key refresh that came to nothing: an error, on
// a link whose encryption it has not reported to be off.
constexpr EncryptionChange kRefreshRefused = {0x06, true};

// 43. A key refresh with an error: with the bond, in a pairing, and in one that
// has been given up while the controller was at it.
void EncryptedAtFirst(LowerTester& lt) {
  lt.Pair();
  lt.iut.user.covers_bond = true;
  lt.iut.reports.clear();
  ASSERT_NE(lt.iut.manager.security(), std::nullopt);
}
void ExpectEnded(LowerTester& lt) {
  EXPECT_EQ(lt.iut.manager.security(), std::nullopt);
  EXPECT_EQ(lt.iut.levels.back(), std::nullopt);
  EXPECT_EQ(lt.iut.disconnects.size(), 1u);
  EXPECT_FALSE(lt.iut.manager.busy());
}
TEST(Attack, Row43_KeyRefreshOfTheBondRefused) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    EncryptedAtFirst(lt);
    lt.iut.Give(Encrypt{});
    if (role == kPeripheral) lt.iut.Give(LongTermKeyRequest{0, 0});
    lt.iut.Give(kRefreshRefused);
    ExpectEnded(lt);
    EXPECT_EQ(lt.iut.keys_given, 2u);
    EXPECT_EQ(lt.iut.lost_by_peer.size(), role == kCentral ? 1u : 0u);
  }
}
TEST(Attack, Row43_KeyRefreshOfAPairingRefused) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    EncryptedAtFirst(lt);
    lt.Features();
    lt.Authenticate();
    if (role == kPeripheral) lt.iut.Give(LongTermKeyRequest{0, 0});
    EXPECT_EQ(lt.iut.keys_given, 2u);
    lt.iut.Give(kRefreshRefused);
    EXPECT_TRUE(lt.iut.Report().failure.has_value());
    ExpectEnded(lt);
  }
}
TEST(Attack, Row43_KeyRefreshOfAPairingThatWasGivenUpRefused) {
  for (const EncryptionChange& change :
       {kRefreshRefused, EncryptionChange{0, false}}) {
    LowerTester lt(kCentral);
    EncryptedAtFirst(lt);
    lt.Features();
    lt.Authenticate();
    lt.iut.Give(Cancel{});
    ASSERT_NE(lt.iut.manager.security(), std::nullopt);
    lt.iut.Give(change);
    ExpectEnded(lt);
  }
}

}  // namespace
}  // namespace bondd::smp::test
