// What all phases of a pairing share: the facts of the pairing so far, the way
// out, and what a phase answers.

#ifndef BONDD_SMP_PHASE_H_
#define BONDD_SMP_PHASE_H_

#include <cstdint>
#include <expected>
#include <optional>
#include <utility>

#include "smp/messages.h"
#include "smp/negotiation.h"
#include "smp/pairing_options.h"
#include "smp/pdu.h"
#include "smp/sources.h"
#include "smp/types.h"

namespace bondd::smp {

// The link a pairing runs on. The addresses are those of the connection
// set-up, as they were on the air.
struct LinkInfo {
  Role role = Role::kInitiator;
  DeviceAddress local;
  DeviceAddress peer;
};

// Collects what leaves the Security Manager during one Handle().
class Outbox {
 public:
  void Send(const Pdu& pdu) { Emit(SendPdu{Serialize(pdu)}); }
  void Emit(Output output) { outputs_.push_back(std::move(output)); }
  PromptId Ask(Prompt question) {
    const auto id = static_cast<PromptId>(++last_prompt_);
    last_question_ = question;
    // Of what is shown nothing is kept: an answer is matched with the kind.
    if (auto* shown = std::get_if<PasskeyDisplayPrompt>(&last_question_)) {
      *shown = {};
    }
    if (auto* shown = std::get_if<NumberComparisonPrompt>(&last_question_)) {
      *shown = {};
    }
    Emit(AskUser{id, std::move(question)});
    return id;
  }
  // The question of the latest Ask(), without the passkey or the number that
  // it shows: there is never more than one open.
  const Prompt& last_question() const { return last_question_; }
  Outputs Take() { return std::exchange(outputs_, {}); }
  const Outputs& pending() const { return outputs_; }

 private:
  Outputs outputs_;
  uint32_t last_prompt_ = 0;
  Prompt last_question_;
};

// The facts of one pairing. Feature exchange settles them; later phases read.
struct PairingContext {
  LinkInfo link;
  PairingParameters parameters;

  PairingOctets request{};
  PairingOctets response{};
  PairingFeatures local_features;
  PairingFeatures peer_features;
  Negotiated negotiated;
  // The consent to this pairing extends to replacing a bond with the peer.
  bool covers_bond = false;
  std::optional<DeviceAddress> named;
  bool replace_agreed = false;  // the user was asked, and said yes
  bool debug_key = false;

  bool initiator() const { return link.role == Role::kInitiator; }
  const DeviceAddress& initiator_address() const {
    return initiator() ? link.local : link.peer;
  }
  const DeviceAddress& responder_address() const {
    return initiator() ? link.peer : link.local;
  }
  KeyDistribution local_keys() const {
    return initiator() ? negotiated.initiator_keys : negotiated.responder_keys;
  }
  KeyDistribution peer_keys() const {
    return initiator() ? negotiated.responder_keys : negotiated.initiator_keys;
  }
  // What the finished pairing will be worth.
  SecurityProperties Security() const;
};

// What a phase may touch while it handles something.
struct PhaseEnv {
  PairingContext& context;
  Sources& sources;
  const LocalIdentity& identity;
  Outbox& out;
};

enum class Progress : uint8_t { kWaiting, kFinished };

// A failure without its phase, which the pairing adds.
using PhaseResult = std::expected<Progress, PairingFailure>;

// May this PDU come now? kHold: it is early, but rightly so.
enum class Admission : uint8_t { kNow, kHold, kRefuse };

inline PairingFailure FailureOf(
    FailureCause cause,
    std::optional<PairingFailedReason> reason = std::nullopt) {
  return {.cause = cause, .reason = reason, .raw_reason = 0, .phase = {}};
}

inline std::unexpected<PairingFailure> FailWith(
    PairingFailedReason reason, FailureCause cause = FailureCause::kCheck) {
  return std::unexpected(FailureOf(cause, reason));
}

// Randomness or the crypto library gave out.
inline std::unexpected<PairingFailure> FailInternally() {
  return FailWith(PairingFailedReason::kUnspecifiedReason,
                  FailureCause::kInternal);
}

// The reply was for another kind of question: the owner's mistake, which must
// not move the state.
inline PhaseResult Ignore() { return Progress::kWaiting; }

inline PhaseResult RefusedBy(const Refuse& refuse, PairingFailedReason usual) {
  return FailWith(refuse.reason.value_or(usual), refuse.cause);
}

// Replace "not-weaker": the reason for which what this pairing makes must not
// replace `bond`, if there is one. A bond whose key would have no successor is
// stronger than the new one, whatever that is worth.
std::optional<PairingFailedReason> CheckNotWeaker(const PairingContext& context,
                                                  const BondData& bond);

// What holds for a bond of `identity` that has come since the last look, as far
// as that can be told before it is seen: the rules are the same, but a user who
// was asked has agreed to replace another one.
ReplaceOption RuleForNewcomer(const PairingContext& context,
                              const BondLookup& bonds,
                              const DeviceAddress& identity);

// A uniform number 0..999999, six decimal digits; nothing without randomness.
std::optional<uint32_t> GeneratePasskey(RandomSource& random);

// The passkey that this side shows: the fixed one where there is one and that
// is allowed, else a fresh one.
std::optional<uint32_t> ShownPasskey(PhaseEnv& env);

// The passkey as legacy pairing's TK and as the r of f6.
// [Vol 3, Part H] 2.3.5.3, 2.3.5.6.3
template <typename SecretType>
SecretType PasskeyAs(uint32_t passkey) {
  SecretType secret;
  auto octets = secret.Fill();
  for (size_t i = 0; i < 4; ++i) {
    octets[i] = static_cast<uint8_t>(passkey >> (8 * i));
  }
  return secret;
}

template <typename SecretType>
std::optional<SecretType> Generate(RandomSource& random) {
  SecretType secret;
  if (!random.Fill(secret.Fill())) return std::nullopt;
  return secret;
}

}  // namespace bondd::smp

#endif  // BONDD_SMP_PHASE_H_
