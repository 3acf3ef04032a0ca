// Phase 2 of Secure Connections, authentication stage 2: both sides prove that
// they hold the same DHKey, and the LTK comes of it. Follows the phase of the
// association model; AwaitEncryption comes next.
//
// [Vol 3, Part H] 2.3.5.6.5

#ifndef BONDD_SMP_PHASES_DH_KEY_CHECK_EXCHANGE_H_
#define BONDD_SMP_PHASES_DH_KEY_CHECK_EXCHANGE_H_

#include <optional>

#include "smp/phase.h"
#include "smp/phases/authentication_outcome.h"
#include "smp/phases/public_key_exchange.h"

namespace bondd::smp {

class DhKeyCheckExchange {
 public:
  static constexpr std::string_view kName = "DhKeyCheckExchange";

  DhKeyCheckExchange(ExchangedKeys keys, AuthenticationOutcome outcome)
      : keys_(std::move(keys)), outcome_(std::move(outcome)) {}

  PhaseResult Begin(PhaseEnv& env);
  Admission Admit(const Pdu& pdu, const PairingContext& context) const;
  PhaseResult OnPdu(Pdu pdu, PhaseEnv& env);

  // Once finished: the LTK, masked to the negotiated size.
  Ltk TakeKey() { return std::move(*key_); }

 private:
  ExchangedKeys keys_;
  AuthenticationOutcome outcome_;
  DhKeyCheck own_check_;
  DhKeyCheck peer_check_;  // what the peer's has to be
  std::optional<Ltk> key_;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_PHASES_DH_KEY_CHECK_EXCHANGE_H_
