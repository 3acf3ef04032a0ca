// Phase 2 of LE legacy pairing, whatever the association model: the TK, the
// exchange of Confirm and Random, the STK. Follows FeatureExchange;
// AwaitEncryption comes next.
//
// [Vol 3, Part H] 2.3.5.5

#ifndef BONDD_SMP_PHASES_LEGACY_AUTHENTICATION_H_
#define BONDD_SMP_PHASES_LEGACY_AUTHENTICATION_H_

#include <optional>

#include "smp/phase.h"

namespace bondd::smp {

class LegacyAuthentication {
 public:
  static constexpr std::string_view kName = "LegacyAuthentication";

  PhaseResult Begin(PhaseEnv& env);
  Admission Admit(const Pdu& pdu, const PairingContext& context) const;
  PhaseResult OnPdu(Pdu pdu, PhaseEnv& env);
  PhaseResult OnReply(const UserReply& reply, PhaseEnv& env);
  std::optional<PromptId> prompt() const { return prompt_; }

  // Once finished: the STK, masked to the negotiated size.
  Ltk TakeKey() { return std::move(*key_); }

 private:
  enum class Expecting { kTk, kConfirm, kRandom };

  PhaseResult Show(uint32_t passkey, PhaseEnv& env);
  PhaseResult ShowInstead(const EnterPasskey& entered, PhaseEnv& env);
  PhaseResult SetTk(Tk tk, PhaseEnv& env);
  PhaseResult ChooseTk(PhaseEnv& env);
  void SendConfirm(PhaseEnv& env);
  PhaseResult OnConfirm(PairingConfirm confirm, PhaseEnv& env);
  PhaseResult OnRandom(PairingRandom random, PhaseEnv& env);
  ConfirmValue Confirm(const Nonce& random,
                       const PairingContext& context) const;

  Expecting expecting_ = Expecting::kTk;
  std::optional<Tk> tk_;
  Nonce random_;
  std::optional<ConfirmValue> own_confirm_;
  std::optional<ConfirmValue> peer_confirm_;
  std::optional<Ltk> key_;
  std::optional<PromptId> prompt_;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_PHASES_LEGACY_AUTHENTICATION_H_
