// Who calls, and who has left: look-ups and watches of bus names.
//
// These are blocking round trips to the bus. They go over a connection of their
// own, on which nobody calls bondd: on the other one the library would have to
// take in everything that callers have sent, up to the bus's limits, before it
// sees the answer.

#ifndef BONDD_DBUS_CLIENTS_H_
#define BONDD_DBUS_CLIENTS_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/error.h"
#include "dbus/bus_connection.h"
#include "dbus/operations.h"

namespace bondd::dbus {

// Owned by Service. Unique names are never used again by a bus, so that a name
// that has left stays gone.
class Clients {
 public:
  // `bus` is owned from here on.
  explicit Clients(BusConnection bus);

  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  // The caller behind a unique name; NotAuthorized when it has left the bus.
  ApiResult<Caller> Identify(const std::string& name);

  // False as well when the bus does not say.
  bool HasOwner(const std::string& name);

  // Watch() and Unwatch() count: a name is watched as long as there were more
  // of the former. Watch before Identify, and no departure goes unseen.
  // False when the bus refuses the match rule.
  bool Watch(const std::string& name);
  void Unwatch(const std::string& name);

  // A bounded amount of messages. The error: the bus is gone.
  Result<bool> Process();
  // Watched names that have left since the last call; no longer watched.
  std::vector<std::string> TakeGone();

  compat::PollState Poll() const { return bus_.Poll(); }

 private:
  struct Watched {
    size_t count = 0;
    sdbus::Slot match;
  };

  BusConnection bus_;
  std::unique_ptr<sdbus::IProxy> driver_;
  std::map<std::string, Watched> watched_;
  std::set<std::string> gone_;
};

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_CLIENTS_H_
