#include "smp/negotiation.h"

#include <gtest/gtest.h>

namespace bondd::smp {
namespace {

TEST(AuthReqFor, AsksForMitmByItselfOnlyWhereAModelGivesIt) {
  PairingParameters p;
  EXPECT_FALSE(AuthReqFor(p).mitm);
  p.io_capability = IoCapability::kDisplayOnly;
  EXPECT_TRUE(AuthReqFor(p).mitm);
  p.mitm = MitmOption::kNo;
  EXPECT_FALSE(AuthReqFor(p).mitm);
  p.io_capability = IoCapability::kNoInputNoOutput;
  p.mitm = MitmOption::kYes;
  EXPECT_TRUE(AuthReqFor(p).mitm);
  p.mitm = MitmOption::kAuto;
  p.oob = OobOption::kYes;
  EXPECT_TRUE(AuthReqFor(p).mitm);
}

TEST(AuthReqFor, HasTheSecureConnectionsBitUnlessOff) {
  PairingParameters p;
  EXPECT_TRUE(AuthReqFor(p).secure_connections);
  p.secure_connections = SecureConnectionsOption::kOnly;
  EXPECT_TRUE(AuthReqFor(p).secure_connections);
  p.secure_connections = SecureConnectionsOption::kOff;
  EXPECT_FALSE(AuthReqFor(p).secure_connections);
}

TEST(RequestFeatures, SetTheOobFlagOnlyWithDataForTheKindOfPairing) {
  PairingParameters p;
  p.oob_legacy_tk = Tk();
  // The peer may do Secure Connections, where the flag of one side selects OOB
  // and a TK is no data: the TK counts where Secure Connections is off.
  EXPECT_FALSE(RequestFeatures(p).oob);
  EXPECT_FALSE(RequestFeatures(p).auth_req.mitm);
  p.secure_connections = SecureConnectionsOption::kOff;
  EXPECT_TRUE(RequestFeatures(p).oob);
  EXPECT_TRUE(RequestFeatures(p).auth_req.mitm);
  p.secure_connections = SecureConnectionsOption::kOnly;
  EXPECT_FALSE(RequestFeatures(p).oob);
  p.oob_peer = PeerOobData{};
  EXPECT_TRUE(RequestFeatures(p).oob);
  p.secure_connections = SecureConnectionsOption::kOff;
  p.oob_legacy_tk.reset();
  EXPECT_FALSE(RequestFeatures(p).oob);
  p.oob = OobOption::kYes;
  EXPECT_TRUE(RequestFeatures(p).oob);
}

TEST(ResponseFeatures, GrantNoKeyThatTheRequestDidNotAskFor) {
  PairingParameters p;
  p.initiator_keys = p.responder_keys = {true, true, true};
  PairingFeatures request;
  request.initiator_keys = {false, true, false};
  request.responder_keys = {true, false, false};
  const PairingFeatures response = ResponseFeatures(p, request);
  EXPECT_EQ(response.initiator_keys, request.initiator_keys);
  EXPECT_EQ(response.responder_keys, request.responder_keys);
}

TEST(ResponseFeatures, SetTheOobFlagForTheKindThatTheRequestLeadsTo) {
  PairingFeatures secure;
  secure.auth_req.secure_connections = true;
  const PairingFeatures legacy;
  PairingParameters p;
  p.oob_legacy_tk = Tk();
  EXPECT_FALSE(ResponseFeatures(p, secure).oob);
  EXPECT_FALSE(ResponseFeatures(p, secure).auth_req.mitm);
  EXPECT_TRUE(ResponseFeatures(p, legacy).oob);
  p.secure_connections = SecureConnectionsOption::kOff;
  EXPECT_TRUE(ResponseFeatures(p, secure).oob);
  p.secure_connections = SecureConnectionsOption::kOn;
  p.oob_legacy_tk.reset();
  p.oob_peer = PeerOobData{};
  EXPECT_TRUE(ResponseFeatures(p, secure).oob);
  EXPECT_FALSE(ResponseFeatures(p, legacy).oob);
}

PairingFeatures Peer() {
  PairingFeatures features;
  features.auth_req = {true, true, true, true};
  features.initiator_keys = features.responder_keys = {true, true, true};
  return features;
}

TEST(Negotiate, TakesWhatBothSidesWant) {
  const PairingFeatures request = Peer();
  EXPECT_TRUE(Negotiate(request, Peer()).bonding);
  EXPECT_TRUE(Negotiate(request, Peer()).keypress);
  PairingFeatures response = Peer();
  response.auth_req = {};
  response.max_key_size = 7;
  const Negotiated result = Negotiate(request, response);
  EXPECT_FALSE(result.secure_connections);
  EXPECT_FALSE(result.bonding);
  EXPECT_FALSE(result.keypress);
  EXPECT_EQ(result.key_size, 7);
  EXPECT_TRUE(result.initiator_keys.enc);
}

TEST(Negotiate, NoEncKeyIsSentUnderSecureConnections) {
  const Negotiated result = Negotiate(Peer(), Peer());
  EXPECT_EQ(result.initiator_keys, (KeyDistribution{false, true, true}));
  EXPECT_EQ(result.responder_keys, (KeyDistribution{false, true, true}));
}

TEST(CheckRequirements, RefusesLegacyUnderSecureConnectionsOnly) {
  PairingParameters p;
  p.secure_connections = SecureConnectionsOption::kOnly;
  Negotiated legacy;
  legacy.key_size = 16;
  EXPECT_EQ(CheckRequirements(p, legacy),
            PairingFailedReason::kAuthenticationRequirements);
  legacy.secure_connections = true;
  EXPECT_EQ(CheckRequirements(p, legacy), std::nullopt);
}

TEST(CheckRequirements, RefusesAModelThatIsNotAmongTheMethods) {
  PairingParameters p;
  p.methods = {};
  p.methods.Add(AssociationModel::kPasskeyEntry);
  Negotiated result;
  result.secure_connections = true;
  result.key_size = 16;
  for (const auto model :
       {AssociationModel::kJustWorks, AssociationModel::kNumericComparison,
        AssociationModel::kOutOfBand}) {
    result.association.model = model;
    EXPECT_EQ(CheckRequirements(p, result),
              PairingFailedReason::kAuthenticationRequirements);
  }
  result.association.model = AssociationModel::kPasskeyEntry;
  EXPECT_EQ(CheckRequirements(p, result), std::nullopt);
}

TEST(CheckRequirements, Level4NeedsAFullKey) {
  PairingParameters p;
  p.require_level = 4;
  p.min_key_size = 7;
  Negotiated result;
  result.secure_connections = true;
  result.association.model = AssociationModel::kNumericComparison;
  result.key_size = 15;
  EXPECT_EQ(CheckRequirements(p, result),
            PairingFailedReason::kEncryptionKeySize);
  result.key_size = 16;
  EXPECT_EQ(CheckRequirements(p, result), std::nullopt);
  result.association.model = AssociationModel::kJustWorks;
  EXPECT_EQ(CheckRequirements(p, result),
            PairingFailedReason::kAuthenticationRequirements);
}

TEST(CheckRequirements, LegacyPasskeyReachesLevel3OnlyWhereItCounts) {
  PairingParameters p;
  p.require_level = 3;
  Negotiated result;
  result.association.model = AssociationModel::kPasskeyEntry;
  result.key_size = 16;
  EXPECT_EQ(CheckRequirements(p, result), std::nullopt);
  p.legacy_passkey_authenticated = false;
  EXPECT_EQ(CheckRequirements(p, result),
            PairingFailedReason::kAuthenticationRequirements);
}

}  // namespace
}  // namespace bondd::smp
