#include "cli/bond_commands.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <utility>

#include "cli/pairing_watch.h"
#include "cli/session.h"
#include "common/unique_fd.h"

namespace bondd::cli {

namespace {

std::string DescribeBond(const Json& bond) {
  std::string text = fmt::format(
      "{}  {}  level {}  {}{}{}", InWords(bond.at("Identity")),
      bond.at("Method").get<std::string>(), bond.at("SecurityLevel").get<int>(),
      bond.at("Role").get<std::string>(),
      bond.at("Debug") ? "  DEBUG KEYS" : "",
      bond.at("PeerLostKeys") ? "  the peer has lost its keys" : "");
  if (const std::string name = bond.at("Name"); !name.empty()) {
    text += "  " + name;
  }
  return text;
}

Outcome<int> Bonds(Session& session, const Arguments&) {
  constexpr uint32_t kAtOnce = 1024;
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  Json all = Json::array();
  std::string text;
  for (;;) {
    const auto offset = static_cast<uint32_t>(all.size());
    const auto some = session.bus->Call(*adapter, "Adapter1", "ListBonds",
                                        {Value(offset), Value(kAtOnce)});
    if (!some) return std::unexpected(some.error());
    for (const Json& bond : some->at(0)) {
      text += (text.empty() ? "" : "\n") + DescribeBond(bond);
      all.push_back(bond);
    }
    if (some->at(0).size() < kAtOnce) break;
  }
  session.out.Print({{"Bonds", std::move(all)}}, text);
  return kOk;
}

// Calls a method of the adapter that takes a peer and what follows.
Outcome<Json> CallAbout(Session& session, const Arguments& arguments,
                        const std::string& method, CallArguments more = {}) {
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  const auto peer =
      FindPeer(session, *adapter, arguments, arguments.Text("address"));
  if (!peer) return std::unexpected(peer.error());
  CallArguments call = {Value(peer->address), Value(peer->type)};
  for (Argument& argument : more) call.push_back(std::move(argument));
  return session.bus->Call(*adapter, "Adapter1", method, call);
}

Outcome<int> IsDeviceBonded(Session& session, const Arguments& arguments) {
  std::string role = arguments.Get("role").value_or("any");
  if (role == "0") role = "central";
  if (role == "1") role = "peripheral";
  const auto reply =
      CallAbout(session, arguments, "IsDeviceBonded", {Value(role)});
  if (!reply) return std::unexpected(reply.error());
  const bool bonded = reply->at(0);
  session.out.Print({{"Bonded", bonded}}, bonded ? "bonded" : "not bonded");
  return bonded ? kOk : kNegative;
}

Outcome<int> RemoveAll(Session& session) {
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  const auto reply = session.bus->Call(*adapter, "Adapter1", "RemoveAllBonds");
  if (!reply) return std::unexpected(reply.error());
  const auto removed = reply->at(0).get<uint32_t>();
  session.out.Print({{"Status", "ok"}, {"Removed", removed}},
                    fmt::format("{} removed", removed));
  return kOk;
}

Outcome<int> RemoveBonding(Session& session, const Arguments& arguments) {
  const bool all = arguments.Has("all");
  if (all == arguments.Has("address")) {
    return UsageError("either an address or --all");
  }
  if (all) return RemoveAll(session);
  const auto reply = CallAbout(session, arguments, "RemoveBonding");
  if (!reply) return std::unexpected(reply.error());
  session.out.Print({{"Status", "ok"}, {"Removed", 1}}, "1 removed");
  return kOk;
}

Outcome<int> Name(Session& session, const Arguments& arguments) {
  const auto bond = CallAbout(session, arguments, "FindBond");
  if (!bond) return std::unexpected(bond.error());
  const auto set = session.bus->SetProperty(bond->at(0), "Bond1", "Name",
                                            {Value(arguments.Text("name"))});
  if (!set) return std::unexpected(set.error());
  session.out.Print({{"Status", "ok"}}, "");
  return kOk;
}

// Keys are about to be written: the file is new and its owner's alone.
Outcome<UniqueFd> OpenToWrite(const std::string& file) {
  if (file.empty() || file == "-") {
    if (isatty(STDOUT_FILENO) == 1) {
      return UsageError(
          "keys are not shown on a terminal: name a file, or use a pipe");
    }
    return UniqueFd(dup(STDOUT_FILENO));
  }
  UniqueFd fd(
      open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return UsageError(file + ": " + strerror(errno));
  return fd;
}

Outcome<int> Export(Session& session, const Arguments& arguments) {
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  Dictionary options;
  if (const auto address = arguments.Get("address")) {
    const auto peer = FindPeer(session, *adapter, arguments, *address);
    if (!peer) return std::unexpected(peer.error());
    options.emplace_back("Address", peer->address);
    options.emplace_back("AddressType", peer->type);
  }
  const std::string file = arguments.Text("file");
  const auto fd = OpenToWrite(file);
  if (!fd) return std::unexpected(fd.error());
  const auto done = session.bus->Call(
      *adapter, "Adapter1", "ExportBonds",
      {Descriptor{fd->get()}, Value(arguments.Text("format")), options});
  if (done) return kOk;
  if (!file.empty() && file != "-") unlink(file.c_str());
  return std::unexpected(done.error());
}

Outcome<int> Import(Session& session, const Arguments& arguments) {
  const auto adapter = FindAdapter(session);
  if (!adapter) return std::unexpected(adapter.error());
  const std::string file = arguments.Get("file").value_or("-");
  const UniqueFd fd(file == "-" ? dup(STDIN_FILENO)
                                : open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return UsageError(file + ": " + strerror(errno));
  Dictionary options;
  if (const auto replace = arguments.Get("replace")) {
    options.emplace_back("Replace", *replace);
  }
  const auto done = session.bus->Call(
      *adapter, "Adapter1", "ImportBonds",
      {Descriptor{fd.get()}, Value(arguments.Text("format")), options});
  if (!done) return std::unexpected(done.error());
  session.out.Print({{"Status", "ok"}, {"Bonds", done->at(0)}},
                    fmt::format("{} imported", done->at(0).size()));
  return kOk;
}

}  // namespace

CommandSpecs BondCommands() {
  const PositionalSpec address{"address", "of the peer"};
  return {
      {"bonds", "List the bonds of an adapter", {}, {}, Bonds},
      {"is-device-bonded",
       "Ask for a bond: exit status 0 if there is one, else 1",
       {address,
        {"role", "this side's: central (0), peripheral (1), any", false}},
       {TypeOption()},
       IsDeviceBonded},
      {"remove-bonding",
       "Remove a bond, and drop the link with that peer",
       {{"address", "of the peer", false}},
       {TypeOption(), {"all", "", "all bonds of the adapter"}},
       RemoveBonding},
      {"name",
       "Give a bond a name",
       {address, {"name", "up to 248 octets; empty takes it away"}},
       {TypeOption()},
       Name},
      {"export",
       "Write the bonds with their keys to a new file",
       {{"format", "json, bluez or wireshark"},
        {"file", "to be made; without it standard output", false}},
       {{"address", "A", "this peer's bond alone"}, TypeOption()},
       Export},
      {"import",
       "Read bonds with their keys",
       {{"format", "json or bluez"},
        {"file", "without it standard input", false}},
       {{"replace", "WORD", "old bonds: never, not-weaker (default), always"}},
       Import},
  };
}

}  // namespace bondd::cli
