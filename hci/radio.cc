#include "hci/radio.h"

#include <cassert>

#include "hci/error_name.h"

namespace bondd::hci {

Radio::Radio(std::vector<Event>& events)
    : events_(events), initiator_(events) {}

void Radio::Configure(const ControllerInfo& info) {
  info_ = info;
  states_ = SupportedStates(info.le_states);
  own_address_ = info.public_address.value_or(DeviceAddress());
}

void Radio::SetRandomAddress(const DeviceAddress& address) {
  assert(address.type == AddressType::kRandom);
  wanted_address_ = address;
}

Result<void> Radio::CheckUsable(Opcode opcode) const {
  if (!wanted_address_ && !info_.public_address) {
    return Fail(ErrorCode::kInvalidArgument,
                "the controller has no address yet");
  }
  if (!info_.Supports(opcode)) {
    return Fail(ErrorCode::kNotSupported, "the controller can't do that");
  }
  return {};
}

Result<void> Radio::StartAdvertising(AdvertisingParameters parameters) {
  if (auto valid = Validate(parameters); !valid) return valid;
  if (auto usable = CheckUsable(Opcode::kLeSetAdvertisingEnable); !usable) {
    return usable;
  }
  advertiser_.Want(std::move(parameters));
  advertising_held_ = false;
  return {};
}

void Radio::StopAdvertising() { advertiser_.Unwant(); }

Result<void> Radio::StartScan(const ScanParameters& parameters) {
  if (auto valid = Validate(parameters); !valid) return valid;
  if (auto usable = CheckUsable(Opcode::kLeSetScanEnable); !usable) {
    return usable;
  }
  scanner_.Want(parameters);
  scan_held_ = false;
  return {};
}

void Radio::StopScan() { scanner_.Unwant(); }

void Radio::Connect(const DeviceAddress& peer, Time deadline) {
  if (auto usable = CheckUsable(Opcode::kLeCreateConnection); !usable) {
    events_.push_back(ConnectFailed{peer, std::move(usable.error())});
    return;
  }
  initiator_.Connect(peer, deadline);
}

void Radio::CancelConnect(const DeviceAddress& peer) {
  initiator_.Cancel(peer);
}

void Radio::StopAll() {
  StopAdvertising();
  StopScan();
  initiator_.CancelAll();
}

bool Radio::idle() const {
  return !under_way_ && !advertiser_.activity().on() &&
         !scanner_.activity().on() && !initiator_.on();
}

uint8_t Radio::OwnAddressType() const {
  return own_address_.type == AddressType::kRandom ? kAddressTypeRandom
                                                   : kAddressTypePublic;
}

bool Radio::AllowedWithLinks(LinkLayerState state) const {
  return (centrals_ == 0 || states_.Allows(state, LinkLayerState::kCentral)) &&
         (peripherals_ == 0 ||
          states_.Allows(state, LinkLayerState::kPeripheral));
}

Radio::Plan Radio::MakePlan() const {
  Plan plan{};
  plan.initiate = initiator_.wanted() || initiator_.on();
  const auto beside_initiating = [&](LinkLayerState state) {
    return !plan.initiate || states_.Allows(state, LinkLayerState::kInitiating);
  };
  plan.scan = scanner_.wanted() && !scan_held_ &&
              AllowedWithLinks(scanner_.state()) &&
              beside_initiating(scanner_.state());
  plan.advertise =
      advertiser_.wanted() && !advertising_held_ &&
      AllowedWithLinks(advertiser_.state()) &&
      beside_initiating(advertiser_.state()) &&
      (!plan.scan || states_.Allows(advertiser_.state(), scanner_.state()));
  return plan;
}

std::optional<Command> Radio::Next() {
  if (under_way_) return std::nullopt;
  std::optional<Command> command = Choose();
  if (command) under_way_ = command->opcode();
  return command;
}

std::optional<Command> Radio::Choose() {
  const Plan plan = MakePlan();
  const bool new_address = wanted_address_ && *wanted_address_ != own_address_;
  // First end what must not go on.
  if (auto stop = initiator_.Stop(new_address)) return stop;
  const Activity& advertising = advertiser_.activity();
  if (advertising.on() &&
      (!plan.advertise || advertising.stale() || new_address)) {
    return advertiser_.Stop();
  }
  const Activity& scanning = scanner_.activity();
  if (scanning.on() && (!plan.scan || scanning.stale() || new_address)) {
    return scanner_.Stop();
  }
  // [Vol 4, Part E] 7.8.4: never while advertising, scanning or initiating.
  if (new_address) {
    if (initiator_.on()) return std::nullopt;
    address_under_way_ = *wanted_address_;
    return LeSetRandomAddressCommand(address_under_way_);
  }
  if (initiator_.wanted() && !initiator_.on()) {
    return initiator_.Start(OwnAddressType());
  }
  if (plan.scan && !scanning.on()) return scanner_.Start(OwnAddressType());
  if (plan.advertise && !advertising.on()) {
    return advertiser_.Start(OwnAddressType());
  }
  return std::nullopt;
}

Result<void> Radio::OnOutcome(const CommandOutcome& outcome, Time now) {
  if (under_way_ != outcome.opcode) return {};
  under_way_.reset();
  switch (outcome.opcode) {
    case Opcode::kLeSetRandomAddress:
      return OnRandomAddressOutcome(outcome);
    case Opcode::kLeSetAdvertisingParameters:
    case Opcode::kLeSetAdvertisingData:
    case Opcode::kLeSetScanResponseData:
    case Opcode::kLeSetAdvertisingEnable:
      OnAdvertisingOutcome(outcome);
      return {};
    case Opcode::kLeSetScanParameters:
    case Opcode::kLeSetScanEnable:
      OnScanOutcome(outcome);
      return {};
    case Opcode::kLeCreateConnection: {
      const bool again =
          !outcome.ok() &&
          RemedyFor(outcome.status,
                    advertiser_.activity().on() || scanner_.activity().on()) ==
              Remedy::kDoItAlone;
      initiator_.OnCreateAnswer(outcome.status, again);
      return {};
    }
    default:
      initiator_.OnCancelAnswer(now);
      return {};
  }
}

Radio::Remedy Radio::RemedyFor(uint8_t status, bool others_on) {
  const bool disallowed =
      status == static_cast<uint8_t>(HciError::kCommandDisallowed);
  if (disallowed && others_on && !alone_) {
    alone_ = true;
    states_.ForgetCombinations();
    return Remedy::kDoItAlone;
  }
  return centrals_ + peripherals_ > 0 ? Remedy::kAwaitLinks : Remedy::kGiveUp;
}

void Radio::OnAdvertisingOutcome(const CommandOutcome& outcome) {
  const bool taken = advertiser_.activity().OnAnswer(outcome.ok());
  if (taken || !advertiser_.wanted()) return;
  switch (
      RemedyFor(outcome.status, scanner_.activity().on() || initiator_.on())) {
    case Remedy::kDoItAlone:
      return;
    case Remedy::kAwaitLinks:
      advertising_held_ = true;
      return;
    case Remedy::kGiveUp:
      advertiser_.Unwant();
      events_.push_back(AdvertisingStopped{
          Error{ErrorCode::kIo, "the controller refuses to advertise: " +
                                    DescribeError(outcome.status)}});
  }
}

void Radio::OnScanOutcome(const CommandOutcome& outcome) {
  const bool taken = scanner_.activity().OnAnswer(outcome.ok());
  if (taken || !scanner_.wanted()) return;
  switch (RemedyFor(outcome.status,
                    advertiser_.activity().on() || initiator_.on())) {
    case Remedy::kDoItAlone:
      return;
    case Remedy::kAwaitLinks:
      scan_held_ = true;
      return;
    case Remedy::kGiveUp:
      scanner_.Unwant();
      events_.push_back(ScanStopped{Error{
          ErrorCode::kIo,
          "the controller refuses to scan: " + DescribeError(outcome.status)}});
  }
}

Result<void> Radio::OnRandomAddressOutcome(const CommandOutcome& outcome) {
  if (!outcome.ok()) {
    // Going on would be under an address that the owner does not want shown.
    return Fail(ErrorCode::kIo, "the controller refuses the random address: " +
                                    DescribeError(outcome.status));
  }
  own_address_ = address_under_way_;
  advertiser_.activity().Reconfigure();
  scanner_.activity().Reconfigure();
  return {};
}

bool Radio::OnLinkUp(Role role) {
  advertising_held_ = scan_held_ = false;
  if (role == Role::kCentral) {
    ++centrals_;
    return initiator_.OnConnected();
  }
  ++peripherals_;
  // [Vol 6, Part B] 4.4.2: a connection ends connectable advertising.
  advertiser_.activity().OnEnded();
  return true;
}

void Radio::OnLinkDown(Role role) {
  advertising_held_ = scan_held_ = false;
  size_t& links = role == Role::kCentral ? centrals_ : peripherals_;
  assert(links > 0);
  --links;
}

}  // namespace bondd::hci
