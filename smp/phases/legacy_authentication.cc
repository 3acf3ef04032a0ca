#include "smp/phases/legacy_authentication.h"

#include <utility>
#include <variant>

#include "smp/crypto.h"

namespace bondd::smp {

PhaseResult LegacyAuthentication::Begin(PhaseEnv& env) {
  auto random = Generate<Nonce>(env.sources.random);
  if (!random) return FailInternally();
  random_ = std::move(*random);
  return ChooseTk(env);
}

// [Vol 3, Part H] 2.3.5.2 to 2.3.5.4: where the TK comes from.
PhaseResult LegacyAuthentication::ChooseTk(PhaseEnv& env) {
  const PairingContext& context = env.context;
  const Association& association = context.negotiated.association;
  if (association.model == AssociationModel::kJustWorks) {
    return SetTk(Tk(), env);
  }
  if (association.model == AssociationModel::kOutOfBand) {
    if (context.parameters.oob_legacy_tk) {
      return SetTk(context.parameters.oob_legacy_tk->Clone(), env);
    }
    prompt_ = env.out.Ask(OobPrompt{.secure_connections = false});
    return Progress::kWaiting;
  }
  if (association.Displays(context.link.role)) {
    const auto passkey = ShownPasskey(env);
    if (!passkey) return FailInternally();
    return Show(*passkey, env);
  }
  if (context.parameters.passkey) {
    return SetTk(PasskeyAs<Tk>(*context.parameters.passkey), env);
  }
  prompt_ = env.out.Ask(PasskeyInputPrompt{context.negotiated.keypress});
  return Progress::kWaiting;
}

PhaseResult LegacyAuthentication::Show(uint32_t passkey, PhaseEnv& env) {
  prompt_ = env.out.Ask(PasskeyDisplayPrompt{passkey});
  return SetTk(PasskeyAs<Tk>(passkey), env);
}

// As long as no confirm value has told the peer of the passkey on show: the
// initiator sends its own at once.
PhaseResult LegacyAuthentication::ShowInstead(const EnterPasskey& entered,
                                              PhaseEnv& env) {
  if (own_confirm_ || !env.context.parameters.fixed_passkey_allowed) {
    return Ignore();
  }
  return Show(entered.passkey, env);
}

PhaseResult LegacyAuthentication::SetTk(Tk tk, PhaseEnv& env) {
  tk_ = std::move(tk);
  expecting_ = Expecting::kConfirm;
  if (env.context.initiator()) SendConfirm(env);
  return Progress::kWaiting;
}

ConfirmValue LegacyAuthentication::Confirm(
    const Nonce& random, const PairingContext& context) const {
  return c1(*tk_, random, context.request, context.response,
            context.initiator_address(), context.responder_address());
}

void LegacyAuthentication::SendConfirm(PhaseEnv& env) {
  own_confirm_ = Confirm(random_, env.context);
  env.out.Send(PairingConfirm{own_confirm_->Clone()});
}

Admission LegacyAuthentication::Admit(const Pdu& pdu,
                                      const PairingContext& context) const {
  const bool confirm = std::holds_alternative<PairingConfirm>(pdu);
  switch (expecting_) {
    case Expecting::kTk:
      // The initiator's user was faster than ours.
      return confirm && !context.initiator() ? Admission::kHold
                                             : Admission::kRefuse;
    case Expecting::kConfirm:
      return confirm ? Admission::kNow : Admission::kRefuse;
    case Expecting::kRandom:
      return std::holds_alternative<PairingRandom>(pdu) ? Admission::kNow
                                                        : Admission::kRefuse;
  }
  return Admission::kRefuse;
}

PhaseResult LegacyAuthentication::OnPdu(Pdu pdu, PhaseEnv& env) {
  if (auto* confirm = std::get_if<PairingConfirm>(&pdu)) {
    return OnConfirm(std::move(*confirm), env);
  }
  return OnRandom(std::move(std::get<PairingRandom>(pdu)), env);
}

PhaseResult LegacyAuthentication::OnConfirm(PairingConfirm confirm,
                                            PhaseEnv& env) {
  // A peer that sends our own value back knows no TK. CVE-2020-26558
  if (own_confirm_ && confirm.value == *own_confirm_) {
    return FailWith(PairingFailedReason::kConfirmValueFailed);
  }
  peer_confirm_ = std::move(confirm.value);
  expecting_ = Expecting::kRandom;
  if (env.context.initiator()) {
    env.out.Send(PairingRandom{random_.Clone()});
  } else {
    SendConfirm(env);
  }
  return Progress::kWaiting;
}

PhaseResult LegacyAuthentication::OnRandom(PairingRandom random,
                                           PhaseEnv& env) {
  const PairingContext& context = env.context;
  if (!(Confirm(random.value, context) == *peer_confirm_)) {
    return FailWith(PairingFailedReason::kConfirmValueFailed);
  }
  if (!context.initiator()) env.out.Send(PairingRandom{random_.Clone()});
  const Nonce& initiator = context.initiator() ? random_ : random.value;
  const Nonce& responder = context.initiator() ? random.value : random_;
  const Stk stk = s1(*tk_, responder, initiator);
  key_ = Ltk(stk.Reveal());
  MaskToSize(key_->Fill(), context.negotiated.key_size);
  return Progress::kFinished;
}

PhaseResult LegacyAuthentication::OnReply(const UserReply& reply,
                                          PhaseEnv& env) {
  if (const auto* entered = std::get_if<EnterPasskey>(&reply)) {
    if (expecting_ != Expecting::kTk) return ShowInstead(*entered, env);
    prompt_.reset();
    return SetTk(PasskeyAs<Tk>(entered->passkey), env);
  }
  prompt_.reset();
  if (const auto* oob = std::get_if<GiveOobLegacy>(&reply)) {
    return SetTk(oob->tk.Clone(), env);
  }
  if (const auto* refuse = std::get_if<Refuse>(&reply)) {
    const bool oob = env.context.negotiated.association.model ==
                     AssociationModel::kOutOfBand;
    return RefusedBy(*refuse, oob ? PairingFailedReason::kOobNotAvailable
                                  : PairingFailedReason::kPasskeyEntryFailed);
  }
  return Ignore();
}

}  // namespace bondd::smp
