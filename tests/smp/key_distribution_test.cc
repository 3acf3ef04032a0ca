// Phase 3: which keys, in which order, which ones are refused, and when a side
// is done.

#include <gtest/gtest.h>

#include "smp/crypto.h"
#include "smp/sample_keys.h"
#include "tests/support/smp_checks.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;
using Names = std::vector<std::string>;

const Names kEncPdus = {"EncryptionInformation", "CentralIdentification"};
const Names kIdPdus = {"IdentityInformation", "IdentityAddressInformation"};
const Names kSignPdus = {"SigningInformation"};

// The key PDUs among them.
Names KeysIn(const Names& sent) {
  Names keys;
  for (const std::string& name : sent) {
    if (!name.starts_with("Pairing")) keys.push_back(name);
  }
  return keys;
}

void Add(Names& names, const Names& more) {
  names.insert(names.end(), more.begin(), more.end());
}

Names Expected(KeyDistribution keys, bool legacy) {
  Names names;
  if (keys.enc && legacy) Add(names, kEncPdus);
  if (keys.id) Add(names, kIdPdus);
  if (keys.sign) Add(names, kSignPdus);
  return names;
}

KeyDistribution KeysOf(int bits) {
  return {
      .enc = (bits & 1) != 0, .id = (bits & 2) != 0, .sign = (bits & 4) != 0};
}

TEST(KeyDistribution, SendsExactlyWhatWasNegotiatedInTheOrderOfTheTable) {
  for (int bits = 0; bits < 128; ++bits) {
    const bool legacy = (bits & 64) != 0;
    const KeyDistribution initiator = KeysOf(bits & 7);
    const KeyDistribution responder = KeysOf(bits >> 3 & 7);
    SmpPair pair;
    const auto parameters = legacy ? Legacy : With;
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      PairingParameters& p = pair.end(role).user.parameters;
      p = parameters(kNoInputNoOutput, MitmOption::kAuto);
      p.initiator_keys = initiator;
      p.responder_keys = responder;
    }
    pair.Pair();
    SCOPED_TRACE(bits);
    ExpectPaired(pair, AssociationModel::kJustWorks,
                 legacy ? kLegacyUnauthenticated : kUnauthenticated);
    EXPECT_EQ(KeysIn(pair.SentBy(Role::kInitiator)),
              Expected(initiator, legacy));
    EXPECT_EQ(KeysIn(pair.SentBy(Role::kResponder)),
              Expected(responder, legacy));
  }
}

TEST(KeyDistribution, TheRespondersKeysComeFirst) {
  SmpPair pair;
  Names order;
  pair.on_air = [&](Role role, Bytes& pdu) {
    if (PduName(pdu) == "IdentityInformation") {
      order.push_back(role == Role::kInitiator ? "initiator" : "responder");
    }
    return true;
  };
  pair.Pair();
  EXPECT_EQ(order, (Names{"responder", "initiator"}));
}

TEST(KeyDistribution, IsOverWhenTheLastKeyIsAcknowledged) {
  SmpPair pair;
  pair.withhold_acknowledgements = true;
  pair.Pair();
  EXPECT_TRUE(pair.central().reports.empty());
  EXPECT_EQ(pair.central().manager.state(), PairingState::kDistributingKeys);
  // Those of the earlier PDUs, and of one key, are not enough.
  const size_t sent = pair.SentBy(Role::kInitiator).size();
  pair.Give(Role::kInitiator, PdusAcknowledged{sent - 1});
  EXPECT_TRUE(pair.central().reports.empty());
  pair.Give(Role::kInitiator, PdusAcknowledged{1});
  EXPECT_TRUE(pair.central().Succeeded());
}

TEST(KeyDistribution, BondingIsOffUnlessBothSidesWantIt) {
  for (const Role role : {Role::kInitiator, Role::kResponder}) {
    SmpPair pair;
    pair.end(role).user.parameters.bonding = false;
    pair.Pair();
    ExpectPaired(pair, AssociationModel::kJustWorks, kUnauthenticated);
    EXPECT_FALSE(pair.central().Report().bonded);
    EXPECT_EQ(pair.central().bonds.size() + pair.peripheral().bonds.size(), 0u);
  }
}

TEST(KeyDistribution, PairingWithoutBondingLeavesTheBondAlone) {
  SmpPair pair;
  pair.Pair();
  pair.Reconnect();
  const BondData before =
      pair.central()
          .bonds.FindBond(pair.peripheral().identity.address)
          ->Clone();
  pair.central().user.parameters.bonding = false;
  pair.peripheral().user.covers_bond = true;
  pair.Pair();
  EXPECT_TRUE(pair.central().Succeeded());
  EXPECT_TRUE(SameBond(before, *pair.central().bonds.FindBond(
                                   pair.peripheral().identity.address)));
}

// Changes what the peer sends on its way and looks at what the other makes of
// it.
class KeysOfThePeer : public testing::TestWithParam<Role> {
 protected:
  KeysOfThePeer() {
    Use(pair_, Legacy(kNoInputNoOutput), Legacy(kNoInputNoOutput));
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      PairingParameters& p = pair_.end(role).user.parameters;
      p.initiator_keys.sign = p.responder_keys.sign = true;
    }
  }

  Role receiver() const { return Opposite(GetParam()); }
  SmpEnd& end() { return pair_.end(receiver()); }

  // Puts this PDU in the place of the peer's of the same name.
  void Replace(const Pdu& pdu) {
    replacement_ = Serialize(pdu);
    pair_.on_air = [this](Role sender, Bytes& sent) {
      if (sender == GetParam() && PduName(sent) == PduName(replacement_)) {
        sent = replacement_;
      }
      return true;
    };
  }

  void ExpectRefused(PairingFailedReason reason) {
    pair_.Pair();
    ASSERT_EQ(end().reports.size(), 1u);
    ASSERT_TRUE(end().Report().failure);
    EXPECT_EQ(end().Report().failure->reason, reason);
    EXPECT_EQ(end().Report().failure->phase, "KeyDistribution");
    EXPECT_EQ(end().stored, 0u);
    EXPECT_EQ(end().manager.security(), std::nullopt);
    EXPECT_EQ(end().disconnects.size(), 1u);
    EXPECT_EQ(pair_.SentBy(receiver()).back(), "PairingFailed");
  }

  static IdentityAddressInformation Address(uint8_t type,
                                            std::string_view text) {
    return {type, PublicAddress(text).octets};
  }

  SmpPair pair_;
  Bytes replacement_;
};

std::string SenderOf(const testing::TestParamInfo<Role>& info) {
  return info.param == Role::kInitiator ? "Initiator" : "Responder";
}

INSTANTIATE_TEST_SUITE_P(Sender, KeysOfThePeer,
                         testing::Values(Role::kInitiator, Role::kResponder),
                         SenderOf);

TEST_P(KeysOfThePeer, LtkOfZerosIsRejected) {
  Replace(EncryptionInformation{});
  ExpectRefused(PairingFailedReason::kKeyRejected);
}

TEST_P(KeysOfThePeer, LtkOfWhichOnlyZerosAreLeftIsRejected) {
  for (const Role role : {Role::kInitiator, Role::kResponder}) {
    PairingParameters& p = pair_.end(role).user.parameters;
    p.min_key_size = p.max_key_size = 7;
  }
  Ltk ltk;
  ltk.Fill()[7] = 1;
  Replace(EncryptionInformation{std::move(ltk)});
  ExpectRefused(PairingFailedReason::kKeyRejected);
}

TEST_P(KeysOfThePeer, LtkOfTheSpecificationIsRejected) {
  constexpr std::array<uint8_t, 16> kPrinted = {
      0x4c, 0x68, 0x38, 0x41, 0x39, 0xf5, 0x74, 0xd8,
      0x36, 0xbc, 0xf3, 0x4e, 0x9d, 0xfb, 0x01, 0xbf};
  Ltk ltk;
  std::reverse_copy(kPrinted.begin(), kPrinted.end(), ltk.Fill().begin());
  Replace(EncryptionInformation{std::move(ltk)});
  ExpectRefused(PairingFailedReason::kKeyRejected);
}

TEST_P(KeysOfThePeer, RandOfTheSpecificationIsRejected) {
  Replace(CentralIdentification{0x2474, 0xABCDEF1234567890});
  ExpectRefused(PairingFailedReason::kKeyRejected);
}

TEST_P(KeysOfThePeer, IrkOfTheSpecificationIsRejected) {
  constexpr std::array<uint8_t, 16> kPrinted = {
      0xec, 0x02, 0x34, 0xa3, 0x57, 0xc8, 0xad, 0x05,
      0x34, 0x10, 0x10, 0xa6, 0x0a, 0x39, 0x7d, 0x9b};
  Irk irk;
  std::reverse_copy(kPrinted.begin(), kPrinted.end(), irk.Fill().begin());
  Replace(IdentityInformation{std::move(irk)});
  ExpectRefused(PairingFailedReason::kKeyRejected);
}

TEST_P(KeysOfThePeer, ZerosInEdivRandAndCsrkAreNoFault) {
  Replace(CentralIdentification{0, 0});
  pair_.Pair();
  EXPECT_TRUE(end().Succeeded());
}

TEST_P(KeysOfThePeer, IrkOfZerosMeansNoPrivacy) {
  Replace(IdentityInformation{});
  pair_.Pair();
  ASSERT_TRUE(end().Succeeded());
  const BondData* bond =
      end().bonds.FindBond(pair_.end(GetParam()).identity.address);
  ASSERT_NE(bond, nullptr);
  EXPECT_FALSE(bond->peer_irk.has_value());
}

TEST_P(KeysOfThePeer, ASigningKeyOfZerosIsNotKept) {
  Replace(SigningInformation{});
  pair_.Pair();
  ASSERT_TRUE(end().Succeeded());
  const BondData* bond =
      end().bonds.FindBond(pair_.end(GetParam()).identity.address);
  ASSERT_NE(bond, nullptr);
  EXPECT_FALSE(bond->peer_csrk.has_value());
}

TEST_P(KeysOfThePeer, IdentityAddressOfAnUnknownTypeIsInvalid) {
  Replace(Address(2, "00:11:22:33:44:55"));
  ExpectRefused(PairingFailedReason::kInvalidParameters);
}

TEST_P(KeysOfThePeer, IdentityAddressHasToBePublicOrStatic) {
  // A resolvable and a non-resolvable private address.
  for (const char* text : {"4A:11:22:33:44:55", "0A:11:22:33:44:55"}) {
    pair_.Reconnect();
    Replace(Address(1, text));
    ExpectRefused(PairingFailedReason::kInvalidParameters);
  }
}

TEST_P(KeysOfThePeer, IdentityAddressOfZerosIsInvalid) {
  Replace(Address(0, "00:00:00:00:00:00"));
  ExpectRefused(PairingFailedReason::kInvalidParameters);
}

TEST_P(KeysOfThePeer, OurOwnIdentityIsRejected) {
  const DeviceAddress own = end().identity.address;
  Replace(IdentityAddressInformation{std::to_underlying(own.type), own.octets});
  ExpectRefused(PairingFailedReason::kKeyRejected);
}

TEST_P(KeysOfThePeer, IdentityOfAnotherBondIsRejectedAndThatBondUntouched) {
  BondData other;
  other.identity = PublicAddress("00:AA:BB:CC:DD:EE");
  other.security = kLegacyUnauthenticated;
  other.peer_ltk = LongTermKey{Counting<Ltk>(1), 2, 3};
  const BondData before = other.Clone();
  end().bonds.Put(std::move(other));
  Replace(Address(0, "00:AA:BB:CC:DD:EE"));
  ExpectRefused(PairingFailedReason::kKeyRejected);
  EXPECT_TRUE(SameBond(before, *end().bonds.FindBond(before.identity)));
}

TEST_P(KeysOfThePeer, AKeyThatWasNotNegotiatedFails) {
  PairingParameters& p = end().user.parameters;
  p.initiator_keys.sign = p.responder_keys.sign = false;
  pair_.on_air = [](Role sender, Bytes& sent) {
    if (sender == GetParam() && PduName(sent) == "IdentityInformation") {
      sent = Serialize(SigningInformation{});
    }
    return true;
  };
  ExpectRefused(PairingFailedReason::kUnspecifiedReason);
}

TEST_P(KeysOfThePeer, KeysInTheWrongOrderFail) {
  pair_.on_air = [](Role sender, Bytes& sent) {
    if (sender == GetParam() && PduName(sent) == "EncryptionInformation") {
      sent = Serialize(CentralIdentification{1, 2});
    }
    return true;
  };
  ExpectRefused(PairingFailedReason::kUnspecifiedReason);
}

TEST_P(KeysOfThePeer, AnLtkThatIsNotMaskedIsMaskedHere) {
  for (const Role role : {Role::kInitiator, Role::kResponder}) {
    PairingParameters& p = pair_.end(role).user.parameters;
    p.min_key_size = p.max_key_size = 9;
  }
  Replace(EncryptionInformation{Counting<Ltk>(1)});
  pair_.Pair();
  ASSERT_TRUE(end().Succeeded());
  const BondData* bond =
      end().bonds.FindBond(pair_.end(GetParam()).identity.address);
  Ltk masked = Counting<Ltk>(1);
  MaskToSize(masked.Fill(), 9);
  EXPECT_EQ(bond->peer_ltk->ltk, masked);
}

TEST(KeyDistribution, ThePeersRejectionFailsThePairingAndStoresNothing) {
  for (const bool legacy : {false, true}) {
    SmpPair pair;
    Use(pair, legacy ? Legacy(kNoInputNoOutput) : With(kNoInputNoOutput),
        With(kNoInputNoOutput));
    pair.on_air = [](Role sender, Bytes& pdu) {
      if (sender == Role::kInitiator && PduName(pdu) == "IdentityInformation") {
        pdu = Serialize(PairingFailed{0x0F});
      }
      return true;
    };
    pair.Pair();
    SmpEnd& end = pair.peripheral();
    EXPECT_EQ(end.Report().failure->reason, PairingFailedReason::kKeyRejected);
    EXPECT_EQ(end.Report().failure->cause, FailureCause::kPeer);
    EXPECT_EQ(end.bonds.size(), 0u);
    EXPECT_EQ(end.manager.security(), std::nullopt);
  }
}

TEST(KeyDistribution, KeysThatOvertakeTheEncryptionChangeAreHeld) {
  SmpPair pair;
  SmpEnd& central = pair.central();
  SmpEnd& peripheral = pair.peripheral();
  // Everything up to the encryption, by hand.
  central.Give(StartPairing{central.user.parameters.Clone()});
  const auto carry = [](SmpEnd& from, SmpEnd& to) {
    while (!from.to_link.empty() &&
           std::holds_alternative<SendPdu>(from.to_link.front())) {
      Bytes pdu = std::get<SendPdu>(from.to_link.front()).pdu;
      from.to_link.pop_front();
      from.Give(PdusAcknowledged{1});
      to.Give(PduReceived{std::move(pdu)});
    }
  };
  for (int i = 0; i < 5; ++i) {
    carry(central, peripheral);
    carry(peripheral, central);
  }
  ASSERT_EQ(central.to_link.size(), 1u);
  central.to_link.clear();
  peripheral.Give(LongTermKeyRequest{0, 0});
  peripheral.to_link.clear();
  // The peripheral is told first; its keys are there before the central is.
  peripheral.Give(EncryptionChange{0, true});
  carry(peripheral, central);
  EXPECT_TRUE(central.reports.empty());
  central.Give(EncryptionChange{0, true});
  carry(central, peripheral);
  EXPECT_TRUE(central.Succeeded());
  EXPECT_TRUE(peripheral.Succeeded());
}

}  // namespace
}  // namespace bondd::smp::test
