#include "daemon/report.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace bondd::daemon {

namespace {

using smp::FailureCause;

std::string_view SideOf(FailureCause cause) {
  switch (cause) {
    case FailureCause::kPeer:
      return "remote";
    case FailureCause::kTimeout:
      return "timeout";
    case FailureCause::kLinkLost:
      return "link";
    default:
      return "local";
  }
}

uint8_t ReasonCode(const smp::PairingFailure& failure) {
  if (failure.cause == FailureCause::kTimeout) return 0;
  if (failure.reason) return std::to_underlying(*failure.reason);
  return failure.raw_reason;
}

std::string ReasonName(const smp::PairingFailure& failure) {
  if (failure.cause == FailureCause::kTimeout) return "TimedOut";
  if (failure.reason) return std::string(ToString(*failure.reason));
  return failure.raw_reason != 0 ? "Unknown" : "None";
}

std::string MethodOf(const smp::PairingReport& report) {
  if (report.by_encryption) return "Encryption";
  return report.model ? std::string(ToString(*report.model)) : std::string();
}

void AddFailure(const smp::PairingFailure& failure,
                dbus::Dictionary& dictionary) {
  dictionary.emplace_back("Reason", ReasonCode(failure));
  dictionary.emplace_back("ReasonName", ReasonName(failure));
  dictionary.emplace_back("Side", std::string(SideOf(failure.cause)));
  dictionary.emplace_back("Phase", std::string(failure.phase));
}

std::string ErrorName(const smp::PairingFailure& failure) {
  switch (failure.cause) {
    case FailureCause::kRefused:
      return "Rejected";
    case FailureCause::kCanceled:
      return "Canceled";
    case FailureCause::kTimeout:
      return "TimedOut";
    case FailureCause::kLinkLost:
      return "LinkLost";
    case FailureCause::kStore:
      return "StoreFailed";
    case FailureCause::kNotAchievable:
      return "NotAchievable";
    case FailureCause::kCheck:
    case FailureCause::kPeer:
    case FailureCause::kInternal:
      break;
  }
  return "Smp." + ReasonName(failure);
}

}  // namespace

dbus::Dictionary ResultOf(const smp::PairingReport& report,
                          const std::string& bond) {
  dbus::Dictionary result;
  result.emplace_back("Status", std::string(report.failure ? "failed" : "ok"));
  result.emplace_back("Initiator", report.initiator);
  if (const std::string method = MethodOf(report); !method.empty()) {
    result.emplace_back("Method", method);
  }
  if (report.security.key_size != 0) {
    const smp::SecurityProperties& security = report.security;
    result.emplace_back("SecureConnections", security.secure_connections);
    result.emplace_back("Authenticated", security.authenticated);
    result.emplace_back("KeySize", security.key_size);
    if (!report.failure) {
      result.emplace_back("SecurityLevel", security.Level());
    }
  }
  result.emplace_back("Bonded", report.bonded);
  result.emplace_back("Bond", dbus::ObjectPathValue{bond});
  result.emplace_back("Peer", dbus::AddressPair{report.peer});
  result.emplace_back("KeysReceived", ToStrings(report.keys_received));
  result.emplace_back("KeysSent", ToStrings(report.keys_sent));
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(report.duration);
  result.emplace_back("DurationMs",
                      static_cast<uint32_t>(milliseconds.count()));
  if (report.request) {
    result.emplace_back("PairingRequest",
                        Bytes(report.request->begin(), report.request->end()));
  }
  if (report.response) {
    result.emplace_back("PairingResponse", Bytes(report.response->begin(),
                                                 report.response->end()));
  }
  if (report.failure) AddFailure(*report.failure, result);
  return result;
}

dbus::ApiError ErrorOf(const smp::PairingReport& report) {
  const smp::PairingFailure& failure = *report.failure;
  return {ErrorName(failure),
          fmt::format("reason 0x{:02X} {}, side {}, phase {}{}",
                      ReasonCode(failure), ReasonName(failure),
                      SideOf(failure.cause), failure.phase,
                      failure.cause == FailureCause::kTimeout
                          ? "; pairing again needs a new link"
                          : "")};
}

std::string DescribeOutcome(const smp::PairingReport& report) {
  if (report.failure) {
    const smp::PairingFailure& failure = *report.failure;
    return fmt::format("pairing failed: {} (0x{:02X}), side {}, phase {}",
                       ReasonName(failure), ReasonCode(failure),
                       SideOf(failure.cause), failure.phase);
  }
  return fmt::format(
      "paired: {}, {}, level {}, key size {}, {}", MethodOf(report),
      report.security.secure_connections ? "Secure Connections" : "legacy",
      report.security.Level(), report.security.key_size,
      report.bonded ? "bonded" : "not bonded");
}

dbus::ApiError ErrorOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return {"InvalidArguments", error.message};
    case ErrorCode::kNotFound:
      return {"DoesNotExist", error.message};
    case ErrorCode::kBusy:
      return {"AdapterBusy", error.message};
    case ErrorCode::kNotSupported:
      return {"NotSupported", error.message};
    case ErrorCode::kTimedOut:
      return {"TimedOut", error.message};
    case ErrorCode::kClosed:
      return {"NotReady", error.message};
    case ErrorCode::kNoSpace:
    case ErrorCode::kCorrupt:
    case ErrorCode::kLimit:
    case ErrorCode::kPermissionDenied:
      return {"StoreFailed", error.message};
    default:
      return {"NotConnected", error.message};
  }
}

dbus::Dictionary DescribeOptions(const smp::PairingOptions& options) {
  dbus::Dictionary out;
  const auto add = [&out](const char* key, const auto& option) {
    if (option) out.emplace_back(key, *option);
  };
  const auto add_name = [&out](const char* key, const auto& option) {
    if (option) out.emplace_back(key, std::string(ToString(*option)));
  };
  if (options.io_capability) {
    const auto& io = *options.io_capability;
    out.emplace_back("IoCapability",
                     io ? std::string(ToString(*io)) : std::string("auto"));
  }
  add_name("Oob", options.oob);
  add("Bonding", options.bonding);
  add_name("Mitm", options.mitm);
  add_name("SecureConnections", options.secure_connections);
  add("Keypress", options.keypress);
  if (options.initiator_keys) {
    out.emplace_back("InitiatorKeys", ToStrings(*options.initiator_keys));
  }
  if (options.responder_keys) {
    out.emplace_back("ResponderKeys", ToStrings(*options.responder_keys));
  }
  add("MinKeySize", options.min_key_size);
  add("MaxKeySize", options.max_key_size);
  add("RequireLevel", options.require_level);
  if (options.methods) {
    out.emplace_back("Methods", ToStrings(*options.methods));
  }
  add_name("DebugKeys", options.debug_keys);
  add_name("Replace", options.replace);
  if (options.timeout) {
    out.emplace_back(
        "TimeoutMs",
        static_cast<uint32_t>(*options.timeout / std::chrono::milliseconds(1)));
  }
  return out;
}

dbus::Dictionary FeaturesOf(const smp::PairingFeatures& features) {
  dbus::Dictionary out;
  out.emplace_back("IoCapability",
                   std::string(ToString(features.io_capability)));
  out.emplace_back("Oob", features.oob);
  out.emplace_back("Bonding", features.auth_req.bonding);
  out.emplace_back("Mitm", features.auth_req.mitm);
  out.emplace_back("SecureConnections", features.auth_req.secure_connections);
  out.emplace_back("Keypress", features.auth_req.keypress);
  out.emplace_back("MaxKeySize", features.max_key_size);
  out.emplace_back("InitiatorKeys", ToStrings(features.initiator_keys));
  out.emplace_back("ResponderKeys", ToStrings(features.responder_keys));
  return out;
}

dbus::Dictionary FeaturesOf(const smp::ConsentPrompt& prompt) {
  dbus::Dictionary out;
  if (prompt.features) {
    out = FeaturesOf(*prompt.features);
  } else {
    out.emplace_back("Bonding", prompt.auth_req.bonding);
    out.emplace_back("Mitm", prompt.auth_req.mitm);
    out.emplace_back("SecureConnections", prompt.auth_req.secure_connections);
  }
  out.emplace_back("SecurityRequest", prompt.security_request);
  out.emplace_back("Bonded", prompt.bonded);
  return out;
}

std::string PromptName(const smp::Prompt& prompt) {
  struct Visitor {
    std::string operator()(const smp::ConsentPrompt&) const {
      return "consent";
    }
    std::string operator()(const smp::ReplacePrompt&) const {
      return "consent";
    }
    std::string operator()(const smp::PasskeyDisplayPrompt&) const {
      return "passkey-display";
    }
    std::string operator()(const smp::PasskeyInputPrompt&) const {
      return "passkey-input";
    }
    std::string operator()(const smp::NumberComparisonPrompt&) const {
      return "number-comparison";
    }
    std::string operator()(const smp::OobPrompt& oob) const {
      return oob.secure_connections ? "oob-sc" : "oob-legacy";
    }
  };
  return std::visit(Visitor(), prompt);
}

std::string MethodName(const smp::Prompt& prompt) {
  using enum smp::AssociationModel;
  struct Visitor {
    std::string operator()(const smp::ConsentPrompt&) const { return ""; }
    std::string operator()(const smp::ReplacePrompt&) const { return ""; }
    std::string operator()(const smp::PasskeyDisplayPrompt&) const {
      return std::string(ToString(kPasskeyEntry));
    }
    std::string operator()(const smp::PasskeyInputPrompt&) const {
      return std::string(ToString(kPasskeyEntry));
    }
    std::string operator()(const smp::NumberComparisonPrompt&) const {
      return std::string(ToString(kNumericComparison));
    }
    std::string operator()(const smp::OobPrompt&) const {
      return std::string(ToString(kOutOfBand));
    }
  };
  return std::visit(Visitor(), prompt);
}

std::string_view StateName(smp::PairingState state) {
  switch (state) {
    case smp::PairingState::kPairing:
      return "pairing";
    case smp::PairingState::kWaitingForUser:
      return "waiting-for-user";
    case smp::PairingState::kDistributingKeys:
      return "distributing-keys";
    case smp::PairingState::kIdle:
      break;
  }
  return "idle";
}

dbus::BondProperties PropertiesOf(const bonds::Bond& bond,
                                  const std::string& adapter) {
  const smp::BondData& data = bond.data;
  dbus::BondProperties out;
  out.adapter = adapter;
  out.identity = data.identity;
  out.name = bond.name;
  out.role = data.role == smp::Role::kInitiator ? "central" : "peripheral";
  out.created = bond.created;
  out.last_used = bond.last_used;
  out.security = data.security;
  out.method = std::string(ToString(data.model));
  if (data.local_ltk) out.keys.emplace_back("local-ltk");
  if (data.peer_ltk) out.keys.emplace_back("peer-ltk");
  if (data.peer_irk) out.keys.emplace_back("peer-irk");
  if (data.local_csrk) out.keys.emplace_back("local-csrk");
  if (data.peer_csrk) out.keys.emplace_back("peer-csrk");
  out.debug = data.debug;
  out.peer_lost_keys = bond.peer_lost_keys;
  return out;
}

dbus::Dictionary DescribeBond(const bonds::Bond& bond,
                              const std::string& adapter,
                              const std::string& path) {
  const dbus::BondProperties p = PropertiesOf(bond, adapter);
  return {{"Bond", dbus::ObjectPathValue{path}},
          {"Identity", dbus::AddressPair{p.identity}},
          {"Name", p.name},
          {"Role", p.role},
          {"Created", p.created},
          {"LastUsed", p.last_used},
          {"Authenticated", p.security.authenticated},
          {"SecureConnections", p.security.secure_connections},
          {"KeySize", p.security.key_size},
          {"SecurityLevel", p.security.Level()},
          {"Method", p.method},
          {"Keys", p.keys},
          {"Debug", p.debug},
          {"PeerLostKeys", p.peer_lost_keys}};
}

dbus::Dictionary DescribeSecurity(
    const std::optional<smp::SecurityProperties>& security) {
  const smp::SecurityProperties s =
      security.value_or(smp::SecurityProperties());
  return {{"Encrypted", security.has_value()},
          {"Authenticated", s.authenticated},
          {"SecureConnections", s.secure_connections},
          {"KeySize", s.key_size},
          {"SecurityLevel", s.Level()}};
}

}  // namespace bondd::daemon
