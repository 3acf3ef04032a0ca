#include "smp/pairing.h"

#include <utility>

namespace bondd::smp {

namespace {

template <typename T>
concept HasPrompt = requires(const T& phase) {
  phase.prompt();
};

template <typename T>
concept TakesReplies = requires(T& phase, const UserReply& reply,
                                PhaseEnv& env) {
  phase.OnReply(reply, env);
};

// The transition table: what comes after a phase that has finished.
struct Successor {
  PairingContext& context;

  Phase operator()(FeatureExchange&) const {
    if (context.negotiated.secure_connections) return PublicKeyExchange();
    return LegacyAuthentication();
  }
  Phase operator()(PublicKeyExchange& phase) const {
    switch (context.negotiated.association.model) {
      case AssociationModel::kPasskeyEntry:
        return PasskeyEntry(phase.TakeKeys());
      case AssociationModel::kOutOfBand:
        return OobAuthentication(phase.TakeKeys());
      case AssociationModel::kJustWorks:
      case AssociationModel::kNumericComparison:
        break;
    }
    return NumericComparison(phase.TakeKeys());
  }
  Phase AfterAuthentication(auto& phase) const {
    AuthenticationOutcome outcome = phase.TakeOutcome(context);
    return DhKeyCheckExchange(phase.TakeKeys(), std::move(outcome));
  }
  Phase operator()(NumericComparison& phase) const {
    return AfterAuthentication(phase);
  }
  Phase operator()(PasskeyEntry& phase) const {
    return AfterAuthentication(phase);
  }
  Phase operator()(OobAuthentication& phase) const {
    return AfterAuthentication(phase);
  }
  Phase operator()(LegacyAuthentication& phase) const {
    return AwaitEncryption(phase.TakeKey());
  }
  Phase operator()(DhKeyCheckExchange& phase) const {
    return AwaitEncryption(phase.TakeKey());
  }
  Phase operator()(AwaitEncryption& phase) const {
    return DistributeKeys(phase.TakeKey());
  }
  // The last phase: Continue() does not ask for what comes after it.
  Phase operator()(DistributeKeys& phase) const { return std::move(phase); }
};

}  // namespace

Pairing::Pairing(PairingContext context, Time started)
    : context_(std::move(context)), started_(started) {}

PhaseResult Pairing::Begin(Sources& sources, const LocalIdentity& identity,
                           Outbox& out) {
  PhaseEnv env{context_, sources, identity, out};
  return Continue(std::get<FeatureExchange>(phase_).Begin(env), env);
}

PhaseResult Pairing::OnPdu(Pdu pdu, Sources& sources,
                           const LocalIdentity& identity, Outbox& out) {
  PhaseEnv env{context_, sources, identity, out};
  return Deliver(std::move(pdu), env);
}

PhaseResult Pairing::Deliver(Pdu pdu, PhaseEnv& env) {
  switch (Admit(pdu)) {
    case Admission::kRefuse:
      break;
    case Admission::kHold:
      if (held_.size() >= HoldLimit()) break;
      held_.push_back(std::move(pdu));
      return Progress::kWaiting;
    case Admission::kNow:
      return Continue(
          std::visit(
              [&](auto& phase) { return phase.OnPdu(std::move(pdu), env); },
              phase_),
          env);
  }
  return FailWith(PairingFailedReason::kUnspecifiedReason);
}

Admission Pairing::Admit(const Pdu& pdu) const {
  return std::visit(
      [&](const auto& phase) { return phase.Admit(pdu, context_); }, phase_);
}

// One PDU for a user who is still deciding; all of the peer's keys when they
// overtake the Encryption Change.
size_t Pairing::HoldLimit() const {
  constexpr size_t kKeyPdus = 5;
  return awaiting_encryption() ? kKeyPdus : 1;
}

PhaseResult Pairing::OnReply(const UserReply& reply, Sources& sources,
                             const LocalIdentity& identity, Outbox& out) {
  PhaseEnv env{context_, sources, identity, out};
  return Continue(std::visit(
                      [&](auto& phase) -> PhaseResult {
                        if constexpr (TakesReplies<decltype(phase)>) {
                          return phase.OnReply(reply, env);
                        } else {
                          return Ignore();
                        }
                      },
                      phase_),
                  env);
}

PhaseResult Pairing::OnEncryptionChange(const EncryptionChange& change,
                                        Sources& sources,
                                        const LocalIdentity& identity,
                                        Outbox& out) {
  PhaseEnv env{context_, sources, identity, out};
  return Continue(std::get<AwaitEncryption>(phase_).OnEncryptionChange(change),
                  env);
}

PhaseResult Pairing::OnAcknowledged(size_t outstanding, Sources& sources,
                                    const LocalIdentity& identity,
                                    Outbox& out) {
  auto* distribution = std::get_if<DistributeKeys>(&phase_);
  if (distribution == nullptr) return Progress::kWaiting;
  PhaseEnv env{context_, sources, identity, out};
  return Continue(distribution->OnAcknowledged(outstanding), env);
}

bool Pairing::OnLongTermKeyRequest(const LongTermKeyRequest& request,
                                   Sources& sources,
                                   const LocalIdentity& identity, Outbox& out) {
  auto* await = std::get_if<AwaitEncryption>(&phase_);
  if (await == nullptr) return false;
  PhaseEnv env{context_, sources, identity, out};
  return await->OnLongTermKeyRequest(request, env);
}

// Goes from phase to phase for as long as they finish by themselves, and hands
// each what was held for it.
PhaseResult Pairing::Continue(PhaseResult result, PhaseEnv& env) {
  for (;;) {
    if (!result) return result;
    if (*result == Progress::kFinished) {
      if (distributing_keys()) return result;
      result = EnterNext(env);
      continue;
    }
    if (held_.empty() || Admit(held_.front()) == Admission::kHold) {
      return result;
    }
    Pdu pdu = std::move(held_.front());
    held_.erase(held_.begin());
    if (Admit(pdu) == Admission::kRefuse) {
      return FailWith(PairingFailedReason::kUnspecifiedReason);
    }
    result = std::visit(
        [&](auto& phase) { return phase.OnPdu(std::move(pdu), env); }, phase_);
  }
}

PhaseResult Pairing::EnterNext(PhaseEnv& env) {
  phase_ = NextPhase();
  return std::visit([&](auto& phase) { return phase.Begin(env); }, phase_);
}

Phase Pairing::NextPhase() { return std::visit(Successor{context_}, phase_); }

std::optional<PromptId> Pairing::prompt() const {
  return std::visit(
      [](const auto& phase) -> std::optional<PromptId> {
        if constexpr (HasPrompt<decltype(phase)>) {
          return phase.prompt();
        } else {
          return std::nullopt;
        }
      },
      phase_);
}

std::string_view Pairing::phase_name() const {
  return std::visit(
      [](const auto& phase) {
        return std::remove_cvref_t<decltype(phase)>::kName;
      },
      phase_);
}

bool Pairing::authenticating() const {
  return !std::holds_alternative<FeatureExchange>(phase_) &&
         !awaiting_encryption() && !distributing_keys();
}

bool Pairing::awaiting_encryption() const {
  return std::holds_alternative<AwaitEncryption>(phase_);
}

bool Pairing::key_given() const {
  const auto* await = std::get_if<AwaitEncryption>(&phase_);
  return await != nullptr && await->key_given();
}

bool Pairing::distributing_keys() const {
  return std::holds_alternative<DistributeKeys>(phase_);
}

bool Pairing::keypress_wanted() const {
  const bool passkey_phase =
      std::holds_alternative<PasskeyEntry>(phase_) ||
      std::holds_alternative<LegacyAuthentication>(phase_);
  return passkey_phase && context_.negotiated.keypress &&
         context_.negotiated.association.model ==
             AssociationModel::kPasskeyEntry;
}

BondData Pairing::TakeBond() {
  return std::get<DistributeKeys>(phase_).TakeBond();
}

}  // namespace bondd::smp
