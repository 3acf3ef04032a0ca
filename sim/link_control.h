// One end's part in the link-layer procedures other than encryption: features,
// version, connection parameters and data length.

#ifndef BONDD_SIM_LINK_CONTROL_H_
#define BONDD_SIM_LINK_CONTROL_H_

#include <deque>
#include <optional>

#include "common/bytes.h"
#include "hci/spec.h"
#include "sim/link_pdu.h"
#include "sim/scheduler.h"

namespace bondd::sim {

class Link;

// What a host asks for when it wants other connection parameters. Units as in
// LinkParameters.
struct WantedParameters {
  uint16_t interval_min = 0;
  uint16_t interval_max = 0;
  uint16_t latency = 0;
  uint16_t timeout = 0;

  // [Vol 4, Part E] 7.8.18
  bool Valid() const;
};

// Runs the procedures that its host asks for, one after the other, and answers
// those of the peer. Its Link hands it the PDUs.
//
// [Vol 6, Part B] 5.1
class LinkControl {
 public:
  LinkControl(Link& link, Scheduler& scheduler, uint16_t suggested_tx_octets);

  // Begins what a controller does unasked on a new link.
  void OnLinkUp();

  // Commands of the host; a procedure that is still waiting or under way is
  // kCommandDisallowed.
  hci::HciError ReadRemoteFeatures();
  hci::HciError ReadRemoteVersion();
  hci::HciError Update(const WantedParameters& wanted);
  hci::HciError SetDataLength(uint16_t tx_octets);
  hci::HciError AcceptParameters(const WantedParameters& wanted);
  hci::HciError RejectParameters(hci::HciError reason);

  void OnControl(ControlOpcode opcode, Reader& parameters);
  void OnSent(ControlOpcode opcode);
  void OnRejected(ControlOpcode rejected, hci::HciError reason);
  void OnParametersChanged();

  // What one data PDU carries at most.
  uint16_t tx_octets() const { return tx_octets_; }
  // As far as the peer's features are known.
  bool PeerHas(uint64_t feature) const {
    return (peer_features_.value_or(0) & feature) != 0;
  }

 private:
  enum class Kind { kFeatures, kVersion, kParameters, kDataLength };
  struct Procedure {
    Kind kind;
    WantedParameters wanted;
  };
  struct Version {
    uint8_t version;
    uint16_t company;
    uint16_t subversion;
  };

  hci::HciError Begin(const Procedure& procedure);
  void StartNext();
  void Start(const Procedure& procedure);
  bool Active(Kind kind) const { return active_ && active_->kind == kind; }
  void Finish();
  void SendVersion();
  void SendUpdate(const WantedParameters& wanted);
  void SendParameterRequest(const WantedParameters& wanted);
  void SendLength(ControlOpcode opcode);
  void OnFeatures(ControlOpcode opcode, Reader& parameters);
  void OnVersion(Reader& parameters);
  void OnParameterRequest(Reader& parameters);
  void OnLength(ControlOpcode opcode, Reader& parameters);
  void OnUnknown(ControlOpcode unknown);
  void ReportFeatures(hci::HciError status);
  void ReportVersion();
  void ReportParameters(hci::HciError status);

  Link& link_;
  Scheduler& scheduler_;
  std::optional<Procedure> active_;
  std::deque<Procedure> waiting_;
  Timer response_timer_;

  std::optional<uint64_t> peer_features_;
  std::optional<Version> peer_version_;
  bool version_sent_ = false;

  // The peer's request is at our host.
  bool parameter_request_ = false;
  std::optional<LinkParameters> sent_update_;

  // What this end would send, and what both ends agreed on.
  uint16_t wanted_tx_octets_;
  uint16_t tx_octets_ = hci::kMinAclDataLength;
  uint16_t rx_octets_ = hci::kMinAclDataLength;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_LINK_CONTROL_H_
