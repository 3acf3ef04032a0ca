#include "smp/phases/passkey_entry.h"

#include <utility>
#include <variant>

#include "smp/crypto.h"

namespace bondd::smp {

namespace {

constexpr uint8_t kRounds = 20;

}  // namespace

PhaseResult PasskeyEntry::Begin(PhaseEnv& env) {
  const PairingContext& context = env.context;
  if (context.negotiated.association.Displays(context.link.role)) {
    const auto passkey = ShownPasskey(env);
    if (!passkey) return FailInternally();
    return Show(*passkey, env);
  }
  if (context.parameters.passkey) {
    return SetPasskey(*context.parameters.passkey, env);
  }
  prompt_ = env.out.Ask(PasskeyInputPrompt{context.negotiated.keypress});
  return Progress::kWaiting;
}

PhaseResult PasskeyEntry::Show(uint32_t passkey, PhaseEnv& env) {
  prompt_ = env.out.Ask(PasskeyDisplayPrompt{passkey});
  return SetPasskey(passkey, env);
}

PhaseResult PasskeyEntry::SetPasskey(uint32_t passkey, PhaseEnv& env) {
  passkey_ = PasskeyAs<Nonce>(passkey);
  return BeginRound(env);
}

PhaseResult PasskeyEntry::BeginRound(PhaseEnv& env) {
  auto nonce = Generate<Nonce>(env.sources.random);
  if (!nonce) return FailInternally();
  own_nonce_ = std::move(*nonce);
  own_confirm_.reset();
  peer_confirm_.reset();
  expecting_ = Expecting::kConfirm;
  if (env.context.initiator()) SendConfirm(env);
  return Progress::kWaiting;
}

uint8_t PasskeyEntry::RoundBit() const {
  const uint8_t octet = passkey_->Reveal()[round_ / 8];
  return static_cast<uint8_t>(0x80 | ((octet >> (round_ % 8)) & 1));
}

void PasskeyEntry::SendConfirm(PhaseEnv& env) {
  own_confirm_ =
      f4(keys_.own.public_key().x(), keys_.peer.x(), own_nonce_, RoundBit());
  env.out.Send(PairingConfirm{own_confirm_->Clone()});
}

Admission PasskeyEntry::Admit(const Pdu& pdu,
                              const PairingContext& context) const {
  const bool confirm = std::holds_alternative<PairingConfirm>(pdu);
  switch (expecting_) {
    case Expecting::kPasskey:
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

PhaseResult PasskeyEntry::OnPdu(Pdu pdu, PhaseEnv& env) {
  if (auto* confirm = std::get_if<PairingConfirm>(&pdu)) {
    return OnConfirm(std::move(*confirm), env);
  }
  return OnRandom(std::move(std::get<PairingRandom>(pdu)), env);
}

PhaseResult PasskeyEntry::OnConfirm(PairingConfirm confirm, PhaseEnv& env) {
  // A peer that sends our own value back knows no passkey. CVE-2020-26558
  if (own_confirm_ && confirm.value == *own_confirm_) {
    return FailWith(PairingFailedReason::kConfirmValueFailed);
  }
  peer_confirm_ = std::move(confirm.value);
  expecting_ = Expecting::kRandom;
  if (env.context.initiator()) {
    env.out.Send(PairingRandom{own_nonce_.Clone()});
  } else {
    SendConfirm(env);
  }
  return Progress::kWaiting;
}

PhaseResult PasskeyEntry::OnRandom(PairingRandom random, PhaseEnv& env) {
  const ConfirmValue expected =
      f4(keys_.peer.x(), keys_.own.public_key().x(), random.value, RoundBit());
  if (!(expected == *peer_confirm_)) {
    return FailWith(PairingFailedReason::kConfirmValueFailed);
  }
  if (!env.context.initiator()) {
    env.out.Send(PairingRandom{own_nonce_.Clone()});
  }
  peer_nonce_ = std::move(random.value);
  if (++round_ < kRounds) return BeginRound(env);
  return Progress::kFinished;
}

PhaseResult PasskeyEntry::OnReply(const UserReply& reply, PhaseEnv& env) {
  if (const auto* entered = std::get_if<EnterPasskey>(&reply)) {
    if (expecting_ != Expecting::kPasskey) return ShowInstead(*entered, env);
    prompt_.reset();
    return SetPasskey(entered->passkey, env);
  }
  prompt_.reset();
  if (const auto* refuse = std::get_if<Refuse>(&reply)) {
    return RefusedBy(*refuse, PairingFailedReason::kPasskeyEntryFailed);
  }
  return Ignore();
}

// As long as no confirm value has told the peer of the passkey on show: the
// initiator sends its first one at once.
PhaseResult PasskeyEntry::ShowInstead(const EnterPasskey& entered,
                                      PhaseEnv& env) {
  const bool committed = round_ > 0 || own_confirm_;
  if (committed || !env.context.parameters.fixed_passkey_allowed) {
    return Ignore();
  }
  return Show(entered.passkey, env);
}

AuthenticationOutcome PasskeyEntry::TakeOutcome(const PairingContext& context) {
  const bool initiator = context.initiator();
  AuthenticationOutcome outcome;
  outcome.initiator_nonce = std::move(initiator ? own_nonce_ : peer_nonce_);
  outcome.responder_nonce = std::move(initiator ? peer_nonce_ : own_nonce_);
  outcome.initiator_r = passkey_->Clone();
  outcome.responder_r = std::move(*passkey_);
  return outcome;
}

}  // namespace bondd::smp
