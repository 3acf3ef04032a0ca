#include "cli/oob_commands.h"

#include <array>
#include <utility>

#include "cli/secret_input.h"
#include "cli/session.h"

namespace bondd::cli {

namespace {

Outcome<int> Generate(Session& session, const Arguments& arguments) {
  Dictionary options;
  if (arguments.Has("legacy")) options.emplace_back("Legacy", true);
  if (const auto text = arguments.Get("for")) {
    const auto seconds = ParseSeconds("--for", *text);
    if (!seconds) return std::unexpected(seconds.error());
    options.emplace_back("ForSeconds", static_cast<uint32_t>(*seconds));
  }
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  const auto data =
      session.bus->Call(*adapter, "Adapter1", "GenerateOob", {options});
  if (!data) return std::unexpected(data.error());
  session.out.Print(data->at(0), Fields(data->at(0)));
  return kOk;
}

Outcome<int> Release(Session& session, const Arguments& arguments) {
  const auto id =
      ParseNumber("oob release ID", arguments.Text("what"), 0, UINT32_MAX);
  if (!id) return std::unexpected(id.error());
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  const auto done = session.bus->Call(*adapter, "Adapter1", "ReleaseOob",
                                      {Value(static_cast<uint32_t>(*id))});
  if (!done) return std::unexpected(done.error());
  session.out.Print({{"Status", "ok"}}, "");
  return kOk;
}

// set and clear: what is known of a peer.
Outcome<int> Remote(Session& session, const Arguments& arguments,
                    const std::string& method, CallArguments more) {
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  const auto peer =
      FindPeer(session, *adapter, arguments, arguments.Text("what"));
  if (!peer) return std::unexpected(peer.error());
  CallArguments call = {Value(peer->address), Value(peer->type)};
  for (Argument& argument : more) call.push_back(std::move(argument));
  const auto done = session.bus->Call(*adapter, "Adapter1", method, call);
  if (!done) return std::unexpected(done.error());
  session.out.Print({{"Status", "ok"}}, "");
  return kOk;
}

Outcome<int> Set(Session& session, const Arguments& arguments) {
  struct Field {
    const char* option;
    const char* key;
    size_t least;
    size_t most;
  };
  constexpr std::array<Field, 4> kFields = {{{"confirm", "Confirm", 16, 16},
                                             {"random", "Random", 16, 16},
                                             {"tk", "Tk", 16, 16},
                                             {"ad", "Ad", 1, 255}}};
  Dictionary data;
  for (const Field& field : kFields) {
    const auto text = arguments.Get(field.option);
    if (!text) continue;
    const auto octets = ReadSecretOctets(std::string("--") + field.option,
                                         *text, field.least, field.most);
    if (!octets) return std::unexpected(octets.error());
    data.emplace_back(field.key, *octets);
  }
  return Remote(session, arguments, "SetRemoteOob", {std::move(data)});
}

Outcome<int> Oob(Session& session, const Arguments& arguments) {
  const std::string action = arguments.Text("action");
  if (action == "generate") return Generate(session, arguments);
  if (!arguments.Has("what")) {
    return UsageError("oob: generate, release ID, set ADDRESS, clear ADDRESS");
  }
  if (action == "release") return Release(session, arguments);
  if (action == "set") return Set(session, arguments);
  if (action == "clear") {
    return Remote(session, arguments, "ClearRemoteOob", {});
  }
  return UsageError("oob: generate, release ID, set ADDRESS, clear ADDRESS");
}

}  // namespace

CommandSpecs OobCommands() {
  return {
      {"oob",
       "Make out-of-band data of our own, or keep a peer's",
       {{"action", "generate, release, set, clear"},
        {"what", "ID to release, ADDRESS to set or clear", false}},
       {{"legacy", "", "generate: a TK as well"},
        {"for", "TIME", "generate: how long it is kept (600s)"},
        {"confirm", "HEX", "set: confirm value; @FILE, -"},
        {"random", "HEX", "set: random value; @FILE, -"},
        {"tk", "HEX", "set: TK of legacy pairing; @FILE, -"},
        {"ad", "HEX", "set: a whole out-of-band data block; @FILE, -"},
        TypeOption()},
       Oob},
  };
}

}  // namespace bondd::cli
