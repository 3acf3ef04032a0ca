#include <utility>
#include <variant>

#include "smp/security_manager.h"

namespace bondd::smp {

namespace {

using std::chrono::seconds;

// [Vol 6, Part B] 5.2: the link layer gives up after 40 s itself.
constexpr Duration kEncryptionTimeout = seconds(45);
// How long Security Requests are ignored after one has led to a refused key: a
// flood of them is not to become one of encryption attempts.
constexpr Duration kDeafAfterRefusal = seconds(5);

constexpr uint8_t kPinOrKeyMissing = 0x06;

}  // namespace

// --- Security Request. [Vol 3, Part H] 2.4.6, 3.6.7

void SecurityManager::OnSecurityRequest(const SecurityRequest& request,
                                        uint8_t require_level) {
  if (link_.role == Role::kResponder) {
    const auto reason = PairingFailedReason::kCommandNotSupported;
    if (pairing_) return FailPairing(FailureOf(FailureCause::kCheck, reason));
    return SendFailed(reason);
  }
  // A pairing, an encryption or an earlier request is under way; or the bond's
  // key was refused just now, and would be again.
  if (busy() || now_ < deaf_until_) return;
  PendingSecurityRequest pending{
      .auth_req = AuthReq::FromOctet(request.auth_req),
      .require_level = require_level,
      .timeout = std::nullopt,
      .started = now_,
      .consent = std::nullopt};
  if (Satisfies(pending)) return;
  out_.Emit(SecurityRequested{pending.auth_req});
  security_request_ = pending;
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

bool SecurityManager::Satisfies(const PendingSecurityRequest& request) const {
  if (!security_ || security_->Level() < request.require_level) return false;
  if (request.auth_req.mitm && !security_->authenticated) return false;
  return !request.secure_connections_only || security_->secure_connections;
}

void SecurityManager::On(RequestSecurity input) {
  if (link_.role != Role::kResponder || busy() || dead_) return;
  const AuthReq auth_req = AuthReqFor(input.parameters);
  security_request_ = PendingSecurityRequest{
      .auth_req = auth_req,
      .require_level = input.parameters.require_level,
      .secure_connections_only =
          input.parameters.secure_connections == SecureConnectionsOption::kOnly,
      .timeout = input.parameters.timeout,
      .started = now_,
      .consent = std::nullopt};
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

// --- Encryption. [Vol 3, Part C] 10.3

const BondData* SecurityManager::FindBond() const {
  if (session_) return &*session_;
  return sources_.bonds.FindBond(link_.peer);
}

// The keys of a pairing without bonding are in no store, even where there is a
// bond with the same peer.
bool SecurityManager::IsStored(const BondData* bond) const {
  if (bond == nullptr || (session_ && !session_stored_)) return false;
  return sources_.bonds.FindBond(bond->identity) != nullptr;
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
  const bool known = link_.role == Role::kResponder && bond != nullptr &&
                     bond->local_ltk && bond->local_ltk->ediv == request.ediv &&
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
  HandleEncryptionChange(change);
  // A key refresh that was refused, or that has left the link without
  // encryption: what it was worth before holds no longer.
  if ((change.status != 0 || !change.encrypted) && security_) EndLink();
}

void SecurityManager::HandleEncryptionChange(const EncryptionChange& change) {
  const bool on = change.status == 0 && change.encrypted;
  if (std::exchange(abandoned_encryption_, false)) {
    if (change.status == 0) EndLink();
    return;
  }
  if (pairing_ && pairing_->awaiting_encryption()) {
    if (on && !pairing_->key_given()) return OnForeignEncryption();
    if (on) SetSecurity(pairing_->context().Security());
    Progressed(pairing_->OnEncryptionChange(change, sources_, identity_, out_));
    // What was started has come to its end, if to a bad one.
    abandoned_encryption_ = false;
    return;
  }
  if (encryption_) return OnEncryptionStarted(change);
  if (on && offered_) {
    SetSecurity(std::exchange(offered_, std::nullopt));
    AfterEncryption();
    return;
  }
  offered_.reset();
  const bool distributing = pairing_ && pairing_->distributing_keys();
  if (change.status == 0 || distributing) OnForeignEncryption();
}

// Encryption went off, or came on by a key that nobody gave.
void SecurityManager::OnForeignEncryption() {
  if (pairing_) {
    const bool ends_link = pairing_->distributing_keys();
    FailPairing(FailureOf(FailureCause::kCheck,
                          PairingFailedReason::kUnspecifiedReason));
    if (ends_link) return;
  }
  EndLink();
}

void SecurityManager::EndLink() {
  SetSecurity(std::nullopt);
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
      if (Satisfies(*security_request_)) {
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
  if (missing && pending.from_bond && IsStored(bond)) {
    out_.Emit(PeerLostKeys{bond->identity});
  }
  out_.Emit(EncryptionEnded{
      missing ? EncryptionOutcome::kKeyMissing : EncryptionOutcome::kFailed,
      change.status});
  if (security_request_) {
    deaf_until_ = now_ + kDeafAfterRefusal;
    EndSecurityRequest(FailureOf(FailureCause::kCheck));
  }
}

// The bond has proved itself; was that all that was wanted?
void SecurityManager::AfterEncryption() {
  const BondData* bond = FindBond();
  if (IsStored(bond)) out_.Emit(BondUsed{bond->identity});
  if (!security_request_) return;
  if (Satisfies(*security_request_)) {
    EndSecurityRequest(std::nullopt);
  } else if (link_.role == Role::kInitiator && !security_request_->consent) {
    AskForPairing();
  }
}

}  // namespace bondd::smp
