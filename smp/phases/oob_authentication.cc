#include "smp/phases/oob_authentication.h"

#include <utility>
#include <variant>

#include "smp/crypto.h"

namespace bondd::smp {

PhaseResult OobAuthentication::Begin(PhaseEnv& env) {
  const PairingContext& context = env.context;
  auto nonce = Generate<Nonce>(env.sources.random);
  if (!nonce) return FailInternally();
  own_nonce_ = std::move(*nonce);
  if (context.peer_features.oob) {
    own_r_ = context.parameters.oob_local->random.Clone();
  }
  if (!context.local_features.oob) return BeginNonces(env);
  if (context.parameters.oob_peer) {
    return CheckCommitment(*context.parameters.oob_peer, env);
  }
  prompt_ = env.out.Ask(OobPrompt{.secure_connections = true});
  return Progress::kWaiting;
}

PhaseResult OobAuthentication::CheckCommitment(const PeerOobData& data,
                                               PhaseEnv& env) {
  const ConfirmValue expected =
      f4(keys_.peer.x(), keys_.peer.x(), data.random, 0);
  if (!(expected == data.confirm)) {
    return FailWith(PairingFailedReason::kConfirmValueFailed);
  }
  peer_r_ = data.random.Clone();
  return BeginNonces(env);
}

PhaseResult OobAuthentication::BeginNonces(PhaseEnv& env) {
  exchanging_ = true;
  if (env.context.initiator()) {
    env.out.Send(PairingRandom{own_nonce_.Clone()});
  }
  return Progress::kWaiting;
}

Admission OobAuthentication::Admit(const Pdu& pdu,
                                   const PairingContext& context) const {
  if (!std::holds_alternative<PairingRandom>(pdu)) return Admission::kRefuse;
  if (exchanging_) return Admission::kNow;
  // The initiator has its data, while ours is still being asked for.
  return context.initiator() ? Admission::kRefuse : Admission::kHold;
}

PhaseResult OobAuthentication::OnPdu(Pdu pdu, PhaseEnv& env) {
  peer_nonce_ = std::move(std::get<PairingRandom>(pdu).value);
  if (!env.context.initiator()) {
    env.out.Send(PairingRandom{own_nonce_.Clone()});
  }
  return Progress::kFinished;
}

PhaseResult OobAuthentication::OnReply(const UserReply& reply, PhaseEnv& env) {
  prompt_.reset();
  if (const auto* given = std::get_if<GiveOob>(&reply)) {
    return CheckCommitment(given->data, env);
  }
  if (const auto* refuse = std::get_if<Refuse>(&reply)) {
    return RefusedBy(*refuse, PairingFailedReason::kOobNotAvailable);
  }
  return Ignore();
}

AuthenticationOutcome OobAuthentication::TakeOutcome(
    const PairingContext& context) {
  const bool initiator = context.initiator();
  AuthenticationOutcome outcome;
  outcome.initiator_nonce = std::move(initiator ? own_nonce_ : peer_nonce_);
  outcome.responder_nonce = std::move(initiator ? peer_nonce_ : own_nonce_);
  outcome.initiator_r = std::move(initiator ? own_r_ : peer_r_);
  outcome.responder_r = std::move(initiator ? peer_r_ : own_r_);
  return outcome;
}

}  // namespace bondd::smp
