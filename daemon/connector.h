// The connections that are wanted: to whom, for whom, and how far they are.
//
// A peer that is bonded with an IRK is looked for by scanning first, as it may
// be on the air under any address that its IRK resolves.

#ifndef BONDD_DAEMON_CONNECTOR_H_
#define BONDD_DAEMON_CONNECTOR_H_

#include <list>
#include <optional>
#include <string>
#include <vector>

#include "common/device_address.h"
#include "common/time_types.h"
#include "dbus/operations.h"

namespace bondd::daemon {

class Connector {
 public:
  // Who waits for a link, and what for.
  struct Waiter {
    dbus::CallId call;
    dbus::Caller caller;
    bool encrypt = true;
    std::optional<smp::PairingOptions> pairing;
    Time since;
  };

  struct Attempt {
    DeviceAddress peer;    // as it was asked for
    DeviceAddress on_air;  // as it is being connected to
    bool searching = false;
    Time deadline;
    std::vector<Waiter> waiters;
  };

  // Joins an attempt to the same peer, else begins one. True when it is new.
  bool Add(const DeviceAddress& peer, bool search, Time deadline,
           Waiter waiter) {
    for (Attempt& attempt : attempts_) {
      if (attempt.peer != peer) continue;
      attempt.waiters.push_back(std::move(waiter));
      return false;
    }
    attempts_.push_back({peer, peer, search, deadline, {}});
    attempts_.back().waiters.push_back(std::move(waiter));
    return true;
  }

  bool searching() const {
    for (const Attempt& attempt : attempts_) {
      if (attempt.searching) return true;
    }
    return false;
  }

  // Borrowed until the next change.
  std::list<Attempt>& attempts() { return attempts_; }
  const std::list<Attempt>& attempts() const { return attempts_; }

  // Takes out the attempt that led to this on-air address.
  std::optional<Attempt> TakeByOnAir(const DeviceAddress& on_air) {
    for (auto it = attempts_.begin(); it != attempts_.end(); ++it) {
      if (it->searching || it->on_air != on_air) continue;
      return Take(it);
    }
    return std::nullopt;
  }

  // Takes out the attempt that asked for the peer by this address, whether it
  // is still being searched for or connected to.
  std::optional<Attempt> TakeByPeer(const DeviceAddress& peer) {
    for (auto it = attempts_.begin(); it != attempts_.end(); ++it) {
      if (it->peer == peer) return Take(it);
    }
    return std::nullopt;
  }

 private:
  Attempt Take(std::list<Attempt>::iterator it) {
    Attempt attempt = std::move(*it);
    attempts_.erase(it);
    return attempt;
  }

  std::list<Attempt> attempts_;
};

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_CONNECTOR_H_
