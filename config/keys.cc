#include "config/keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"

namespace bondd::config {

namespace {

constexpr uint32_t kAnyMilliseconds = std::numeric_limits<uint32_t>::max();
// Of the waits between attempts, as on D-Bus.
constexpr uint32_t kDay = 86'400'000;  // ms
constexpr uint8_t kMaxExponent = 16;
constexpr uint32_t kMaxBondsLimit = 1'000'000;

// Takes the text of a value into the configuration, or says what is allowed.
using Setter = Parsed<void> (*)(std::string_view, Config&);

struct Key {
  std::string_view section;
  std::string_view name;
  Setter set;
};

template <typename T, typename Target>
Parsed<void> Take(Parsed<T> value, Target& target) {
  if (!value) return std::unexpected(std::move(value.error()));
  target = static_cast<Target>(*value);
  return {};
}

template <typename T, typename Target>
Parsed<void> Take(Parsed<T> value, std::optional<Target>& target) {
  if (!value) return std::unexpected(std::move(value.error()));
  target = static_cast<Target>(*value);
  return {};
}

template <typename T>
Parsed<void> Take(std::optional<T> value, const char* allowed,
                  std::optional<T>& target) {
  if (!value) return std::unexpected(allowed);
  target = *value;
  return {};
}

Parsed<void> TakeMilliseconds(std::string_view text, Duration& target) {
  const auto value = ParseNumber(text, 1, kDay);
  if (!value) return std::unexpected(value.error());
  target = std::chrono::milliseconds(*value);
  return {};
}

Parsed<void> SetIoCapability(std::string_view text, Config& config) {
  auto& target = config.pairing.io_capability;
  if (text == "auto") {
    target.emplace(std::nullopt);
    return {};
  }
  const auto value = smp::ParseIoCapability(text);
  if (!value) {
    return std::unexpected(
        "DisplayOnly, DisplayYesNo, KeyboardOnly, NoInputNoOutput, "
        "KeyboardDisplay or auto");
  }
  target.emplace(*value);
  return {};
}

Parsed<void> SetTimeout(std::string_view text, Config& config) {
  const auto value = ParseNumber(text, 0, kAnyMilliseconds);
  if (!value) return std::unexpected(value.error());
  config.pairing.timeout.reset();
  if (*value != 0) config.pairing.timeout = std::chrono::milliseconds(*value);
  return {};
}

Parsed<void> SetPrivacy(std::string_view text, Config& config) {
  if (text == "off") {
    config.privacy = Privacy::kOff;
  } else if (text == "device") {
    config.privacy = Privacy::kDevice;
  } else if (text == "network") {
    config.privacy = Privacy::kNetwork;
  } else {
    return std::unexpected("off, device or network");
  }
  return {};
}

Parsed<void> SetRotateMinutes(std::string_view text, Config& config) {
  // [Vol 6, Part B] 4.4.2 and HCI's own limit: an hour at most.
  const auto value = ParseNumber(text, 1, 60);
  if (!value) return std::unexpected(value.error());
  config.privacy_rotation = std::chrono::minutes(*value);
  return {};
}

Parsed<void> SetAdapters(std::string_view text, Config& config) {
  std::vector<AdapterSpec> adapters;
  for (const std::string_view part : SplitList(text)) {
    Result<AdapterSpec> spec = AdapterSpec::Parse(part);
    if (!spec) {
      return std::unexpected(
          fmt::format("a list of adapters ({})", spec.error().message));
    }
    adapters.push_back(std::move(*spec));
  }
  config.adapters = std::move(adapters);
  return {};
}

constexpr std::array kPairingKeys = {
    Key{"Pairing", "IoCapability", SetIoCapability},
    Key{"Pairing", "Oob",
        [](std::string_view text, Config& config) {
          return Take(smp::ParseOobOption(text), "auto, no or yes",
                      config.pairing.oob);
        }},
    Key{"Pairing", "Bonding",
        [](std::string_view text, Config& config) {
          return Take(ParseBool(text), config.pairing.bonding);
        }},
    Key{"Pairing", "Mitm",
        [](std::string_view text, Config& config) {
          return Take(smp::ParseMitmOption(text), "auto, no or yes",
                      config.pairing.mitm);
        }},
    Key{"Pairing", "SecureConnections",
        [](std::string_view text, Config& config) {
          return Take(smp::ParseSecureConnectionsOption(text),
                      "on, off or only", config.pairing.secure_connections);
        }},
    Key{"Pairing", "Keypress",
        [](std::string_view text, Config& config) {
          return Take(ParseBool(text), config.pairing.keypress);
        }},
    Key{"Pairing", "InitiatorKeys",
        [](std::string_view text, Config& config) {
          return Take(ParseKeys(text), config.pairing.initiator_keys);
        }},
    Key{"Pairing", "ResponderKeys",
        [](std::string_view text, Config& config) {
          return Take(ParseKeys(text), config.pairing.responder_keys);
        }},
    Key{"Pairing", "MinKeySize",
        [](std::string_view text, Config& config) {
          return Take(ParseNumber(text, 7, 16), config.pairing.min_key_size);
        }},
    Key{"Pairing", "MaxKeySize",
        [](std::string_view text, Config& config) {
          return Take(ParseNumber(text, 7, 16), config.pairing.max_key_size);
        }},
    Key{"Pairing", "RequireLevel",
        [](std::string_view text, Config& config) {
          return Take(ParseNumber(text, 1, 4), config.pairing.require_level);
        }},
    Key{"Pairing", "Methods",
        [](std::string_view text, Config& config) {
          return Take(ParseMethods(text), config.pairing.methods);
        }},
    Key{"Pairing", "DebugKeys",
        [](std::string_view text, Config& config) {
          return Take(smp::ParseDebugKeysOption(text), "reject, accept or use",
                      config.pairing.debug_keys);
        }},
    Key{"Pairing", "Replace",
        [](std::string_view text, Config& config) {
          return Take(smp::ParseReplaceOption(text),
                      "never, ask, not-weaker or always",
                      config.pairing.replace);
        }},
    Key{"Pairing", "TimeoutMs", SetTimeout},
    Key{"Pairing", "AllowFixedPasskey",
        [](std::string_view text, Config& config) {
          return Take(ParseBool(text), config.allow_fixed_passkey);
        }},
    Key{"Pairing", "LegacyPasskeyAuthenticated",
        [](std::string_view text, Config& config) {
          return Take(ParseBool(text), config.legacy_passkey_authenticated);
        }},
    Key{"Pairing", "MaxPairings",
        [](std::string_view text, Config& config) {
          return Take(ParseNumber(text, 1, 1024), config.max_pairings);
        }},
};

constexpr std::array kOtherKeys = {
    Key{"Adapters", "Use", SetAdapters},
    Key{"RepeatedAttempts", "First",
        [](std::string_view text, Config& config) {
          return TakeMilliseconds(text, config.repeated_attempts.first);
        }},
    Key{"RepeatedAttempts", "Max",
        [](std::string_view text, Config& config) {
          return TakeMilliseconds(text, config.repeated_attempts.max);
        }},
    Key{"RepeatedAttempts", "Decay",
        [](std::string_view text, Config& config) {
          return TakeMilliseconds(text, config.repeated_attempts.decay);
        }},
    Key{"RepeatedAttempts", "Exponent",
        [](std::string_view text, Config& config) {
          return Take(ParseNumber(text, 1, kMaxExponent),
                      config.repeated_attempts.exponent);
        }},
    Key{"RepeatedAttempts", "MaxAttempts",
        [](std::string_view text, Config& config) {
          return Take(ParseNumber(text, 1, 255),
                      config.repeated_attempts.max_attempts);
        }},
    Key{"Bonds", "MaxBonds",
        [](std::string_view text, Config& config) {
          return Take(ParseNumber(text, 1, kMaxBondsLimit), config.max_bonds);
        }},
    Key{"Privacy", "Mode", SetPrivacy},
    Key{"Privacy", "RotateMinutes", SetRotateMinutes},
};

constexpr std::array<std::string_view, 5> kSections = {
    "Adapters", "Pairing", "RepeatedAttempts", "Bonds", "Privacy"};

std::vector<std::string_view> KeysOf(std::string_view section) {
  std::vector<std::string_view> names;
  const auto collect = [&](const Key& key) {
    if (key.section == section) names.push_back(key.name);
  };
  std::ranges::for_each(kPairingKeys, collect);
  std::ranges::for_each(kOtherKeys, collect);
  return names;
}

const Key* FindKey(const Setting& setting) {
  const auto matches = [&](const Key& key) {
    return key.section == setting.section && key.name == setting.key;
  };
  if (const auto key = std::ranges::find_if(kPairingKeys, matches);
      key != kPairingKeys.end()) {
    return &*key;
  }
  const auto key = std::ranges::find_if(kOtherKeys, matches);
  return key == kOtherKeys.end() ? nullptr : &*key;
}

std::unexpected<Error> Invalid(const Setting& setting, std::string what) {
  return Fail(ErrorCode::kInvalidArgument, Where(setting) + std::move(what));
}

}  // namespace

Result<void> Apply(const Setting& setting, Config& config) {
  if (std::ranges::find(kSections, setting.section) == kSections.end()) {
    return Invalid(setting, fmt::format("unknown section (allowed: {})",
                                        fmt::join(kSections, ", ")));
  }
  if (setting.key.empty()) return {};
  const Key* const key = FindKey(setting);
  if (key == nullptr) {
    return Invalid(setting,
                   fmt::format("unknown key (allowed: {})",
                               fmt::join(KeysOf(setting.section), ", ")));
  }
  if (auto set = key->set(setting.value, config); !set) {
    return Invalid(setting,
                   fmt::format("\"{}\" is not {}", setting.value, set.error()));
  }
  return {};
}

}  // namespace bondd::config
