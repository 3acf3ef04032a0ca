// Phase 2 of Secure Connections, authentication stage 1: Out of Band. What came
// by the other way is held against the peer's public key, then nonces are
// exchanged. Follows PublicKeyExchange; DhKeyCheckExchange comes next.
//
// [Vol 3, Part H] 2.3.5.6.4

#ifndef BONDD_SMP_PHASES_OOB_AUTHENTICATION_H_
#define BONDD_SMP_PHASES_OOB_AUTHENTICATION_H_

#include <optional>

#include "smp/phase.h"
#include "smp/phases/authentication_outcome.h"
#include "smp/phases/public_key_exchange.h"

namespace bondd::smp {

class OobAuthentication {
 public:
  static constexpr std::string_view kName = "OobAuthentication";

  explicit OobAuthentication(ExchangedKeys keys) : keys_(std::move(keys)) {}

  PhaseResult Begin(PhaseEnv& env);
  Admission Admit(const Pdu& pdu, const PairingContext& context) const;
  PhaseResult OnPdu(Pdu pdu, PhaseEnv& env);
  PhaseResult OnReply(const UserReply& reply, PhaseEnv& env);
  std::optional<PromptId> prompt() const { return prompt_; }

  // Once finished.
  ExchangedKeys TakeKeys() { return std::move(keys_); }
  AuthenticationOutcome TakeOutcome(const PairingContext& context);

 private:
  PhaseResult CheckCommitment(const PeerOobData& data, PhaseEnv& env);
  PhaseResult BeginNonces(PhaseEnv& env);

  ExchangedKeys keys_;
  bool exchanging_ = false;
  Nonce own_nonce_;
  Nonce peer_nonce_;
  Nonce own_r_;   // zeros unless the peer has it
  Nonce peer_r_;  // zeros unless we have it
  std::optional<PromptId> prompt_;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_PHASES_OOB_AUTHENTICATION_H_
