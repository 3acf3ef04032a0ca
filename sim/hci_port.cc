#include "sim/hci_port.h"

#include <utility>

namespace bondd::sim {

using hci::EventCode;
using hci::LeSubevent;

void HciPort::ResetMasks() {
  event_mask_ = kDefaultEventMask;
  le_event_mask_ = kDefaultLeEventMask;
}

bool HciPort::Sends(EventCode code) const {
  switch (code) {
    // [Vol 4, Part E] 7.3.1: these have no bit.
    case EventCode::kCommandComplete:
    case EventCode::kCommandStatus:
    case EventCode::kNumberOfCompletedPackets:
      return true;
    default:
      return (event_mask_ & hci::Bit(static_cast<unsigned>(code) - 1)) != 0;
  }
}

bool HciPort::Sends(LeSubevent subevent) const {
  return Sends(EventCode::kLeMeta) &&
         (le_event_mask_ & hci::Bit(static_cast<unsigned>(subevent) - 1)) != 0;
}

void HciPort::SendCommandComplete(hci::Opcode opcode,
                                  ByteView return_parameters) {
  Writer event;
  event.U8(command_credits_)
      .U16(static_cast<uint16_t>(opcode))
      .Append(return_parameters);
  SendAlways(EventCode::kCommandComplete, event.bytes());
}

void HciPort::SendCommandStatus(hci::Opcode opcode, hci::HciError status) {
  Writer event;
  event.U8(static_cast<uint8_t>(status))
      .U8(command_credits_)
      .U16(static_cast<uint16_t>(opcode));
  SendAlways(EventCode::kCommandStatus, event.bytes());
}

void HciPort::Send(EventCode code, ByteView parameters) {
  if (Sends(code)) SendAlways(code, parameters);
}

void HciPort::Send(LeSubevent subevent, ByteView parameters) {
  if (!Sends(subevent)) return;
  Writer event;
  event.U8(static_cast<uint8_t>(subevent)).Append(parameters);
  SendAlways(EventCode::kLeMeta, event.bytes());
}

void HciPort::SendAclData(uint16_t handle, bool first, ByteView data) {
  // [Vol 4, Part E] 5.4.2: from the controller, 0b10 is the first fragment.
  const uint16_t boundary = first ? 0b10 : 0b01;
  Writer packet;
  packet.U16(static_cast<uint16_t>(handle | boundary << 12))
      .U16(static_cast<uint16_t>(data.size()))
      .Append(data);
  Queue({hci::PacketType::kAclData, packet.Finish()});
}

void HciPort::EndCommand() {
  in_command_ = false;
  for (hci::Packet& packet : std::exchange(behind_answer_, {})) {
    Queue(std::move(packet));
  }
}

std::optional<hci::Packet> HciPort::Take() {
  if (unread_.empty() || unread_.front().due > scheduler_.now()) {
    return std::nullopt;
  }
  hci::Packet packet = std::move(unread_.front().packet);
  unread_.pop_front();
  WakeWhenDue();
  return packet;
}

void HciPort::SendAlways(EventCode code, ByteView parameters) {
  Writer event;
  event.U8(static_cast<uint8_t>(code))
      .U8(static_cast<uint8_t>(parameters.size()))
      .Append(parameters);
  hci::Packet packet{hci::PacketType::kEvent, event.Finish()};
  const bool answer =
      code == EventCode::kCommandComplete || code == EventCode::kCommandStatus;
  if (in_command_ && !answer) {
    behind_answer_.push_back(std::move(packet));
  } else {
    Queue(std::move(packet));
  }
}

void HciPort::Queue(hci::Packet packet) {
  Time due = scheduler_.now() + delay_;
  if (!unread_.empty()) due = std::max(due, unread_.back().due);
  unread_.push_back({due, std::move(packet)});
  WakeWhenDue();
}

void HciPort::WakeWhenDue() {
  // All there is to do at that time is that Advance() returns and the host
  // reads.
  if (unread_.empty() || unread_.front().due <= scheduler_.now()) return;
  if (!delay_timer_.running()) {
    delay_timer_.Start(unread_.front().due, [this] { WakeWhenDue(); });
  }
}

}  // namespace bondd::sim
