// Phase 2 of Secure Connections, its beginning: both public keys, and the
// checks that a peer's key has to pass. Follows FeatureExchange; the phase of
// the association model comes next.
//
// [Vol 3, Part H] 2.3.5.6.1

#ifndef BONDD_SMP_PHASES_PUBLIC_KEY_EXCHANGE_H_
#define BONDD_SMP_PHASES_PUBLIC_KEY_EXCHANGE_H_

#include <optional>

#include "smp/p256.h"
#include "smp/phase.h"

namespace bondd::smp {

// The two keys of a Secure Connections pairing.
struct ExchangedKeys {
  KeyPair own;
  PublicKey peer;
};

class PublicKeyExchange {
 public:
  static constexpr std::string_view kName = "PublicKeyExchange";

  PhaseResult Begin(PhaseEnv& env);
  Admission Admit(const Pdu& pdu, const PairingContext& context) const;
  PhaseResult OnPdu(Pdu pdu, PhaseEnv& env);

  // Once finished.
  ExchangedKeys TakeKeys() { return {std::move(*own_), std::move(*peer_)}; }

 private:
  std::optional<KeyPair> own_;
  std::optional<PublicKey> peer_;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_PHASES_PUBLIC_KEY_EXCHANGE_H_
