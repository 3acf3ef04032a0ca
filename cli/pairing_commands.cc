#include "cli/pairing_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/agent.h"
#include "cli/pairing_options.h"
#include "cli/pairing_watch.h"
#include "cli/session.h"

namespace bondd::cli {

namespace {

std::vector<OptionSpec> With(std::vector<OptionSpec> specs,
                             std::vector<OptionSpec> more) {
  for (OptionSpec& spec : more) specs.push_back(std::move(spec));
  return specs;
}

std::string CapabilityIn(const Dictionary& options) {
  for (const auto& [key, value] : options) {
    if (key == "IoCapability") return std::get<std::string>(value);
  }
  return "";
}

// Registers who answers; none is no error. An agent that says yes to all but
// was given no capability claims none either.
Outcome<std::unique_ptr<Agent>> StartAgent(Session& session, AgentMode mode,
                                           const Dictionary& options) {
  if (mode == AgentMode::kNone) return nullptr;
  std::string capability = CapabilityIn(options);
  if (capability.empty() && mode == AgentMode::kAuto) {
    capability = "NoInputNoOutput";
  }
  return Agent::Register(session, mode, capability);
}

// How to pair, as far as the command line says so.
struct Manner {
  Dictionary options;
  AgentMode mode = AgentMode::kNone;
};

Outcome<Manner> ReadManner(Session& session, const Arguments& arguments) {
  auto options = ReadPairingOptions(arguments);
  if (!options) return std::unexpected(options.error());
  const auto mode = ReadAgentMode(session, arguments);
  if (!mode) return std::unexpected(mode.error());
  return Manner{std::move(*options), *mode};
}

// Calls a method that ends with a pairing, and prints its result.
Outcome<int> Pair(Session& session, const Manner& manner,
                  const PairingScope& scope, const std::string& interface,
                  const std::string& method, CallArguments call) {
  const auto agent = StartAgent(session, manner.mode, manner.options);
  if (!agent) return std::unexpected(agent.error());
  const auto watch = PairingWatch::Start(session, scope);
  if (!watch) return std::unexpected(watch.error());
  call.emplace_back(manner.options);
  const auto pending = session.bus->Start(scope.path, interface, method, call);
  const auto result = (*watch)->Await(*pending);
  if (!result) return std::unexpected(result.error());
  session.out.Print(*result, DescribePairing(*result));
  return kOk;
}

Outcome<int> InitiatePairing(Session& session, const Arguments& arguments) {
  const std::string target = arguments.Text("target");
  const auto manner = ReadManner(session, arguments);
  if (!manner) return std::unexpected(manner.error());
  if (!IsAddress(target)) {
    const auto link = FindLink(session, target);
    if (!link) return std::unexpected(link.error());
    return Pair(session, *manner, {link->path}, "Connection1",
                "InitiatePairing", {});
  }
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  const auto peer = FindPeer(session, *adapter, arguments, target);
  if (!peer) return std::unexpected(peer.error());
  return Pair(session, *manner, {*adapter, *peer}, "Adapter1",
              "InitiatePairing", {Value(peer->address), Value(peer->type)});
}

Outcome<int> SendSecurityRequest(Session& session, const Arguments& arguments) {
  const auto manner = ReadManner(session, arguments);
  if (!manner) return std::unexpected(manner.error());
  const auto link = FindLink(session, arguments.Text("target"));
  if (!link) return std::unexpected(link.error());
  return Pair(session, *manner, {link->path}, "Connection1",
              "SendSecurityRequest", {});
}

// Where acceptance is armed, and for how long.
struct Arming {
  std::string path;
  std::string interface;
  std::optional<PeerAddress> peer;
  Dictionary options;
  uint64_t count = 1;
  uint64_t seconds = 120;
};

Outcome<void> AddAdapterOptions(Session& session, const Arguments& arguments,
                                Arming& arming) {
  if (const auto address = arguments.Get("address")) {
    const auto peer = FindPeer(session, arming.path, arguments, *address);
    if (!peer) return std::unexpected(peer.error());
    arming.options.emplace_back("Address", peer->address);
    arming.options.emplace_back("AddressType", peer->type);
    arming.peer = *peer;
  }
  if (const auto count = arguments.Get("count")) {
    const auto number = ParseNumber("--count", *count, 1, UINT32_MAX);
    if (!number) return std::unexpected(number.error());
    arming.count = *number;
    arming.options.emplace_back("Count", static_cast<uint32_t>(*number));
  }
  if (const auto duration = arguments.Get("for")) {
    const auto seconds = ParseSeconds("--for", *duration);
    if (!seconds) return std::unexpected(seconds.error());
    arming.seconds = *seconds;
    arming.options.emplace_back("ForSeconds", static_cast<uint32_t>(*seconds));
  }
  return {};
}

Outcome<Arming> ReadArming(Session& session, const Arguments& arguments) {
  Arming arming;
  auto options = ReadPairingOptions(arguments);
  if (!options) return std::unexpected(options.error());
  arming.options = std::move(*options);
  if (const auto handle = arguments.Get("conn-handle")) {
    for (const char* other : {"address", "count", "for"}) {
      if (arguments.Has(other)) {
        return UsageError(fmt::format(
            "--{} is for an adapter, --conn-handle names a link", other));
      }
    }
    const auto link = FindLink(session, *handle);
    if (!link) return std::unexpected(link.error());
    arming.path = link->path;
    arming.interface = "Connection1";
    return arming;
  }
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  arming.path = *adapter;
  arming.interface = "Adapter1";
  if (const auto added = AddAdapterOptions(session, arguments, arming);
      !added) {
    return std::unexpected(added.error());
  }
  return arming;
}

// The error that a caller who waited for this pairing would have got.
std::string FailureName(const Json& result) {
  const std::string side = result.value("Side", "");
  if (side == "timeout") return "TimedOut";
  if (side == "link") return "LinkLost";
  const std::string reason = result.value("ReasonName", "Unknown");
  if (side == "local") {
    if (reason == "UnspecifiedReason") return "Canceled";
    for (const char* refusal :
         {"PasskeyEntryFailed", "OobNotAvailable", "PairingNotSupported",
          "NumericComparisonFailed"}) {
      if (reason == refusal) return "Rejected";
    }
  }
  return "Smp." + reason;
}

// Takes what has come: the successes stay, of failures the last one.
void Sort(Session& session, std::deque<Json>& results, Json& successes,
          std::optional<Failure>& failure) {
  for (; !results.empty(); results.pop_front()) {
    Json& result = results.front();
    if (result.at("Status") == "ok") {
      session.out.Print(result, DescribePairing(result));
      successes.push_back(result);
      continue;
    }
    const std::string name = FailureName(result);
    failure = Failure{name, name, result};
    session.terminal.Tell(Explain(*failure));
  }
}

// Until as many have paired as were asked for, or the time is up and no
// pairing is going on any more.
Outcome<int> AwaitPairings(Session& session, PairingWatch& watch,
                           const Arming& arming) {
  Json successes = Json::array();
  std::optional<Failure> failure;
  const Time end = Now() + std::chrono::seconds(arming.seconds);
  const auto done = [&] {
    Sort(session, watch.results(), successes, failure);
    return successes.size() >= arming.count || !session.bus->alive();
  };
  for (;;) {
    std::optional<Time> deadline;
    // 0 is "until cancelled".
    if (arming.seconds > 0) {
      deadline = watch.busy() ? Now() + std::chrono::seconds(1) : end;
    }
    switch (session.loop.RunUntil(done, deadline)) {
      case Wake::kDone:
        if (session.bus->alive()) return kOk;
        return Fail("org.freedesktop.DBus.Error.Disconnected",
                    "the bus is gone");
      case Wake::kInterrupted:
        if (arming.interface == "Adapter1") {
          (void)session.bus->Call(arming.path, arming.interface,
                                  "CancelAcceptPairing");
        }
        watch.Cancel();
        return Interrupted();
      case Wake::kTimedOut:
        if (watch.busy() || Now() < end) continue;
        if (failure) return std::unexpected(*failure);
        return Fail("TimedOut", "nobody has paired");
    }
  }
}

Outcome<int> AcceptPairing(Session& session, const Arguments& arguments) {
  auto arming = ReadArming(session, arguments);
  if (!arming) return std::unexpected(arming.error());
  const bool wait = arguments.Has("wait");
  if (!wait && arguments.Has("agent")) {
    return UsageError("--agent needs --wait: nobody answers when bondctl ends");
  }
  auto mode = wait ? ReadAgentMode(session, arguments) : AgentMode::kNone;
  if (!mode) return std::unexpected(mode.error());
  const auto agent = StartAgent(session, *mode, arming->options);
  if (!agent) return std::unexpected(agent.error());
  if (*agent) {
    arming->options.emplace_back("Agent", ObjectPath{Agent::path()});
  }
  const auto watch =
      PairingWatch::Start(session, {arming->path, arming->peer, true});
  if (!watch) return std::unexpected(watch.error());
  const auto armed = session.bus->Call(arming->path, arming->interface,
                                       "AcceptPairing", {arming->options});
  if (!armed) return std::unexpected(armed.error());
  if (wait) {
    session.terminal.Tell("Waiting for a peer to pair; Ctrl-C ends.");
    return AwaitPairings(session, **watch, *arming);
  }
  session.out.Print({{"Status", "ok"}, {"Armed", arming->path}},
                    "Pairing will be accepted.");
  return kOk;
}

Outcome<int> CancelAccept(Session& session, const Arguments&) {
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  const auto done =
      session.bus->Call(*adapter, "Adapter1", "CancelAcceptPairing");
  if (!done) return std::unexpected(done.error());
  session.out.Print({{"Status", "ok"}}, "");
  return kOk;
}

Outcome<int> RunAgent(Session& session, const Arguments& arguments) {
  const auto mode = ReadAgentMode(session, arguments);
  if (!mode) return std::unexpected(mode.error());
  if (*mode == AgentMode::kNone) {
    return UsageError("without a terminal only --agent auto can answer");
  }
  Outcome<std::string> capability = std::string();
  if (const auto text = arguments.Get("capability")) {
    capability = ParseCapability("CAPABILITY", *text);
    if (!capability) return std::unexpected(capability.error());
  } else if (*mode == AgentMode::kAuto) {
    capability = "NoInputNoOutput";
  }
  if (const auto loaded = session.tree.Load(*session.bus); !loaded) {
    return std::unexpected(loaded.error());
  }
  const auto agent = Agent::Register(session, *mode, *capability);
  if (!agent) return std::unexpected(agent.error());
  const auto is_default =
      session.bus->Call(kRootPath, "AgentManager1", "RequestDefaultAgent",
                        {Value(ObjectPath{Agent::path()})});
  if (!is_default) return std::unexpected(is_default.error());
  session.out.Print({{"Status", "ok"}, {"Agent", Agent::path()}},
                    "Ready to answer; Ctrl-C ends.");
  const Wake wake =
      session.loop.RunUntil([&] { return !session.bus->alive(); });
  if (wake == Wake::kInterrupted) return kOk;
  return Fail("org.freedesktop.DBus.Error.Disconnected", "the bus is gone");
}

}  // namespace

CommandSpecs PairingCommands() {
  const auto pairing = With(PairingOptionSpecs(), {AgentOption()});
  return {
      {"initiate-pairing",
       "Pair, as central; connects first if need be",
       {{"target", "HANDLE of a link, or ADDRESS"}},
       With(pairing, {TypeOption()}),
       InitiatePairing},
      {"accept-pairing",
       "Accept pairing that peers start",
       {},
       With(pairing, {TypeOption(),
                      {"conn-handle", "H", "on this link alone"},
                      {"address", "A", "from this peer alone"},
                      {"count", "N", "that many pairings (1)"},
                      {"for", "TIME", "how long (120s; 0 = until cancelled)"},
                      {"wait", "", "stay until they have paired"}}),
       AcceptPairing},
      {"cancel-accept",
       "Take back what accept-pairing armed",
       {},
       {},
       CancelAccept},
      {"send-security-request",
       "Ask the central to pair or encrypt, as peripheral",
       {{"target", "HANDLE or ADDRESS of a link"}},
       pairing,
       SendSecurityRequest},
      {"agent",
       "Answer what bondd asks, until Ctrl-C",
       {{"capability", "what the terminal can do (KeyboardDisplay)", false}},
       {AgentOption()},
       RunAgent},
  };
}

}  // namespace bondd::cli
