#include "cli/failure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace bondd::cli {

namespace {

struct Known {
  std::string_view name;
  int status;
  // What to try; empty where the message says it all.
  std::string_view remedy;
};

constexpr std::string_view kErrorPrefix = "org.bondd.Error.";
constexpr std::string_view kBusPrefix = "org.freedesktop.DBus.Error.";
constexpr std::string_view kSmpPrefix = "Smp.";

constexpr std::string_view kStartIt =
    "start it (systemctl start bondd), or ask bondctl doctor";

// Without their prefixes.
constexpr auto kKnown = std::to_array<Known>({
    {"Usage", kUsage, "see bondctl --help"},
    {"InvalidArguments", kUsage, "see bondctl --help"},
    {"NoAdapter", kNoDaemon, "bondctl adapters lists those that bondd has"},
    {"NotReady", kNoDaemon, "try again when bondctl adapters shows it powered"},
    {"AdapterBusy", kNoDaemon, "bondctl doctor says who has the adapter"},
    {"AdapterGone", kNoDaemon, "plug it in again; bondd waits for it"},
    {"NotConnected", kNotConnected, "bondctl connections lists the links"},
    {"LinkLost", kNotConnected, "bring the devices closer and try again"},
    {"NotAuthorized", kNotAuthorized,
     "the user who started the pairing, or root, has to do this"},
    {"InProgress", kNegative, "wait for the other one, or cancel it"},
    {"Busy", kNegative, "wait until others are done"},
    {"BadState", kNegative, "bondctl show HANDLE says what is asked, if it is"},
    {"WrongRole", kNegative,
     "the central uses initiate-pairing, the peripheral "
     "send-security-request"},
    {"DoesNotExist", kNegative, "bondctl bonds lists what is there"},
    {"KeyMissing", kNegative,
     "the peer has lost its keys: pair again with initiate-pairing"},
    {"AgentNotAvailable", kNotAchievable,
     "run bondctl agent on a terminal, or use --agent"},
    {"Canceled", kCanceled, ""},
    {"Rejected", kCanceled, "pair again and accept on this side"},
    {"TimedOut", kTimedOut, "check that the peer is near and answers"},
    {"NotAchievable", kNotAchievable, "change the options that contradict"},
    {"NotSupported", kNotAchievable, ""},
    {"StoreFailed", kStore,
     "look at the disk and at journalctl -u bondd; nothing has changed"},
    {"NoDaemon", kNoDaemon, "bondctl doctor says why"},
    // Of the bus itself.
    {"AccessDenied", kNotAuthorized,
     "only root and the group bondd may use bondd: adduser USER bondd, then "
     "log in again"},
    {"ServiceUnknown", kNoDaemon, kStartIt},
    {"NameHasNoOwner", kNoDaemon, kStartIt},
    {"NoReply", kNoDaemon, kStartIt},
    {"Disconnected", kNoDaemon, kStartIt},
    {"NoServer", kNoDaemon, "is D-Bus running?"},
    {"FileNotFound", kNoDaemon, "is D-Bus running?"},
    {"UnknownObject", kNotConnected, "it is gone; bondctl show lists all"},
    {"UnknownMethod", kNoDaemon, "bondd and bondctl are of different versions"},
});

struct SmpReason {
  std::string_view name;
  uint8_t code;
  std::string_view remedy;
};

// [Vol 3, Part H] 3.5.5
constexpr auto kSmpReasons = std::to_array<SmpReason>({
    {"PasskeyEntryFailed", 0x01, "enter the passkey at the peer next time"},
    {"OobNotAvailable", 0x02,
     "exchange out-of-band data first (bondctl oob), or use --oob no"},
    {"AuthenticationRequirements", 0x03,
     "use an --io-cap and --mitm that both sides can do, a lower "
     "--require-level or more --methods"},
    {"ConfirmValueFailed", 0x04, "pair again with the right passkey or data"},
    {"PairingNotSupported", 0x05, "make the peer pairable first"},
    {"EncryptionKeySize", 0x06,
     "the peer's keys are too short: --min-key-size says what is accepted"},
    {"CommandNotSupported", 0x07, "try --sc off"},
    {"UnspecifiedReason", 0x08, "try again; the peer's log may say more"},
    {"RepeatedAttempts", 0x09, "wait a minute before the next attempt"},
    {"InvalidParameters", 0x0A,
     "the peer breaks the protocol or uses debug keys (--debug-keys)"},
    {"DhKeyCheckFailed", 0x0B, "pair again; somebody may be in the middle"},
    {"NumericComparisonFailed", 0x0C,
     "the numbers differ, or somebody said so: pair again"},
    {"BrEdrPairingInProgress", 0x0D, "wait until the peer is done"},
    {"CrossTransportNotAllowed", 0x0E, "let the peer pair over LE alone"},
    {"KeyRejected", 0x0F, "see --replace, if there is a bond already"},
    {"Busy", 0x10, "try again when the peer has finished"},
});

std::string_view ShortName(std::string_view name) {
  for (const std::string_view prefix : {kErrorPrefix, kBusPrefix}) {
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  }
  return name;
}

const Known* FindKnown(std::string_view name) {
  const auto found = std::ranges::find(kKnown, ShortName(name), &Known::name);
  return found == kKnown.end() ? nullptr : &*found;
}

const SmpReason* FindReason(std::string_view name) {
  std::string_view reason = ShortName(name);
  if (!reason.starts_with(kSmpPrefix)) return nullptr;
  reason.remove_prefix(kSmpPrefix.size());
  const auto found = std::ranges::find(kSmpReasons, reason, &SmpReason::name);
  return found == kSmpReasons.end() ? nullptr : &*found;
}

// "reason 0xNN" of a message; 0 without one.
int ReasonInMessage(std::string_view message) {
  constexpr std::string_view kBefore = "reason 0x";
  const size_t start = message.find(kBefore);
  int reason = 0;
  if (start == std::string_view::npos) return reason;
  message.remove_prefix(start + kBefore.size());
  std::from_chars(message.data(), message.data() + message.size(), reason, 16);
  return reason;
}

// bondd's messages begin with the name, for busctl.
std::string_view WithoutName(const Failure& failure) {
  const std::string_view name = ShortName(failure.name);
  std::string_view message = failure.message;
  if (message.starts_with(name)) {
    message.remove_prefix(name.size());
    if (message.starts_with(": ")) message.remove_prefix(2);
  }
  return message.empty() ? name : message;
}

std::string_view RemedyOf(const Failure& failure) {
  if (const SmpReason* reason = FindReason(failure.name)) {
    return reason->remedy;
  }
  const Known* known = FindKnown(failure.name);
  if (known == nullptr) return "see journalctl -u bondd";
  if (known->status == kNotAuthorized &&
      WithoutName(failure).starts_with("Trusted")) {
    return "if you moved or replaced it: bondctl trust, as root";
  }
  return known->remedy;
}

std::string_view Who(const std::string& side) {
  if (side == "remote") return "the peer ended it";
  if (side == "local") return "this side ended it";
  if (side == "timeout") return "nothing came from the peer in time";
  return "the link was lost";
}

std::string ExplainResult(const Json& result) {
  const std::string side = result.value("Side", "link");
  const int reason = result.value("Reason", 0);
  std::string text = fmt::format("pairing failed at the step {}: {}",
                                 result.value("Phase", "unknown"), Who(side));
  if (reason != 0) {
    text += fmt::format(", reason {} (0x{:02X})",
                        result.value("ReasonName", "Unknown"), reason);
  }
  return text;
}

}  // namespace

int StatusOf(const Failure& failure) {
  if (const SmpReason* reason = FindReason(failure.name)) {
    return kSmpFailure + reason->code;
  }
  if (ShortName(failure.name).starts_with(kSmpPrefix)) {
    return std::min(kSmpFailure + ReasonInMessage(failure.message), 255);
  }
  if (const Known* known = FindKnown(failure.name)) return known->status;
  return failure.name.starts_with(kBusPrefix) ? kNoDaemon : kNegative;
}

std::string Explain(const Failure& failure) {
  std::string text = failure.result.is_object()
                         ? ExplainResult(failure.result)
                         : std::string(WithoutName(failure));
  // The message is the name of what is not supported.
  if (ShortName(failure.name) == "NotSupported") {
    text = "not supported: " + text;
  }
  if (const std::string_view remedy = RemedyOf(failure); !remedy.empty()) {
    text += fmt::format("; {}", remedy);
  }
  return text;
}

Json Describe(const Failure& failure) {
  Json json = failure.result.is_object() ? failure.result : Json::object();
  json["Status"] = "failed";
  json["Error"] = ShortName(failure.name);
  json["Message"] = failure.message;
  json["Explanation"] = Explain(failure);
  json["ExitStatus"] = StatusOf(failure);
  return json;
}

}  // namespace bondd::cli
