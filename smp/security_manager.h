// The Security Manager of one link: pure data in, data out.
//
// daemon/ makes one when a link comes up, hands it everything that concerns
// the security of the link, carries out what it answers, and destroys it with
// the link. It has no clock, no socket and no randomness of its own.
//
// [Vol 3, Part H], and the security procedures of [Vol 3, Part C] 10.3

#ifndef BONDD_SMP_SECURITY_MANAGER_H_
#define BONDD_SMP_SECURITY_MANAGER_H_

#include <cstdint>
#include <optional>

#include "common/time_types.h"
#include "smp/bond_data.h"
#include "smp/messages.h"
#include "smp/pairing.h"
#include "smp/phase.h"
#include "smp/sources.h"

namespace bondd::smp {

enum class PairingState : uint8_t {
  kIdle,
  kPairing,
  kWaitingForUser,
  kDistributingKeys,
};

class SecurityManager {
 public:
  SecurityManager(LinkInfo link, Sources sources, LocalIdentity identity);

  // `now` never goes back from one call to the next.
  Outputs Handle(Input input, Time now);
  // When TimerDue is due; nothing = never.
  std::optional<Time> Deadline() const;

  // What the link is worth; nothing while it is not encrypted.
  std::optional<SecurityProperties> security() const { return security_; }
  PairingState state() const;
  // A pairing, a Security Request or an encryption is under way: StartPairing,
  // RequestSecurity and Encrypt have to wait.
  bool busy() const;
  // As central: encryption with a known key is being started.
  bool encrypting() const { return encryption_.has_value(); }
  // The SMP timer has run out: this link can't pair any more.
  bool dead() const { return dead_; }
  // StoreBond has no answer yet. BondStored is waited for even when the link
  // is lost meanwhile: the report of the pairing hangs on it.
  bool storing() const { return awaiting_store_.has_value(); }

 private:
  // HCI error code.
  static constexpr uint8_t kAuthenticationFailure = 0x05;

  // Encryption that this side, as central, has started with a known key.
  struct PendingEncryption {
    SecurityProperties security;
    bool from_bond = false;
    Time deadline;
  };
  // As peripheral: what was sent. As central: what was received.
  struct PendingSecurityRequest {
    AuthReq auth_req;
    // What an encryption with the bond has to be worth beyond the MITM bit.
    // The Secure Connections bit says what a peer can do, not what it insists
    // on; as peripheral we know whether we do.
    uint8_t require_level = 2;
    bool secure_connections_only = false;
    // As peripheral: of the request and of the pairing that it leads to.
    std::optional<Duration> timeout;
    Time started;
    std::optional<PromptId> consent;  // central, once the user is asked
  };

  void On(PduReceived input);
  void On(const PdusAcknowledged& input);
  void On(const LongTermKeyRequest& request);
  void On(const EncryptionChange& change);
  void On(const BondStored& input);
  void On(const LinkLost& input);
  void On(const TimerDue& input);
  void On(StartPairing input);
  void On(RequestSecurity input);
  void On(const Encrypt& input);
  void On(const Cancel& input);
  void On(const UserReply& reply);
  void On(const SendKeypress& input);

  void OnPairingRequest(PairingRequest request);
  void OnSecurityRequest(const SecurityRequest& request, uint8_t require_level);
  void OnPairingFailed(const PairingFailed& failed);
  void OnKeypress(const KeypressNotification& keypress);
  void OnConsentToSecurityRequest(const UserReply& reply);
  void HandleEncryptionChange(const EncryptionChange& change);
  void OnEncryptionStarted(const EncryptionChange& change);
  void OnForeignEncryption();
  void AfterEncryption();
  void AskForPairing();

  void TakeBondBack(PairingFailure failure);

  void BeginPairing(PairingParameters parameters);
  void Progressed(const PhaseResult& result);
  void FinishPairing();
  void DestroyPairing();
  void FailPairing(PairingFailure failure);
  void EndLinkAfter(PairingReport report);
  void EndLink();
  void SendFailed(PairingFailedReason reason);
  void EndSecurityRequest(std::optional<PairingFailure> failure);
  PairingReport ReportOf(const Pairing& pairing) const;

  void SetSecurity(std::optional<SecurityProperties> security);
  bool Satisfies(const PendingSecurityRequest& request) const;
  const BondData* FindBond() const;
  bool IsStored(const BondData* bond) const;
  void StartWithKey(const LongTermKey& key, SecurityProperties security,
                    bool from_bond);
  bool ProcedureActive() const;
  std::optional<Time> OwnDeadline() const;
  void RestartTimer();
  void HoldTimerByKeypress();
  void SyncPrompt();
  std::optional<PromptId> CurrentPrompt() const;

  LinkInfo link_;
  Sources sources_;
  LocalIdentity identity_;
  Outbox out_;
  Time now_{};

  std::optional<SecurityProperties> security_;
  std::optional<Pairing> pairing_;
  std::optional<PairingReport> awaiting_store_;
  Time storing_since_{};
  std::optional<PendingSecurityRequest> security_request_;
  std::optional<PendingEncryption> encryption_;
  // As central: a pairing failed while the controller was starting encryption
  // for it.
  bool abandoned_encryption_ = false;
  Time deaf_until_ = Time::min();  // to Security Requests
  size_t unacknowledged_ = 0;      // of the PDUs sent
  // As peripheral: what the key given in the last answer to a Long Term Key
  // Request is worth.
  std::optional<SecurityProperties> offered_;
  // The keys of the last pairing on this link, and whether they are a bond's.
  std::optional<BondData> session_;
  bool session_stored_ = false;

  std::optional<PromptId> open_prompt_;
  uint16_t digits_entered_ = 0;
  std::optional<Time> smp_deadline_;
  std::optional<Time> keypress_limit_;
  bool dead_ = false;
  bool linked_ = true;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_SECURITY_MANAGER_H_
