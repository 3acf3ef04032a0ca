// Phase 3: each side sends the keys that were agreed on, the responder first.
// Follows AwaitEncryption; what both sides hold afterwards is the bond.
//
// [Vol 3, Part H] 2.4.3, 3.6

#ifndef BONDD_SMP_PHASES_KEY_DISTRIBUTION_H_
#define BONDD_SMP_PHASES_KEY_DISTRIBUTION_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "smp/bond_data.h"
#include "smp/phase.h"

namespace bondd::smp {

class DistributeKeys {
 public:
  static constexpr std::string_view kName = "KeyDistribution";

  // `key` is what the link is encrypted with: the LTK itself under Secure
  // Connections, the STK otherwise.
  explicit DistributeKeys(Ltk key) : key_(std::move(key)) {}

  PhaseResult Begin(PhaseEnv& env);
  Admission Admit(const Pdu& pdu, const PairingContext& context) const;
  PhaseResult OnPdu(Pdu pdu, PhaseEnv& env);
  // So many of all PDUs sent are not acknowledged yet.
  PhaseResult OnAcknowledged(size_t outstanding);
  PhaseResult OnReply(const UserReply& reply, PhaseEnv& env);
  std::optional<PromptId> prompt() const { return prompt_; }

  // Once finished.
  BondData TakeBond() { return std::move(bond_); }

 private:
  void StartBond(const PairingContext& context);
  PhaseResult SendKeys(PhaseEnv& env);
  template <typename T>
  void Queue(T pdu, PhaseEnv& env);
  PhaseResult OnIdentityAddress(const IdentityAddressInformation& pdu,
                                PhaseEnv& env);
  PhaseResult CheckBondOf(const DeviceAddress& identity, PhaseEnv& env);
  PhaseResult AfterReceiving(PhaseEnv& env);
  PhaseResult Settled() const;

  Ltk key_;
  BondData bond_;
  std::vector<Code> expected_;  // what the peer still has to send, in order
  std::optional<LongTermKey> received_ltk_;
  std::optional<Irk> received_irk_;
  bool sent_ = false;
  size_t unacknowledged_ = 0;
  std::optional<PromptId> prompt_;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_PHASES_KEY_DISTRIBUTION_H_
