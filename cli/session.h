// What every command works with, and how it finds what it is about.

#ifndef BONDD_CLI_SESSION_H_
#define BONDD_CLI_SESSION_H_

#include <memory>
#include <string>

#include "cli/arguments.h"
#include "cli/bus.h"
#include "cli/loop.h"
#include "cli/object_tree.h"
#include "cli/output.h"
#include "cli/terminal.h"

namespace bondd::cli {

// One run of bondctl. Made by main, handed to the one command that runs.
struct Session {
  Loop& loop;
  // Null for commands that need no bus.
  Bus* bus;
  Terminal& terminal;
  Output out;
  std::string adapter;  // of -a; empty = the only one
  std::string bus_address;
  std::string bus_name;
  ObjectTree tree = {};
};

struct PeerAddress {
  std::string address;
  std::string type;
};

// Reads what the daemon has, and finds the adapter that -a names, or the only
// one.
Outcome<std::string> FindAdapter(Session& session);
// The link of that adapter with this HCI handle, or with this peer.
Outcome<Object> FindLink(Session& session, const std::string& target);
bool IsAddress(const std::string& text);
// Whether it is that link's peer, by its identity or by its address on the air.
bool IsPeer(const Json& link, const PeerAddress& peer);
// An address with the type given by --type, else that of a link, a bond or an
// advertiser with this address, else public.
Outcome<PeerAddress> FindPeer(Session& session, const std::string& adapter,
                              const Arguments& arguments,
                              const std::string& address);
OptionSpec TypeOption();

}  // namespace bondd::cli

#endif  // BONDD_CLI_SESSION_H_
