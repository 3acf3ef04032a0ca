#include "smp/security_manager.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "common/wipe.h"

namespace bondd::smp {

namespace {

using std::chrono::seconds;

// [Vol 3, Part H] 3.4
constexpr Duration kSmpTimeout = seconds(30);
// Keypress Notifications put the timeout off, but not for ever.
constexpr Duration kKeypressLimit = seconds(120);

bool Matches(const Prompt& question, const UserReply& reply) {
  if (std::holds_alternative<Refuse>(reply)) return true;
  struct Visitor {
    const UserReply& reply;
    bool operator()(const ConsentPrompt&) const {
      return std::holds_alternative<AcceptConsent>(reply);
    }
    bool operator()(const ReplacePrompt&) const {
      return std::holds_alternative<AcceptReplace>(reply);
    }
    // Another one to show instead.
    bool operator()(const PasskeyDisplayPrompt&) const {
      return std::holds_alternative<EnterPasskey>(reply);
    }
    bool operator()(const PasskeyInputPrompt&) const {
      return std::holds_alternative<EnterPasskey>(reply);
    }
    bool operator()(const NumberComparisonPrompt&) const {
      return std::holds_alternative<ConfirmNumber>(reply);
    }
    bool operator()(const OobPrompt& prompt) const {
      return prompt.secure_connections
                 ? std::holds_alternative<GiveOob>(reply)
                 : std::holds_alternative<GiveOobLegacy>(reply);
    }
  };
  return std::visit(Visitor{reply}, question);
}

PromptId PromptOf(const UserReply& reply) {
  return std::visit([](const auto& r) { return r.prompt; }, reply);
}

}  // namespace

SecurityManager::SecurityManager(LinkInfo link, Sources sources,
                                 LocalIdentity identity)
    : link_(link), sources_(sources), identity_(std::move(identity)) {}

Outputs SecurityManager::Handle(Input input, Time now) {
  now_ = now;
  // What comes late is for a link that is not there any more.
  if (!linked_ && !std::holds_alternative<BondStored>(input)) return {};
  std::visit([this](auto& value) { On(std::move(value)); }, input);
  SyncPrompt();
  // [Vol 3, Part H] 3.4: reset when a PDU is queued, stopped at the end.
  const Outputs& outputs = out_.pending();
  const auto sent =
      std::count_if(outputs.begin(), outputs.end(), [](const Output& output) {
        return std::holds_alternative<SendPdu>(output);
      });
  unacknowledged_ += static_cast<size_t>(sent);
  if (!ProcedureActive()) {
    smp_deadline_.reset();
  } else if (sent > 0 && !std::holds_alternative<SendKeypress>(input)) {
    RestartTimer();
  }
  return out_.Take();
}

std::optional<Time> SecurityManager::Deadline() const {
  std::optional<Time> deadline = smp_deadline_;
  if (encryption_) deadline = Earlier(deadline, encryption_->deadline);
  if (const auto own = OwnDeadline()) deadline = Earlier(deadline, *own);
  return deadline;
}

// What our user has set besides the timers of the specification.
std::optional<Time> SecurityManager::OwnDeadline() const {
  std::optional<Time> deadline;
  if (pairing_ && pairing_->context().parameters.timeout) {
    deadline = pairing_->started() + *pairing_->context().parameters.timeout;
  }
  if (security_request_ && security_request_->timeout) {
    deadline = Earlier(
        deadline, security_request_->started + *security_request_->timeout);
  }
  return deadline;
}

PairingState SecurityManager::state() const {
  const std::optional<PromptId> prompt = CurrentPrompt();
  if (prompt) return PairingState::kWaitingForUser;
  if (awaiting_store_) return PairingState::kDistributingKeys;
  if (!pairing_) return PairingState::kIdle;
  return pairing_->distributing_keys() ? PairingState::kDistributingKeys
                                       : PairingState::kPairing;
}

bool SecurityManager::busy() const {
  return ProcedureActive() || encryption_ || awaiting_store_ ||
         abandoned_encryption_;
}

bool SecurityManager::ProcedureActive() const {
  return pairing_ || security_request_;
}

void SecurityManager::RestartTimer() { smp_deadline_ = now_ + kSmpTimeout; }

// Of either side, so that the two can't take turns.
void SecurityManager::HoldTimerByKeypress() {
  if (!keypress_limit_) keypress_limit_ = now_ + kKeypressLimit;
  smp_deadline_ = std::min(now_ + kSmpTimeout, *keypress_limit_);
}

std::optional<PromptId> SecurityManager::CurrentPrompt() const {
  if (pairing_) return pairing_->prompt();
  if (security_request_) return security_request_->consent;
  return std::nullopt;
}

// Takes back a question that has become moot.
void SecurityManager::SyncPrompt() {
  const std::optional<PromptId> current = CurrentPrompt();
  if (open_prompt_ && open_prompt_ != current) {
    out_.Emit(WithdrawPrompt{*open_prompt_});
  }
  if (open_prompt_ != current) digits_entered_ = 0;
  open_prompt_ = current;
}

// --- PDUs.

void SecurityManager::On(PduReceived input) {
  if (dead_) return;
  auto pdu = Parse(input.pdu);
  const uint8_t code = input.pdu.empty() ? 0 : input.pdu.front();
  // It may have been a key.
  Wipe(input.pdu);
  if (!pdu) {
    // [Vol 3, Part H] 3.3: reserved codes are ignored.
    if (pdu.error() == ParseError::kUnknownCode) return;
    // Whatever its length, a Pairing Failed is not answered by another one.
    constexpr auto kFailed = std::to_underlying(Code::kPairingFailed);
    if (code == kFailed) return OnPairingFailed({});
    if (pairing_) {
      FailPairing(FailureOf(FailureCause::kCheck,
                            PairingFailedReason::kInvalidParameters));
    }
    return;
  }
  if (auto* request = std::get_if<PairingRequest>(&*pdu)) {
    OnPairingRequest(*request);
  } else if (const auto* security = std::get_if<SecurityRequest>(&*pdu)) {
    OnSecurityRequest(*security, input.require_level);
  } else if (const auto* failed = std::get_if<PairingFailed>(&*pdu)) {
    OnPairingFailed(*failed);
  } else if (!pairing_) {
    // Nothing is going on that it could belong to.
  } else if (const auto* key = std::get_if<KeypressNotification>(&*pdu)) {
    OnKeypress(*key);
  } else {
    Progressed(pairing_->OnPdu(std::move(*pdu), sources_, identity_, out_));
  }
}

void SecurityManager::OnPairingRequest(PairingRequest request) {
  if (link_.role == Role::kInitiator) {
    const auto reason = PairingFailedReason::kCommandNotSupported;
    if (pairing_) return FailPairing(FailureOf(FailureCause::kCheck, reason));
    return SendFailed(reason);
  }
  if (awaiting_store_) return SendFailed(PairingFailedReason::kBusy);
  if (!pairing_) {
    BeginPairing({});
    RestartTimer();
  }
  Progressed(pairing_->OnPdu(request, sources_, identity_, out_));
}

void SecurityManager::OnPairingFailed(const PairingFailed& failed) {
  PairingFailure failure = FailureOf(FailureCause::kPeer);
  failure.raw_reason = failed.reason;
  constexpr uint8_t kLast = std::to_underlying(PairingFailedReason::kBusy);
  if (failed.reason >= 1 && failed.reason <= kLast) {
    failure.reason = static_cast<PairingFailedReason>(failed.reason);
  }
  if (pairing_) return FailPairing(failure);
  if (security_request_) return EndSecurityRequest(failure);
  if (awaiting_store_ && !awaiting_store_->failure) TakeBondBack(failure);
}

// One side takes it all back after we have handed the bond to the store.
void SecurityManager::TakeBondBack(PairingFailure failure) {
  failure.phase = DistributeKeys::kName;
  out_.Emit(DiscardBond{awaiting_store_->peer});
  awaiting_store_->failure = std::move(failure);
}

void SecurityManager::OnKeypress(const KeypressNotification& keypress) {
  constexpr uint8_t kLast = std::to_underlying(KeypressType::kCompleted);
  if (!pairing_->keypress_wanted()) {
    return FailPairing(FailureOf(FailureCause::kCheck,
                                 PairingFailedReason::kUnspecifiedReason));
  }
  if (keypress.type > kLast) {
    return FailPairing(FailureOf(FailureCause::kCheck,
                                 PairingFailedReason::kInvalidParameters));
  }
  const auto type = static_cast<KeypressType>(keypress.type);
  HoldTimerByKeypress();
  constexpr uint16_t kPasskeyDigits = 6;
  if (type == KeypressType::kStarted || type == KeypressType::kCleared) {
    digits_entered_ = 0;
  } else if (type == KeypressType::kDigitEntered) {
    digits_entered_ = std::min<uint16_t>(digits_entered_ + 1, kPasskeyDigits);
  } else if (type == KeypressType::kDigitErased && digits_entered_ > 0) {
    --digits_entered_;
  }
  out_.Emit(KeypressReceived{type});
  if (const auto prompt = pairing_->prompt()) {
    out_.Emit(PasskeyProgress{*prompt, digits_entered_});
  }
}

void SecurityManager::On(const SendKeypress& input) {
  if (!pairing_ || !pairing_->keypress_wanted()) return;
  out_.Send(KeypressNotification{std::to_underlying(input.type)});
  HoldTimerByKeypress();
}

void SecurityManager::SendFailed(PairingFailedReason reason) {
  if (!linked_) return;
  out_.Send(PairingFailed{std::to_underlying(reason)});
}

// --- The user.

void SecurityManager::On(const UserReply& reply) {
  if (!open_prompt_ || PromptOf(reply) != *open_prompt_ ||
      !Matches(out_.last_question(), reply)) {
    return;
  }
  open_prompt_.reset();
  if (pairing_) {
    Progressed(pairing_->OnReply(reply, sources_, identity_, out_));
  } else if (security_request_) {
    OnConsentToSecurityRequest(reply);
  }
}

void SecurityManager::On(const Cancel&) {
  const PairingFailure failure = FailureOf(
      FailureCause::kCanceled, PairingFailedReason::kUnspecifiedReason);
  if (pairing_) return FailPairing(failure);
  if (awaiting_store_ && !awaiting_store_->failure) {
    // The peer must not keep a bond that we don't have.
    SendFailed(PairingFailedReason::kUnspecifiedReason);
    return TakeBondBack(failure);
  }
  if (security_request_) {
    if (link_.role == Role::kInitiator) {
      SendFailed(PairingFailedReason::kUnspecifiedReason);
    }
    EndSecurityRequest(failure);
  }
}

// --- Ends.

void SecurityManager::On(const LinkLost&) {
  linked_ = false;
  encryption_.reset();
  abandoned_encryption_ = false;
  const PairingFailure failure = FailureOf(FailureCause::kLinkLost);
  if (pairing_) {
    FailPairing(failure);
  } else if (security_request_) {
    EndSecurityRequest(failure);
  }
  // The report of a bond that is being stored may keep this object for long.
  SetSecurity(std::nullopt);
}

void SecurityManager::On(const TimerDue&) {
  if (smp_deadline_ && now_ >= *smp_deadline_) {
    // [Vol 3, Part H] 3.4: no more SMP on this link, not even to say so.
    dead_ = true;
    if (pairing_) {
      FailPairing(FailureOf(FailureCause::kTimeout));
    } else if (security_request_) {
      EndSecurityRequest(FailureOf(FailureCause::kTimeout));
    }
  }
  if (const auto own = OwnDeadline(); own && now_ >= *own) {
    const PairingFailure failure = FailureOf(FailureCause::kTimeout);
    pairing_ ? FailPairing(failure) : EndSecurityRequest(failure);
  }
  if (encryption_ && now_ >= encryption_->deadline) {
    encryption_.reset();
    out_.Emit(EncryptionEnded{EncryptionOutcome::kFailed, 0});
    if (security_request_) {
      EndSecurityRequest(FailureOf(FailureCause::kTimeout));
    }
  }
}

}  // namespace bondd::smp
