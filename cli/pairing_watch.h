// Waiting for pairings to end.

#ifndef BONDD_CLI_PAIRING_WATCH_H_
#define BONDD_CLI_PAIRING_WATCH_H_

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "cli/session.h"

namespace bondd::cli {

// Follows the pairings below one object while a command waits: tells the
// person how they go, keeps their results, and ends them on the air when the
// person has had enough.
class PairingWatch {
 public:
  // `path` is that of an adapter or of a link.
  static Outcome<std::unique_ptr<PairingWatch>> Start(Session& session,
                                                      std::string path);
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
  PairingWatch(Session& session, std::string path);

  void OnSignal(const Signal& signal);
  bool Covers(const std::string& path) const;
  std::vector<std::string> BusyLinks() const;

  Session& session_;
  std::string path_;
  std::deque<Json> results_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace bondd::cli

#endif  // BONDD_CLI_PAIRING_WATCH_H_
