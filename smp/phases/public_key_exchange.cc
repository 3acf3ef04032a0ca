#include "smp/phases/public_key_exchange.h"

#include <utility>
#include <variant>

namespace bondd::smp {

namespace {

Result<KeyPair> ChooseKeyPair(PhaseEnv& env) {
  const PairingParameters& parameters = env.context.parameters;
  // The peer has a commitment to this very key.
  if (env.context.peer_features.oob && parameters.oob_local) {
    return parameters.oob_local->key_pair.Clone();
  }
  if (parameters.debug_keys == DebugKeysOption::kUse) return KeyPair::Debug();
  return env.sources.key_pairs.Take();
}

// What phase 1 allowed, before a debug key made it worth less.
std::optional<PairingFailedReason> CheckWorthOfDebugKey(const PhaseEnv& env) {
  const PairingContext& context = env.context;
  const SecurityProperties security = context.Security();
  if (security.Level() < context.parameters.require_level) {
    return PairingFailedReason::kAuthenticationRequirements;
  }
  const BondData* bond = env.sources.bonds.FindBond(context.link.peer);
  if (bond == nullptr || !context.negotiated.bonding ||
      context.parameters.replace != ReplaceOption::kNotWeaker) {
    return std::nullopt;
  }
  return CheckNotWeaker(context, *bond);
}

}  // namespace

PhaseResult PublicKeyExchange::Begin(PhaseEnv& env) {
  auto own = ChooseKeyPair(env);
  if (!own) return FailInternally();
  own_ = std::move(*own);
  if (env.context.initiator()) {
    env.out.Send(PairingPublicKey{own_->public_key().Octets()});
  }
  return Progress::kWaiting;
}

Admission PublicKeyExchange::Admit(const Pdu& pdu,
                                   const PairingContext&) const {
  return std::holds_alternative<PairingPublicKey>(pdu) ? Admission::kNow
                                                       : Admission::kRefuse;
}

PhaseResult PublicKeyExchange::OnPdu(Pdu pdu, PhaseEnv& env) {
  const DebugKeysOption debug_keys = env.context.parameters.debug_keys;
  auto peer = PublicKey::Validate(std::get<PairingPublicKey>(pdu).octets);
  if (!peer) return FailWith(PairingFailedReason::kDhKeyCheckFailed);
  const bool peer_debug = peer->IsDebugKey();
  const bool own_debug = own_->public_key().IsDebugKey();
  if (peer_debug && debug_keys == DebugKeysOption::kReject) {
    return FailWith(PairingFailedReason::kInvalidParameters);
  }
  // The same X is our own key sent back, or its mirror image.
  // CVE-2020-26558, CVE-2021-37577
  if (peer->x() == own_->public_key().x() && !(peer_debug && own_debug)) {
    return FailWith(PairingFailedReason::kDhKeyCheckFailed);
  }
  env.context.debug_key = peer_debug || own_debug;
  if (env.context.debug_key) {
    if (const auto reason = CheckWorthOfDebugKey(env)) return FailWith(*reason);
  }
  if (!env.context.initiator()) {
    env.out.Send(PairingPublicKey{own_->public_key().Octets()});
  }
  peer_ = std::move(*peer);
  return Progress::kFinished;
}

}  // namespace bondd::smp
