#include "smp/phases/numeric_comparison.h"

#include <utility>
#include <variant>

#include "smp/crypto.h"

namespace bondd::smp {

PhaseResult NumericComparison::Begin(PhaseEnv& env) {
  auto nonce = Generate<Nonce>(env.sources.random);
  if (!nonce) return FailInternally();
  own_nonce_ = std::move(*nonce);
  // Only the responder commits itself: Cb = f4(PKbx, PKax, Nb, 0).
  if (!env.context.initiator()) {
    env.out.Send(PairingConfirm{
        f4(keys_.own.public_key().x(), keys_.peer.x(), own_nonce_, 0)});
  }
  return Progress::kWaiting;
}

Admission NumericComparison::Admit(const Pdu& pdu,
                                   const PairingContext& context) const {
  if (prompt_) {
    // The initiator's user may be done before ours; as initiator we speak
    // first.
    const bool early_check =
        !context.initiator() && std::holds_alternative<PairingDhKeyCheck>(pdu);
    return early_check ? Admission::kHold : Admission::kRefuse;
  }
  if (context.initiator() && !peer_confirm_) {
    return std::holds_alternative<PairingConfirm>(pdu) ? Admission::kNow
                                                       : Admission::kRefuse;
  }
  return std::holds_alternative<PairingRandom>(pdu) ? Admission::kNow
                                                    : Admission::kRefuse;
}

PhaseResult NumericComparison::OnPdu(Pdu pdu, PhaseEnv& env) {
  if (auto* confirm = std::get_if<PairingConfirm>(&pdu)) {
    return OnConfirm(std::move(*confirm), env);
  }
  return OnRandom(std::move(std::get<PairingRandom>(pdu)), env);
}

PhaseResult NumericComparison::OnConfirm(PairingConfirm confirm,
                                         PhaseEnv& env) {
  peer_confirm_ = std::move(confirm.value);
  env.out.Send(PairingRandom{own_nonce_.Clone()});
  return Progress::kWaiting;
}

PhaseResult NumericComparison::OnRandom(PairingRandom random, PhaseEnv& env) {
  if (env.context.initiator()) {
    const ConfirmValue expected =
        f4(keys_.peer.x(), keys_.own.public_key().x(), random.value, 0);
    if (!(expected == *peer_confirm_)) {
      return FailWith(PairingFailedReason::kConfirmValueFailed);
    }
  } else {
    env.out.Send(PairingRandom{own_nonce_.Clone()});
  }
  peer_nonce_ = std::move(random.value);
  return Compare(env);
}

PhaseResult NumericComparison::Compare(PhaseEnv& env) {
  const PairingContext& context = env.context;
  if (context.negotiated.association.model == AssociationModel::kJustWorks) {
    return Progress::kFinished;
  }
  const auto& own_x = keys_.own.public_key().x();
  const auto& peer_x = keys_.peer.x();
  const uint32_t number = context.initiator()
                              ? g2(own_x, peer_x, own_nonce_, *peer_nonce_)
                              : g2(peer_x, own_x, *peer_nonce_, own_nonce_);
  prompt_ = env.out.Ask(NumberComparisonPrompt{number});
  return Progress::kWaiting;
}

PhaseResult NumericComparison::OnReply(const UserReply& reply, PhaseEnv&) {
  prompt_.reset();
  if (std::holds_alternative<ConfirmNumber>(reply)) return Progress::kFinished;
  if (const auto* refuse = std::get_if<Refuse>(&reply)) {
    return RefusedBy(*refuse, PairingFailedReason::kNumericComparisonFailed);
  }
  return Ignore();
}

AuthenticationOutcome NumericComparison::TakeOutcome(
    const PairingContext& context) {
  AuthenticationOutcome outcome;
  outcome.initiator_nonce =
      std::move(context.initiator() ? own_nonce_ : *peer_nonce_);
  outcome.responder_nonce =
      std::move(context.initiator() ? *peer_nonce_ : own_nonce_);
  return outcome;
}

}  // namespace bondd::smp
