#include "sim/controller.h"

#include <algorithm>
#include <utility>

#include "sim/command.h"
#include "sim/medium.h"

namespace bondd::sim {

using hci::EventCode;
using hci::HciError;
using hci::LeSubevent;
using hci::PacketType;
using hci::Role;

Controller::Controller(Medium& medium, ControllerOptions options)
    : medium_(medium),
      options_(std::move(options)),
      port_(medium.scheduler(), options_.command_credits),
      accept_list_(options_.filter_accept_list_size) {
  port_.set_delay(options_.faults.delay);
  StopEverything();
  medium_.Add(*this);
}

Controller::~Controller() { medium_.Remove(*this); }

void Controller::Take(PacketType type, ByteView payload) {
  inbox_.push_back({type, Bytes(payload.begin(), payload.end())});
}

bool Controller::HasWork() const {
  return !vanished_ && !inbox_.empty() && !port_.full();
}

void Controller::HandleNext() {
  const hci::Packet packet = std::move(inbox_.front());
  inbox_.pop_front();
  if (options_.faults.vanish_at_packet == packets_since_faults_++) {
    Vanish();
    return;
  }
  // Synchronous and isochronous data has nowhere to go.
  if (packet.type == PacketType::kCommand) HandleCommand(packet.payload);
  if (packet.type == PacketType::kAclData) HandleAclData(packet.payload);
}

void Controller::SetFaults(Faults faults) {
  options_.faults = std::move(faults);
  port_.set_delay(options_.faults.delay);
  packets_since_faults_ = 0;
}

void Controller::LoseContact() {
  for (auto& [handle, link] : links_) link->LoseContact();
}

void Controller::Vanish() {
  vanished_ = true;
  inbox_.clear();
  StopEverything();
}

Link* Controller::FindLink(uint16_t handle) {
  const auto found = links_.find(handle);
  if (found == links_.end() || found->second->closed()) return nullptr;
  return found->second.get();
}

std::optional<DeviceAddress> Controller::OwnAddress(uint8_t type) const {
  return type == hci::kAddressTypePublic ? options_.public_address
                                         : random_address_;
}

bool Controller::Owns(const DeviceAddress& address) const {
  return address == options_.public_address || address == random_address_;
}

bool Controller::CanEnter(LeState state) const {
  std::vector<LeState> current;
  if (advertiser_->enabled()) current.push_back(advertiser_->state());
  if (scanner_->enabled()) current.push_back(scanner_->state());
  if (initiator_->enabled()) current.push_back(LeState::kInitiating);
  for (const auto& [handle, link] : links_) {
    current.push_back(link->role() == Role::kCentral ? LeState::kCentral
                                                     : LeState::kPeripheral);
  }
  return MayEnter(options_.supported_states, state, current);
}

bool Controller::HasLinkTo(const DeviceAddress& peer) const {
  return std::any_of(links_.begin(), links_.end(), [&](const auto& entry) {
    return entry.second->peer() == peer;
  });
}

bool Controller::AcceptListInUse() const {
  return advertiser_->uses_accept_list() || scanner_->uses_accept_list() ||
         initiator_->uses_accept_list();
}

void Controller::Reset() {
  StopEverything();
  port_.ResetMasks();
  random_address_.reset();
  accept_list_.Clear();
  suggested_tx_octets_ = hci::kMinAclDataLength;
  le_host_support_ = false;
}

HciError Controller::SetRandomAddress(const DeviceAddress& address) {
  // [Vol 4, Part E] 7.8.4
  if (advertiser_->enabled() || scanner_->enabled() || initiator_->enabled()) {
    return HciError::kCommandDisallowed;
  }
  random_address_ = address;
  return HciError::kSuccess;
}

void Controller::AddLink(Role role, const DeviceAddress& local,
                         const DeviceAddress& peer, Connection& connection) {
  const uint16_t handle = FreeHandle();
  const LinkEnvironment environment{medium_.scheduler(), port_, options_};
  auto link = std::make_unique<Link>(environment,
                                     LinkIdentity{handle, role, local, peer},
                                     suggested_tx_octets_, connection);
  ReportConnection(HciError::kSuccess, handle, role, peer,
                   connection.parameters());
  link->control().OnLinkUp();
  links_[handle] = std::move(link);
}

void Controller::ReportConnectionFailure(Role role, HciError status) {
  ReportConnection(status, 0, role, DeviceAddress{}, LinkParameters{0, 0, 0});
}

void Controller::ClearAwayLinks() {
  std::erase_if(links_,
                [](const auto& entry) { return entry.second->closed(); });
}

void Controller::HandleCommand(ByteView packet) {
  Reader reader(packet);
  const auto opcode = static_cast<hci::Opcode>(reader.U16());
  const size_t length = reader.U8();
  // Without an opcode there is nothing that could be answered.
  if (!reader.ok()) return;
  const Faults& faults = options_.faults;
  if (faults.unanswered.contains(opcode)) return;
  const Command* command = FindCommand(options_, opcode);
  if (!command) {
    port_.SendCommandStatus(opcode, HciError::kUnknownCommand);
  } else if (const auto refused = faults.refused.find(opcode);
             refused != faults.refused.end()) {
    SendAnswer(port_, *command, {refused->second, {}});
  } else if (length != reader.remaining()) {
    SendAnswer(port_, *command, {HciError::kInvalidParameters, {}});
  } else {
    Run(*command, reader.Rest());
  }
}

void Controller::Run(const Command& command, ByteView parameters) {
  Reader reader(parameters);
  port_.BeginCommand();
  SendAnswer(port_, command, command.run(*this, reader));
  port_.EndCommand();
}

void Controller::HandleAclData(ByteView packet) {
  Reader reader(packet);
  const uint16_t header = reader.U16();
  const size_t length = reader.U16();
  const ByteView data = reader.Rest();
  const uint16_t handle = header & 0x0FFF;
  Link* link = FindLink(handle);
  // For a link that is gone it may have crossed the Disconnection Complete.
  if (!reader.ok() || data.size() != length || !link) return;
  if (length > options_.acl_data_length ||
      BufferedPackets() >= options_.acl_data_packets) {
    constexpr uint8_t kAclLink = 0x01;
    port_.Send(EventCode::kDataBufferOverflow, std::array{kAclLink});
    return;
  }
  // [Vol 4, Part E] 5.4.2: on LE, from the host, 0b00 is the first fragment.
  const unsigned boundary = header >> 12 & 0b11;
  const unsigned broadcast = header >> 14;
  if (data.empty() || boundary > 0b01 || broadcast != 0) {
    ReturnBuffer(handle);
    return;
  }
  link->SendData(boundary == 0b00, data);
}

void Controller::ReturnBuffer(uint16_t handle) {
  Writer event;
  event.U8(1).U16(handle).U16(1);
  port_.Send(EventCode::kNumberOfCompletedPackets, event.bytes());
}

size_t Controller::BufferedPackets() const {
  size_t packets = 0;
  for (const auto& [handle, link] : links_) {
    if (!link->closed()) packets += link->buffered_packets();
  }
  return packets;
}

uint16_t Controller::FreeHandle() const {
  uint16_t handle = kFirstHandle;
  while (links_.contains(handle)) ++handle;
  return handle;
}

void Controller::ReportConnection(HciError status, uint16_t handle, Role role,
                                  const DeviceAddress& peer,
                                  const LinkParameters& parameters) {
  // [Vol 4, Part E] 7.7.65.10: sent in place of the other.
  const bool enhanced = options_.link_layer_privacy &&
                        port_.Sends(LeSubevent::kEnhancedConnectionComplete);
  constexpr std::array<uint8_t, 12> kNotResolved{};
  Writer event;
  event.U8(static_cast<uint8_t>(status))
      .U16(handle)
      .U8(static_cast<uint8_t>(role))
      .U8(static_cast<uint8_t>(peer.type))
      .Append(peer.octets);
  if (enhanced) event.Append(kNotResolved);
  event.U16(parameters.interval)
      .U16(parameters.latency)
      .U16(parameters.timeout)
      .U8(0);  // the central's clock accuracy: 500 ppm
  port_.Send(enhanced ? LeSubevent::kEnhancedConnectionComplete
                      : LeSubevent::kConnectionComplete,
             event.bytes());
}

void Controller::StopEverything() {
  links_.clear();
  advertiser_.emplace(*this, medium_.scheduler());
  scanner_.emplace(*this, medium_.scheduler());
  initiator_.emplace(*this, medium_.scheduler());
}

}  // namespace bondd::sim
