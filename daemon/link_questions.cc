// What the Security Manager wants to know of people: consent given by arming,
// answers that came early, agents.

#include <utility>

#include "daemon/adapter.h"
#include "daemon/link.h"

namespace bondd::daemon {

void Link::On(const smp::AskUser& output) {
  prompt_ = OpenPrompt{output.prompt, output.question};
  if (const auto* consent = std::get_if<smp::ConsentPrompt>(&output.question)) {
    return Consent(output, *consent);
  }
  if (std::holds_alternative<smp::ReplacePrompt>(output.question)) {
    // The answer is about this bond, and none that comes later.
    judged_ = adapter_.context().store.generation();
  }
  if (AnswerEarly(output)) return;
  AskAgent(output.question);
}

void Link::Consent(const smp::AskUser& ask, const smp::ConsentPrompt& prompt) {
  const Armed* here = ArmedHere();
  const Armed* on_adapter = adapter_.ArmedFor(on_air_, peer());
  const bool own_request = pairing_call_.has_value();
  const bool names = on_adapter != nullptr && on_adapter->address();
  wanted_ = own_request || here != nullptr || names;
  if (const auto reason = ReasonToRefuse(own_request)) {
    return RefuseUnasked(*reason);
  }
  if (own_request) {
    // The Security Request that led to this was ours.
    Announce();
    return GiveConsent(ask.prompt, options_, true, std::nullopt);
  }
  if (const Armed* armed = here != nullptr ? here : on_adapter) {
    Announce();
    owner_ = armed->caller().uid;
    starter_ = armed->caller();
    let_in_by_ = here != nullptr ? LetInBy::kArmedLink : LetInBy::kArmedAdapter;
    return GiveConsent(ask.prompt, armed->pairing(), here != nullptr || names,
                       here != nullptr ? std::nullopt : armed->address());
  }
  agent_ = FindAgent();
  if (!agent_) {
    if (journal_lines_.Left(adapter_.context().now)) {
      adapter_.Log(LogLevel::kNotice,
                   "pairing refused: not armed, and no agent to ask", &on_air_);
    }
    return RefuseUnasked(smp::PairingFailedReason::kPairingNotSupported);
  }
  Announce();
  owner_ = agent_->uid;
  AskAgent(prompt);
}

std::optional<smp::PairingFailedReason> Link::ReasonToRefuse(
    bool own_request) const {
  using enum smp::PairingFailedReason;
  if (!adapter_.pairable()) return kPairingNotSupported;
  // A call of our own has waited already.
  const bool too_early =
      !own_request && adapter_.attempts().BlockedUntil(Claimant(wanted_),
                                                       adapter_.context().now);
  if (too_early) return kRepeatedAttempts;
  if (adapter_.TooManyPairings(*this)) return kBusy;
  return std::nullopt;
}

void Link::RefuseUnasked(smp::PairingFailedReason reason) {
  refused_unasked_ = true;
  if (!signals_.Left(adapter_.context().now)) announcement_.reset();
  RefusePrompt(smp::FailureCause::kRefused, reason);
}

void Link::GiveConsent(smp::PromptId prompt, const smp::PairingOptions& options,
                       bool covers_bond, std::optional<DeviceAddress> named) {
  if (!options_.agent) agent_option_ = options.agent;
  auto parameters = StorableParameters(options);
  if (!parameters) {
    adapter_.Log(LogLevel::kError,
                 "pairing refused: " + parameters.error().message, &on_air_);
    if (parameters.error().name == "StoreFailed" || !adapter_.trusted()) {
      return RefusePrompt(smp::FailureCause::kStore,
                          smp::PairingFailedReason::kUnspecifiedReason);
    }
    return RefusePrompt(smp::FailureCause::kNotAchievable,
                        smp::PairingFailedReason::kAuthenticationRequirements);
  }
  prompt_.reset();
  Feed(smp::UserReply(smp::AcceptConsent{prompt, std::move(*parameters),
                                         covers_bond, std::move(named)}));
}

void Link::RefusePrompt(smp::FailureCause cause,
                        std::optional<smp::PairingFailedReason> reason) {
  if (!prompt_) return;
  const smp::PromptId id = prompt_->id;
  prompt_.reset();
  Feed(smp::UserReply(smp::Refuse{id, reason, cause}));
}

// True when the answer was there before the question.
bool Link::AnswerEarly(const smp::AskUser& ask) {
  if (std::holds_alternative<smp::PasskeyInputPrompt>(ask.question) &&
      early_passkey_) {
    Reply(smp::EnterPasskey{ask.prompt,
                            *std::exchange(early_passkey_, std::nullopt)});
    return true;
  }
  const auto* oob = std::get_if<smp::OobPrompt>(&ask.question);
  if (oob == nullptr) return false;
  if (oob->secure_connections && early_oob_) {
    Reply(smp::GiveOob{ask.prompt, std::move(*early_oob_)});
    return true;
  }
  if (!oob->secure_connections && early_tk_) {
    Reply(smp::GiveOobLegacy{ask.prompt, std::move(*early_tk_)});
    return true;
  }
  return false;
}

std::optional<dbus::AgentRef> Link::FindAgent() {
  return adapter_.context().bus.FindAgent(agent_option_, starter_);
}

void Link::AskAgent(const smp::Prompt& prompt) {
  if (!agent_) agent_ = FindAgent();
  if (!agent_) return;  // the property Prompt shows it; replies may come
  if (!owner_) owner_ = agent_->uid;
  question_ = adapter_.context().bus.Ask(*agent_, ref(), QuestionFor(prompt));
}

dbus::AgentQuestion Link::QuestionFor(const smp::Prompt& prompt) const {
  struct Visitor {
    dbus::AgentQuestion operator()(const smp::ConsentPrompt& p) const {
      return dbus::AskAuthorization{FeaturesOf(p)};
    }
    dbus::AgentQuestion operator()(const smp::ReplacePrompt& p) const {
      return dbus::AskAuthorization{
          {{"Bonded", true}, {"Peer", dbus::AddressPair{p.identity}}}};
    }
    dbus::AgentQuestion operator()(const smp::PasskeyDisplayPrompt& p) const {
      return dbus::ShowPasskey{p.passkey, 0};
    }
    dbus::AgentQuestion operator()(const smp::PasskeyInputPrompt& p) const {
      return dbus::AskPasskey{
          {{"Method", MethodName(p)}, {"Keypress", p.keypress}}};
    }
    dbus::AgentQuestion operator()(const smp::NumberComparisonPrompt& p) const {
      return dbus::AskConfirmation{
          p.number, {{"Method", MethodName(p)}, {"NeverType", true}}};
    }
    dbus::AgentQuestion operator()(const smp::OobPrompt& p) const {
      return dbus::AskOob{p.secure_connections};
    }
  };
  return std::visit(Visitor(), prompt);
}

void Link::On(const smp::PasskeyProgress& output) {
  if (!prompt_ || prompt_->id != output.prompt || !agent_) return;
  const auto* display =
      std::get_if<smp::PasskeyDisplayPrompt>(&prompt_->question);
  if (display == nullptr || !keypress_displays_.Take(adapter_.context().now)) {
    return;
  }
  question_ = adapter_.context().bus.Ask(
      *agent_, ref(), dbus::ShowPasskey{display->passkey, output.entered});
}

void Link::On(const smp::WithdrawPrompt& output) {
  if (!prompt_ || prompt_->id != output.prompt) return;
  prompt_.reset();
  if (question_) {
    adapter_.context().bus.Withdraw(*question_, "no answer needed any more");
  }
  question_.reset();
}

void Link::OnAgentAnswer(dbus::AgentAnswer answer) {
  question_.reset();
  if (!prompt_) return;
  if (const auto* refusal = std::get_if<dbus::AgentRefusal>(&answer)) {
    switch (*refusal) {
      case dbus::AgentRefusal::kRejected:
        return RefusePrompt(smp::FailureCause::kRefused);
      case dbus::AgentRefusal::kCanceled:
      case dbus::AgentRefusal::kGone:
        return RefusePrompt(smp::FailureCause::kCanceled,
                            smp::PairingFailedReason::kUnspecifiedReason);
    }
  }
  const OpenPrompt prompt = *prompt_;
  if (const auto* consent = std::get_if<smp::ConsentPrompt>(&prompt.question)) {
    return GiveConsent(prompt.id, {}, consent->bonded, std::nullopt);
  }
  if (std::holds_alternative<smp::ReplacePrompt>(prompt.question)) {
    return Reply(smp::AcceptReplace{prompt.id});
  }
  if (std::holds_alternative<smp::NumberComparisonPrompt>(prompt.question)) {
    return Reply(smp::ConfirmNumber{prompt.id});
  }
  if (const auto* passkey = std::get_if<dbus::AgentPasskey>(&answer)) {
    return Reply(smp::EnterPasskey{prompt.id, passkey->passkey});
  }
  if (auto* oob = std::get_if<dbus::AgentOob>(&answer)) {
    if (oob->sc) return Reply(smp::GiveOob{prompt.id, std::move(*oob->sc)});
    Reply(smp::GiveOobLegacy{prompt.id, std::move(*oob->tk)});
  }
}

void Link::Reply(smp::UserReply reply) {
  prompt_.reset();
  if (question_) {
    adapter_.context().bus.Withdraw(*question_, "answered otherwise");
    question_.reset();
  }
  Feed(std::move(reply));
}

}  // namespace bondd::daemon
