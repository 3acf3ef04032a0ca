#include "smp/security_manager.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace bondd::smp {

namespace {

using std::chrono::seconds;

// [Vol 3, Part H] 3.4
constexpr Duration kSmpTimeout = seconds(30);
// Keypress Notifications put the timeout off, but not for ever.
constexpr Duration kKeypressLimit = seconds(120);
// [Vol 6, Part B] 5.2: the link layer gives up after 40 s itself.
constexpr Duration kEncryptionTimeout = seconds(45);

constexpr uint8_t kPinOrKeyMissing = 0x06;
constexpr uint8_t kAuthenticationFailure = 0x05;

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
    bool operator()(const PasskeyDisplayPrompt&) const { return false; }
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

PairingFailure FailureOf(FailureCause cause,
                         std::optional<PairingFailedReason> reason = {}) {
  return {.cause = cause, .reason = reason, .raw_reason = 0, .phase = {}};
}

}  // namespace

SecurityManager::SecurityManager(LinkInfo link, Sources sources,
                                 LocalIdentity identity)
    : link_(link), sources_(sources), identity_(std::move(identity)) {}

Outputs SecurityManager::Handle(Input input, Time now) {
  now_ = now;
  std::visit([this](auto& value) { On(std::move(value)); }, input);
  SyncPrompt();
  // [Vol 3, Part H] 3.4: reset when a PDU is queued, stopped at the end.
  const Outputs& outputs = out_.pending();
  const bool sent =
      std::any_of(outputs.begin(), outputs.end(), [](const Output& output) {
        return std::holds_alternative<SendPdu>(output);
      });
  if (!ProcedureActive()) {
    smp_deadline_.reset();
  } else if (sent) {
    RestartTimer();
  }
  return out_.Take();
}

std::optional<Time> SecurityManager::Deadline() const {
  std::optional<Time> deadline = smp_deadline_;
  if (encryption_) deadline = Earlier(deadline, encryption_->deadline);
  if (pairing_ && pairing_->context().parameters.timeout) {
    deadline = Earlier(deadline, pairing_->started() +
                                     *pairing_->context().parameters.timeout);
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
  return ProcedureActive() || encryption_ || awaiting_store_;
}

bool SecurityManager::ProcedureActive() const {
  return pairing_ || security_request_;
}

void SecurityManager::RestartTimer() { smp_deadline_ = now_ + kSmpTimeout; }

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
  if (!pdu) {
    // [Vol 3, Part H] 3.3: reserved codes are ignored.
    if (pdu.error() == ParseError::kWrongLength && pairing_) {
      FailPairing(FailureOf(FailureCause::kCheck,
                            PairingFailedReason::kInvalidParameters));
    }
    return;
  }
  if (auto* request = std::get_if<PairingRequest>(&*pdu)) {
    OnPairingRequest(*request);
  } else if (const auto* security = std::get_if<SecurityRequest>(&*pdu)) {
    OnSecurityRequest(*security);
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
  // The peer rejects a key after we have handed the bond to the store.
  if (awaiting_store_ && failure.reason == PairingFailedReason::kKeyRejected) {
    failure.phase = DistributeKeys::kName;
    out_.Emit(DiscardBond{awaiting_store_->peer});
    awaiting_store_->failure = failure;
  }
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
  if (!keypress_limit_) keypress_limit_ = now_ + kKeypressLimit;
  smp_deadline_ = std::min(now_ + kSmpTimeout, *keypress_limit_);
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
}

void SecurityManager::SendFailed(PairingFailedReason reason) {
  out_.Send(PairingFailed{std::to_underlying(reason)});
}

// --- Security Request. [Vol 3, Part H] 2.4.6, 3.6.7

void SecurityManager::OnSecurityRequest(const SecurityRequest& request) {
  if (link_.role == Role::kResponder) {
    const auto reason = PairingFailedReason::kCommandNotSupported;
    if (pairing_) return FailPairing(FailureOf(FailureCause::kCheck, reason));
    return SendFailed(reason);
  }
  // A pairing, an encryption or an earlier request is under way.
  if (busy()) return;
  const AuthReq auth_req = AuthReq::FromOctet(request.auth_req);
  if (Satisfies(auth_req)) return;
  out_.Emit(SecurityRequested{auth_req});
  security_request_ = PendingSecurityRequest{auth_req, now_, std::nullopt};
  RestartTimer();
  const BondData* bond = FindBond();
  const bool bond_used =
      security_ && bond != nullptr && security_->NotWeakerThan(bond->security);
  if (bond != nullptr && bond->peer_ltk && !bond_used) {
    StartWithKey(*bond->peer_ltk, bond->security, true);
    return;
  }
  AskForPairing();
}

void SecurityManager::AskForPairing() {
  security_request_->consent =
      out_.Ask(ConsentPrompt{.security_request = true,
                             .auth_req = security_request_->auth_req,
                             .features = std::nullopt,
                             .bonded = FindBond() != nullptr});
}

bool SecurityManager::Satisfies(const AuthReq& auth_req) const {
  if (!security_) return false;
  if (auth_req.mitm && !security_->authenticated) return false;
  return !auth_req.secure_connections || security_->secure_connections;
}

void SecurityManager::On(RequestSecurity input) {
  if (link_.role != Role::kResponder || busy() || dead_) return;
  const AuthReq auth_req = AuthReqFor(input.parameters);
  security_request_ = PendingSecurityRequest{auth_req, now_, std::nullopt};
  out_.Send(SecurityRequest{auth_req.ToOctet()});
}

void SecurityManager::OnConsentToSecurityRequest(const UserReply& reply) {
  if (const auto* refuse = std::get_if<Refuse>(&reply)) {
    const PairingFailedReason reason =
        refuse->reason.value_or(PairingFailedReason::kPairingNotSupported);
    SendFailed(reason);
    return EndSecurityRequest(FailureOf(refuse->cause, reason));
  }
  const auto& consent = std::get<AcceptConsent>(reply);
  security_request_.reset();
  BeginPairing(consent.parameters.Clone());
  pairing_->context().covers_bond = consent.covers_bond;
  pairing_->context().named = consent.named;
  Progressed(pairing_->Begin(sources_, identity_, out_));
}

void SecurityManager::EndSecurityRequest(
    std::optional<PairingFailure> failure) {
  const PendingSecurityRequest request = *security_request_;
  security_request_.reset();
  SyncPrompt();
  // The central reports only what its user has heard of.
  if (link_.role == Role::kInitiator && !request.consent) return;
  PairingReport report;
  report.by_encryption = !failure;
  report.peer = link_.peer;
  if (const BondData* bond = FindBond()) report.peer = bond->identity;
  report.bonded = !failure;
  report.duration = now_ - request.started;
  if (security_) report.security = *security_;
  if (failure) {
    failure->phase = "SecurityRequest";
    report.failure = std::move(failure);
  }
  out_.Emit(PairingEnded{std::move(report)});
}

// --- Pairing.

void SecurityManager::On(StartPairing input) {
  if (link_.role != Role::kInitiator || busy() || dead_) return;
  BeginPairing(std::move(input.parameters));
  // Whoever starts a pairing has named the peer.
  pairing_->context().covers_bond = true;
  Progressed(pairing_->Begin(sources_, identity_, out_));
}

void SecurityManager::BeginPairing(PairingParameters parameters) {
  PairingContext context;
  context.link = link_;
  context.parameters = std::move(parameters);
  keypress_limit_.reset();
  pairing_.emplace(std::move(context), now_);
}

void SecurityManager::Progressed(const PhaseResult& result) {
  if (!result) return FailPairing(result.error());
  if (*result == Progress::kFinished) FinishPairing();
}

void SecurityManager::FinishPairing() {
  PairingReport report = ReportOf(*pairing_);
  BondData bond = pairing_->TakeBond();
  const bool bonding = pairing_->context().negotiated.bonding;
  pairing_.reset();
  security_request_.reset();
  SyncPrompt();
  report.peer = bond.identity;
  report.security = bond.security;
  session_ = bond.Clone();
  out_.Emit(KeysExchanged{report.keys_sent, report.keys_received});
  if (!bonding) {
    out_.Emit(PairingEnded{std::move(report)});
    return;
  }
  report.bonded = true;
  awaiting_store_ = std::move(report);
  storing_since_ = now_;
  out_.Emit(StoreBond{std::move(bond)});
}

void SecurityManager::On(const BondStored& input) {
  if (!awaiting_store_) return;
  PairingReport report = std::move(*awaiting_store_);
  awaiting_store_.reset();
  report.duration = now_ - storing_since_ + report.duration;
  if (!input.ok) {
    report.failure = FailureOf(FailureCause::kStore,
                               PairingFailedReason::kUnspecifiedReason);
    report.failure->phase = DistributeKeys::kName;
  }
  if (report.failure) {
    report.bonded = false;
    session_.reset();
  }
  out_.Emit(PairingEnded{std::move(report)});
}

void SecurityManager::FailPairing(PairingFailure failure) {
  failure.phase = pairing_->phase_name();
  PairingReport report = ReportOf(*pairing_);
  // Keys were not exchanged as long as not all of them were.
  report.keys_received = {};
  report.keys_sent = {};
  const bool phase_3 = pairing_->distributing_keys();
  const bool encrypting = pairing_->awaiting_encryption();
  pairing_.reset();
  security_request_.reset();
  const bool tell = failure.cause != FailureCause::kPeer &&
                    failure.cause != FailureCause::kLinkLost && !dead_;
  if (tell && failure.reason) SendFailed(*failure.reason);
  if (tell && failure.cause == FailureCause::kTimeout) {
    SendFailed(PairingFailedReason::kUnspecifiedReason);
  }
  SyncPrompt();
  report.failure = std::move(failure);
  out_.Emit(PairingEnded{std::move(report)});
  // The link carries a key that came to nothing.
  if ((phase_3 || encrypting) && security_ && !session_ &&
      FindBond() == nullptr) {
    out_.Emit(Disconnect{kAuthenticationFailure});
  }
}

PairingReport SecurityManager::ReportOf(const Pairing& pairing) const {
  const PairingContext& context = pairing.context();
  PairingReport report;
  report.initiator = link_.role == Role::kInitiator;
  report.peer = link_.peer;
  report.duration = now_ - pairing.started();
  if (context.request != PairingOctets{}) report.request = context.request;
  if (context.response != PairingOctets{}) {
    report.response = context.response;
    report.model = context.negotiated.association.model;
    report.keys_received = context.peer_keys();
    report.keys_sent = context.local_keys();
    report.security = context.Security();
  }
  return report;
}

void SecurityManager::On(const PdusAcknowledged& input) {
  if (!pairing_) return;
  Progressed(pairing_->OnAcknowledged(input.count, sources_, identity_, out_));
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
  if (security_request_) {
    if (link_.role == Role::kInitiator) {
      SendFailed(PairingFailedReason::kUnspecifiedReason);
    }
    EndSecurityRequest(failure);
  }
}

// --- Encryption. [Vol 3, Part C] 10.3

const BondData* SecurityManager::FindBond() const {
  if (session_) return &*session_;
  return sources_.bonds.FindBond(link_.peer);
}

void SecurityManager::StartWithKey(const LongTermKey& key,
                                   SecurityProperties security,
                                   bool from_bond) {
  encryption_ =
      PendingEncryption{security, from_bond, now_ + kEncryptionTimeout};
  out_.Emit(StartEncryption{key.Clone()});
}

void SecurityManager::On(const Encrypt& input) {
  if (link_.role != Role::kInitiator || pairing_ || encryption_) return;
  if (input.key) return StartWithKey(*input.key, input.security, false);
  const BondData* bond = FindBond();
  if (bond == nullptr || !bond->peer_ltk) {
    out_.Emit(EncryptionEnded{EncryptionOutcome::kNoBond, 0});
    return;
  }
  StartWithKey(*bond->peer_ltk, bond->security, true);
}

void SecurityManager::On(const LongTermKeyRequest& request) {
  offered_.reset();
  if (pairing_) {
    if (pairing_->OnLongTermKeyRequest(request, sources_, identity_, out_)) {
      return;
    }
    // There is no key yet: an answer would be one made of zeros.
    // CVE-2019-19194
    out_.Emit(AnswerLongTermKeyRequest{std::nullopt});
    return FailPairing(FailureOf(FailureCause::kCheck,
                                 PairingFailedReason::kUnspecifiedReason));
  }
  const BondData* bond = FindBond();
  const bool known = bond != nullptr && bond->local_ltk &&
                     bond->local_ltk->ediv == request.ediv &&
                     bond->local_ltk->rand == request.rand;
  if (!known) {
    out_.Emit(AnswerLongTermKeyRequest{std::nullopt});
    return;
  }
  offered_ = bond->security;
  out_.Emit(AnswerLongTermKeyRequest{bond->local_ltk->ltk.Clone()});
}

void SecurityManager::SetSecurity(std::optional<SecurityProperties> security) {
  if (security == security_) return;
  security_ = security;
  out_.Emit(SecurityChanged{security_});
}

void SecurityManager::On(const EncryptionChange& change) {
  const bool on = change.status == 0 && change.encrypted;
  if (pairing_ && pairing_->awaiting_encryption()) {
    if (on) SetSecurity(pairing_->context().Security());
    const PhaseResult result =
        pairing_->OnEncryptionChange(change, sources_, identity_, out_);
    Progressed(result);
    if (!result && on) {
      // Encrypted, yet with no key that we gave.
      SetSecurity(std::nullopt);
      out_.Emit(Disconnect{kAuthenticationFailure});
    }
    return;
  }
  if (encryption_) return OnEncryptionStarted(change);
  if (on && offered_) {
    SetSecurity(std::exchange(offered_, std::nullopt));
    AfterEncryption();
    return;
  }
  offered_.reset();
  if (change.status != 0) return;
  // Encryption went off, or came on by a key that nobody gave.
  SetSecurity(std::nullopt);
  if (pairing_) {
    FailPairing(FailureOf(FailureCause::kCheck,
                          PairingFailedReason::kUnspecifiedReason));
  }
  out_.Emit(Disconnect{kAuthenticationFailure});
}

// The answer to StartWithKey.
void SecurityManager::OnEncryptionStarted(const EncryptionChange& change) {
  const PendingEncryption pending = *encryption_;
  encryption_.reset();
  const BondData* bond = FindBond();
  if (change.status == 0 && change.encrypted) {
    SetSecurity(pending.security);
    out_.Emit(EncryptionEnded{EncryptionOutcome::kEncrypted, 0});
    if (pending.from_bond) return AfterEncryption();
    if (security_request_ && !security_request_->consent) {
      if (Satisfies(security_request_->auth_req)) {
        EndSecurityRequest(std::nullopt);
      } else {
        AskForPairing();
      }
    }
    return;
  }
  // Never answered by pairing: whoever refuses the key may not be the peer
  // that the bond is with. The link stays, unencrypted.
  const bool missing = change.status == kPinOrKeyMissing;
  if (missing && pending.from_bond && bond != nullptr) {
    out_.Emit(PeerLostKeys{bond->identity});
  }
  out_.Emit(EncryptionEnded{
      missing ? EncryptionOutcome::kKeyMissing : EncryptionOutcome::kFailed,
      change.status});
  if (security_request_) {
    EndSecurityRequest(FailureOf(FailureCause::kCheck));
  }
}

// The bond has proved itself; was that all that was wanted?
void SecurityManager::AfterEncryption() {
  if (const BondData* bond = FindBond()) {
    out_.Emit(BondUsed{bond->identity});
  }
  if (!security_request_) return;
  if (Satisfies(security_request_->auth_req)) {
    EndSecurityRequest(std::nullopt);
  } else if (link_.role == Role::kInitiator) {
    AskForPairing();
  }
}

// --- Ends.

void SecurityManager::On(const LinkLost&) {
  encryption_.reset();
  const PairingFailure failure = FailureOf(FailureCause::kLinkLost);
  if (pairing_) return FailPairing(failure);
  if (security_request_) EndSecurityRequest(failure);
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
  if (pairing_ && pairing_->context().parameters.timeout &&
      now_ >= pairing_->started() + *pairing_->context().parameters.timeout) {
    FailPairing(FailureOf(FailureCause::kTimeout));
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
