// Phase 2 of Secure Connections, authentication stage 1: Numeric Comparison,
// and Just Works, which is the same without anybody looking at the numbers.
// Follows PublicKeyExchange; DhKeyCheckExchange comes next.
//
// [Vol 3, Part H] 2.3.5.6.2

#ifndef BONDD_SMP_PHASES_NUMERIC_COMPARISON_H_
#define BONDD_SMP_PHASES_NUMERIC_COMPARISON_H_

#include <optional>

#include "smp/phase.h"
#include "smp/phases/authentication_outcome.h"
#include "smp/phases/public_key_exchange.h"

namespace bondd::smp {

class NumericComparison {
 public:
  static constexpr std::string_view kName = "NumericComparison";

  explicit NumericComparison(ExchangedKeys keys) : keys_(std::move(keys)) {}

  PhaseResult Begin(PhaseEnv& env);
  Admission Admit(const Pdu& pdu, const PairingContext& context) const;
  PhaseResult OnPdu(Pdu pdu, PhaseEnv& env);
  PhaseResult OnReply(const UserReply& reply, PhaseEnv& env);
  std::optional<PromptId> prompt() const { return prompt_; }

  // Once finished.
  ExchangedKeys TakeKeys() { return std::move(keys_); }
  AuthenticationOutcome TakeOutcome(const PairingContext& context);

 private:
  PhaseResult OnConfirm(PairingConfirm confirm, PhaseEnv& env);
  PhaseResult OnRandom(PairingRandom random, PhaseEnv& env);
  PhaseResult Compare(PhaseEnv& env);

  ExchangedKeys keys_;
  Nonce own_nonce_;
  std::optional<ConfirmValue> peer_confirm_;  // the initiator has it checked
  std::optional<Nonce> peer_nonce_;
  std::optional<PromptId> prompt_;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_PHASES_NUMERIC_COMPARISON_H_
