// One end of a link, as its controller has it.

#ifndef BONDD_SIM_LINK_H_
#define BONDD_SIM_LINK_H_

#include <deque>
#include <optional>

#include "common/device_address.h"
#include "hci/events.h"
#include "hci/spec.h"
#include "sim/connection.h"
#include "sim/controller_options.h"
#include "sim/encryption_procedure.h"
#include "sim/hci_port.h"
#include "sim/link_control.h"
#include "sim/link_pdu.h"
#include "sim/scheduler.h"

namespace bondd::sim {

// What a Link borrows from its controller.
struct LinkEnvironment {
  Scheduler& scheduler;
  HciPort& port;
  const ControllerOptions& options;
};

struct LinkIdentity {
  uint16_t handle;
  hci::Role role;
  // As they were on the air.
  DeviceAddress local;
  DeviceAddress peer;
};

// Cuts its host's packets into PDUs, gives them to the Connection when their
// event comes, and passes on to the host what the other end sent. Its
// controller owns it, and clears it away after it has closed.
class Link {
 public:
  // Joins the connection, which must outlive the link. `suggested_tx_octets`
  // is what the host wrote as suggested default data length.
  Link(const LinkEnvironment& environment, const LinkIdentity& identity,
       uint16_t suggested_tx_octets, Connection& connection);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  uint16_t handle() const { return identity_.handle; }
  hci::Role role() const { return identity_.role; }
  const DeviceAddress& peer() const { return identity_.peer; }
  // Once closed, a link does nothing any more.
  bool closed() const { return closed_; }

  // Commands and data of the host.
  hci::HciError Disconnect(hci::HciError reason);
  void SendData(bool first, ByteView data);
  // Packets of the host whose completion has not been reported.
  size_t buffered_packets() const { return buffered_packets_; }
  EncryptionProcedure& encryption() { return encryption_; }
  LinkControl& control() { return control_; }
  void LoseContact() { connection_.LoseContact(); }

  // For the Connection.
  size_t Pending() const;
  bool HasRoom() const { return !port().full(); }
  // The next PDU, to be sent again until OnAcknowledged; nothing when the link
  // closed or lost contact over it.
  std::optional<LinkPdu> Transmit();
  void OnAcknowledged();
  // False when it isn't acknowledged.
  bool Receive(const LinkPdu& pdu);
  void OnContactLost(Time deadline, hci::HciError reason);
  void OnParametersChanged() { control_.OnParametersChanged(); }

  // For the procedures.
  HciPort& port() const { return environment_.port; }
  const ControllerOptions& options() const { return environment_.options; }
  Connection& connection() { return connection_; }
  void SendControl(Bytes pdu);
  // [Vol 6, Part B] 2.4.2.14: LL_REJECT_EXT_IND where the peer knows it.
  void SendReject(ControlOpcode rejected, hci::HciError reason);
  void Terminate(hci::HciError reason_there, hci::HciError reason_here);
  // Ends here and now, and tells the host; the other end is not told.
  void Close(hci::HciError reason);
  void OnEncryptionFinished();

 private:
  struct Outgoing {
    Llid llid;
    Bytes payload;
    size_t sent = 0;
  };

  void Queue(Outgoing outgoing, bool hold);
  bool ContactLostByFault();
  bool ReceiveControl(ByteView payload);
  void OnControlSent(ControlOpcode opcode);

  LinkEnvironment environment_;
  LinkIdentity identity_;
  Connection& connection_;
  bool closed_ = false;
  std::deque<Outgoing> outgoing_;
  // What has to wait for the end of an encryption procedure.
  std::deque<Outgoing> held_;
  size_t in_flight_ = 0;
  size_t buffered_packets_ = 0;
  // The reason for the host here once LL_TERMINATE_IND is acknowledged.
  std::optional<hci::HciError> terminating_;
  std::optional<uint32_t> drop_at_pdu_;
  std::optional<uint32_t> corrupt_pdu_;
  uint32_t pdu_count_ = 0;
  uint32_t sent_count_ = 0;
  Timer supervision_timer_;
  EncryptionProcedure encryption_;
  LinkControl control_;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_LINK_H_
