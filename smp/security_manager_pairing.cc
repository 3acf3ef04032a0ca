#include <algorithm>
#include <utility>

#include "smp/crypto.h"
#include "smp/security_manager.h"

namespace bondd::smp {

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
  const ReplaceOption replace =
      RuleForNewcomer(pairing_->context(), sources_.bonds, bond.identity);
  DestroyPairing();
  security_request_.reset();
  SyncPrompt();
  report.peer = bond.identity;
  report.security = bond.security;
  session_ = bond.Clone();
  session_stored_ = bonding;
  out_.Emit(KeysExchanged{report.keys_sent, report.keys_received});
  if (!bonding) {
    out_.Emit(PairingEnded{std::move(report)});
    return;
  }
  report.bonded = true;
  awaiting_store_ = std::move(report);
  storing_since_ = now_;
  out_.Emit(StoreBond{std::move(bond), replace});
}

void SecurityManager::On(const BondStored& input) {
  if (!awaiting_store_) return;
  PairingReport report = std::move(*awaiting_store_);
  awaiting_store_.reset();
  report.duration = now_ - storing_since_ + report.duration;
  if (!input.ok && !report.failure) {
    report.failure =
        input.refused
            ? FailureOf(FailureCause::kCheck, PairingFailedReason::kKeyRejected)
            : FailureOf(FailureCause::kStore,
                        PairingFailedReason::kUnspecifiedReason);
    report.failure->phase = DistributeKeys::kName;
    // The peer must not keep a bond that we don't have.
    SendFailed(*report.failure->reason);
  }
  if (!report.failure) {
    out_.Emit(PairingEnded{std::move(report)});
    return;
  }
  report.bonded = false;
  session_.reset();
  EndLinkAfter(std::move(report));
}

// Its secrets go with it, wherever they are.
void SecurityManager::DestroyPairing() {
  pairing_.reset();
  ForgetKeys();
}

// Ends a link that is encrypted with a key that came to nothing. Nobody is to
// take it for secure until it is gone.
void SecurityManager::EndLinkAfter(PairingReport report) {
  SetSecurity(std::nullopt);
  out_.Emit(PairingEnded{std::move(report)});
  if (linked_) out_.Emit(Disconnect{kAuthenticationFailure});
}

void SecurityManager::FailPairing(PairingFailure failure) {
  failure.phase = pairing_->phase_name();
  PairingReport report = ReportOf(*pairing_);
  // Keys were not exchanged as long as not all of them were.
  report.keys_received = {};
  report.keys_sent = {};
  const bool linked = failure.cause != FailureCause::kLinkLost;
  const bool end_link = linked && pairing_->distributing_keys();
  // The controller will still report on the encryption that it is starting.
  abandoned_encryption_ = linked && link_.role == Role::kInitiator &&
                          pairing_->awaiting_encryption();
  DestroyPairing();
  security_request_.reset();
  const bool tell = linked && failure.cause != FailureCause::kPeer && !dead_;
  if (tell && failure.reason) SendFailed(*failure.reason);
  if (tell && failure.cause == FailureCause::kTimeout) {
    SendFailed(PairingFailedReason::kUnspecifiedReason);
  }
  SyncPrompt();
  report.failure = std::move(failure);
  if (end_link) return EndLinkAfter(std::move(report));
  out_.Emit(PairingEnded{std::move(report)});
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
  unacknowledged_ -= std::min(input.count, unacknowledged_);
  if (!pairing_) return;
  Progressed(
      pairing_->OnAcknowledged(unacknowledged_, sources_, identity_, out_));
}

}  // namespace bondd::smp
