#include "smp/phases/await_encryption.h"

#include <utility>
#include <variant>

namespace bondd::smp {

PhaseResult AwaitEncryption::Begin(PhaseEnv& env) {
  if (env.context.initiator()) {
    key_given_ = true;
    env.out.Emit(StartEncryption{LongTermKey{.ltk = key_.Clone()}});
  }
  return Progress::kWaiting;
}

Admission AwaitEncryption::Admit(const Pdu& pdu, const PairingContext&) const {
  const bool key = std::holds_alternative<EncryptionInformation>(pdu) ||
                   std::holds_alternative<CentralIdentification>(pdu) ||
                   std::holds_alternative<IdentityInformation>(pdu) ||
                   std::holds_alternative<IdentityAddressInformation>(pdu) ||
                   std::holds_alternative<SigningInformation>(pdu);
  return key && key_given_ ? Admission::kHold : Admission::kRefuse;
}

bool AwaitEncryption::OnLongTermKeyRequest(const LongTermKeyRequest& request,
                                           PhaseEnv& env) {
  // [Vol 3, Part H] 2.4.4.1: STK and Secure Connections LTK go with zeros.
  if (request.rand != 0 || request.ediv != 0) return false;
  key_given_ = true;
  env.out.Emit(AnswerLongTermKeyRequest{key_.Clone()});
  return true;
}

PhaseResult AwaitEncryption::OnEncryptionChange(
    const EncryptionChange& change) {
  if (!key_given_ || change.status != 0 || !change.encrypted) {
    return FailWith(PairingFailedReason::kUnspecifiedReason);
  }
  return Progress::kFinished;
}

}  // namespace bondd::smp
