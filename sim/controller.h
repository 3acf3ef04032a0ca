// One simulated controller: what its host's packets come to.

#ifndef BONDD_SIM_CONTROLLER_H_
#define BONDD_SIM_CONTROLLER_H_

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "common/bytes.h"
#include "common/device_address.h"
#include "hci/transport.h"
#include "sim/accept_list.h"
#include "sim/advertiser.h"
#include "sim/controller_options.h"
#include "sim/hci_port.h"
#include "sim/initiator.h"
#include "sim/link.h"
#include "sim/scanner.h"
#include "sim/supported_states.h"

namespace bondd::sim {

class Medium;
struct Command;

// Every signal on this air is equally strong. In dBm.
inline constexpr int8_t kRssi = -50;

// Takes the host's packets one at a time and hands each to the part that it
// concerns: a command, a link. It stands between a VirtualController, which
// owns it, and the Medium.
class Controller {
 public:
  // Joins the medium, which must outlive the controller.
  Controller(Medium& medium, ControllerOptions options);
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;
  ~Controller();

  // From the host.
  bool CanTake() const { return inbox_.size() < kMaxInbox; }
  void Take(hci::PacketType type, ByteView payload);
  bool HasWork() const;
  // Handles one packet; there is one.
  void HandleNext();

  // Faults.
  void SetFaults(Faults faults);
  void LoseContact();
  void Vanish();
  bool vanished() const { return vanished_; }

  // Its parts.
  Medium& medium() { return medium_; }
  HciPort& port() { return port_; }
  const ControllerOptions& options() const { return options_; }
  AcceptList& accept_list() { return accept_list_; }
  Advertiser& advertiser() { return *advertiser_; }
  Scanner& scanner() { return *scanner_; }
  Initiator& initiator() { return *initiator_; }
  Link* FindLink(uint16_t handle);

  // What its parts want to know.
  // [Vol 4, Part E] 7.8.5: Own_Address_Type; nothing = there is none.
  std::optional<DeviceAddress> OwnAddress(uint8_t type) const;
  bool Owns(const DeviceAddress& address) const;
  bool CanEnter(LeState state) const;
  bool HasRoomForLink() const { return links_.size() < options_.max_links; }
  bool HasLinkTo(const DeviceAddress& peer) const;
  bool AcceptListInUse() const;

  // Commands that concern several of its parts.
  void Reset();
  hci::HciError SetRandomAddress(const DeviceAddress& address);
  void set_suggested_tx_octets(uint16_t octets) {
    suggested_tx_octets_ = octets;
  }
  uint16_t suggested_tx_octets() const { return suggested_tx_octets_; }
  void set_le_host_support(bool on) { le_host_support_ = on; }
  bool le_host_support() const { return le_host_support_; }

  // A new link, which the host is told of.
  void AddLink(hci::Role role, const DeviceAddress& local,
               const DeviceAddress& peer, Connection& connection);
  void ReportConnectionFailure(hci::Role role, hci::HciError status);
  void ClearAwayLinks();

 private:
  static constexpr size_t kMaxInbox = 256;
  static constexpr uint16_t kFirstHandle = 0x0040;

  void HandleCommand(ByteView packet);
  void Run(const Command& command, ByteView parameters);
  void HandleAclData(ByteView packet);
  void ReturnBuffer(uint16_t handle);
  size_t BufferedPackets() const;
  uint16_t FreeHandle() const;
  void ReportConnection(hci::HciError status, uint16_t handle, hci::Role role,
                        const DeviceAddress& peer,
                        const LinkParameters& parameters);
  void StopEverything();

  Medium& medium_;
  ControllerOptions options_;
  HciPort port_;
  std::deque<hci::Packet> inbox_;
  uint32_t packets_since_faults_ = 0;
  bool vanished_ = false;

  std::optional<DeviceAddress> random_address_;
  AcceptList accept_list_;
  uint16_t suggested_tx_octets_ = hci::kMinAclDataLength;
  bool le_host_support_ = false;
  // Always there; made anew by a reset.
  std::optional<Advertiser> advertiser_;
  std::optional<Scanner> scanner_;
  std::optional<Initiator> initiator_;
  std::map<uint16_t, std::unique_ptr<Link>> links_;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_CONTROLLER_H_
