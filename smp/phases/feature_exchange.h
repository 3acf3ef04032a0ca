// Phase 1: Pairing Request and Pairing Response, and everything that is
// settled by them. The first phase of every pairing; PublicKeyExchange or
// LegacyAuthentication follows.
//
// [Vol 3, Part H] 2.3, 3.5.1, 3.5.2

#ifndef BONDD_SMP_PHASES_FEATURE_EXCHANGE_H_
#define BONDD_SMP_PHASES_FEATURE_EXCHANGE_H_

#include "smp/phase.h"

namespace bondd::smp {

class FeatureExchange {
 public:
  static constexpr std::string_view kName = "FeatureExchange";

  // Initiator: sends the Pairing Request. Responder: nothing yet.
  PhaseResult Begin(PhaseEnv& env);

  Admission Admit(const Pdu& pdu, const PairingContext& context) const;
  PhaseResult OnPdu(Pdu pdu, PhaseEnv& env);
  PhaseResult OnReply(const UserReply& reply, PhaseEnv& env);
  std::optional<PromptId> prompt() const { return prompt_; }

 private:
  PhaseResult OnRequest(const PairingRequest& request, PhaseEnv& env);
  PhaseResult OnResponse(const PairingResponse& response, PhaseEnv& env);
  PhaseResult Respond(PhaseEnv& env);
  PhaseResult Settle(PhaseEnv& env);
  PhaseResult CheckBond(PhaseEnv& env);

  std::optional<PromptId> prompt_;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_PHASES_FEATURE_EXCHANGE_H_
