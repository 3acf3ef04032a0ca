// Advertising, scanning and initiating on one link layer that can't do
// everything at once.

#ifndef BONDD_HCI_RADIO_H_
#define BONDD_HCI_RADIO_H_

#include <optional>
#include <vector>

#include "common/error.h"
#include "hci/advertiser.h"
#include "hci/command_queue.h"
#include "hci/controller_info.h"
#include "hci/initiator.h"
#include "hci/scanner.h"
#include "hci/supported_states.h"

namespace bondd::hci {

// Knows what the owner wants of the radio and what the controller does, and
// names the one command that brings the second closer to the first. Controller
// asks it for that command whenever something has changed, and carries it out.
//
// Where the controller can't do things at once, the shorter-lived goes first:
// initiating before scanning before advertising; what had to stop goes on
// afterwards. All three stop for a new random address.
class Radio {
 public:
  explicit Radio(std::vector<Event>& events);

  // What start-up has found.
  void Configure(const ControllerInfo& info);

  // What is wanted; see Controller.
  void SetRandomAddress(const DeviceAddress& address);
  Result<void> StartAdvertising(AdvertisingParameters parameters);
  void StopAdvertising();
  Result<void> StartScan(const ScanParameters& parameters);
  void StopScan();
  void Connect(const DeviceAddress& peer, Time deadline);
  void CancelConnect(const DeviceAddress& peer);
  void StopAll();

  bool scan_wanted() const { return scanner_.wanted(); }
  // Nothing is on and nothing is on its way.
  bool idle() const;
  // The own address as it is used now.
  const DeviceAddress& own_address() const { return own_address_; }

  // The next command; nothing while one is under way or when all is as it
  // should be.
  std::optional<Command> Next();
  // The answer to it. An error when the controller is unusable.
  Result<void> OnOutcome(const CommandOutcome& outcome, Time now);

  // LE Connection Complete. False: nobody wants this link, disconnect it.
  [[nodiscard]] bool OnLinkUp(Role role);
  void OnConnectFailed(uint8_t status) { initiator_.OnFailed(status); }
  void OnLinkDown(Role role);

  std::optional<Time> Deadline() const { return initiator_.Deadline(); }
  void OnDeadline(Time now) { initiator_.OnDeadline(now); }

 private:
  struct Plan {
    bool advertise;
    bool scan;
    bool initiate;
  };
  // What to do about something that the controller refuses to begin.
  enum class Remedy { kDoItAlone, kAwaitLinks, kGiveUp };

  Result<void> CheckUsable(Opcode opcode) const;
  bool AllowedWithLinks(LinkLayerState state) const;
  Plan MakePlan() const;
  std::optional<Command> Choose();
  uint8_t OwnAddressType() const;
  Remedy RemedyFor(uint8_t status, bool others_on);
  void OnAdvertisingOutcome(const CommandOutcome& outcome);
  void OnScanOutcome(const CommandOutcome& outcome);
  Result<void> OnRandomAddressOutcome(const CommandOutcome& outcome);

  std::vector<Event>& events_;
  ControllerInfo info_;
  SupportedStates states_;
  // The controller was caught refusing a combination that it reports.
  bool alone_ = false;

  Advertiser advertiser_;
  Scanner scanner_;
  Initiator initiator_;
  // Refused beside the links there are: not tried again until they change.
  bool advertising_held_ = false;
  bool scan_held_ = false;

  DeviceAddress own_address_;
  DeviceAddress address_under_way_;
  std::optional<DeviceAddress> wanted_address_;  // nothing: the public one
  std::optional<Opcode> under_way_;
  size_t centrals_ = 0;
  size_t peripherals_ = 0;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_RADIO_H_
