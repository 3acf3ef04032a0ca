#include "sim/link_control.h"

#include <algorithm>

#include "sim/link.h"

namespace bondd::sim {

using hci::HciError;
using hci::LeSubevent;
using hci::Role;

namespace {

// [Vol 6, Part B] 5.2
constexpr Duration kResponseTimeout = std::chrono::seconds(40);

// [Vol 6, Part B] 4.5.10: the time that a PDU of so many octets takes on the
// LE 1M PHY, in microseconds.
uint16_t AirTime(uint16_t octets) {
  return static_cast<uint16_t>((octets + 14) * 8);
}

}  // namespace

bool WantedParameters::Valid() const {
  return interval_min >= 6 && interval_max <= 3200 &&
         interval_min <= interval_max && latency <= 499 && timeout >= 10 &&
         timeout <= 3200 && timeout * 4 > (1 + latency) * interval_max;
}

LinkControl::LinkControl(Link& link, Scheduler& scheduler,
                         uint16_t suggested_tx_octets)
    : link_(link),
      scheduler_(scheduler),
      response_timer_(scheduler),
      wanted_tx_octets_(suggested_tx_octets) {}

void LinkControl::OnLinkUp() {
  if (link_.options().data_length_extension &&
      wanted_tx_octets_ > hci::kMinAclDataLength) {
    Begin({Kind::kDataLength, {}});
  }
}

HciError LinkControl::ReadRemoteFeatures() {
  return Begin({Kind::kFeatures, {}});
}

HciError LinkControl::ReadRemoteVersion() {
  return Begin({Kind::kVersion, {}});
}

HciError LinkControl::Update(const WantedParameters& wanted) {
  if (!wanted.Valid()) return HciError::kInvalidParameters;
  if (link_.role() == Role::kPeripheral &&
      !link_.options().connection_parameters_request) {
    return HciError::kUnsupportedRemoteFeature;
  }
  return Begin({Kind::kParameters, wanted});
}

HciError LinkControl::SetDataLength(uint16_t tx_octets) {
  wanted_tx_octets_ = tx_octets;
  return Begin({Kind::kDataLength, {}});
}

HciError LinkControl::AcceptParameters(const WantedParameters& wanted) {
  if (!parameter_request_) return HciError::kCommandDisallowed;
  if (!wanted.Valid()) return HciError::kInvalidParameters;
  parameter_request_ = false;
  SendUpdate(wanted);
  return HciError::kSuccess;
}

HciError LinkControl::RejectParameters(HciError reason) {
  if (!parameter_request_) return HciError::kCommandDisallowed;
  parameter_request_ = false;
  link_.SendReject(ControlOpcode::kConnectionParamReq, reason);
  return HciError::kSuccess;
}

void LinkControl::OnControl(ControlOpcode opcode, Reader& parameters) {
  const bool central = link_.role() == Role::kCentral;
  switch (opcode) {
    case ControlOpcode::kFeatureReq:
    case ControlOpcode::kPeripheralFeatureReq:
    case ControlOpcode::kFeatureRsp:
      OnFeatures(opcode, parameters);
      return;
    case ControlOpcode::kVersionInd:
      OnVersion(parameters);
      return;
    case ControlOpcode::kConnectionUpdateInd:
      // The Connection tells both ends at the instant.
      return;
    case ControlOpcode::kConnectionParamReq:
      if (central && link_.options().connection_parameters_request) {
        OnParameterRequest(parameters);
        return;
      }
      break;
    case ControlOpcode::kLengthReq:
    case ControlOpcode::kLengthRsp:
      if (link_.options().data_length_extension) {
        OnLength(opcode, parameters);
        return;
      }
      break;
    case ControlOpcode::kUnknownRsp:
      OnUnknown(static_cast<ControlOpcode>(parameters.U8()));
      return;
    default:
      break;
  }
  link_.SendControl(ControlPdu(ControlOpcode::kUnknownRsp)
                        .U8(static_cast<uint8_t>(opcode))
                        .Finish());
}

void LinkControl::OnSent(ControlOpcode opcode) {
  if (opcode == ControlOpcode::kConnectionUpdateInd && sent_update_) {
    link_.connection().Update(*sent_update_);
    sent_update_.reset();
  }
}

void LinkControl::OnRejected(ControlOpcode rejected, HciError reason) {
  if (rejected != ControlOpcode::kConnectionParamReq ||
      !Active(Kind::kParameters)) {
    return;
  }
  ReportParameters(reason);
  Finish();
}

void LinkControl::OnParametersChanged() {
  ReportParameters(HciError::kSuccess);
  if (Active(Kind::kParameters)) Finish();
}

HciError LinkControl::Begin(const Procedure& procedure) {
  const bool known = std::any_of(
      waiting_.begin(), waiting_.end(),
      [&](const Procedure& other) { return other.kind == procedure.kind; });
  if (known || Active(procedure.kind)) return HciError::kCommandDisallowed;
  waiting_.push_back(procedure);
  StartNext();
  return HciError::kSuccess;
}

void LinkControl::StartNext() {
  if (active_ || waiting_.empty()) return;
  active_ = waiting_.front();
  waiting_.pop_front();
  response_timer_.Start(scheduler_.now() + kResponseTimeout, [this] {
    link_.Close(HciError::kLinkLayerResponseTimeout);
  });
  // A copy: what is started may be finished at once.
  Start(Procedure(*active_));
}

void LinkControl::Start(const Procedure& procedure) {
  const bool central = link_.role() == Role::kCentral;
  switch (procedure.kind) {
    case Kind::kFeatures:
      link_.SendControl(ControlPdu(central
                                       ? ControlOpcode::kFeatureReq
                                       : ControlOpcode::kPeripheralFeatureReq)
                            .U64(LeFeaturesOf(link_.options()))
                            .Finish());
      break;
    case Kind::kVersion:
      // [Vol 6, Part B] 5.1.5: the PDU goes once in each direction.
      if (peer_version_) {
        ReportVersion();
        Finish();
      } else {
        SendVersion();
      }
      break;
    case Kind::kParameters:
      if (central) {
        SendUpdate(procedure.wanted);
      } else {
        SendParameterRequest(procedure.wanted);
      }
      break;
    case Kind::kDataLength:
      SendLength(ControlOpcode::kLengthReq);
      break;
  }
}

void LinkControl::Finish() {
  active_.reset();
  response_timer_.Stop();
  StartNext();
}

void LinkControl::SendVersion() {
  if (version_sent_) return;
  version_sent_ = true;
  link_.SendControl(ControlPdu(ControlOpcode::kVersionInd)
                        .U8(kVersion42)
                        .U16(kCompany)
                        .U16(0)
                        .Finish());
}

void LinkControl::SendUpdate(const WantedParameters& wanted) {
  sent_update_ =
      LinkParameters{wanted.interval_min, wanted.latency, wanted.timeout};
  // Window size and offset: the anchor points stay where they are.
  link_.SendControl(ControlPdu(ControlOpcode::kConnectionUpdateInd)
                        .U8(1)
                        .U16(0)
                        .U16(wanted.interval_min)
                        .U16(wanted.latency)
                        .U16(wanted.timeout)
                        .U16(link_.connection().UpdateInstant())
                        .Finish());
}

void LinkControl::SendParameterRequest(const WantedParameters& wanted) {
  // No preference for a periodicity or for offsets.
  constexpr std::array<uint8_t, 15> kNoPreference = {
      0,    0,    0,    0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  link_.SendControl(ControlPdu(ControlOpcode::kConnectionParamReq)
                        .U16(wanted.interval_min)
                        .U16(wanted.interval_max)
                        .U16(wanted.latency)
                        .U16(wanted.timeout)
                        .Append(kNoPreference)
                        .Finish());
}

void LinkControl::SendLength(ControlOpcode opcode) {
  link_.SendControl(ControlPdu(opcode)
                        .U16(kMaxDataLength)
                        .U16(AirTime(kMaxDataLength))
                        .U16(wanted_tx_octets_)
                        .U16(AirTime(wanted_tx_octets_))
                        .Finish());
}

void LinkControl::OnFeatures(ControlOpcode opcode, Reader& parameters) {
  peer_features_ = parameters.U64();
  if (opcode != ControlOpcode::kFeatureRsp) {
    link_.SendControl(ControlPdu(ControlOpcode::kFeatureRsp)
                          .U64(LeFeaturesOf(link_.options()))
                          .Finish());
  } else if (Active(Kind::kFeatures)) {
    ReportFeatures(HciError::kSuccess);
    Finish();
  }
}

void LinkControl::OnVersion(Reader& parameters) {
  Version version{};
  version.version = parameters.U8();
  version.company = parameters.U16();
  version.subversion = parameters.U16();
  peer_version_ = version;
  SendVersion();
  if (!Active(Kind::kVersion)) return;
  ReportVersion();
  Finish();
}

void LinkControl::OnParameterRequest(Reader& parameters) {
  Writer event;
  event.U16(link_.handle());
  for (int i = 0; i < 4; ++i) event.U16(parameters.U16());
  const bool asked =
      link_.port().Sends(LeSubevent::kRemoteConnectionParameterRequest);
  if (!asked || Active(Kind::kParameters)) {
    // [Vol 6, Part B] 5.1.7
    link_.SendReject(ControlOpcode::kConnectionParamReq,
                     asked ? HciError::kLinkLayerCollision
                           : HciError::kUnsupportedRemoteFeature);
    return;
  }
  parameter_request_ = true;
  link_.port().Send(LeSubevent::kRemoteConnectionParameterRequest,
                    event.bytes());
}

void LinkControl::OnLength(ControlOpcode opcode, Reader& parameters) {
  const uint16_t peer_rx = parameters.U16();
  parameters.U16();
  const uint16_t peer_tx = parameters.U16();
  if (opcode == ControlOpcode::kLengthReq)
    SendLength(ControlOpcode::kLengthRsp);
  const uint16_t tx =
      std::clamp(peer_rx, hci::kMinAclDataLength, wanted_tx_octets_);
  const uint16_t rx =
      std::clamp(peer_tx, hci::kMinAclDataLength, kMaxDataLength);
  if (tx != tx_octets_ || rx != rx_octets_) {
    tx_octets_ = tx;
    rx_octets_ = rx;
    Writer event;
    event.U16(link_.handle()).U16(tx).U16(AirTime(tx)).U16(rx).U16(AirTime(rx));
    link_.port().Send(LeSubevent::kDataLengthChange, event.bytes());
  }
  if (opcode == ControlOpcode::kLengthRsp && Active(Kind::kDataLength)) {
    Finish();
  }
}

void LinkControl::OnUnknown(ControlOpcode unknown) {
  constexpr HciError kStatus = HciError::kUnsupportedRemoteFeature;
  if (unknown == ControlOpcode::kPeripheralFeatureReq &&
      Active(Kind::kFeatures)) {
    ReportFeatures(kStatus);
    Finish();
  } else if (unknown == ControlOpcode::kConnectionParamReq &&
             Active(Kind::kParameters)) {
    ReportParameters(kStatus);
    Finish();
  } else if (unknown == ControlOpcode::kLengthReq &&
             Active(Kind::kDataLength)) {
    Finish();
  }
}

void LinkControl::ReportFeatures(HciError status) {
  Writer event;
  event.U8(static_cast<uint8_t>(status))
      .U16(link_.handle())
      .U64(peer_features_.value_or(0));
  link_.port().Send(LeSubevent::kReadRemoteFeaturesComplete, event.bytes());
}

void LinkControl::ReportVersion() {
  Writer event;
  event.U8(static_cast<uint8_t>(HciError::kSuccess))
      .U16(link_.handle())
      .U8(peer_version_->version)
      .U16(peer_version_->company)
      .U16(peer_version_->subversion);
  link_.port().Send(hci::EventCode::kReadRemoteVersionComplete, event.bytes());
}

void LinkControl::ReportParameters(HciError status) {
  const LinkParameters& parameters = link_.connection().parameters();
  Writer event;
  event.U8(static_cast<uint8_t>(status))
      .U16(link_.handle())
      .U16(parameters.interval)
      .U16(parameters.latency)
      .U16(parameters.timeout);
  link_.port().Send(LeSubevent::kConnectionUpdateComplete, event.bytes());
}

}  // namespace bondd::sim
