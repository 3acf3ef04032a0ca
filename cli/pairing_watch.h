// Waiting for pairings to end.

#ifndef BONDD_CLI_PAIRING_WATCH_H_
#define BONDD_CLI_PAIRING_WATCH_H_

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/session.h"

namespace bondd::cli {

// Which pairings a command is about: those of other people on the same adapter
// are neither its own to cancel nor its results.
struct PairingScope {
  // Of an adapter or of a link.
  std::string path;
  // Of an adapter's links only this one's.
  std::optional<PeerAddress> peer = {};
  // Only pairings that the peer has started or asked for.
  bool started_by_peer = false;
};

// Follows the pairings below one object while a command waits: tells the
// person how they go, keeps their results, and ends them on the air when the
// person has had enough.
class PairingWatch {
 public:
  static Outcome<std::unique_ptr<PairingWatch>> Start(Session& session,
                                                      PairingScope scope);
  PairingWatch(const PairingWatch&) = delete;
  PairingWatch& operator=(const PairingWatch&) = delete;

  // Waits for the answer to a call that pairs or encrypts. SIGINT cancels the
  // pairing on the air; a second one leaves at once.
  Outcome<Json> Await(PendingCall& call);

  // Results in the order in which they came; taken by whoever reads them.
  std::deque<Json>& results() { return results_; }
  // Whether a pairing is going on.
  bool busy() const;
  // Cancels those that are going on, and waits for their end.
  void Cancel();

 private:
  PairingWatch(Session& session, PairingScope scope);

  void OnSignal(const Signal& signal);
  // Whether the command is about this link.
  bool Covers(const std::string& link) const;
  // Whether the peer has started the link's pairing, or asked for it.
  bool StartedByPeer(const std::string& link) const;
  std::vector<std::string> BusyLinks() const;

  Session& session_;
  PairingScope scope_;
  // Links whose peers have sent a Security Request.
  std::set<std::string> asked_;
  std::deque<Json> results_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace bondd::cli

#endif  // BONDD_CLI_PAIRING_WATCH_H_
