#include "smp/phases/key_distribution.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "smp/crypto.h"
#include "smp/sample_keys.h"

namespace bondd::smp {

namespace {

// [Vol 3, Part H] 3.6.1: the order in which keys are sent.
std::vector<Code> PdusOf(KeyDistribution keys) {
  std::vector<Code> codes;
  if (keys.enc) {
    codes.push_back(Code::kEncryptionInformation);
    codes.push_back(Code::kCentralIdentification);
  }
  if (keys.id) {
    codes.push_back(Code::kIdentityInformation);
    codes.push_back(Code::kIdentityAddressInformation);
  }
  if (keys.sign) codes.push_back(Code::kSigningInformation);
  return codes;
}

PhaseResult Reject() { return FailWith(PairingFailedReason::kKeyRejected); }

}  // namespace

PhaseResult DistributeKeys::Begin(PhaseEnv& env) {
  const PairingContext& context = env.context;
  StartBond(context);
  expected_ = PdusOf(context.peer_keys());
  // [Vol 3, Part H] 2.4.3: the initiator waits for the responder's keys.
  if (context.initiator() && !expected_.empty()) return Progress::kWaiting;
  return SendKeys(env);
}

void DistributeKeys::StartBond(const PairingContext& context) {
  bond_.identity = context.link.peer;
  bond_.role = context.link.role;
  bond_.model = context.negotiated.association.model;
  bond_.security = context.Security();
  bond_.debug = context.debug_key;
  if (context.negotiated.secure_connections) {
    bond_.local_ltk = LongTermKey{.ltk = key_.Clone()};
    bond_.peer_ltk = LongTermKey{.ltk = key_.Clone()};
  }
}

template <typename T>
void DistributeKeys::Queue(T pdu, PhaseEnv& env) {
  env.out.Send(std::move(pdu));
  ++unacknowledged_;
}

PhaseResult DistributeKeys::SendKeys(PhaseEnv& env) {
  const KeyDistribution keys = env.context.local_keys();
  RandomSource& random = env.sources.random;
  sent_ = true;
  if (keys.enc) {
    LongTermKey own;
    std::array<uint8_t, 10> name;
    if (!random.Fill(own.ltk.Fill()) || !random.Fill(name)) {
      return FailInternally();
    }
    MaskToSize(own.ltk.Fill(), env.context.negotiated.key_size);
    Reader reader(name);
    own.ediv = reader.U16();
    own.rand = reader.U64();
    Queue(EncryptionInformation{own.ltk.Clone()}, env);
    Queue(CentralIdentification{own.ediv, own.rand}, env);
    bond_.local_ltk = std::move(own);
  }
  if (keys.id) {
    const LocalIdentity& identity = env.identity;
    Queue(IdentityInformation{identity.irk.Clone()}, env);
    Queue(IdentityAddressInformation{std::to_underlying(identity.address.type),
                                     identity.address.octets},
          env);
    bond_.local_identity_sent = true;
  }
  if (keys.sign) {
    auto csrk = Generate<Csrk>(random);
    if (!csrk) return FailInternally();
    Queue(SigningInformation{csrk->Clone()}, env);
    bond_.local_csrk = std::move(*csrk);
  }
  return Settled();
}

Admission DistributeKeys::Admit(const Pdu& pdu, const PairingContext&) const {
  // Alternatives of Pdu stand in the order of their codes, which begin at 1.
  const auto code = static_cast<Code>(pdu.index() + 1);
  const bool next = !expected_.empty() && expected_.front() == code;
  if (!next) return Admission::kRefuse;
  // The peer does not know that our user has been asked something.
  return prompt_ ? Admission::kHold : Admission::kNow;
}

PhaseResult DistributeKeys::OnPdu(Pdu pdu, PhaseEnv& env) {
  expected_.erase(expected_.begin());
  if (auto* enc = std::get_if<EncryptionInformation>(&pdu)) {
    if (IsSampleLtk(enc->ltk)) return Reject();
    // A peer that does not mask its key itself.
    MaskToSize(enc->ltk.Fill(), env.context.negotiated.key_size);
    if (enc->ltk.IsZero()) return Reject();
    received_ltk_ = LongTermKey{.ltk = std::move(enc->ltk)};
  } else if (const auto* id = std::get_if<CentralIdentification>(&pdu)) {
    if (IsSampleRand(id->rand)) return Reject();
    received_ltk_->ediv = id->ediv;
    received_ltk_->rand = id->rand;
    bond_.peer_ltk = std::move(*received_ltk_);
  } else if (auto* irk = std::get_if<IdentityInformation>(&pdu)) {
    if (IsSampleIrk(irk->irk)) return Reject();
    received_irk_ = std::move(irk->irk);
  } else if (const auto* address =
                 std::get_if<IdentityAddressInformation>(&pdu)) {
    const PhaseResult result = OnIdentityAddress(*address, env);
    if (!result || prompt_) return result;
  } else if (auto* sign = std::get_if<SigningInformation>(&pdu)) {
    // Zeros are no secret: what is signed with them is not accepted.
    if (!sign->csrk.IsZero()) bond_.peer_csrk = std::move(sign->csrk);
  }
  return AfterReceiving(env);
}

PhaseResult DistributeKeys::OnIdentityAddress(
    const IdentityAddressInformation& pdu, PhaseEnv& env) {
  // [Vol 3, Part H] 3.6.5: public, or random and then static.
  if (pdu.address_type > std::to_underlying(AddressType::kRandom)) {
    return FailWith(PairingFailedReason::kInvalidParameters);
  }
  const DeviceAddress identity{
      .type = static_cast<AddressType>(pdu.address_type),
      .octets = pdu.address};
  if (!identity.IsIdentity() || identity.IsZero()) {
    return FailWith(PairingFailedReason::kInvalidParameters);
  }
  if (identity == env.identity.address || identity == env.context.link.local) {
    return Reject();
  }
  bond_.identity = identity;
  // An IRK of zeros means that the peer has no private addresses.
  if (!received_irk_->IsZero()) bond_.peer_irk = std::move(*received_irk_);
  return CheckBondOf(identity, env);
}

// The peer turns out to be somebody that may be bonded already.
PhaseResult DistributeKeys::CheckBondOf(const DeviceAddress& identity,
                                        PhaseEnv& env) {
  const PairingContext& context = env.context;
  const BondLookup& bonds = env.sources.bonds;
  const BondData* bond = bonds.FindBond(identity);
  if (bond == nullptr) return Progress::kWaiting;
  const BondData* known = bonds.FindBond(context.link.peer);
  // Settled in phase 1 already, when the peer was known by its address.
  if (known != nullptr && known->identity == identity) {
    return Progress::kWaiting;
  }
  // Somebody who was known as another peer, or who is on the air with an
  // identity address, has no business with this one's bond.
  if (known != nullptr || context.link.peer.IsIdentity()) return Reject();
  // A private address tells nothing. Who named it has not named the identity:
  // then only words that are meant for any bond will do.
  const bool named = context.named && *context.named == identity;
  if (!context.negotiated.bonding) {
    return named ? PhaseResult(Progress::kWaiting) : Reject();
  }
  const bool started_here = context.initiator() && context.covers_bond;
  switch (context.parameters.replace) {
    case ReplaceOption::kAlways:
      if (!named && !started_here) break;
      return Progress::kWaiting;
    case ReplaceOption::kAsk:
      if (!named && !started_here) break;
      prompt_ = env.out.Ask(ReplacePrompt{identity});
      return Progress::kWaiting;
    case ReplaceOption::kNotWeaker:
      if (!named || CheckNotWeaker(context, *bond)) break;
      return Progress::kWaiting;
    case ReplaceOption::kNever:
      break;
  }
  return Reject();
}

PhaseResult DistributeKeys::OnReply(const UserReply& reply, PhaseEnv& env) {
  prompt_.reset();
  if (std::holds_alternative<AcceptReplace>(reply)) return AfterReceiving(env);
  if (const auto* refuse = std::get_if<Refuse>(&reply)) {
    return RefusedBy(*refuse, PairingFailedReason::kKeyRejected);
  }
  return Ignore();
}

PhaseResult DistributeKeys::AfterReceiving(PhaseEnv& env) {
  if (!expected_.empty()) return Progress::kWaiting;
  return sent_ ? Settled() : SendKeys(env);
}

PhaseResult DistributeKeys::OnAcknowledged(size_t outstanding) {
  // The keys were the last to be sent.
  unacknowledged_ = std::min(unacknowledged_, outstanding);
  return sent_ ? Settled() : PhaseResult(Progress::kWaiting);
}

// [Vol 3, Part H] 2.4.3: the side that sends the last key is done when the
// other one's link layer has acknowledged it.
PhaseResult DistributeKeys::Settled() const {
  const bool done = expected_.empty() && !prompt_ && unacknowledged_ == 0;
  return done ? Progress::kFinished : Progress::kWaiting;
}

}  // namespace bondd::smp
