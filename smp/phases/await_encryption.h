// Between phases 2 and 3: the link is encrypted with the key of phase 2.
// Follows LegacyAuthentication or DhKeyCheckExchange; KeyDistribution comes
// next.
//
// [Vol 3, Part H] 2.4.4.1, 2.4.6

#ifndef BONDD_SMP_PHASES_AWAIT_ENCRYPTION_H_
#define BONDD_SMP_PHASES_AWAIT_ENCRYPTION_H_

#include "smp/phase.h"

namespace bondd::smp {

class AwaitEncryption {
 public:
  static constexpr std::string_view kName = "AwaitEncryption";

  explicit AwaitEncryption(Ltk key) : key_(std::move(key)) {}

  // Initiator: starts encryption. Responder: waits for the request.
  PhaseResult Begin(PhaseEnv& env);
  // Key PDUs may overtake the Encryption Change event: the controller hands
  // data and events up by different ways.
  Admission Admit(const Pdu& pdu, const PairingContext& context) const;
  PhaseResult OnPdu(Pdu, PhaseEnv&) { return Ignore(); }
  // True when the request was for this phase's key, and answered.
  bool OnLongTermKeyRequest(const LongTermKeyRequest& request, PhaseEnv& env);
  PhaseResult OnEncryptionChange(const EncryptionChange& change);

  bool key_given() const { return key_given_; }

  // Once finished: the key that the link is encrypted with.
  Ltk TakeKey() { return std::move(key_); }

 private:
  Ltk key_;
  bool key_given_ = false;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_PHASES_AWAIT_ENCRYPTION_H_
