#include "cli/pairing_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bondd::cli {

namespace {

constexpr std::chrono::seconds kCancelPatience(5);

}  // namespace

Outcome<std::unique_ptr<PairingWatch>> PairingWatch::Start(Session& session,
                                                           PairingScope scope) {
  std::unique_ptr<PairingWatch> watch(
      new PairingWatch(session, std::move(scope)));
  auto listener = session.bus->Listen(
      [watch = watch.get()](const Signal& signal) { watch->OnSignal(signal); });
  if (!listener) return std::unexpected(listener.error());
  watch->listener_ = std::move(*listener);
  return watch;
}

PairingWatch::PairingWatch(Session& session, PairingScope scope)
    : session_(session), scope_(std::move(scope)) {}

Outcome<Json> PairingWatch::Await(PendingCall& call) {
  const auto over = [&] { return call.done() || !session_.bus->alive(); };
  if (session_.loop.RunUntil(over) == Wake::kInterrupted) {
    Cancel();
    // The daemon's answer says what became of it; without a link yet there is
    // none, and leaving the bus cancels.
    session_.loop.RunUntil(over, Now() + kCancelPatience);
    if (!call.done()) return Interrupted();
  }
  if (!call.done()) {
    return Fail("org.freedesktop.DBus.Error.Disconnected", "the bus is gone");
  }
  if (call.outcome()) return call.outcome()->at(0);
  Failure failure = call.outcome().error();
  if (!results_.empty() && results_.back().at("Status") == "failed") {
    failure.result = results_.back();
  }
  return std::unexpected(failure);
}

bool PairingWatch::busy() const { return !BusyLinks().empty(); }

void PairingWatch::Cancel() {
  const auto links = BusyLinks();
  if (session_.terminal.interactive() && !links.empty()) {
    session_.terminal.Tell("Cancelling the pairing.");
  }
  for (const std::string& link : links) {
    // It may end by itself meanwhile.
    (void)session_.bus->Call(link, "Connection1", "CancelPairing");
  }
}

void PairingWatch::OnSignal(const Signal& signal) {
  if (signal.member == "InterfacesAdded" && session_.terminal.interactive()) {
    const std::string path = signal.arguments.at(0);
    if (LastPart(path).starts_with("conn_") && Covers(path)) {
      session_.terminal.Tell("Connected to " + session_.tree.PeerOf(path));
    }
  }
  if (!Covers(signal.path)) return;
  if (signal.member == "SecurityRequested") asked_.insert(signal.path);
  if (signal.member == "PairingCompleted") {
    if (!scope_.started_by_peer || StartedByPeer(signal.path)) {
      results_.push_back(signal.arguments.at(0));
    }
    asked_.erase(signal.path);
  }
  if (!session_.terminal.interactive()) return;
  const std::string peer = session_.tree.PeerOf(signal.path);
  if (signal.member == "PropertiesChanged") {
    const Json& changed = signal.arguments.at(1);
    const std::string state = changed.value("PairingState", "");
    if (state == "pairing") session_.terminal.Tell("Pairing with " + peer);
    if (state == "distributing-keys") {
      session_.terminal.Tell("Exchanging keys with " + peer);
    }
  } else if (signal.member == "Keypress") {
    session_.terminal.Tell(
        fmt::format("{}: {}", peer, signal.arguments.at(0).get<std::string>()));
  }
}

bool PairingWatch::Covers(const std::string& link) const {
  if (link == scope_.path) return true;
  if (!link.starts_with(scope_.path + "/conn_")) return false;
  if (!scope_.peer) return true;
  const Json properties = session_.tree.Properties(link, "Connection1");
  return properties.is_object() && IsPeer(properties, *scope_.peer);
}

bool PairingWatch::StartedByPeer(const std::string& link) const {
  // [Vol 3, Part H] 2.3: the central is the initiator.
  const Json properties = session_.tree.Properties(link, "Connection1");
  return asked_.contains(link) ||
         (properties.is_object() && properties.at("Role") == "peripheral");
}

std::vector<std::string> PairingWatch::BusyLinks() const {
  std::vector<std::string> busy;
  for (const Object& link :
       session_.tree.Below(AdapterOf(scope_.path), "Connection1")) {
    if (!Covers(link.path) || link.properties.at("PairingState") == "idle") {
      continue;
    }
    if (!scope_.started_by_peer || StartedByPeer(link.path)) {
      busy.push_back(link.path);
    }
  }
  return busy;
}

}  // namespace bondd::cli
