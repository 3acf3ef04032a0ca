// Makes the transport that an adapter's SPEC names.

#ifndef BONDD_DAEMON_TRANSPORT_FACTORY_H_
#define BONDD_DAEMON_TRANSPORT_FACTORY_H_

#include <memory>

#include "config/config.h"
#include "hci/transport.h"
#include "sim/air.h"

namespace bondd::daemon {

class TransportFactory {
 public:
  // The air is borrowed.
  explicit TransportFactory(sim::Air& air) : air_(air) {}

  // `sim_index` is the NN of a simulated adapter's public address.
  Result<std::unique_ptr<hci::Transport>> Open(const config::AdapterSpec& spec,
                                               uint8_t sim_index, Time now);

 private:
  sim::Air& air_;
};

// "user-channel", "h4-unix", "h4-tcp", "sim".
std::string TransportName(const config::AdapterSpec& spec);
// 02:B0:DD:00:00:NN
DeviceAddress SimAddress(uint8_t index);

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_TRANSPORT_FACTORY_H_
