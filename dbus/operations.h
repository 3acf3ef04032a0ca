// What D-Bus may ask of the daemon, and the values it is asked and answered
// with. dbus/ parses, checks and authorises a call; daemon/ implements
// Operations and does the work.
//
// A call is answered at once by the returned value, or later, by its CallId,
// through Service::Reply.

#ifndef BONDD_DBUS_OPERATIONS_H_
#define BONDD_DBUS_OPERATIONS_H_

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/bytes.h"
#include "common/device_address.h"
#include "common/time_types.h"
#include "common/unique_fd.h"
#include "smp/pairing_options.h"
#include "smp/types.h"

namespace bondd::dbus {

// A method call that waits for its answer; never used again.
enum class CallId : uint64_t {};

// Who calls: the unique bus name and the uid behind it.
struct Caller {
  std::string name;
  uid_t uid = 0;
};

// An error of the D-Bus API. `name` is without "org.bondd.Error.", for example
// "InvalidArguments" or "Smp.ConfirmValueFailed". On the bus the message begins
// with that name: dbus/ puts it there, `message` itself does not have it.
struct ApiError {
  std::string name;
  std::string message;
};

template <typename T>
using ApiResult = std::expected<T, ApiError>;

inline std::unexpected<ApiError> ApiFail(std::string name,
                                         std::string message) {
  return std::unexpected(ApiError{std::move(name), std::move(message)});
}

// One entry of a result dictionary (a{sv}).
struct AddressPair {
  DeviceAddress address;

  friend bool operator==(const AddressPair&, const AddressPair&) = default;
};
struct ObjectPathValue {
  std::string path;

  friend bool operator==(const ObjectPathValue&,
                         const ObjectPathValue&) = default;
};
using Value = std::variant<bool, uint8_t, uint16_t, uint32_t, uint64_t, int16_t,
                           std::string, ObjectPathValue, AddressPair, Bytes,
                           std::vector<std::string>>;
// In the order in which it is to be shown.
using Dictionary = std::vector<std::pair<std::string, Value>>;

// --- Properties, as whole values: what is published is compared with what was
// --- published before, and the difference goes out in one PropertiesChanged.

struct AdapterProperties {
  std::string name;  // "hci0": the last part of the object path
  DeviceAddress address;
  DeviceAddress identity;
  std::string transport;  // "user-channel", "h4-unix", "h4-tcp", "sim"
  bool powered = false;
  bool trusted = true;
  bool pairable = true;
  Dictionary pairing_defaults;
  std::string privacy = "off";
  bool advertising = false;
  bool scanning = false;
  bool trace = false;
  Dictionary repeated_attempts;

  friend bool operator==(const AdapterProperties&,
                         const AdapterProperties&) = default;
};

struct ConnectionProperties {
  std::string adapter;  // name of the adapter
  uint16_t handle = 0;
  uint32_t serial = 0;                     // makes the path unique
  smp::Role role = smp::Role::kInitiator;  // initiator = central
  DeviceAddress on_air;
  DeviceAddress peer;      // identity once known
  std::string bond = "/";  // object path
  bool encrypted = false;
  smp::SecurityProperties security;  // meaningful while encrypted
  std::string pairing_state = "idle";
  std::string prompt = "none";
  Dictionary last_pairing;

  friend bool operator==(const ConnectionProperties&,
                         const ConnectionProperties&) = default;
};

struct BondProperties {
  std::string adapter;  // name of the adapter
  DeviceAddress identity;
  std::string name;
  std::string role;  // "central", "peripheral"
  uint64_t created = 0;
  uint64_t last_used = 0;
  smp::SecurityProperties security;
  std::string method;
  std::vector<std::string> keys;
  bool debug = false;
  bool peer_lost_keys = false;

  friend bool operator==(const BondProperties&,
                         const BondProperties&) = default;
};

// --- Arguments of calls, parsed and in range.

struct ConnectOptions {
  bool encrypt = true;  // Encrypt "auto"
  Duration timeout = std::chrono::seconds(20);
};

struct AdvertisingOptions {
  bool connectable = true;
  std::string name;
  Duration interval = std::chrono::milliseconds(100);
  Bytes data;  // AD structures; empty = flags and name
};

struct ScanOptions {
  bool active = false;
  std::optional<Duration> duration;
};

struct ArmOptions {
  smp::PairingOptions pairing;
  std::optional<DeviceAddress> address;  // only this peer
  uint32_t count = 1;                    // completed pairings
  std::optional<Duration> duration = std::chrono::seconds(120);  // none = ever
};

struct EncryptionOptions {
  std::optional<uint8_t> level;
  std::optional<smp::LongTermKey> key;  // else the stored bond
};

// What came out of band about a peer: for legacy pairing, for Secure
// Connections or for both, never neither.
struct OobData {
  std::optional<smp::Tk> tk;
  std::optional<smp::PeerOobData> sc;
};

struct GenerateOobOptions {
  bool legacy = false;  // a TK as well
  Duration lifetime = std::chrono::seconds(600);
};

// What is absent stays as it is.
struct RepeatedAttemptsOptions {
  std::optional<Duration> first;
  std::optional<Duration> max;  // not less than `first` where both are given
  std::optional<Duration> decay;
  std::optional<uint8_t> exponent;      // at least 1
  std::optional<uint8_t> max_attempts;  // at least 1
};

// The adapter's property Privacy: "off", "device", "network".
enum class PrivacyMode { kOff, kDevice, kNetwork };

enum class BondFormat { kJson, kBlueZ, kWireshark };

struct ExportOptions {
  std::optional<DeviceAddress> address;  // only this peer's bond
};

struct ImportOptions {
  // What happens to a bond that is there already; never kAsk.
  smp::ReplaceOption replace = smp::ReplaceOption::kNotWeaker;
};

// Which role this side had when the bond was made.
enum class BondRole { kAny, kCentral, kPeripheral };

// Names one link for as long as the daemon runs: the serial number in its
// object path.
struct ConnectionRef {
  std::string adapter;
  uint32_t serial = 0;

  friend bool operator==(const ConnectionRef&, const ConnectionRef&) = default;
};

// --- Agents.

// One question put to an agent; never used again.
enum class QuestionId : uint64_t {};

// An agent to ask, found by Service::FindAgent.
struct AgentRef {
  std::string owner;  // unique bus name
  std::string path;
  uid_t uid = 0;
  smp::IoCapability capability = smp::IoCapability::kNoInputNoOutput;
};

struct AskAuthorization {
  Dictionary features;
};
struct AskPasskey {
  Dictionary info;
};
// Not answered; sent again as digits come in.
struct ShowPasskey {
  uint32_t passkey = 0;
  uint16_t entered = 0;
};
struct AskConfirmation {
  uint32_t number = 0;
  Dictionary info;
};
struct AskOob {
  bool secure_connections = false;
};
using AgentQuestion = std::variant<AskAuthorization, AskPasskey, ShowPasskey,
                                   AskConfirmation, AskOob>;

struct AgentAccepted {};  // authorization or confirmation
struct AgentPasskey {
  uint32_t passkey = 0;  // in range
};
// Of the kind that was asked for.
using AgentOob = OobData;
// By an org.bondd.Agent1 error: Rejected, Canceled; any other error and a
// vanished agent count as kGone. A malformed answer is none: the question stays
// open for the reply methods, until it is withdrawn.
enum class AgentRefusal { kRejected, kCanceled, kGone };
using AgentAnswer =
    std::variant<AgentAccepted, AgentPasskey, AgentOob, AgentRefusal>;

// --- Replies to asynchronous calls.

struct NoValue {};
// A path (Connect), a dictionary (pairing, encryption), nothing, a number, the
// paths of what was imported.
using ReplyValue = std::variant<NoValue, ObjectPathValue, Dictionary, uint32_t,
                                std::vector<ObjectPathValue>>;

// Implemented by daemon/. Adapter and connection arguments always name objects
// that are published at the time of the call. All of it is called from within
// Service::Process, and may call back into the Service.
class Operations {
 public:
  virtual ~Operations() = default;

  // Manager1
  virtual ApiResult<Dictionary> Predict(const smp::PairingOptions& local,
                                        const smp::PairingOptions& peer) = 0;

  // Adapter1, answered later
  virtual void Connect(CallId call, const Caller& caller,
                       const std::string& adapter, const DeviceAddress& peer,
                       const ConnectOptions& options) = 0;
  virtual void InitiatePairing(CallId call, const Caller& caller,
                               const std::string& adapter,
                               const DeviceAddress& peer,
                               smp::PairingOptions options) = 0;
  virtual void RemoveBonding(CallId call, const std::string& adapter,
                             const DeviceAddress& peer) = 0;
  virtual void RemoveAllBonds(CallId call, const std::string& adapter) = 0;
  virtual void Trust(CallId call, const Caller& caller,
                     const std::string& adapter) = 0;
  // `fd` is a regular file, pipe or socket that can be written (read). The
  // reply to an export is NoValue, to an import the paths of the bonds.
  virtual void ExportBonds(CallId call, const Caller& caller,
                           const std::string& adapter, UniqueFd fd,
                           BondFormat format, const ExportOptions& options) = 0;
  virtual void ImportBonds(CallId call, const Caller& caller,
                           const std::string& adapter, UniqueFd fd,
                           BondFormat format, const ImportOptions& options) = 0;

  // Adapter1, answered at once
  virtual ApiResult<void> AcceptPairing(const Caller& caller,
                                        const std::string& adapter,
                                        ArmOptions options) = 0;
  virtual ApiResult<void> CancelAcceptPairing(const Caller& caller,
                                              const std::string& adapter) = 0;
  virtual ApiResult<void> StartAdvertising(
      const std::string& adapter, const AdvertisingOptions& options) = 0;
  virtual ApiResult<void> StopAdvertising(const std::string& adapter) = 0;
  virtual ApiResult<void> StartScan(const std::string& adapter,
                                    const ScanOptions& options) = 0;
  virtual ApiResult<void> StopScan(const std::string& adapter) = 0;
  virtual std::vector<Dictionary> GetScanResults(
      const std::string& adapter) = 0;
  virtual bool IsDeviceBonded(const std::string& adapter,
                              const DeviceAddress& peer, BondRole role) = 0;
  // The object path; publishes the bond's object.
  virtual ApiResult<std::string> FindBond(const std::string& adapter,
                                          const DeviceAddress& peer) = 0;
  virtual std::vector<Dictionary> ListBonds(const std::string& adapter,
                                            uint32_t offset,
                                            uint32_t limit) = 0;
  virtual ApiResult<void> SetPairable(const std::string& adapter,
                                      bool pairable) = 0;
  virtual ApiResult<void> SetTrace(const std::string& adapter, bool trace) = 0;
  virtual ApiResult<void> SetPairingDefaults(const std::string& adapter,
                                             smp::PairingOptions options) = 0;
  virtual ApiResult<void> SetPrivacy(const std::string& adapter,
                                     PrivacyMode mode) = 0;
  virtual ApiResult<void> SetRepeatedAttempts(
      const std::string& adapter, const RepeatedAttemptsOptions& options) = 0;
  // Confirm, Random, Ad and Id; with legacy also Tk.
  virtual ApiResult<Dictionary> GenerateOob(
      const Caller& caller, const std::string& adapter,
      const GenerateOobOptions& options) = 0;
  virtual ApiResult<void> ReleaseOob(const Caller& caller,
                                     const std::string& adapter,
                                     uint32_t id) = 0;
  virtual ApiResult<void> SetRemoteOob(const Caller& caller,
                                       const std::string& adapter,
                                       const DeviceAddress& peer,
                                       OobData data) = 0;
  virtual ApiResult<void> ClearRemoteOob(const Caller& caller,
                                         const std::string& adapter,
                                         const DeviceAddress& peer) = 0;

  // Connection1, answered later
  virtual void InitiatePairing(CallId call, const Caller& caller,
                               const ConnectionRef& connection,
                               smp::PairingOptions options) = 0;
  virtual void SendSecurityRequest(CallId call, const Caller& caller,
                                   const ConnectionRef& connection,
                                   smp::PairingOptions options) = 0;
  virtual void InitiateEncryption(CallId call, const Caller& caller,
                                  const ConnectionRef& connection,
                                  EncryptionOptions options) = 0;
  virtual void Disconnect(CallId call, const ConnectionRef& connection) = 0;

  // Connection1, answered at once
  virtual ApiResult<void> AcceptPairing(const Caller& caller,
                                        const ConnectionRef& connection,
                                        ArmOptions options) = 0;
  virtual ApiResult<void> SetPasskey(const Caller& caller,
                                     const ConnectionRef& connection,
                                     uint32_t passkey) = 0;
  virtual ApiResult<void> PasskeyNegativeReply(
      const Caller& caller, const ConnectionRef& connection) = 0;
  virtual ApiResult<void> ConfirmNumber(const Caller& caller,
                                        const ConnectionRef& connection,
                                        bool equal) = 0;
  virtual ApiResult<void> AcceptRequest(const Caller& caller,
                                        const ConnectionRef& connection,
                                        smp::PairingOptions options) = 0;
  virtual ApiResult<void> RejectRequest(const Caller& caller,
                                        const ConnectionRef& connection,
                                        smp::PairingFailedReason reason) = 0;
  virtual ApiResult<void> SetOob(const Caller& caller,
                                 const ConnectionRef& connection,
                                 smp::PeerOobData data) = 0;
  virtual ApiResult<void> SetOobLegacy(const Caller& caller,
                                       const ConnectionRef& connection,
                                       smp::Tk tk) = 0;
  virtual ApiResult<Dictionary> GetPrompt(const Caller& caller,
                                          const ConnectionRef& connection) = 0;
  virtual ApiResult<void> SendKeypress(const Caller& caller,
                                       const ConnectionRef& connection,
                                       smp::KeypressType type) = 0;
  virtual ApiResult<void> CancelPairing(const Caller& caller,
                                        const ConnectionRef& connection) = 0;

  // Bond1
  virtual ApiResult<void> SetBondName(const std::string& adapter,
                                      const DeviceAddress& identity,
                                      const std::string& name) = 0;

  // Agents and clients
  virtual void OnAgentAnswer(QuestionId question, AgentAnswer answer) = 0;
  // A bus name left the bus that waited for an answer, owned an agent or had
  // named an Agent of its own in AcceptPairing. Its calls and questions are
  // forgotten by now: questions have been answered kGone.
  virtual void OnClientGone(const std::string& name) = 0;
};

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_OPERATIONS_H_
