// What all parts of the daemon share, owned by Daemon.

#ifndef BONDD_DAEMON_CONTEXT_H_
#define BONDD_DAEMON_CONTEXT_H_

#include <set>

#include "bonds/store.h"
#include "config/config.h"
#include "daemon/journal.h"
#include "daemon/sources.h"
#include "dbus/service.h"

namespace bondd::daemon {

struct Context {
  const config::Config& config;
  const Journal& journal;
  bonds::Store& store;
  dbus::Service& bus;
  smp::RandomSource& random;
  smp::KeyPairSource& key_pairs;
  // Identity addresses of the adapters that are ready: bonds belong to them,
  // so that no two adapters may have the same.
  std::set<DeviceAddress>& addresses;
  // For adapters that are absent at first.
  bool wait;
  // The time of the turn that is running.
  Time now{};
};

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_CONTEXT_H_
