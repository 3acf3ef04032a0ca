// The initiating state of one controller.

#ifndef BONDD_SIM_INITIATOR_H_
#define BONDD_SIM_INITIATOR_H_

#include <optional>

#include "common/bytes.h"
#include "common/device_address.h"
#include "hci/spec.h"
#include "sim/advertising_pdu.h"
#include "sim/link_control.h"
#include "sim/scanner.h"
#include "sim/scheduler.h"

namespace bondd::sim {

class Controller;

// Listens for the one that its host wants to connect to. The controller, its
// owner, hands it the host's commands, and the Medium asks it whether it would
// answer what is advertised with a CONNECT_IND.
class Initiator {
 public:
  Initiator(Controller& controller, Scheduler& scheduler);

  // LE Create Connection.
  hci::HciError Create(Reader& parameters);
  // LE Create Connection Cancel.
  hci::HciError Cancel();

  bool enabled() const { return attempt_.has_value(); }
  bool uses_accept_list() const { return attempt_ && attempt_->accept_list; }
  void Stop() { attempt_.reset(); }

  bool Wants(const AdvertisingPdu& pdu) const;
  // While enabled.
  const DeviceAddress& own_address() const { return attempt_->own_address; }
  LinkParameters parameters() const;

 private:
  struct Attempt {
    ListeningPattern pattern;
    bool accept_list;
    DeviceAddress peer;
    DeviceAddress own_address;
    WantedParameters wanted;
  };

  Controller& controller_;
  Scheduler& scheduler_;
  std::optional<Attempt> attempt_;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_INITIATOR_H_
