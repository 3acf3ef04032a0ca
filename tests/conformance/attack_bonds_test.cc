// Known attacks on bonds, and on pairing with a peer that is bonded already,
// each under the number of the project's catalogue and with the CVE or paper
// that described it.

#include <gtest/gtest.h>

#include "tests/conformance/names.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;
using Reason = PairingFailedReason;
using Model = AssociationModel;

// 18. CVE-2026-8676, NimBLE #2206: a bond that is evicted before the new one is
// complete. The link drops at each PDU of the second pairing.
TEST(Attack, Row18_BondEvictedTooEarly_CVE_2026_8676) {
  SmpPair whole;
  Use(whole, With(kDisplayYesNo), With(kDisplayYesNo));
  whole.Pair();
  const size_t length = whole.pdus();
  ASSERT_GT(length, 10u);
  for (size_t cut = 0; cut < length; ++cut) {
    SmpPair pair;
    Use(pair, With(kDisplayYesNo), With(kDisplayYesNo));
    pair.Pair();
    pair.Reconnect();
    pair.peripheral().user.covers_bond = true;
    const BondData of_p =
        pair.central()
            .bonds.FindBond(pair.peripheral().identity.address)
            ->Clone();
    const BondData of_c = pair.peripheral()
                              .bonds.FindBond(pair.central().identity.address)
                              ->Clone();
    pair.break_at = cut;
    pair.Pair();
    SCOPED_TRACE(cut);
    ASSERT_EQ(pair.central().reports.size(), 1u);
    EXPECT_EQ(pair.central().Report().failure->cause, FailureCause::kLinkLost);
    EXPECT_TRUE(SameBond(of_p, *pair.central().bonds.FindBond(of_p.identity)));
    // The responder knows of nothing before the Pairing Request came, and is
    // done when the initiator's last key has come.
    EXPECT_EQ(pair.peripheral().reports.size(), cut > 0 ? 1u : 0u);
    EXPECT_TRUE(
        SameBond(of_c, *pair.peripheral().bonds.FindBond(of_c.identity)));
  }
}

// The Lower Tester takes the address of a bonded peer.
class BondedLowerTester : public LowerTester {
 public:
  explicit BondedLowerTester(
      Role role, const SecurityProperties& security = kAuthenticated)
      : LowerTester(role) {
    BondData bond = BondWithLowerTester(security);
    before_ = bond.Clone();
    iut.bonds.Put(std::move(bond));
    iut.user.parameters.require_level = 1;
  }

  void ExpectBondUntouched() {
    const BondData* bond = iut.bonds.FindBond(before_.identity);
    ASSERT_NE(bond, nullptr);
    EXPECT_TRUE(SameBond(before_, *bond));
    EXPECT_EQ(iut.stored, 0u);
  }

 private:
  BondData before_;
};

constexpr uint8_t kKeyMissing = 0x06;

// 19a. BLERP (NDSS 2026): an impostor asks for security, then knows no key.
TEST(Attack, Row19_SecurityRequestThenRefusedKey_BLERP) {
  BondedLowerTester lt(kCentral);
  lt.Send(SecurityRequest{0x0D});
  ASSERT_EQ(lt.iut.to_link.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<StartEncryption>(lt.iut.to_link.front()));
  lt.iut.to_link.clear();
  lt.iut.Give(EncryptionChange{kKeyMissing, false});
  lt.ExpectSilence();
  EXPECT_TRUE(lt.iut.asked.empty());
  EXPECT_EQ(lt.iut.lost_by_peer.size(), 1u);
  EXPECT_EQ(lt.iut.manager.security(), std::nullopt);
  lt.ExpectBondUntouched();
}

// It can't put off the user's own pairing with the real peer by that either: a
// refused encryption is no pairing that has failed.
TEST(Attack, Row19_TenRefusedKeysDelayNobodysPairing_BLERP) {
  BondedLowerTester lt(kCentral);
  for (int i = 0; i < 10; ++i) {
    lt.Send(SecurityRequest{0x0D});
    ASSERT_EQ(lt.iut.to_link.size(), 1u);
    lt.iut.to_link.clear();
    lt.iut.Give(EncryptionChange{kKeyMissing, false});
    lt.iut.Advance(std::chrono::seconds(5));
  }
  // RepeatedAttempts hears of pairings by their reports.
  EXPECT_TRUE(lt.iut.reports.empty());
  EXPECT_EQ(lt.iut.lost_by_peer.size(), 10u);
  lt.ExpectBondUntouched();
  lt.iut.user.parameters.replace = ReplaceOption::kAlways;
  lt.Pair();
  lt.ExpectPaired(Model::kJustWorks, kUnauthenticated);
}

// 19b. BLERP: an impostor pairs anew, without the user knowing of the bond.
TEST(Attack, Row19_PairingRequestOfABondedIdentity_BLERP) {
  BondedLowerTester lt(kPeripheral, kUnauthenticated);
  lt.BeginWithFeatures();
  lt.ExpectFailed(Reason::kAuthenticationRequirements);
  lt.ExpectBondUntouched();
}

// 20. A bond is not replaced by less: no authentication, no Secure
// Connections, a shorter key.
TEST(Attack, Row20_DowngradeOfABond) {
  struct Less {
    bool secure_connections;
    uint8_t key_size;
    IoCapability io_capability;
    Reason reason;
  };
  for (const Less& less :
       {Less{true, 16, kNoInputNoOutput, Reason::kAuthenticationRequirements},
        Less{false, 16, kKeyboardOnly, Reason::kAuthenticationRequirements},
        Less{true, 15, kDisplayYesNo, Reason::kEncryptionKeySize}}) {
    for (const Role role : kBoth) {
      BondedLowerTester lt(role);
      PairingParameters& p = lt.iut.user.parameters;
      p.io_capability = kDisplayYesNo;
      p.mitm = MitmOption::kYes;
      p.min_key_size = 7;
      lt.iut.user.covers_bond = true;
      lt.features.auth_req.secure_connections = less.secure_connections;
      lt.features.max_key_size = less.key_size;
      lt.features.io_capability = less.io_capability;
      lt.BeginWithFeatures();
      lt.ExpectFailed(less.reason);
      lt.ExpectBondUntouched();
    }
  }
}

// 22. CVE-2020-15802, BLURtooth: keys derived for, or from, BR/EDR.
TEST(Attack, Row22_CrossTransportKeyDerivation_CVE_2020_15802) {
  for (const Role role : kBoth) {
    LowerTester lt(role);
    lt.reserved_auth_req = 0x20;  // CT2
    lt.reserved_keys = 0x08;      // LinkKey
    lt.Pair();
    lt.ExpectPaired(Model::kJustWorks, kUnauthenticated);
    const PairingOctets& own = role == kCentral ? lt.request : lt.response;
    EXPECT_EQ(own[3] & 0x20, 0);
    EXPECT_EQ((own[5] | own[6]) & 0x08, 0);
  }
  for (const Reason reason :
       {Reason::kBrEdrPairingInProgress, Reason::kCrossTransportNotAllowed}) {
    LowerTester lt(kCentral);
    lt.StartIut();
    lt.Expect<PairingRequest>();
    lt.SendFailed(reason);
    lt.ExpectTold(reason);
  }
}

// 23. CVE-2020-9770, BLESA: a reconnection whose encryption fails or is left
// out is worth nothing.
TEST(Attack, Row23_ReconnectionWithoutEncryption_CVE_2020_9770) {
  for (const uint8_t status : {kKeyMissing, uint8_t{0x3D}, uint8_t{0x08}}) {
    BondedLowerTester lt(kCentral);
    EXPECT_EQ(lt.iut.manager.security(), std::nullopt);
    lt.iut.Give(Encrypt{});
    EXPECT_EQ(lt.iut.manager.security(), std::nullopt);
    lt.iut.to_link.clear();
    lt.iut.Give(EncryptionChange{status, false});
    EXPECT_EQ(lt.iut.manager.security(), std::nullopt);
    EXPECT_TRUE(lt.iut.levels.empty());
    EXPECT_NE(lt.iut.encryptions.at(0).outcome, EncryptionOutcome::kEncrypted);
    lt.ExpectSilence();
    lt.ExpectBondUntouched();
  }
}

// 24. CVE-2023-45866: Just Works that nobody here has agreed to.
TEST(Attack, Row24_SilentJustWorks_CVE_2023_45866) {
  LowerTester lt(kPeripheral);
  lt.iut.user.mood = ScriptedUser::Mood::kSilent;
  lt.SendFeatures();
  lt.ExpectSilence();
  ASSERT_EQ(lt.iut.asked.size(), 1u);
  lt.iut.Give(Refuse{lt.iut.asked.front().prompt, std::nullopt});
  lt.ExpectFailed(Reason::kPairingNotSupported);
}

void ClaimIdentity(LowerTester& lt, const IdentityAddressInformation& claimed,
                   Reason reason) {
  lt.Features();
  lt.Authenticate();
  lt.EncryptLink();
  if (lt.initiates()) lt.ExpectKeys(lt.negotiated.responder_keys);
  lt.Send(IdentityInformation{lt.own_irk.Clone()});
  lt.Send(claimed);
  lt.ExpectFailed(reason);
  EXPECT_EQ(lt.iut.manager.security(), std::nullopt);
  EXPECT_EQ(lt.iut.disconnects.size(), 1u);
}

// 25. Identity theft in phase 3.
TEST(Attack, Row25_IdentityTheft) {
  const DeviceAddress other = PublicAddress("00:AA:BB:CC:DD:EE");
  for (const Role role : kBoth) {
    const DeviceAddress own = LowerTester(role).iut.identity.address;
    struct Claim {
      IdentityAddressInformation identity;
      Reason reason;
    };
    for (const Claim& claim :
         {Claim{{2, other.octets}, Reason::kInvalidParameters},
          Claim{{0xFF, other.octets}, Reason::kInvalidParameters},
          // Random, but neither static nor even an address.
          Claim{{1, other.octets}, Reason::kInvalidParameters},
          Claim{{0, {}}, Reason::kInvalidParameters},
          Claim{{0, own.octets}, Reason::kKeyRejected},
          Claim{{0, other.octets}, Reason::kKeyRejected}}) {
      LowerTester lt(role);
      BondData bond = BondWithLowerTester(kUnauthenticated);
      bond.identity = other;
      const BondData before = bond.Clone();
      lt.iut.bonds.Put(std::move(bond));
      lt.iut.user.parameters.replace = ReplaceOption::kAlways;
      ClaimIdentity(lt, claim.identity, claim.reason);
      EXPECT_TRUE(SameBond(before, *lt.iut.bonds.FindBond(other)));
    }
  }
}

// 26. An IRK of zeros must not make every private address the peer's.
TEST(Attack, Row26_IrkOfZeros) {
  LowerTester lt(kPeripheral);
  lt.own_irk = Irk();
  lt.Pair();
  lt.ExpectPaired(Model::kJustWorks, kUnauthenticated);
  EXPECT_EQ(lt.iut.bonds.FindBond(PrivateAddressOf(Irk())), nullptr);
}

}  // namespace
}  // namespace bondd::smp::test
