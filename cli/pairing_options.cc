#include "cli/pairing_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/secret_input.h"

namespace bondd::cli {

namespace {

// [Vol 3, Part H] 3.5.1, in the order of the values
constexpr std::array<std::string_view, 5> kCapabilities = {
    "DisplayOnly", "DisplayYesNo", "KeyboardOnly", "NoInputNoOutput",
    "KeyboardDisplay"};

// Options that say 0 or 1 to the seed; further words are the API's, and the
// daemon checks them.
struct Choice {
  std::string_view option;
  std::string_view key;
  std::string_view no;
  std::string_view yes;
};
constexpr std::array<Choice, 3> kChoices = {{
    {"oob", "Oob", "no", "yes"},
    {"mitm", "Mitm", "no", "yes"},
    {"sc", "SecureConnections", "off", "on"},
}};
constexpr std::array<std::pair<const char*, const char*>, 2> kBooleans = {
    {{"bonding", "Bonding"}, {"keypress", "Keypress"}}};
constexpr std::array<std::pair<const char*, const char*>, 3> kLists = {
    {{"ini-key-dist", "InitiatorKeys"},
     {"rsp-key-dist", "ResponderKeys"},
     {"methods", "Methods"}}};
constexpr std::array<std::pair<const char*, const char*>, 2> kWords = {
    {{"debug-keys", "DebugKeys"}, {"replace", "Replace"}}};
constexpr std::array<std::pair<const char*, const char*>, 3> kOctets = {
    {{"oob-data", "OobLegacyTk"},
     {"oob-confirm", "OobPeerConfirm"},
     {"oob-random", "OobPeerRandom"}}};

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> words;
  size_t start = 0;
  while (start <= text.size()) {
    const size_t end = std::min(text.find(',', start), text.size());
    if (end > start) words.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  // "none" and "" are the empty list.
  std::erase(words, "none");
  return words;
}

// Puts the options into the dictionary one by one, and remembers the first
// mistake.
class Reader {
 public:
  Reader(const Arguments& arguments, std::string prefix)
      : arguments_(arguments), prefix_(std::move(prefix)) {}

  void Capability() {
    const auto text = arguments_.Get(prefix_ + "io-cap");
    if (text) Add("IoCapability", ParseCapability("--io-cap", *text));
  }
  void Words() {
    for (const Choice& choice : kChoices) {
      auto text = Get(choice.option);
      if (!text) continue;
      if (*text == "0" || *text == "no") *text = choice.no;
      if (*text == "1" || *text == "yes") *text = choice.yes;
      options_.emplace_back(choice.key, *text);
    }
    for (const auto& [option, key] : kWords) {
      if (const auto text = Get(option)) options_.emplace_back(key, *text);
    }
    for (const auto& [option, key] : kLists) {
      if (const auto text = Get(option)) {
        options_.emplace_back(key, Split(*text));
      }
    }
    for (const auto& [option, key] : kBooleans) {
      if (const auto text = Get(option)) {
        Add(key, ParseBoolean(Named(option), *text));
      }
    }
  }
  template <typename T>
  void Number(const char* option, const char* key, uint64_t low,
              uint64_t high) {
    const auto text = Get(option);
    if (!text) return;
    const auto number = ParseNumber(Named(option), *text, low, high);
    if (!number) return Keep(number.error());
    options_.emplace_back(key, static_cast<T>(*number));
  }
  void Secrets() {
    for (const auto& [option, key] : kOctets) {
      if (const auto text = Get(option)) {
        Add(key, ReadSecretOctets(Named(option), *text, kKeySize, kKeySize));
      }
    }
    if (const auto text = Get("passkey")) {
      Add("Passkey", ReadPasskey(Named("passkey"), *text));
    }
  }
  Outcome<Dictionary> Finish() {
    if (failure_) return std::unexpected(*failure_);
    return std::move(options_);
  }

 private:
  std::optional<std::string> Get(std::string_view option) const {
    return arguments_.Get(prefix_ + std::string(option));
  }
  std::string Named(const char* option) const {
    return "--" + prefix_ + option;
  }
  template <typename T>
  void Add(const char* key, Outcome<T> value) {
    if (!value) return Keep(value.error());
    options_.emplace_back(key, std::move(*value));
  }
  void Keep(const Failure& failure) {
    if (!failure_) failure_ = failure;
  }

  const Arguments& arguments_;
  std::string prefix_;
  Dictionary options_;
  std::optional<Failure> failure_;
};

}  // namespace

std::vector<OptionSpec> LastingOptionSpecs(const std::string& prefix) {
  std::vector<OptionSpec> specs = {
      {"io-cap",
       "CAP",
       "0..4 or DisplayOnly, DisplayYesNo, KeyboardOnly, "
       "NoInputNoOutput, KeyboardDisplay, auto",
       {"iocap"}},
      {"bonding", "0|1", "keep the keys"},
      {"mitm", "0|1|auto", "ask for protection against man in the middle"},
      {"sc", "0|1|only", "LE Secure Connections: off, preferred, required"},
      {"keypress", "0|1", "tell the peer about keys pressed"},
      {"ini-key-dist", "KEYS", "initiator's keys: enc,id,sign or none"},
      {"rsp-key-dist", "KEYS", "responder's keys: enc,id,sign or none"},
      {"min-key-size", "N", "7..16 octets"},
      {"max-key-size", "N", "7..16 octets"},
      {"require-level", "N", "1..4: less than this security level fails"},
      {"methods", "NAMES",
       "any of JustWorks,NumericComparison,PasskeyEntry,OutOfBand"},
      {"debug-keys", "WORD", "reject, accept, use"},
      {"replace", "WORD", "an old bond: never, ask, not-weaker, always"},
      {"timeout-ms", "MS", "how long the whole pairing may take"},
  };
  for (OptionSpec& spec : specs) spec.name = prefix + spec.name;
  return specs;
}

std::vector<OptionSpec> PairingOptionSpecs() {
  std::vector<OptionSpec> specs = LastingOptionSpecs();
  for (OptionSpec& spec : std::vector<OptionSpec>{
           {"oob", "0|1|auto", "out-of-band data of the peer is there"},
           {"oob-data", "HEX", "TK for legacy pairing, 16 octets; @FILE, -"},
           {"oob-confirm", "HEX", "the peer's confirm value; @FILE, -"},
           {"oob-random", "HEX", "the peer's random value; @FILE, -"},
           {"oob-id", "ID", "which of our data the peer has (oob generate)"},
           {"passkey", "N", "shown or entered instead of asking; @FILE, -"}}) {
    specs.push_back(std::move(spec));
  }
  return specs;
}

Outcome<Dictionary> ReadPairingOptions(const Arguments& arguments,
                                       const std::string& prefix) {
  Reader reader(arguments, prefix);
  reader.Capability();
  reader.Words();
  reader.Number<uint8_t>("min-key-size", "MinKeySize", 0, 255);
  reader.Number<uint8_t>("max-key-size", "MaxKeySize", 0, 255);
  reader.Number<uint8_t>("require-level", "RequireLevel", 0, 255);
  reader.Number<uint32_t>("timeout-ms", "TimeoutMs", 1, UINT32_MAX);
  reader.Number<uint32_t>("oob-id", "OobId", 0, UINT32_MAX);
  reader.Secrets();
  return reader.Finish();
}

Outcome<std::string> ParseCapability(const std::string& what,
                                     const std::string& text) {
  if (text == "auto") return text;
  for (size_t value = 0; value < kCapabilities.size(); ++value) {
    if (text == kCapabilities[value] || text == std::to_string(value)) {
      return std::string(kCapabilities[value]);
    }
  }
  return UsageError(fmt::format(
      "{}: '{}' is none of 0..4, DisplayOnly, DisplayYesNo, KeyboardOnly, "
      "NoInputNoOutput, KeyboardDisplay",
      what, text));
}

}  // namespace bondd::cli
