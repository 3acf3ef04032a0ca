#include "smp/pairing_options.h"

#include <array>
#include <concepts>
#include <utility>

namespace bondd::smp {

namespace {

template <typename Enum, size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<MitmOption, 3> kMitm = {{{MitmOption::kAuto, "auto"},
                                         {MitmOption::kNo, "no"},
                                         {MitmOption::kYes, "yes"}}};
constexpr Names<SecureConnectionsOption, 3> kSecureConnections = {
    {{SecureConnectionsOption::kOn, "on"},
     {SecureConnectionsOption::kOff, "off"},
     {SecureConnectionsOption::kOnly, "only"}}};
constexpr Names<OobOption, 3> kOob = {{{OobOption::kAuto, "auto"},
                                       {OobOption::kNo, "no"},
                                       {OobOption::kYes, "yes"}}};
constexpr Names<DebugKeysOption, 3> kDebugKeys = {
    {{DebugKeysOption::kReject, "reject"},
     {DebugKeysOption::kAccept, "accept"},
     {DebugKeysOption::kUse, "use"}}};
constexpr Names<ReplaceOption, 4> kReplace = {
    {{ReplaceOption::kNever, "never"},
     {ReplaceOption::kAsk, "ask"},
     {ReplaceOption::kNotWeaker, "not-weaker"},
     {ReplaceOption::kAlways, "always"}}};

template <typename Enum, size_t N>
std::string_view NameOf(const Names<Enum, N>& names, Enum value) {
  return names[static_cast<size_t>(value)].second;
}

template <typename Enum, size_t N>
std::optional<Enum> ValueOf(const Names<Enum, N>& names,
                            std::string_view text) {
  for (const auto& [value, name] : names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

template <typename T>
concept Cloneable = requires(const T& value) {
  { value.Clone() } -> std::same_as<T>;
};

template <typename T>
std::optional<T> CopyOf(const std::optional<T>& value) {
  if (!value) return std::nullopt;
  if constexpr (Cloneable<T>) {
    return value->Clone();
  } else {
    return *value;
  }
}

template <typename T>
void FillIn(std::optional<T>& value, const std::optional<T>& below) {
  if (!value) value = CopyOf(below);
}

template <typename T>
void Take(T& parameter, const std::optional<T>& option) {
  if (option) parameter = *option;
}

// What may come of it, with whatever peer.
// [Vol 3, Part H] 2.3.5.1, Tables 2.6 to 2.8
AssociationModels PossibleModels(const PairingParameters& p) {
  using enum AssociationModel;
  const bool legacy_alone =
      p.secure_connections == SecureConnectionsOption::kOff;
  const bool compares = p.io_capability == IoCapability::kDisplayYesNo ||
                        p.io_capability == IoCapability::kKeyboardDisplay;
  AssociationModels models;
  if (p.require_level <= 2) models.Add(kJustWorks);
  if (compares && !legacy_alone) models.Add(kNumericComparison);
  if (p.io_capability != IoCapability::kNoInputNoOutput) {
    models.Add(kPasskeyEntry);
  }
  // Under Secure Connections the peer's flag is enough.
  if (p.oob != OobOption::kNo || !legacy_alone) models.Add(kOutOfBand);
  return models;
}

// The first contradiction among otherwise valid values, if there is one.
std::optional<std::string> Contradiction(const PairingParameters& p,
                                         bool oob_given_out) {
  using enum SecureConnectionsOption;
  if (p.min_key_size > p.max_key_size) {
    return "MinKeySize is greater than MaxKeySize";
  }
  if (p.secure_connections == kOff && p.require_level == 4) {
    return "RequireLevel 4 needs Secure Connections, which is off";
  }
  if (p.require_level == 4 && p.max_key_size < 16) {
    return "RequireLevel 4 needs a MaxKeySize of 16";
  }
  if (p.secure_connections == kOff && p.oob_peer) {
    return "OobPeerConfirm and OobPeerRandom need Secure Connections, which "
           "is off";
  }
  if (p.secure_connections == kOnly && p.oob_legacy_tk && !p.oob_peer) {
    return "OobLegacyTk is for legacy pairing, which SecureConnections only "
           "excludes";
  }
  if (p.secure_connections == kOff && p.debug_keys == DebugKeysOption::kUse) {
    return "DebugKeys use needs Secure Connections, which is off";
  }
  const bool has_oob = p.oob_legacy_tk || p.oob_peer || oob_given_out;
  if (p.oob == OobOption::kNo && (p.oob_legacy_tk || p.oob_peer)) {
    return "Oob is no, yet OOB data is given";
  }
  if (p.require_level >= 3) {
    if (p.mitm == MitmOption::kNo && !has_oob && p.oob != OobOption::kYes) {
      return "RequireLevel 3 or 4 needs Mitm, which is no";
    }
    if (p.io_capability == IoCapability::kNoInputNoOutput && !has_oob &&
        p.oob != OobOption::kYes) {
      return "RequireLevel 3 or 4 needs an IoCapability other than "
             "NoInputNoOutput, or OOB data";
    }
  }
  if (!p.methods.Intersects(PossibleModels(p))) {
    return "Methods has none that the other options allow";
  }
  return std::nullopt;
}

}  // namespace

std::string_view ToString(MitmOption value) { return NameOf(kMitm, value); }
std::string_view ToString(SecureConnectionsOption value) {
  return NameOf(kSecureConnections, value);
}
std::string_view ToString(OobOption value) { return NameOf(kOob, value); }
std::string_view ToString(DebugKeysOption value) {
  return NameOf(kDebugKeys, value);
}
std::string_view ToString(ReplaceOption value) {
  return NameOf(kReplace, value);
}

std::optional<MitmOption> ParseMitmOption(std::string_view text) {
  return ValueOf(kMitm, text);
}
std::optional<SecureConnectionsOption> ParseSecureConnectionsOption(
    std::string_view text) {
  return ValueOf(kSecureConnections, text);
}
std::optional<OobOption> ParseOobOption(std::string_view text) {
  return ValueOf(kOob, text);
}
std::optional<DebugKeysOption> ParseDebugKeysOption(std::string_view text) {
  return ValueOf(kDebugKeys, text);
}
std::optional<ReplaceOption> ParseReplaceOption(std::string_view text) {
  return ValueOf(kReplace, text);
}

PairingOptions PairingOptions::Clone() const {
  PairingOptions copy;
  copy.LayOver(*this);
  return copy;
}

void PairingOptions::LayOver(const PairingOptions& below) {
  FillIn(io_capability, below.io_capability);
  FillIn(oob, below.oob);
  FillIn(oob_legacy_tk, below.oob_legacy_tk);
  FillIn(oob_peer, below.oob_peer);
  FillIn(oob_id, below.oob_id);
  FillIn(bonding, below.bonding);
  FillIn(mitm, below.mitm);
  FillIn(secure_connections, below.secure_connections);
  FillIn(keypress, below.keypress);
  FillIn(initiator_keys, below.initiator_keys);
  FillIn(responder_keys, below.responder_keys);
  FillIn(min_key_size, below.min_key_size);
  FillIn(max_key_size, below.max_key_size);
  FillIn(require_level, below.require_level);
  FillIn(methods, below.methods);
  FillIn(passkey, below.passkey);
  FillIn(debug_keys, below.debug_keys);
  FillIn(replace, below.replace);
  FillIn(agent, below.agent);
  FillIn(timeout, below.timeout);
}

PairingParameters PairingParameters::Clone() const {
  return {.io_capability = io_capability,
          .oob = oob,
          .oob_legacy_tk = CopyOf(oob_legacy_tk),
          .oob_peer = CopyOf(oob_peer),
          .oob_local = CopyOf(oob_local),
          .bonding = bonding,
          .mitm = mitm,
          .secure_connections = secure_connections,
          .keypress = keypress,
          .initiator_keys = initiator_keys,
          .responder_keys = responder_keys,
          .min_key_size = min_key_size,
          .max_key_size = max_key_size,
          .require_level = require_level,
          .methods = methods,
          .passkey = passkey,
          .fixed_passkey_allowed = fixed_passkey_allowed,
          .debug_keys = debug_keys,
          .replace = replace,
          .timeout = timeout,
          .legacy_passkey_authenticated = legacy_passkey_authenticated};
}

std::expected<PairingParameters, std::string> Resolve(
    const PairingOptions& options,
    std::optional<IoCapability> agent_io_capability) {
  PairingParameters parameters;
  if (options.io_capability && *options.io_capability) {
    parameters.io_capability = **options.io_capability;
  } else if (agent_io_capability) {
    parameters.io_capability = *agent_io_capability;
  }
  Take(parameters.oob, options.oob);
  parameters.oob_legacy_tk = CopyOf(options.oob_legacy_tk);
  parameters.oob_peer = CopyOf(options.oob_peer);
  Take(parameters.bonding, options.bonding);
  Take(parameters.mitm, options.mitm);
  Take(parameters.secure_connections, options.secure_connections);
  Take(parameters.keypress, options.keypress);
  Take(parameters.initiator_keys, options.initiator_keys);
  Take(parameters.responder_keys, options.responder_keys);
  Take(parameters.min_key_size, options.min_key_size);
  Take(parameters.max_key_size, options.max_key_size);
  Take(parameters.require_level, options.require_level);
  Take(parameters.methods, options.methods);
  parameters.passkey = options.passkey;
  Take(parameters.debug_keys, options.debug_keys);
  Take(parameters.replace, options.replace);
  parameters.timeout = options.timeout;
  if (auto contradiction =
          Contradiction(parameters, options.oob_id.has_value())) {
    return std::unexpected(std::move(*contradiction));
  }
  return parameters;
}

}  // namespace bondd::smp
