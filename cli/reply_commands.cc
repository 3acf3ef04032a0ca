#include "cli/reply_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "cli/agent.h"
#include "cli/pairing_options.h"
#include "cli/secret_input.h"
#include "cli/session.h"

namespace bondd::cli {

namespace {

// Calls a method of the link that the command names.
Outcome<int> Reply(Session& session, const Arguments& arguments,
                   const std::string& method, const CallArguments& call = {}) {
  const auto link = FindLink(session, arguments.Text("target"));
  if (!link) return std::unexpected(link.error());
  const auto done = session.bus->Call(link->path, "Connection1", method, call);
  if (!done) return std::unexpected(done.error());
  session.out.Print({{"Status", "ok"}}, "");
  return kOk;
}

Outcome<int> SetPasskey(Session& session, const Arguments& arguments) {
  const auto text = arguments.Get("passkey");
  if (arguments.Has("negative") == text.has_value()) {
    return UsageError("either a passkey or --negative");
  }
  if (!text) return Reply(session, arguments, "PasskeyNegativeReply");
  const auto passkey = ReadPasskey("PASSKEY", *text);
  if (!passkey) return std::unexpected(passkey.error());
  return Reply(session, arguments, "SetPasskey", {Value(*passkey)});
}

struct OobValues {
  std::optional<Octets> confirm;
  std::optional<Octets> random;
  std::optional<Octets> tk;
};

// What an out-of-band data block holds.
Outcome<OobValues> ReadAd(const Octets& ad) {
  // Assigned Numbers, 2.3
  constexpr uint8_t kTk = 0x10;
  constexpr uint8_t kConfirm = 0x22;
  constexpr uint8_t kRandom = 0x23;
  OobValues values;
  ::bondd::Reader rest(ad.bytes);
  while (rest.remaining() > 0) {
    const size_t length = rest.U8();
    if (length == 0) break;
    ::bondd::Reader structure(rest.Take(length));
    if (!rest.ok()) return UsageError("--ad: it ends within a structure");
    const uint8_t type = structure.U8();
    const ByteView value = structure.Rest();
    std::optional<Octets>* place = type == kTk        ? &values.tk
                                   : type == kConfirm ? &values.confirm
                                   : type == kRandom  ? &values.random
                                                      : nullptr;
    if (place == nullptr) continue;
    if (value.size() != kKeySize) {
      return UsageError("--ad: a value in it is not of 16 octets");
    }
    *place = Octets(Bytes(value.begin(), value.end()));
  }
  return values;
}

Outcome<OobValues> ReadOob(const Arguments& arguments) {
  OobValues values;
  for (const auto& [name, place] :
       {std::pair("confirm", &values.confirm),
        std::pair("random", &values.random), std::pair("tk", &values.tk)}) {
    const auto text = arguments.Get(name);
    if (!text) continue;
    const auto octets = ReadSecretOctets(name, *text, kKeySize, kKeySize);
    if (!octets) return std::unexpected(octets.error());
    *place = *octets;
  }
  const auto ad = arguments.Get("ad");
  if (!ad) return values;
  if (values.confirm || values.random || values.tk) {
    return UsageError("--ad: it stands alone");
  }
  const auto octets = ReadSecretOctets("--ad", *ad, 1, 255);
  if (!octets) return std::unexpected(octets.error());
  return ReadAd(*octets);
}

Outcome<int> SetOob(Session& session, const Arguments& arguments) {
  const auto values = ReadOob(arguments);
  if (!values) return std::unexpected(values.error());
  if (values->confirm.has_value() != values->random.has_value()) {
    return UsageError("confirm and random value go together");
  }
  const auto link = FindLink(session, arguments.Text("target"));
  if (!link) return std::unexpected(link.error());
  // A block may hold the values of both kinds: what is asked for counts.
  const bool legacy = link->properties.at("Prompt") == "oob-legacy";
  if (values->confirm && !(legacy && values->tk)) {
    return Reply(session, arguments, "SetOob",
                 {Value(*values->confirm), Value(*values->random)});
  }
  if (values->tk) {
    return Reply(session, arguments, "SetOobLegacy", {Value(*values->tk)});
  }
  return UsageError("CONFIRM and RANDOM, --ad or --tk has to be given");
}

Outcome<Json> GetPrompt(Session& session, const std::string& target) {
  const auto link = FindLink(session, target);
  if (!link) return std::unexpected(link.error());
  const auto prompt = session.bus->Call(link->path, "Connection1", "GetPrompt");
  if (!prompt) return std::unexpected(prompt.error());
  return prompt->at(0);
}

std::string DescribePrompt(const Json& prompt) {
  std::string text = prompt.at("Prompt");
  for (const char* number : {"Number", "Passkey"}) {
    if (prompt.contains(number)) text += " " + InGroups(prompt.at(number));
  }
  if (prompt.contains("NeverType")) text += " (compare it, never type it)";
  return text;
}

Outcome<int> ShowPrompt(Session& session, const Arguments& arguments) {
  const auto prompt = GetPrompt(session, arguments.Text("target"));
  if (!prompt) return std::unexpected(prompt.error());
  session.out.Print(*prompt, DescribePrompt(*prompt));
  return prompt->at("Prompt") == "none" ? kNegative : kOk;
}

// Shows the number and asks.
Outcome<bool> AskConfirmation(Session& session, const std::string& target) {
  if (!session.terminal.interactive()) {
    return UsageError("without a terminal: confirm HANDLE yes|no");
  }
  const auto prompt = GetPrompt(session, target);
  if (!prompt) return std::unexpected(prompt.error());
  if (!prompt->contains("Number")) {
    return Fail("BadState", "no number is to be compared");
  }
  std::optional<bool> answer;
  constexpr std::chrono::seconds kPatience(30);
  session.terminal.Ask(
      {"confirm",
       fmt::format("Does the peer show {}? Never type it. yes/no",
                   InGroups(prompt->at("Number"))),
       [](const std::string& line) -> std::optional<std::string> {
         if (line == "yes" || line == "no") return std::nullopt;
         return "Please type yes or no.";
       },
       [&](const std::optional<std::string>& line) { answer = line == "yes"; },
       nullptr, Now() + kPatience});
  const Wake wake = session.loop.RunUntil([&] { return answer.has_value(); },
                                          Now() + kPatience);
  session.terminal.Forget();
  if (wake == Wake::kInterrupted) return Interrupted();
  if (wake == Wake::kTimedOut) return Fail("TimedOut", "no answer");
  return *answer;
}

Outcome<int> Confirm(Session& session, const Arguments& arguments) {
  const auto word = arguments.Get("answer");
  const Outcome<bool> equal =
      word ? ParseBoolean("ANSWER", *word)
           : AskConfirmation(session, arguments.Text("target"));
  if (!equal) return std::unexpected(equal.error());
  return Reply(session, arguments, "ConfirmNumber", {Value(*equal)});
}

Outcome<int> Accept(Session& session, const Arguments& arguments) {
  const auto options = ReadPairingOptions(arguments);
  if (!options) return std::unexpected(options.error());
  return Reply(session, arguments, "AcceptRequest", {*options});
}

Outcome<int> Reject(Session& session, const Arguments& arguments) {
  constexpr uint8_t kPairingNotSupported = 0x05;
  uint8_t reason = kPairingNotSupported;
  if (const auto text = arguments.Get("reason")) {
    const auto number = ParseNumber("REASON", *text, 0x01, 0x10);
    if (!number) return std::unexpected(number.error());
    reason = static_cast<uint8_t>(*number);
  }
  return Reply(session, arguments, "RejectRequest", {Value(reason)});
}

Outcome<int> Keypress(Session& session, const Arguments& arguments) {
  std::string type = arguments.Text("type");
  // The numbers of [Vol 3, Part H] 3.5.8, as in the seed.
  constexpr std::array<const char*, 5> kTypes = {
      "started", "digit-entered", "digit-erased", "cleared", "completed"};
  if (type.size() == 1 && type[0] >= '0' && type[0] <= '4') {
    type = kTypes.at(static_cast<size_t>(type[0] - '0'));
  }
  if (std::ranges::find(kTypes, type) == kTypes.end()) {
    return UsageError(
        "TYPE: started, digit-entered, digit-erased, cleared or completed");
  }
  return Reply(session, arguments, "SendKeypress", {Value(type)});
}

Outcome<int> Cancel(Session& session, const Arguments& arguments) {
  return Reply(session, arguments, "CancelPairing");
}

PositionalSpec Target() { return {"target", "HANDLE or ADDRESS of a link"}; }

}  // namespace

CommandSpecs ReplyCommands() {
  return {
      {"prompt",
       "Say what is asked of the user, with the number; 1 if nothing is",
       {Target()},
       {},
       ShowPrompt},
      {"set-passkey",
       "Enter the passkey that the peer shows",
       {Target(), {"passkey", "six digits; @FILE, -", false}},
       {{"negative", "", "refuse to enter one"}},
       SetPasskey},
      {"confirm",
       "Say whether the peer shows the same number",
       {Target(), {"answer", "yes or no; without it the terminal asks", false}},
       {},
       Confirm},
      {"set-oob",
       "Give the peer's out-of-band data",
       {Target(),
        {"confirm", "confirm value, 16 octets; @FILE, -", false},
        {"random", "random value, 16 octets; @FILE, -", false}},
       {{"ad", "HEX", "an out-of-band data block; @FILE, -"},
        {"tk", "HEX", "TK of legacy pairing, 16 octets; @FILE, -"}},
       SetOob},
      {"accept", "Consent to pair", {Target()}, PairingOptionSpecs(), Accept},
      {"reject",
       "Refuse to pair",
       {Target(), {"reason", "what the peer is told, 1..16 (5)", false}},
       {},
       Reject},
      {"keypress",
       "Tell the peer about a key pressed",
       {Target(),
        {"type",
         "started, digit-entered, digit-erased, cleared, "
         "completed, or 0..4"}},
       {},
       Keypress},
      {"cancel", "End the pairing that is going on", {Target()}, {}, Cancel},
  };
}

}  // namespace bondd::cli
