// The inside of Controller.

#ifndef BONDD_HCI_CONTROLLER_IMPL_H_
#define BONDD_HCI_CONTROLLER_IMPL_H_

#include <optional>
#include <vector>

#include "hci/acl_pool.h"
#include "hci/command_queue.h"
#include "hci/controller.h"
#include "hci/early_data.h"
#include "hci/event_packet.h"
#include "hci/link_table.h"
#include "hci/radio.h"
#include "hci/start_up.h"

namespace bondd::hci {

// Ties the parts together: packets from the transport go to the part that they
// are for, and what the parts want sent goes to the transport as credits
// allow. controller.cc holds the owner's calls and the way down,
// controller_events.cc the way up.
class Controller::Impl {
 public:
  explicit Impl(Transport& transport);

  void Start(Time now);
  bool OnReadable(Time now);
  std::optional<Time> Deadline() const;
  void OnDeadline(Time now);
  std::vector<Event> TakeEvents();

  // What the owner wants of the radio, while running(); Pump() after a call.
  Radio& radio() { return radio_; }
  bool running() const { return state_ != State::kIdle && !lost(); }
  bool ready() const { return state_ == State::kReady; }

  void Connect(const DeviceAddress& peer, Time deadline);
  void Disconnect(LinkId link, uint8_t reason, Time now);
  void SendSmp(LinkId link, ByteView pdu, Time now);
  void EnableEncryption(LinkId link, uint64_t rand, uint16_t ediv,
                        const LinkKey128& key, Time now);
  void AnswerLongTermKeyRequest(LinkId link,
                                const std::optional<LinkKey128>& key, Time now);
  void Shutdown(Time now);

  // Writes whatever may be written now.
  void Pump(Time now);

 private:
  enum class State {
    kIdle,
    kStarting,
    kReady,
    kShuttingDown,
    kResetting,
    kLost
  };

  // Up.
  void OnPacket(const Packet& packet, Time now);
  void OnEvent(const EventPacket& event, Time now);
  void OnLinkEvent(const EventPacket& event, Time now);
  void OnLeMeta(ByteView parameters, Time now);
  void OnOutcome(const CommandOutcome& outcome, Time now);
  void OnLinkOutcome(const CommandOutcome& outcome);
  void OnConnectionComplete(const ConnectionComplete& event, Time now);
  void OnAdvertisingReports(ByteView parameters);
  void OnLongTermKeyRequest(const LongTermKeyRequest& event, Time now);
  void OnParameterRequest(const RemoteConnectionParameterRequest& event,
                          Time now);
  void OnEncryption(uint16_t handle, uint8_t status, bool encrypted);
  void OnCompletedPackets(ByteView parameters);
  void OnAclData(ByteView packet, Time now);
  void OnFrame(Link& link, L2capFrame frame, Time now);
  void OnSignalling(Link& link, ByteView frame, Time now);
  void RemoveLink(Link& link, uint8_t reason);

  // Down.
  void Give(Command command, Time now);
  bool SendFrame(const Link& link, uint16_t cid, ByteView payload,
                 bool counted);
  void PumpStartUp(Time now);
  void PumpShutdown(Time now);
  void Lose(Error error);

  bool lost() const { return state_ == State::kLost; }

  Transport& transport_;
  State state_ = State::kIdle;
  std::vector<Event> events_;
  StartUp start_up_;
  CommandQueue commands_;
  AclPool acl_;
  LinkTable links_;
  EarlyData early_data_;
  Radio radio_;
  std::optional<Time> shutdown_deadline_;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_CONTROLLER_IMPL_H_
