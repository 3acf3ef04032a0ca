// Everything that enters a SecurityManager (Input) and everything that leaves
// it (Output). There is no other way in or out.

#ifndef BONDD_SMP_MESSAGES_H_
#define BONDD_SMP_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "common/bytes.h"
#include "common/device_address.h"
#include "common/time_types.h"
#include "smp/bond_data.h"
#include "smp/keys.h"
#include "smp/pairing_options.h"
#include "smp/pdu.h"
#include "smp/types.h"

namespace bondd::smp {

// Names one question to the user; never used again on a link, so that a late
// answer can't be taken for another question's.
enum class PromptId : uint32_t {};

// --- What the user is asked.

// A pairing that the peer wants: by a Pairing Request, or (we are the central)
// by a Security Request that the stored bond does not satisfy.
struct ConsentPrompt {
  bool security_request = false;
  AuthReq auth_req;                         // the peer's
  std::optional<PairingFeatures> features;  // of its Pairing Request
  bool bonded = false;                      // a bond with it would be replaced
};
// Replace "ask": the pairing would replace a bond that is known only now.
struct ReplacePrompt {
  DeviceAddress identity;
};
// Needs no answer; a refusal ends the pairing. EnterPasskey, where fixed
// passkeys are allowed, puts another one on show, in a question of its own;
// once this side has committed itself to the passkey it is dropped.
struct PasskeyDisplayPrompt {
  uint32_t passkey = 0;
};
struct PasskeyInputPrompt {
  bool keypress = false;  // the peer wants Keypress Notifications
};
struct NumberComparisonPrompt {
  uint32_t number = 0;
};
struct OobPrompt {
  bool secure_connections = false;
};
using Prompt =
    std::variant<ConsentPrompt, ReplacePrompt, PasskeyDisplayPrompt,
                 PasskeyInputPrompt, NumberComparisonPrompt, OobPrompt>;

// --- How pairing ends.

enum class FailureCause : uint8_t {
  kCheck,     // what the peer sent did not pass a check here
  kPeer,      // the peer sent Pairing Failed
  kRefused,   // our user or agent said no
  kCanceled,  // by our user, or because who asked has gone
  kTimeout,   // of the SMP timer, or of the pairing's own limit
  kLinkLost,
  kStore,          // the bond could not be kept
  kInternal,       // randomness, key generation
  kNotAchievable,  // our own options exclude it before anything was sent
};

struct PairingFailure {
  FailureCause cause = FailureCause::kCheck;
  // Nothing where no SMP reason was sent or received.
  std::optional<PairingFailedReason> reason;
  // Where a peer's reason is not of Table 3.7.
  uint8_t raw_reason = 0;
  std::string_view phase;  // "FeatureExchange", "PasskeyEntry", ...
};

struct PairingReport {
  bool initiator = false;  // this side sent the Pairing Request
  // No Pairing Request was needed: the central answered our Security Request
  // by encrypting with the bond.
  bool by_encryption = false;
  std::optional<AssociationModel> model;
  SecurityProperties security;
  bool bonded = false;
  DeviceAddress peer;  // the identity, once known
  KeyDistribution keys_received;
  KeyDistribution keys_sent;
  Duration duration{};
  std::optional<PairingOctets> request;
  std::optional<PairingOctets> response;
  std::optional<PairingFailure> failure;  // nothing = it worked
};

// --- Inputs.

struct PduReceived {
  Bytes pdu;
  // As central: the level that a Security Request has to lead to, whatever
  // else it asks for.
  uint8_t require_level = 2;
};
// `count` more of the PDUs sent are acknowledged by the peer's link layer.
struct PdusAcknowledged {
  size_t count = 0;
};
struct LongTermKeyRequest {
  uint64_t rand = 0;
  uint16_t ediv = 0;
};
// Encryption Change, or Key Refresh Complete; `status` is the HCI error code.
struct EncryptionChange {
  uint8_t status = 0;
  bool encrypted = false;
};
struct BondStored {
  bool ok = false;
  // When it is not: because of a bond that came in between, see StoreBond. Else
  // the store has failed.
  bool refused = false;
};
struct LinkLost {};
struct TimerDue {};

// Initiator only.
struct StartPairing {
  PairingParameters parameters;
};
// Responder only: a Security Request, and nothing else.
struct RequestSecurity {
  PairingParameters parameters;
};
// Central only: with the given key, else the stored bond's.
struct Encrypt {
  std::optional<LongTermKey> key;
  SecurityProperties security;  // of the given key
};
struct Cancel {};

// Answers; one that names no open prompt is dropped.
struct AcceptConsent {
  PromptId prompt;
  PairingParameters parameters;
  // Whoever consented knew that this peer is bonded, or named its address.
  bool covers_bond = false;
  // Arming that named an address covers a bond of that identity.
  std::optional<DeviceAddress> named;
};
struct AcceptReplace {
  PromptId prompt;
};
struct EnterPasskey {
  PromptId prompt;
  uint32_t passkey = 0;  // 0..999999
};
struct ConfirmNumber {
  PromptId prompt;
};
struct GiveOobLegacy {
  PromptId prompt;
  Tk tk;
};
struct GiveOob {
  PromptId prompt;
  PeerOobData data;
};
struct Refuse {
  PromptId prompt;
  // Nothing = the reason that belongs to the prompt.
  std::optional<PairingFailedReason> reason;
  FailureCause cause = FailureCause::kRefused;
};
using UserReply = std::variant<AcceptConsent, AcceptReplace, EnterPasskey,
                               ConfirmNumber, GiveOobLegacy, GiveOob, Refuse>;
struct SendKeypress {
  KeypressType type = KeypressType::kStarted;
};

using Input =
    std::variant<PduReceived, PdusAcknowledged, LongTermKeyRequest,
                 EncryptionChange, BondStored, LinkLost, TimerDue, StartPairing,
                 RequestSecurity, Encrypt, Cancel, UserReply, SendKeypress>;

// --- Outputs.

struct SendPdu {
  Bytes pdu;
};
struct AskUser {
  PromptId prompt;
  Prompt question;
};
// The peer's user has typed so many digits of the passkey that is on show.
struct PasskeyProgress {
  PromptId prompt;
  uint16_t entered = 0;
};
// The question needs no answer any more.
struct WithdrawPrompt {
  PromptId prompt;
};
struct StartEncryption {
  LongTermKey key;
};
// Nothing = the negative reply.
struct AnswerLongTermKeyRequest {
  std::optional<Ltk> key;
};
struct StoreBond {
  BondData bond;
  // What holds for a bond with this identity that has come since the pairing
  // looked for one: an import, say. Never kAsk, for the user agreed to replace
  // another one.
  ReplaceOption replace = ReplaceOption::kNever;
};
// The peer rejected the keys, or our user cancelled, after the bond was handed
// to the store: what StoreBond did to this identity is to be undone, so that a
// bond that it has replaced is there again.
struct DiscardBond {
  DeviceAddress identity;
};
// What the link is worth now; nothing = it is not encrypted.
struct SecurityChanged {
  std::optional<SecurityProperties> security;
};
struct PairingRequested {
  PairingFeatures features;
};
struct SecurityRequested {
  AuthReq auth_req;
};
struct KeypressReceived {
  KeypressType type = KeypressType::kStarted;
};
struct KeysExchanged {
  KeyDistribution local;
  KeyDistribution remote;
};
struct PairingEnded {
  PairingReport report;
};
enum class EncryptionOutcome : uint8_t {
  kEncrypted,
  kKeyMissing,  // the peer has no such key; the link stays as it was
  kNoBond,      // nor have we
  kFailed,      // anything else
};
// The answer to Encrypt; also unasked, when a Security Request led to it.
struct EncryptionEnded {
  EncryptionOutcome outcome = EncryptionOutcome::kFailed;
  uint8_t status = 0;  // HCI error code
};
// The stored bond has just proved itself, or proved lost on the other side.
struct BondUsed {
  DeviceAddress identity;
};
struct PeerLostKeys {
  DeviceAddress identity;
};
struct Disconnect {
  uint8_t reason = 0;  // HCI error code
};

using Output = std::variant<
    SendPdu, AskUser, PasskeyProgress, WithdrawPrompt, StartEncryption,
    AnswerLongTermKeyRequest, StoreBond, DiscardBond, SecurityChanged,
    PairingRequested, SecurityRequested, KeypressReceived, KeysExchanged,
    PairingEnded, EncryptionEnded, BondUsed, PeerLostKeys, Disconnect>;
using Outputs = std::vector<Output>;

}  // namespace bondd::smp

#endif  // BONDD_SMP_MESSAGES_H_
