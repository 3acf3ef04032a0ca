// What a pairing was to come to, by what was seen of it, beside what it says
// that it has come to.

#include <algorithm>
#include <utility>
#include <variant>

#include "smp/crypto.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/smp_oracle.h"

namespace bondd::smp::test {

namespace {

// The PDU of this kind among these; it has to be there.
template <typename T>
const T& Of(const std::vector<Pdu>& pdus) {
  const auto found = std::ranges::find_if(
      pdus, [](const Pdu& pdu) { return std::holds_alternative<T>(pdu); });
  Check(found != pdus.end(), "a key of a bond was exchanged");
  return std::get<T>(*found);
}

// [Vol 3, Part H] 3.6.1: which PDUs there are, and their order.
void CheckDistribution(const std::vector<Pdu>& pdus, KeyDistribution keys) {
  std::vector<size_t> expected;
  const auto add = [&](Code code) {
    expected.push_back(std::to_underlying(code) - 1u);
  };
  if (keys.enc) add(Code::kEncryptionInformation);
  if (keys.enc) add(Code::kCentralIdentification);
  if (keys.id) add(Code::kIdentityInformation);
  if (keys.id) add(Code::kIdentityAddressInformation);
  if (keys.sign) add(Code::kSigningInformation);
  std::vector<size_t> found;
  for (const Pdu& pdu : pdus) found.push_back(pdu.index());
  Check(found == expected, "all keys are exchanged, in their order");
}

void CheckLtk(const std::optional<LongTermKey>& key, bool distributed,
              const std::vector<Pdu>& pdus, uint8_t size) {
  Check(key.has_value() == distributed, "an LTK is there when it was sent");
  if (!key) return;
  Ltk expected = Of<EncryptionInformation>(pdus).ltk.Clone();
  MaskToSize(expected.Fill(), size);
  const auto& name = Of<CentralIdentification>(pdus);
  Check(
      key->ltk == expected && key->ediv == name.ediv && key->rand == name.rand,
      "an LTK is the one that was sent");
}

void CheckCsrk(const std::optional<Csrk>& key, bool distributed,
               const std::vector<Pdu>& pdus) {
  const bool expected =
      distributed && !Of<SigningInformation>(pdus).csrk.IsZero();
  Check(key.has_value() == expected, "a CSRK is there when it was sent");
  Check(!key || *key == Of<SigningInformation>(pdus).csrk,
        "a CSRK is the one that was sent");
}

}  // namespace

// What is sent is what the options say.
void SmpOracle::CheckOwnFeatures(const PairingOctets& octets) const {
  const auto sent = PairingFeatures::Decode(octets);
  Check(sent.has_value(), "features that are sent are valid");
  const PairingParameters& p = parameters_;
  const AuthReq& auth_req = sent->auth_req;
  Check(sent->io_capability == p.io_capability, "IoCapability as told");
  Check(p.oob == OobOption::kAuto || sent->oob == (p.oob == OobOption::kYes),
        "the OOB flag as told");
  Check(auth_req.bonding == p.bonding, "Bonding as told");
  Check(p.mitm == MitmOption::kAuto ||
            auth_req.mitm == (p.mitm == MitmOption::kYes),
        "Mitm as told");
  Check(auth_req.secure_connections ==
            (p.secure_connections != SecureConnectionsOption::kOff),
        "SecureConnections as told");
  Check(auth_req.keypress == p.keypress, "Keypress as told");
  Check(sent->max_key_size == p.max_key_size, "MaxKeySize as told");
  KeyDistribution initiator_keys = p.initiator_keys;
  KeyDistribution responder_keys = p.responder_keys;
  if (role_ == Role::kResponder) {
    const auto request = PairingFeatures::Decode(pairing_->request);
    Check(request.has_value(), "only a valid request has a response");
    initiator_keys = initiator_keys & request->initiator_keys;
    responder_keys = responder_keys & request->responder_keys;
  }
  Check(sent->initiator_keys == initiator_keys &&
            sent->responder_keys == responder_keys,
        "key distributions as told");
}

void SmpOracle::CheckRequirements(const PairingReport& report) const {
  const SecurityProperties& security = report.security;
  const PairingParameters& p = parameters_;
  Check(security.Level() >= p.require_level,
        "the level that was required is reached");
  Check(security.key_size >= std::max<uint8_t>(p.min_key_size, 7) &&
            security.key_size <= p.max_key_size,
        "the key is as long as was required");
  Check(report.model && p.methods.Has(*report.model),
        "a model that is forbidden is not used");
  using enum SecureConnectionsOption;
  Check(p.secure_connections != kOnly || security.secure_connections,
        "Secure Connections only is no less");
  Check(p.secure_connections != kOff || !security.secure_connections,
        "Secure Connections off is off");
  Check(!security.authenticated || report.model != AssociationModel::kJustWorks,
        "Just Works is not authenticated");
  const bool legacy_passkey = report.model == AssociationModel::kPasskeyEntry &&
                              !security.secure_connections;
  Check(!security.authenticated || !legacy_passkey ||
            p.legacy_passkey_authenticated,
        "legacy Passkey Entry is authenticated only if it is to be");
  Check(!pairing_->debug_key || (!security.authenticated &&
                                 p.debug_keys != DebugKeysOption::kReject),
        "a debug key is worth nothing");
}

void SmpOracle::OnSuccess(const PairingReport& report) {
  Check(pairing_ && pairing_->response && pairing_->key &&
            pairing_->keys_exchanged,
        "who succeeds has gone all the way");
  const Negotiated agreed = Agreed();
  Check(report.request == pairing_->request &&
            report.response == pairing_->response,
        "the features that are reported were on the air");
  Check(report.initiator == (role_ == Role::kInitiator), "each has its role");
  Check(report.model == agreed.association.model,
        "the model is what the features lead to");
  Check(report.security == Worth(), "a pairing is worth what its model is");
  Check(report.bonded == agreed.bonding && report.bonded == pairing_->stored,
        "what is reported as a bond was stored");
  Check(report.keys_sent == OwnKeys() && report.keys_received == PeerKeys(),
        "the keys that are reported were exchanged");
  CheckRequirements(report);
  if (report.bonded) {
    const BondData* bond = end_->bonds.FindBond(report.peer);
    Check(bond != nullptr && bond->identity == report.peer &&
              bond->security == report.security &&
              bond->debug == pairing_->debug_key,
          "the bond is there");
    CheckBondsAsBefore(report.peer);
  } else {
    CheckDistribution(pairing_->sent, OwnKeys());
    CheckDistribution(pairing_->received, PeerKeys());
    CheckBondsAsBefore(std::nullopt);
  }
  SettleKeys(report);
  successes_.push_back({*pairing_->key, pairing_->request, *pairing_->response,
                        *report.model, report.security,
                        parameters_.legacy_passkey_authenticated});
}

// Which keys the controller may be given from now on.
void SmpOracle::SettleKeys(const PairingReport& report) {
  if (report.bonded) {
    std::erase_if(known_, [&](const Known& known) {
      return !known.fresh && known.bond == report.peer;
    });
    for (Known& known : known_) known.fresh = false;
    return;
  }
  const auto add = [&](const Ltk& key) {
    Ltk masked = key.Clone();
    MaskToSize(masked.Fill(), report.security.key_size);
    Known known{{}, report.security, std::nullopt, false};
    std::ranges::copy(masked.Reveal(), known.key.begin());
    known_.push_back(known);
  };
  if (report.security.secure_connections) add(Ltk(*pairing_->key));
  if (OwnKeys().enc) add(Of<EncryptionInformation>(pairing_->sent).ltk);
  if (PeerKeys().enc) add(Of<EncryptionInformation>(pairing_->received).ltk);
}

void SmpOracle::CheckKeys(const BondData& bond) const {
  const KeyDistribution own = OwnKeys();
  const KeyDistribution peer = PeerKeys();
  const std::vector<Pdu>& sent = pairing_->sent;
  const std::vector<Pdu>& received = pairing_->received;
  CheckDistribution(sent, own);
  CheckDistribution(received, peer);
  Check(bond.security == Worth() && bond.role == role_ &&
            bond.model == Agreed().association.model &&
            bond.debug == pairing_->debug_key,
        "a bond says how it was made");
  if (bond.security.secure_connections) {
    const LongTermKey key{.ltk = Ltk(*pairing_->key)};
    Check(bond.local_ltk == key && bond.peer_ltk == key,
          "there is one LTK under Secure Connections");
  } else {
    CheckLtk(bond.local_ltk, own.enc, sent, bond.security.key_size);
    CheckLtk(bond.peer_ltk, peer.enc, received, bond.security.key_size);
  }
  Check(bond.local_identity_sent == own.id, "who has our identity is noted");
  if (peer.id) {
    const auto& address = Of<IdentityAddressInformation>(received);
    const Irk& irk = Of<IdentityInformation>(received).irk;
    Check(bond.identity.octets == address.address &&
              std::to_underlying(bond.identity.type) == address.address_type,
          "the bond is with the identity that was sent");
    Check(bond.identity.IsIdentity(), "an identity is one");
    Check(irk.IsZero() ? !bond.peer_irk : bond.peer_irk == irk.Clone(),
          "an IRK is the one that was sent");
  } else {
    Check(!bond.peer_irk, "an IRK is there when it was sent");
  }
  CheckCsrk(bond.local_csrk, own.sign, sent);
  CheckCsrk(bond.peer_csrk, peer.sign, received);
}

void SmpOracle::CheckReplacement(const BondData& bond) const {
  const BondData* old = pairing_->bonds_before.FindBond(bond.identity);
  if (old == nullptr || old->identity != bond.identity) return;
  Check(covers_bond_ || named_ == bond.identity,
        "only who knew of the bond may replace it");
  using enum ReplaceOption;
  const ReplaceOption replace = parameters_.replace;
  Check(replace != kNever, "a bond is never replaced where it is not to be");
  Check(replace != kAsk || pairing_->replace_agreed,
        "a bond is replaced when the user has said so");
  Check(replace != kNotWeaker || bond.security.NotWeakerThan(old->security),
        "a bond is not replaced by a weaker one");
  Check(replace != kNotWeaker || ((bond.peer_ltk || !old->peer_ltk) &&
                                  (bond.local_ltk || !old->local_ltk)),
        "a bond is not replaced by one without its keys");
}

void SmpOracle::CheckBondsAsBefore(
    const std::optional<DeviceAddress>& but) const {
  BondsInMemory before = pairing_->bonds_before.Clone();
  BondsInMemory after = end_->bonds.Clone();
  if (but) before.Remove(*but);
  if (but) after.Remove(*but);
  Check(before == after, "all other bonds are as they were");
}

void CheckAgreement(const SmpOracle& central, const SmpOracle& peripheral,
                    bool altered) {
  for (const SmpOracle::Success& c : central.successes()) {
    for (const SmpOracle::Success& p : peripheral.successes()) {
      if (c.key != p.key) continue;
      Check(c.model == p.model, "both ends have one model");
      Check(c.security.secure_connections == p.security.secure_connections,
            "both ends have one kind of key");
      Check(
          c.security.authenticated == p.security.authenticated ||
              c.legacy_passkey_authenticated != p.legacy_passkey_authenticated,
          "both ends have one level");
      // [Vol 3, Part H] 2.2.8: of the features, Secure Connections protects
      // the IO capability, the OOB flag and AuthReq. Legacy pairing, all.
      const bool all = !altered || !c.security.secure_connections;
      const size_t protects = all ? c.request.size() : 4;
      const auto protected_of = [&](const PairingOctets& octets) {
        return ByteView(octets).first(protects);
      };
      Check(std::ranges::equal(protected_of(c.request),
                               protected_of(p.request)) &&
                std::ranges::equal(protected_of(c.response),
                                   protected_of(p.response)),
            "both ends have seen the same features");
      Check(!all || c.security.key_size == p.security.key_size,
            "both ends have one key size");
    }
  }
}

}  // namespace bondd::smp::test
