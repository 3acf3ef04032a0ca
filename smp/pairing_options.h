// What somebody may ask of a pairing (PairingOptions, each key optional), and
// what then holds for one pairing (PairingParameters, nothing left open).
//
// Options come from D-Bus calls, from what was armed, from PairingDefaults and
// from bondd.conf; they are laid over each other key by key, then resolved.

#ifndef BONDD_SMP_PAIRING_OPTIONS_H_
#define BONDD_SMP_PAIRING_OPTIONS_H_

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "common/time_types.h"
#include "smp/keys.h"
#include "smp/p256.h"
#include "smp/types.h"

namespace bondd::smp {

// "auto" lets the association models that are possible decide.
enum class MitmOption : uint8_t { kAuto, kNo, kYes };
enum class SecureConnectionsOption : uint8_t { kOn, kOff, kOnly };
enum class OobOption : uint8_t { kAuto, kNo, kYes };
enum class DebugKeysOption : uint8_t { kReject, kAccept, kUse };
// What happens to an existing bond with the same peer.
enum class ReplaceOption : uint8_t { kNever, kAsk, kNotWeaker, kAlways };

std::string_view ToString(MitmOption value);               // "auto", "no", ...
std::string_view ToString(SecureConnectionsOption value);  // "on", "off", ...
std::string_view ToString(OobOption value);
std::string_view ToString(DebugKeysOption value);
std::string_view ToString(ReplaceOption value);
std::optional<MitmOption> ParseMitmOption(std::string_view text);
std::optional<SecureConnectionsOption> ParseSecureConnectionsOption(
    std::string_view text);
std::optional<OobOption> ParseOobOption(std::string_view text);
std::optional<DebugKeysOption> ParseDebugKeysOption(std::string_view text);
std::optional<ReplaceOption> ParseReplaceOption(std::string_view text);

// The peer's Secure Connections OOB data, as it came by the other way.
struct PeerOobData {
  ConfirmValue confirm;
  Nonce random;

  PeerOobData Clone() const { return {confirm.Clone(), random.Clone()}; }
};

// The dictionary of the D-Bus API, every key of it; absent = not given here.
struct PairingOptions {
  // The inner nothing is "auto": from the agent, else NoInputNoOutput.
  std::optional<std::optional<IoCapability>> io_capability;
  std::optional<OobOption> oob;
  std::optional<Tk> oob_legacy_tk;
  std::optional<PeerOobData> oob_peer;
  std::optional<uint32_t> oob_id;
  std::optional<bool> bonding;
  std::optional<MitmOption> mitm;
  std::optional<SecureConnectionsOption> secure_connections;
  std::optional<bool> keypress;
  std::optional<KeyDistribution> initiator_keys;
  std::optional<KeyDistribution> responder_keys;
  std::optional<uint8_t> min_key_size;   // octets, 7..16
  std::optional<uint8_t> max_key_size;   // octets, 7..16
  std::optional<uint8_t> require_level;  // 1..4
  std::optional<AssociationModels> methods;
  std::optional<uint32_t> passkey;  // 0..999999
  std::optional<DebugKeysOption> debug_keys;
  std::optional<ReplaceOption> replace;
  std::optional<std::string> agent;  // object path of the caller's
  std::optional<Duration> timeout;

  PairingOptions Clone() const;
  // Fills in from `below` what is absent here.
  void LayOver(const PairingOptions& below);
};

// What Secure Connections OOB data of our own consists of; the peer has
// f4(PK, PK, random, 0) of it.
struct LocalOobData {
  KeyPair key_pair;
  Nonce random;

  LocalOobData Clone() const { return {key_pair.Clone(), random.Clone()}; }
};

// One pairing's settings, complete. Defaults are those of the D-Bus API.
struct PairingParameters {
  IoCapability io_capability = IoCapability::kNoInputNoOutput;
  OobOption oob = OobOption::kAuto;
  std::optional<Tk> oob_legacy_tk;
  std::optional<PeerOobData> oob_peer;
  std::optional<LocalOobData> oob_local;
  bool bonding = true;
  MitmOption mitm = MitmOption::kAuto;
  SecureConnectionsOption secure_connections = SecureConnectionsOption::kOn;
  bool keypress = false;
  KeyDistribution initiator_keys{.enc = true, .id = true, .sign = false};
  KeyDistribution responder_keys{.enc = true, .id = true, .sign = false};
  uint8_t min_key_size = 16;
  uint8_t max_key_size = 16;
  uint8_t require_level = 2;
  AssociationModels methods = AssociationModels::All();
  std::optional<uint32_t> passkey;
  bool fixed_passkey_allowed = false;  // AllowFixedPasskey
  DebugKeysOption debug_keys = DebugKeysOption::kReject;
  ReplaceOption replace = ReplaceOption::kNotWeaker;
  std::optional<Duration> timeout;
  // Legacy Passkey Entry counts as authenticated (see smp/README.md).
  bool legacy_passkey_authenticated = true;

  PairingParameters Clone() const;
};

// Lays `options` over the defaults. `agent_io_capability` stands in for
// "auto". On options that contradict each other: the sentence that says which.
std::expected<PairingParameters, std::string> Resolve(
    const PairingOptions& options,
    std::optional<IoCapability> agent_io_capability);

}  // namespace bondd::smp

#endif  // BONDD_SMP_PAIRING_OPTIONS_H_
