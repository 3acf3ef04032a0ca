// One link: its Security Manager, who asked for what on it, and what it shows
// on D-Bus.
//
// An Adapter makes a Link at LinkUp and destroys it after LinkDown. A Link
// carries outputs of the Security Manager to the controller, the bond store and
// the bus, and their answers back.

#ifndef BONDD_DAEMON_LINK_H_
#define BONDD_DAEMON_LINK_H_

#include <deque>
#include <optional>
#include <string>

#include "daemon/allowance.h"
#include "daemon/armed.h"
#include "daemon/oob_book.h"
#include "daemon/report.h"
#include "dbus/service.h"
#include "hci/events.h"
#include "smp/repeated_attempts.h"
#include "smp/security_manager.h"

namespace bondd::daemon {

class Adapter;

class Link {
 public:
  // The adapter is borrowed; it owns the link.
  Link(Adapter& adapter, const hci::LinkUp& up, uint32_t serial);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // --- From the controller, the store and the clock.
  void Feed(smp::Input input);
  void TraceIn(ByteView pdu) { Trace("received", pdu); }
  std::optional<Time> Deadline() const;
  void OnDeadline();
  // False while the bond of a pairing is on its way to the disk: the link has
  // ended() once it is there.
  bool OnDown(uint8_t reason);
  void OnBondStored(smp::BondStored stored);
  bool down() const { return down_reason_.has_value(); }
  bool ended() const { return ended_; }
  // Ends a link that is down at once: nobody waits for the disk any more.
  void Abandon();
  void OnAgentAnswer(dbus::AgentAnswer answer);
  void OnClientGone(const std::string& name);
  // Without an identity it is all bonds of the adapter. Ends the link if the
  // bond is its peer's; a pairing that runs does not bring the bond back.
  void OnBondRemoved(const std::optional<DeviceAddress>& identity);
  // Whether the peer is, or will be once its bond is stored, known by this.
  bool IsWith(const DeviceAddress& address) const;
  // The peer of the bond that is on its way to the disk.
  const std::optional<DeviceAddress>& storing() const { return storing_; }

  // What was armed here, or holds by default, for pairings to come.
  uint8_t RequiredLevel();

  // --- From D-Bus.
  void InitiatePairing(dbus::CallId call, const dbus::Caller& caller,
                       smp::PairingOptions options);
  void SendSecurityRequest(dbus::CallId call, const dbus::Caller& caller,
                           smp::PairingOptions options);
  void InitiateEncryption(dbus::CallId call,
                          const dbus::EncryptionOptions& options);
  void Disconnect(std::optional<dbus::CallId> call);
  dbus::ApiResult<void> Arm(const dbus::Caller& caller,
                            dbus::ArmOptions options);
  dbus::ApiResult<void> SetPasskey(const dbus::Caller& caller,
                                   uint32_t passkey);
  dbus::ApiResult<void> PasskeyNegativeReply(const dbus::Caller& caller);
  dbus::ApiResult<void> ConfirmNumber(const dbus::Caller& caller, bool equal);
  dbus::ApiResult<void> AcceptRequest(const dbus::Caller& caller,
                                      smp::PairingOptions options);
  dbus::ApiResult<void> RejectRequest(const dbus::Caller& caller,
                                      smp::PairingFailedReason reason);
  dbus::ApiResult<void> SetOob(const dbus::Caller& caller,
                               smp::PeerOobData data);
  dbus::ApiResult<void> SetOobLegacy(const dbus::Caller& caller, smp::Tk tk);
  dbus::ApiResult<dbus::Dictionary> GetPrompt(const dbus::Caller& caller) const;
  dbus::ApiResult<void> SendKeypress(const dbus::Caller& caller,
                                     smp::KeypressType type);
  dbus::ApiResult<void> CancelPairing(const dbus::Caller& caller);

  // Encrypts with the stored bond; Adapter::OnEncrypted hears of the outcome.
  void EncryptForConnect();
  // The same about an encryption that is under way.
  void AwaitEncryption() { connect_waits_ = true; }

  hci::LinkId id() const { return id_; }
  uint32_t serial() const { return serial_; }
  dbus::ConnectionRef ref() const;
  std::string path() const;
  const DeviceAddress& on_air() const { return on_air_; }
  DeviceAddress peer() const;
  bool central() const { return role_ == smp::Role::kInitiator; }
  bool encrypted() const { return sm_.security().has_value(); }
  bool pairing() const { return sm_.busy(); }
  bool encrypting() const { return sm_.encrypting(); }
  std::optional<dbus::QuestionId> question() const { return question_; }
  void Publish();

 private:
  // A local call that came too soon after a pairing that failed.
  struct Waiting {
    dbus::CallId call;
    dbus::Caller caller;
    smp::PairingOptions options;
    bool security_request = false;
    Time since;
    Time until;
  };

  struct OpenPrompt {
    smp::PromptId id;
    smp::Prompt question;
  };

  void Carry(smp::Output output);
  void On(smp::SendPdu output);
  void On(const smp::AskUser& output);
  void On(const smp::PasskeyProgress& output);
  void On(const smp::WithdrawPrompt& output);
  void On(const smp::StartEncryption& output);
  void On(const smp::AnswerLongTermKeyRequest& output);
  void On(smp::StoreBond output);
  void On(const smp::DiscardBond& output);
  void On(const smp::SecurityChanged& output);
  void On(const smp::PairingRequested& output);
  void On(const smp::SecurityRequested& output);
  void On(const smp::KeypressReceived& output);
  void On(const smp::KeysExchanged& output);
  void On(const smp::PairingEnded& output);
  void On(const smp::EncryptionEnded& output);
  void On(const smp::BondUsed& output);
  void On(const smp::PeerLostKeys& output);
  void On(const smp::Disconnect& output);

  smp::SecurityProperties WorthOf(const dbus::EncryptionOptions& options) const;
  smp::RepeatedAttempts::Claimant Claimant(bool wanted) const;
  // True when the call has to wait, or was answered as it can't.
  bool MustWait(dbus::CallId call, const dbus::Caller& caller,
                smp::PairingOptions& options, bool security_request);
  void EndWaiting(const dbus::ApiError& error);
  void NoteAttempt(const smp::PairingReport& report);
  bool AsksForPairing() const;
  // What is armed on this link; its time may have run out just now.
  Armed* ArmedHere();
  void Agree(dbus::CallId call, const dbus::Caller& caller,
             smp::PairingOptions options);
  std::optional<smp::PairingFailedReason> ReasonToRefuse(
      bool own_request) const;
  void RefuseUnasked(smp::PairingFailedReason reason);
  void Announce();
  void Consent(const smp::AskUser& ask, const smp::ConsentPrompt& prompt);
  void GiveConsent(smp::PromptId prompt, const smp::PairingOptions& options,
                   bool covers_bond, std::optional<DeviceAddress> named);
  void RefusePrompt(smp::FailureCause cause,
                    std::optional<smp::PairingFailedReason> reason = {});
  void AskAgent(const smp::Prompt& prompt);
  std::optional<dbus::AgentRef> FindAgent();
  dbus::AgentQuestion QuestionFor(const smp::Prompt& prompt) const;
  bool AnswerEarly(const smp::AskUser& ask);
  // With what was armed and PairingDefaults below them.
  smp::PairingOptions EffectiveOptions(const smp::PairingOptions& options);
  dbus::ApiResult<smp::PairingParameters> Parameters(
      const smp::PairingOptions& options);
  // The same, and there is room for the bond; those that are there now will be
  // judged by these.
  dbus::ApiResult<smp::PairingParameters> StorableParameters(
      const smp::PairingOptions& options);
  dbus::ApiResult<std::optional<smp::LocalOobData>> LendOob(
      smp::PairingOptions& options);
  void TakeEarlyOob(const OobBook::Occasion& occasion,
                    smp::PairingOptions& options) const;
  dbus::ApiResult<void> CheckStart(bool central) const;
  dbus::ApiResult<void> SetShownPasskey(const dbus::Caller& caller,
                                        uint32_t passkey);
  dbus::ApiResult<void> SetEarlyPasskey(const dbus::Caller& caller,
                                        uint32_t passkey);
  dbus::ApiResult<void> CheckEarly(const dbus::Caller& caller);
  dbus::ApiResult<void> CheckOwner(const dbus::Caller& caller) const;
  template <typename PromptType>
  dbus::ApiResult<const PromptType*> CheckPrompt(
      const dbus::Caller& caller) const;
  void Reply(smp::UserReply reply);
  void ForgetPairing();
  void End();
  void Trace(const char* direction, ByteView pdu);

  Adapter& adapter_;
  hci::LinkId id_;
  uint32_t serial_;
  uint16_t handle_;
  smp::Role role_;
  DeviceAddress on_air_;
  smp::SecurityManager sm_;

  std::deque<smp::Input> inbox_;
  bool feeding_ = false;

  std::optional<Armed> armed_;
  std::optional<Waiting> waiting_;
  // What let in the pairing that runs.
  enum class LetInBy { kOther, kArmedLink, kArmedAdapter };
  LetInBy let_in_by_ = LetInBy::kOther;

  // --- The pairing that is running.
  std::optional<dbus::Caller> starter_;
  std::optional<dbus::CallId> pairing_call_;
  std::optional<uid_t> owner_;
  std::optional<std::string> agent_option_;
  std::optional<dbus::AgentRef> agent_;
  std::optional<dbus::QuestionId> question_;
  std::optional<OpenPrompt> prompt_;
  smp::PairingOptions options_;
  // What the peer asks for, until it is known whether that is worth a signal.
  std::optional<smp::Output> announcement_;
  // Of what a peer tries in vain while nobody here has to do with it.
  Allowance signals_{32, std::chrono::seconds(1)};
  Allowance journal_lines_{1, std::chrono::seconds(5)};
  // Of the peer's keypresses: more than anybody types.
  Allowance keypress_signals_{32, std::chrono::milliseconds(50)};
  Allowance keypress_displays_{32, std::chrono::milliseconds(50)};
  bool wanted_ = false;           // somebody here has named the peer
  bool refused_unasked_ = false;  // nobody was asked, so none has failed
  std::optional<uint32_t> early_passkey_;
  std::optional<smp::PeerOobData> early_oob_;
  std::optional<smp::Tk> early_tk_;

  std::optional<dbus::CallId> encryption_call_;
  std::optional<uint8_t> encryption_level_;
  bool connect_waits_ = false;
  std::optional<dbus::CallId> disconnect_call_;
  std::optional<uint8_t> down_reason_;
  bool ended_ = false;
  std::optional<DeviceAddress> identity_;
  std::optional<DeviceAddress> storing_;
  // What the store knew when the bond that is there was judged.
  uint64_t judged_ = 0;
  dbus::Dictionary last_pairing_;
};

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_LINK_H_
