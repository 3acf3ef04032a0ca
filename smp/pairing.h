// One pairing, from the Pairing Request to the last key: owns the phase that is
// running and knows which one comes next.
//
// A SecurityManager owns at most one Pairing and hands it what concerns it; a
// Pairing owns exactly one phase. A phase that is finished is destroyed, and
// its secrets with it.
//
//   FeatureExchange
//     |-- LegacyAuthentication --------------------------.
//     '-- PublicKeyExchange                              |
//           |-- NumericComparison (also Just Works) --.  |
//           |-- PasskeyEntry -------------------------+  |
//           '-- OobAuthentication --------------------+  |
//                                    DhKeyCheckExchange  |
//                                          AwaitEncryption
//                                          DistributeKeys

#ifndef BONDD_SMP_PAIRING_H_
#define BONDD_SMP_PAIRING_H_

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "smp/phase.h"
#include "smp/phases/await_encryption.h"
#include "smp/phases/dh_key_check_exchange.h"
#include "smp/phases/feature_exchange.h"
#include "smp/phases/key_distribution.h"
#include "smp/phases/legacy_authentication.h"
#include "smp/phases/numeric_comparison.h"
#include "smp/phases/oob_authentication.h"
#include "smp/phases/passkey_entry.h"
#include "smp/phases/public_key_exchange.h"

namespace bondd::smp {

using Phase =
    std::variant<FeatureExchange, LegacyAuthentication, PublicKeyExchange,
                 NumericComparison, PasskeyEntry, OobAuthentication,
                 DhKeyCheckExchange, AwaitEncryption, DistributeKeys>;

class Pairing {
 public:
  Pairing(PairingContext context, Time started);

  // Each of these says whether the pairing is finished (then TakeBond), goes
  // on, or has failed (then it is to be destroyed).
  PhaseResult Begin(Sources& sources, const LocalIdentity& identity,
                    Outbox& out);
  PhaseResult OnPdu(Pdu pdu, Sources& sources, const LocalIdentity& identity,
                    Outbox& out);
  PhaseResult OnReply(const UserReply& reply, Sources& sources,
                      const LocalIdentity& identity, Outbox& out);
  PhaseResult OnEncryptionChange(const EncryptionChange& change,
                                 Sources& sources,
                                 const LocalIdentity& identity, Outbox& out);
  // So many of all PDUs sent are not acknowledged yet.
  PhaseResult OnAcknowledged(size_t outstanding, Sources& sources,
                             const LocalIdentity& identity, Outbox& out);

  // True when the request was for this pairing's key, and answered.
  bool OnLongTermKeyRequest(const LongTermKeyRequest& request, Sources& sources,
                            const LocalIdentity& identity, Outbox& out);

  // The question to the user that is open.
  std::optional<PromptId> prompt() const;
  std::string_view phase_name() const;
  bool authenticating() const;  // in phase 2
  bool awaiting_encryption() const;
  // While awaiting it: the controller has the key for it.
  bool key_given() const;
  bool distributing_keys() const;
  // A passkey is being typed or shown, and both sides want to be told of keys.
  bool keypress_wanted() const;

  PairingContext& context() { return context_; }
  const PairingContext& context() const { return context_; }
  Time started() const { return started_; }

  BondData TakeBond();

 private:
  PhaseResult Continue(PhaseResult result, PhaseEnv& env);
  PhaseResult EnterNext(PhaseEnv& env);
  Phase NextPhase();
  PhaseResult Deliver(Pdu pdu, PhaseEnv& env);
  Admission Admit(const Pdu& pdu) const;
  size_t HoldLimit() const;

  PairingContext context_;
  Time started_;
  Phase phase_;
  // Early PDUs, in the order of arrival.
  std::vector<Pdu> held_;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_PAIRING_H_
