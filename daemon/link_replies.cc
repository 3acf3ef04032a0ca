// The replies of Connection1 to what its property Prompt shows.

#include <fmt/format.h>

#include <utility>

#include "daemon/adapter.h"
#include "daemon/link.h"
#include "daemon/pairing_settings.h"

namespace bondd::daemon {

dbus::ApiResult<void> Link::CheckOwner(const dbus::Caller& caller) const {
  const bool owner = caller.uid == 0 || (owner_ && *owner_ == caller.uid);
  if (owner) return {};
  return dbus::ApiFail("NotAuthorized", "this pairing belongs to another user");
}

// Whether an answer may be given before it is asked for: while a pairing runs,
// or once one may begin.
dbus::ApiResult<void> Link::CheckEarly(const dbus::Caller& caller) {
  if (sm_.busy()) return CheckOwner(caller);
  const Armed* armed = ArmedHere();
  if (armed == nullptr) armed = adapter_.ArmedFor(on_air_, peer());
  if (armed == nullptr) {
    return dbus::ApiFail("BadState", "no pairing is under way, nor armed");
  }
  if (caller.uid == 0 || caller.uid == armed->caller().uid) return {};
  return dbus::ApiFail("NotAuthorized", "another user has armed this");
}

template <typename PromptType>
dbus::ApiResult<const PromptType*> Link::CheckPrompt(
    const dbus::Caller& caller) const {
  const PromptType* prompt =
      prompt_ ? std::get_if<PromptType>(&prompt_->question) : nullptr;
  if (prompt == nullptr) {
    return dbus::ApiFail("BadState", "nothing has asked for this reply");
  }
  if (auto owner = CheckOwner(caller); !owner) {
    return std::unexpected(owner.error());
  }
  return prompt;
}

dbus::ApiResult<void> Link::SetPasskey(const dbus::Caller& caller,
                                       uint32_t passkey) {
  if (prompt_ &&
      std::holds_alternative<smp::NumberComparisonPrompt>(prompt_->question)) {
    const auto& shown =
        std::get<smp::NumberComparisonPrompt>(prompt_->question);
    return ConfirmNumber(caller, shown.number == passkey);
  }
  if (auto prompt = CheckPrompt<smp::PasskeyInputPrompt>(caller)) {
    Reply(smp::EnterPasskey{prompt_->id, passkey});
    return {};
  } else if (prompt_ && prompt.error().name != "BadState") {
    return std::unexpected(prompt.error());
  }
  if (prompt_ &&
      std::holds_alternative<smp::PasskeyDisplayPrompt>(prompt_->question)) {
    return SetShownPasskey(caller, passkey);
  }
  return SetEarlyPasskey(caller, passkey);
}

dbus::ApiResult<void> Link::SetShownPasskey(const dbus::Caller& caller,
                                            uint32_t passkey) {
  if (auto owner = CheckOwner(caller); !owner) return owner;
  if (!adapter_.context().config.allow_fixed_passkey) {
    return dbus::ApiFail("NotAuthorized",
                         "a shown passkey can't be set: see AllowFixedPasskey");
  }
  const auto& shown = std::get<smp::PasskeyDisplayPrompt>(prompt_->question);
  if (passkey == shown.passkey) return {};
  const smp::PromptId before = prompt_->id;
  Feed(smp::UserReply(smp::EnterPasskey{before, passkey}));
  // Where it was not too late there is another question, with this passkey.
  if (prompt_ && prompt_->id != before) return {};
  return dbus::ApiFail("BadState",
                       "the passkey on show is in use already; set another one "
                       "before the pairing");
}

// It may be typed, or shown where that is allowed, when the time comes.
dbus::ApiResult<void> Link::SetEarlyPasskey(const dbus::Caller& caller,
                                            uint32_t passkey) {
  if (auto early = CheckEarly(caller); !early) return early;
  smp::PairingOptions effective = EffectiveOptions(options_);
  effective.passkey = passkey;
  const Armed* armed = ArmedHere();
  if (armed == nullptr) armed = adapter_.ArmedFor(on_air_, peer());
  std::optional<dbus::Caller> starter = starter_;
  if (!starter && armed != nullptr) starter = armed->caller();
  const auto agent =
      agent_ ? agent_
             : adapter_.context().bus.FindAgent(effective.agent, starter);
  std::optional<smp::IoCapability> capability;
  if (agent) capability = agent->capability;
  const auto settings =
      SettingsOf(effective, capability, adapter_.context().config);
  if (!settings && settings.error().name == "NotAuthorized") {
    return std::unexpected(settings.error());
  }
  early_passkey_ = passkey;
  return {};
}

dbus::ApiResult<void> Link::PasskeyNegativeReply(const dbus::Caller& caller) {
  auto prompt = CheckPrompt<smp::PasskeyInputPrompt>(caller);
  if (!prompt) return std::unexpected(prompt.error());
  Reply(smp::Refuse{.prompt = prompt_->id, .reason = std::nullopt});
  return {};
}

dbus::ApiResult<void> Link::ConfirmNumber(const dbus::Caller& caller,
                                          bool equal) {
  auto prompt = CheckPrompt<smp::NumberComparisonPrompt>(caller);
  if (!prompt) return std::unexpected(prompt.error());
  if (equal) {
    Reply(smp::ConfirmNumber{prompt_->id});
  } else {
    Reply(smp::Refuse{.prompt = prompt_->id, .reason = std::nullopt});
  }
  return {};
}

dbus::ApiResult<void> Link::AcceptRequest(const dbus::Caller& caller,
                                          smp::PairingOptions options) {
  if (prompt_ &&
      std::holds_alternative<smp::ReplacePrompt>(prompt_->question)) {
    if (auto owner = CheckOwner(caller); !owner) return owner;
    Reply(smp::AcceptReplace{prompt_->id});
    return {};
  }
  auto prompt = CheckPrompt<smp::ConsentPrompt>(caller);
  if (!prompt) return std::unexpected(prompt.error());
  const bool bonded = (*prompt)->bonded;
  // With options that can't be had nothing is answered yet.
  if (!options_.agent) agent_option_ = options.agent;
  auto parameters = StorableParameters(options);
  if (!parameters) return std::unexpected(parameters.error());
  Reply(smp::AcceptConsent{prompt_->id, std::move(*parameters), bonded,
                           std::nullopt});
  return {};
}

dbus::ApiResult<void> Link::RejectRequest(const dbus::Caller& caller,
                                          smp::PairingFailedReason reason) {
  if (!prompt_) {
    return dbus::ApiFail("BadState", "nothing has asked for this reply");
  }
  if (auto owner = CheckOwner(caller); !owner) return owner;
  Reply(smp::Refuse{.prompt = prompt_->id, .reason = reason});
  return {};
}

dbus::ApiResult<void> Link::SetOob(const dbus::Caller& caller,
                                   smp::PeerOobData data) {
  if (auto early = CheckEarly(caller); !early) return early;
  const auto* prompt =
      prompt_ ? std::get_if<smp::OobPrompt>(&prompt_->question) : nullptr;
  if (prompt == nullptr) {
    early_oob_ = std::move(data);
    return {};
  }
  if (!prompt->secure_connections) {
    return dbus::ApiFail("BadState", "legacy OOB data is asked for");
  }
  Reply(smp::GiveOob{prompt_->id, std::move(data)});
  return {};
}

dbus::ApiResult<void> Link::SetOobLegacy(const dbus::Caller& caller,
                                         smp::Tk tk) {
  if (auto early = CheckEarly(caller); !early) return early;
  const auto* prompt =
      prompt_ ? std::get_if<smp::OobPrompt>(&prompt_->question) : nullptr;
  if (prompt == nullptr) {
    early_tk_ = std::move(tk);
    return {};
  }
  if (prompt->secure_connections) {
    return dbus::ApiFail("BadState",
                         "Secure Connections OOB data is asked for");
  }
  Reply(smp::GiveOobLegacy{prompt_->id, std::move(tk)});
  return {};
}

dbus::ApiResult<dbus::Dictionary> Link::GetPrompt(
    const dbus::Caller& caller) const {
  dbus::Dictionary out;
  out.emplace_back("Prompt", prompt_ ? PromptName(prompt_->question) : "none");
  if (!prompt_) return out;
  if (auto owner = CheckOwner(caller); !owner) {
    return std::unexpected(owner.error());
  }
  const std::string method = MethodName(prompt_->question);
  if (!method.empty()) out.emplace_back("Method", method);
  if (const auto* comparison =
          std::get_if<smp::NumberComparisonPrompt>(&prompt_->question)) {
    out.emplace_back("Number", comparison->number);
    out.emplace_back("NeverType", true);
  }
  if (const auto* display =
          std::get_if<smp::PasskeyDisplayPrompt>(&prompt_->question)) {
    out.emplace_back("Passkey", display->passkey);
  }
  return out;
}

dbus::ApiResult<void> Link::SendKeypress(const dbus::Caller& caller,
                                         smp::KeypressType type) {
  auto prompt = CheckPrompt<smp::PasskeyInputPrompt>(caller);
  if (!prompt) return std::unexpected(prompt.error());
  if (!(*prompt)->keypress) {
    return dbus::ApiFail("BadState",
                         "keypress notifications were not agreed on");
  }
  Feed(smp::SendKeypress{type});
  return {};
}

dbus::ApiResult<void> Link::CancelPairing(const dbus::Caller& caller) {
  if (waiting_) {
    if (caller.uid != 0 && caller.uid != waiting_->caller.uid) {
      return dbus::ApiFail("NotAuthorized",
                           "this pairing belongs to another user");
    }
    EndWaiting({"Canceled", "before it began"});
    return {};
  }
  if (!sm_.busy()) return dbus::ApiFail("BadState", "no pairing is under way");
  if (auto owner = CheckOwner(caller); !owner) return owner;
  Feed(smp::Cancel{});
  return {};
}

}  // namespace bondd::daemon
