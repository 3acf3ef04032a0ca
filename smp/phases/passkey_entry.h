// Phase 2 of Secure Connections, authentication stage 1: Passkey Entry, twenty
// rounds of commitment and nonce, one for each bit of the passkey. Follows
// PublicKeyExchange; DhKeyCheckExchange comes next.
//
// [Vol 3, Part H] 2.3.5.6.3

#ifndef BONDD_SMP_PHASES_PASSKEY_ENTRY_H_
#define BONDD_SMP_PHASES_PASSKEY_ENTRY_H_

#include <cstdint>
#include <optional>

#include "smp/phase.h"
#include "smp/phases/authentication_outcome.h"
#include "smp/phases/public_key_exchange.h"

namespace bondd::smp {

class PasskeyEntry {
 public:
  static constexpr std::string_view kName = "PasskeyEntry";

  explicit PasskeyEntry(ExchangedKeys keys) : keys_(std::move(keys)) {}

  PhaseResult Begin(PhaseEnv& env);
  Admission Admit(const Pdu& pdu, const PairingContext& context) const;
  PhaseResult OnPdu(Pdu pdu, PhaseEnv& env);
  PhaseResult OnReply(const UserReply& reply, PhaseEnv& env);
  std::optional<PromptId> prompt() const { return prompt_; }

  // Once finished.
  ExchangedKeys TakeKeys() { return std::move(keys_); }
  AuthenticationOutcome TakeOutcome(const PairingContext& context);

 private:
  enum class Expecting { kPasskey, kConfirm, kRandom };

  PhaseResult Show(uint32_t passkey, PhaseEnv& env);
  PhaseResult ShowInstead(const EnterPasskey& entered, PhaseEnv& env);
  PhaseResult SetPasskey(uint32_t passkey, PhaseEnv& env);
  PhaseResult BeginRound(PhaseEnv& env);
  PhaseResult OnConfirm(PairingConfirm confirm, PhaseEnv& env);
  PhaseResult OnRandom(PairingRandom random, PhaseEnv& env);
  // rai or rbi: the bit of this round. [Vol 3, Part H] 2.3.5.6.3
  uint8_t RoundBit() const;
  void SendConfirm(PhaseEnv& env);

  ExchangedKeys keys_;
  Expecting expecting_ = Expecting::kPasskey;
  std::optional<Nonce> passkey_;
  uint8_t round_ = 0;
  Nonce own_nonce_;
  Nonce peer_nonce_;
  std::optional<ConfirmValue> own_confirm_;
  std::optional<ConfirmValue> peer_confirm_;
  std::optional<PromptId> prompt_;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_PHASES_PASSKEY_ENTRY_H_
