// The controller's side of HCI towards its host.

#ifndef BONDD_SIM_HCI_PORT_H_
#define BONDD_SIM_HCI_PORT_H_

#include <deque>
#include <optional>
#include <vector>

#include "hci/spec.h"
#include "hci/transport.h"
#include "sim/scheduler.h"

namespace bondd::sim {

// Everything that a controller tells its host passes through here: it applies
// the event masks, keeps the order and holds what the host has not read yet.
// The controller, its links and its scanner write to it, the transport reads.
class HciPort {
 public:
  HciPort(Scheduler& scheduler, uint8_t command_credits)
      : command_credits_(command_credits),
        scheduler_(scheduler),
        delay_timer_(scheduler) {}

  // Masks as they are after a reset; what waits for the host is kept.
  void ResetMasks();
  void set_event_mask(uint64_t mask) { event_mask_ = mask; }
  void set_le_event_mask(uint64_t mask) { le_event_mask_ = mask; }
  bool Sends(hci::EventCode code) const;
  bool Sends(hci::LeSubevent subevent) const;

  void set_delay(Duration delay) { delay_ = delay; }

  // `return_parameters` begin with the status.
  void SendCommandComplete(hci::Opcode opcode, ByteView return_parameters);
  void SendCommandStatus(hci::Opcode opcode, hci::HciError status);
  // Nothing is sent of an event that the host has masked out.
  void Send(hci::EventCode code, ByteView parameters);
  void Send(hci::LeSubevent subevent, ByteView parameters);
  // `first` = the start of an L2CAP PDU.
  void SendAclData(uint16_t handle, bool first, ByteView data);

  // Between these two, what is sent waits behind the answer to the command
  // that brought it about.
  void BeginCommand() { in_command_ = true; }
  void EndCommand();

  // True when the host has left so much unread that the controller takes
  // nothing more in, neither from it nor from the air.
  bool full() const { return unread_.size() >= kMaxUnread; }

  // The next packet for the host, if one is due.
  std::optional<hci::Packet> Take();

 private:
  static constexpr size_t kMaxUnread = 256;

  struct Unread {
    Time due;
    hci::Packet packet;
  };

  void SendAlways(hci::EventCode code, ByteView parameters);
  void Queue(hci::Packet packet);
  void WakeWhenDue();

  uint64_t event_mask_ = kDefaultEventMask;
  uint64_t le_event_mask_ = kDefaultLeEventMask;
  // [Vol 4, Part E] 7.3.1 and 7.8.1: without Set Event Mask no LE event at all
  // is sent.
  static constexpr uint64_t kDefaultEventMask = 0x00001FFFFFFFFFFF;
  static constexpr uint64_t kDefaultLeEventMask = 0x1F;

  uint8_t command_credits_;
  Duration delay_{0};
  bool in_command_ = false;
  std::vector<hci::Packet> behind_answer_;
  std::deque<Unread> unread_;
  Scheduler& scheduler_;
  Timer delay_timer_;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_HCI_PORT_H_
