#include "cli/agent.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "cli/secret_input.h"
#include "dbus/agent1_adaptor.h"
#include "dbus/sdbus_compat.h"

namespace bondd::cli {

namespace {

namespace compat = bondd::dbus::compat;
using VariantMap = std::map<std::string, sdbus::Variant>;
using Adaptor = sdbus::AdaptorInterfaces<org::bondd::Agent1_adaptor>;

constexpr char kPath[] = "/org/bondd/bondctl";
// [Vol 3, Part H] 3.4: the timer that ends a pairing in which nothing happens.
constexpr std::chrono::seconds kSmpTimeout(30);

sdbus::Error Rejected() {
  return sdbus::Error(compat::ErrorName("org.bondd.Error.Rejected"),
                      std::string("Rejected: the user refused"));
}

bool Flag(const VariantMap& features, const char* name) {
  const auto found = features.find(name);
  return found != features.end() && found->second.get<bool>();
}

std::optional<std::string> CheckYesNo(const std::string& line) {
  for (const char* word : {"y", "yes", "n", "no"}) {
    if (line == word) return std::nullopt;
  }
  return "Please type yes or no.";
}

bool IsYes(const std::optional<std::string>& line) {
  return line && line->starts_with('y');
}

std::optional<std::string> CheckPasskey(const std::string& line) {
  // "-" and "@" are words of the command line.
  const bool plain = !line.starts_with('-') && !line.starts_with('@');
  if (plain && ReadPasskey("", line)) return std::nullopt;
  return "A passkey has up to six digits.";
}

Prompt::Check CheckOctets(size_t size) {
  return [size](const std::string& line) -> std::optional<std::string> {
    const auto octets = ParseHex(line);
    if (octets && octets->bytes.size() == size) return std::nullopt;
    return fmt::format("{} octets of hexadecimal are needed.", size);
  };
}

}  // namespace

class Agent::Object final : private Adaptor {
 public:
  Object(Session& session, AgentMode mode)
      : Adaptor(session.bus->connection(), sdbus::ObjectPath(kPath)),
        session_(session),
        mode_(mode) {
    registerAdaptor();
  }
  ~Object() {
    // Its questions would answer through this object.
    session_.terminal.Forget();
    unregisterAdaptor();
  }

 private:
  void RequestAuthorization(sdbus::Result<>&& result, sdbus::ObjectPath link,
                            VariantMap features) override {
    if (mode_ == AgentMode::kAuto) return result.returnResults();
    const std::string peer = session_.tree.PeerOf(link);
    std::string question = "Pair with " + peer + "? yes/no";
    if (Flag(features, "Bonded")) {
      question = "Replace the bond with " + peer + "? yes/no";
    }
    AskYesNo(link, question, std::move(result));
  }

  void RequestConfirmation(sdbus::Result<>&& result, sdbus::ObjectPath link,
                           uint32_t number, VariantMap) override {
    if (mode_ == AgentMode::kAuto) return result.returnResults();
    AskYesNo(link,
             fmt::format("Does {} show {}? Never type it. yes/no",
                         session_.tree.PeerOf(link), InGroups(number)),
             std::move(result));
  }

  void RequestPasskey(sdbus::Result<uint32_t>&& result, sdbus::ObjectPath link,
                      VariantMap info) override {
    if (mode_ == AgentMode::kAuto) return result.returnError(Rejected());
    Prompt::Typed typed;
    if (Flag(info, "Keypress")) {
      typed = [this, link = std::string(link)](const char* type) {
        SendKeypress(link, type);
      };
      typed("started");
    }
    session_.terminal.Ask(
        {link,
         "Passkey that " + session_.tree.PeerOf(link) +
             " shows (a number to compare is none):",
         CheckPasskey,
         [result = std::move(result)](std::optional<std::string> line) {
           if (!line) return result.returnError(Rejected());
           result.returnResults(*ReadPasskey("", *line));
         },
         std::move(typed), Now() + kSmpTimeout});
  }

  void RequestOob(sdbus::Result<VariantMap>&& result, sdbus::ObjectPath link,
                  std::string kind) override {
    if (mode_ == AgentMode::kAuto) return result.returnError(Rejected());
    const bool legacy = kind == "legacy";
    const size_t size = legacy ? kKeySize : 2 * kKeySize;
    session_.terminal.Ask(
        {link,
         fmt::format("{} of {}, {} hexadecimal digits:",
                     legacy ? "TK" : "Confirm and random value",
                     session_.tree.PeerOf(link), 2 * size),
         CheckOctets(size),
         [result = std::move(result), legacy](std::optional<std::string> line) {
           if (!line) return result.returnError(Rejected());
           const auto octets = ParseHex(*line);
           const auto middle = octets->bytes.begin() + kKeySize;
           const Bytes first(octets->bytes.begin(), middle);
           const Bytes second(middle, octets->bytes.end());
           VariantMap data;
           data.emplace(legacy ? "Tk" : "Confirm", sdbus::Variant(first));
           if (!legacy) data.emplace("Random", sdbus::Variant(second));
           result.returnResults(data);
         },
         nullptr, Now() + kSmpTimeout});
  }

  void DisplayPasskey(const sdbus::ObjectPath& link, const uint32_t& passkey,
                      const uint16_t& entered) override {
    const std::string peer = session_.tree.PeerOf(link);
    if (mode_ == AgentMode::kAuto) {
      if (entered == 0) {
        session_.terminal.Tell("Passkey for " + peer + ": " +
                               InGroups(passkey));
      }
      return;
    }
    session_.terminal.Ask(
        {link,
         fmt::format("Type {} at {}, {} of 6 digits are in", InGroups(passkey),
                     peer, entered),
         nullptr,
         [this, link = std::string(link)](const std::optional<std::string>&) {
           CancelPairing(link);
         },
         nullptr, Now() + kSmpTimeout, true});
  }

  void Cancel(const sdbus::ObjectPath& link, const std::string& why) override {
    session_.terminal.Withdraw(link, why);
  }

  void Release() override {
    session_.terminal.Tell("bondd no longer asks here.");
  }

  void AskYesNo(const std::string& link, const std::string& question,
                sdbus::Result<>&& result) {
    session_.terminal.Ask(
        {link, question, CheckYesNo,
         [result = std::move(result)](const std::optional<std::string>& line) {
           if (IsYes(line)) return result.returnResults();
           result.returnError(Rejected());
         },
         nullptr, Now() + kSmpTimeout});
  }

  void SendKeypress(const std::string& link, const char* type) {
    Send(link, "SendKeypress", {Value(std::string(type))});
  }
  void CancelPairing(const std::string& link) {
    Send(link, "CancelPairing", {});
  }
  // What comes back is of no use: the pairing goes its way.
  void Send(const std::string& link, const char* method,
            const CallArguments& arguments) {
    std::erase_if(sent_, [](const auto& call) { return call->done(); });
    sent_.push_back(
        session_.bus->Start(link, "Connection1", method, arguments));
  }

  Session& session_;
  AgentMode mode_;
  std::vector<std::unique_ptr<PendingCall>> sent_;
};

Agent::Agent(std::unique_ptr<Object> object) : object_(std::move(object)) {}
Agent::~Agent() = default;
const char* Agent::path() { return kPath; }

Outcome<std::unique_ptr<Agent>> Agent::Register(Session& session,
                                                AgentMode mode,
                                                const std::string& capability) {
  std::unique_ptr<Agent> agent(
      new Agent(std::make_unique<Object>(session, mode)));
  const auto registered = session.bus->Call(
      kRootPath, "AgentManager1", "RegisterAgent",
      {Value(ObjectPath{kPath}), Value(capability == "auto" ? "" : capability),
       Dictionary()});
  if (!registered) return std::unexpected(registered.error());
  return agent;
}

Outcome<AgentMode> ReadAgentMode(const Session& session,
                                 const Arguments& arguments) {
  const bool interactive = session.terminal.interactive();
  const auto word = arguments.Get("agent");
  if (!word) return interactive ? AgentMode::kPrompt : AgentMode::kNone;
  if (*word == "none") return AgentMode::kNone;
  if (*word == "auto") return AgentMode::kAuto;
  if (*word != "prompt") {
    return UsageError("--agent: it takes prompt, auto or none");
  }
  if (!interactive) {
    return UsageError("--agent prompt: standard input is no terminal");
  }
  return AgentMode::kPrompt;
}

OptionSpec AgentOption() {
  return {"agent", "WHO",
          "who answers: prompt (the terminal), auto (yes to all), none"};
}

std::string InGroups(uint32_t passkey) {
  return fmt::format("{:03} {:03}", passkey / 1000, passkey % 1000);
}

}  // namespace bondd::cli
