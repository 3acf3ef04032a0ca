#include "cli/link_commands.h"

#include <fmt/format.h>

#include <utility>

#include "cli/pairing_watch.h"
#include "cli/secret_input.h"
#include "cli/session.h"

namespace bondd::cli {

namespace {

std::string DescribeLink(const Object& link) {
  const Json& p = link.properties;
  return fmt::format("{:#06x} ({})  {}  {}  level {}  {}{}",
                     p.at("Handle").get<int>(), p.at("Handle").get<int>(),
                     InWords(p.at("Peer")), p.at("Role").get<std::string>(),
                     p.at("SecurityLevel").get<int>(),
                     p.at("PairingState").get<std::string>(),
                     p.at("Prompt") == "none"
                         ? ""
                         : ", asks for " + p.at("Prompt").get<std::string>());
}

Outcome<int> Connections(Session& session, const Arguments&) {
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  Json all = Json::array();
  std::string text;
  for (Object& link : session.tree.Below(*adapter, "Connection1")) {
    text += (text.empty() ? "" : "\n") + DescribeLink(link);
    link.properties["Connection"] = link.path;
    all.push_back(std::move(link.properties));
  }
  session.out.Print({{"Connections", std::move(all)}}, text);
  return kOk;
}

Outcome<int> Connect(Session& session, const Arguments& arguments) {
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  const auto peer =
      FindPeer(session, *adapter, arguments, arguments.Text("address"));
  if (!peer) return std::unexpected(peer.error());
  Dictionary options;
  if (arguments.Has("no-encrypt")) {
    options.emplace_back("Encrypt", std::string("no"));
  }
  if (const auto text = arguments.Get("timeout")) {
    const auto seconds = ParseSeconds("--timeout", *text);
    if (!seconds) return std::unexpected(seconds.error());
    if (*seconds == 0 || *seconds > UINT32_MAX / 1000) {
      return UsageError("--timeout: 1 to 4294967 seconds");
    }
    options.emplace_back("TimeoutMs", static_cast<uint32_t>(*seconds * 1000));
  }
  const auto watch = PairingWatch::Start(session, {*adapter, *peer});
  if (!watch) return std::unexpected(watch.error());
  if (session.terminal.interactive()) {
    session.terminal.Tell("Connecting to " + peer->address);
  }
  const auto pending =
      session.bus->Start(*adapter, "Adapter1", "Connect",
                         {Value(peer->address), Value(peer->type), options});
  const auto path = (*watch)->Await(*pending);
  if (!path) return std::unexpected(path.error());
  const Object link{*path, session.tree.Properties(*path, "Connection1")};
  if (!link.properties.is_object()) {
    return Fail("LinkLost", "the link went as soon as it was there");
  }
  Json json = link.properties;
  json["Connection"] = link.path;
  session.out.Print(json, DescribeLink(link));
  return kOk;
}

Outcome<int> Disconnect(Session& session, const Arguments& arguments) {
  const auto link = FindLink(session, arguments.Text("target"));
  if (!link) return std::unexpected(link.error());
  const auto done = session.bus->Call(link->path, "Connection1", "Disconnect");
  if (!done) return std::unexpected(done.error());
  session.out.Print({{"Status", "ok"}}, "");
  return kOk;
}

Outcome<Dictionary> ReadEncryptionOptions(const Arguments& arguments) {
  Dictionary options;
  if (const auto text = arguments.Get("sec-level")) {
    const auto level = ParseNumber("--sec-level", *text, 1, 4);
    if (!level) return std::unexpected(level.error());
    options.emplace_back("Level", static_cast<uint8_t>(*level));
  }
  if (const auto text = arguments.Get("key-ltk")) {
    const auto ltk = ReadSecretOctets("--key-ltk", *text, 16, 16);
    if (!ltk) return std::unexpected(ltk.error());
    options.emplace_back("Ltk", *ltk);
  }
  if (const auto text = arguments.Get("ediv")) {
    const auto ediv = ParseNumber("--ediv", *text, 0, UINT16_MAX);
    if (!ediv) return std::unexpected(ediv.error());
    options.emplace_back("Ediv", static_cast<uint16_t>(*ediv));
  }
  if (const auto text = arguments.Get("rand")) {
    const auto rand = ParseNumber("--rand", *text, 0, UINT64_MAX);
    if (!rand) return std::unexpected(rand.error());
    options.emplace_back("Rand", *rand);
  }
  return options;
}

Outcome<int> InitiateEncryption(Session& session, const Arguments& arguments) {
  const auto options = ReadEncryptionOptions(arguments);
  if (!options) return std::unexpected(options.error());
  const auto link = FindLink(session, arguments.Text("target"));
  if (!link) return std::unexpected(link.error());
  const auto watch = PairingWatch::Start(session, {link->path});
  if (!watch) return std::unexpected(watch.error());
  const auto pending = session.bus->Start(link->path, "Connection1",
                                          "InitiateEncryption", {*options});
  const auto result = (*watch)->Await(*pending);
  if (!result) return std::unexpected(result.error());
  session.out.Print(*result, Fields(*result));
  return kOk;
}

}  // namespace

CommandSpecs LinkCommands() {
  return {
      {"connections", "List the links of an adapter", {}, {}, Connections},
      {"connect",
       "Connect, and encrypt if there is a bond; never pairs",
       {{"address", "of the peer; its identity address if it is bonded"}},
       {TypeOption(),
        {"no-encrypt", "", "leave the bond's key alone"},
        {"timeout", "TIME", "give up after that (20s)"}},
       Connect},
      {"disconnect",
       "End a link",
       {{"target", "HANDLE or ADDRESS"}},
       {},
       Disconnect},
      {"initiate-encryption",
       "Encrypt, as central; never pairs",
       {{"target", "HANDLE or ADDRESS of a link"}},
       {{"sec-level",
         "N",
         "1..4: what the link has to have then",
         {"secLevel"}},
        {"key-ltk", "HEX", "the key, without it that of the bond; @FILE, -"},
        {"ediv", "N", "of a legacy key (0)"},
        {"rand", "N", "of a legacy key (0)"}},
       InitiateEncryption},
  };
}

}  // namespace bondd::cli
