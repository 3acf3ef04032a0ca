// What has to hold for one Security Manager, whatever is done to it: it sees
// all that enters and all that leaves, keeps account of its own, and compares.

#ifndef BONDD_TESTS_FUZZ_SMP_ORACLE_H_
#define BONDD_TESTS_FUZZ_SMP_ORACLE_H_

#include <optional>
#include <vector>

#include "tests/support/smp_end.h"

namespace bondd::smp::test {

class SmpOracle {
 public:
  using KeyOctets = std::array<uint8_t, 16>;
  // A pairing that was reported as a success.
  struct Success {
    KeyOctets key;  // the link was encrypted with it
    PairingOctets request;
    PairingOctets response;
    AssociationModel model;
    SecurityProperties security;
    bool legacy_passkey_authenticated;
  };

  explicit SmpOracle(Role role) : role_(role) {}

  // Watches this end of a new link; borrowed for as long as the link is there.
  void Watch(SmpEnd& end);
  // Nobody has anything to do any more, and all timers have had their time.
  void CheckRest() const;

  const std::vector<Success>& successes() const { return successes_; }

 private:
  // A key that may be given to the controller, and what it is worth.
  struct Known {
    KeyOctets key;
    SecurityProperties worth;
    std::optional<DeviceAddress> bond;  // nothing: for this link alone
    bool fresh = true;                  // its pairing has no report yet
  };
  // Of the pairing that is going on.
  struct Account {
    PairingOctets request{};
    std::optional<PairingOctets> response;
    std::vector<Pdu> sent;  // keys
    std::vector<Pdu> received;
    bool debug_key = false;
    bool replace_agreed = false;
    bool keys_exchanged = false;
    bool stored = false;
    std::optional<KeyOctets> key;  // of the encryption
    BondsInMemory bonds_before;
  };

  void OnInput(const Input& input);
  void OnReply(const UserReply& reply);
  void OnReceived(const PduReceived& input);
  void OnOutputs(const Outputs& outputs);
  void Take(const Output& output);
  void OnSent(const Bytes& octets);
  void TakeKey(const Ltk& key);
  void OnStoreBond(const BondData& bond);
  void OnReport(const PairingReport& report);
  void OnSuccess(const PairingReport& report);

  void Begin(const PairingOctets& request);
  void CheckOwnFeatures(const PairingOctets& octets) const;
  void CheckRequirements(const PairingReport& report) const;
  void CheckReplacement(const BondData& bond) const;
  void CheckKeys(const BondData& bond) const;
  // Of all peers but this one.
  void CheckBondsAsBefore(const std::optional<DeviceAddress>& but) const;
  void SettleKeys(const PairingReport& report);
  Negotiated Agreed() const;
  SecurityProperties Worth() const;
  KeyDistribution OwnKeys() const;
  KeyDistribution PeerKeys() const;

  Role role_;
  SmpEnd* end_ = nullptr;
  PairingParameters parameters_;  // that hold for the pairing
  bool covers_bond_ = false;
  std::optional<DeviceAddress> named_;
  std::optional<Account> pairing_;
  PairingOctets last_request_{};
  std::vector<Known> known_;
  std::vector<Success> successes_;

  // Of the link.
  bool linked_ = true;
  std::optional<SecurityProperties> offered_;  // by the last key given
  std::optional<SecurityProperties> worth_;    // of the encryption
  std::optional<SecurityProperties> told_;     // by SecurityChanged
  std::optional<PromptId> last_prompt_;
  bool prompt_settled_ = true;
  size_t unacknowledged_ = 0;

  // Of the input that is being handled.
  bool was_linked_ = true;
  bool was_dead_ = false;
  bool was_failed_pdu_ = false;
  bool was_key_request_ = false;
  std::optional<SecurityProperties> given_worth_;
  bool was_pairing_ = false;
  size_t failed_sent_ = 0;
  std::optional<uint8_t> reason_sent_;
  size_t pdus_sent_ = 0;
  size_t key_answers_ = 0;
  bool failure_reported_ = false;
};

// What both ends have come to has to be the same thing. `altered`: PDUs were
// changed on their way, or made up.
void CheckAgreement(const SmpOracle& central, const SmpOracle& peripheral,
                    bool altered);

}  // namespace bondd::smp::test

#endif  // BONDD_TESTS_FUZZ_SMP_ORACLE_H_
