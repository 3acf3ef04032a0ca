// What can be made to go wrong with one simulated controller.

#ifndef BONDD_SIM_FAULTS_H_
#define BONDD_SIM_FAULTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "common/time_types.h"
#include "hci/spec.h"

namespace bondd::sim {

// Every member may be combined with every other; a default-constructed value
// is a controller without fault. All numbers count from zero.
struct Faults {
  // Everything that the controller tells its host comes this much later, in
  // its order.
  Duration delay{0};

  // Commands that are not carried out but answered with this status.
  std::map<hci::Opcode, hci::HciError> refused = {};

  // Commands that are neither carried out nor answered.
  std::set<hci::Opcode> unanswered = {};

  // The controller is gone when its host's packet of this number arrives,
  // counted from when the faults were set.
  std::optional<uint32_t> vanish_at_packet = {};

  // The following hold for every link of the controller that is made from then
  // on. A dropped link is lost to both ends, each of which notices by its
  // supervision timeout.

  // At this connection event nothing gets through any more.
  std::optional<uint32_t> drop_link_at_event = {};

  // The PDU of this number, of both directions together, and all after it are
  // lost. Empty PDUs don't count.
  std::optional<uint32_t> drop_link_at_pdu = {};

  // The PDU of this number among those that this controller sends has the last
  // bit of its last octet inverted on its way, unnoticed by the CRC.
  std::optional<uint32_t> corrupt_pdu = {};
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_FAULTS_H_
