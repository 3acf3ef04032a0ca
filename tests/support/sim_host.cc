#include "tests/support/sim_host.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace bondd::test {

using hci::EventCode;
using hci::HciError;
using hci::LeSubevent;
using hci::Opcode;
using hci::Role;

namespace {

constexpr uint64_t kEveryEvent = ~uint64_t{0};

uint16_t InUnitsOf625us(Duration duration) {
  return static_cast<uint16_t>(duration / std::chrono::microseconds(625));
}

Bytes Padded(ByteView data) {
  Writer writer;
  writer.U8(static_cast<uint8_t>(data.size())).Append(data);
  Bytes padded = writer.Finish();
  padded.resize(1 + hci::kMaxAdvertisingDataLength);
  return padded;
}

DeviceAddress ReadAddress(Reader& reader) {
  const auto type = static_cast<AddressType>(reader.U8());
  return {type, reader.Array<6>()};
}

}  // namespace

DeviceAddress StaticAddress(uint8_t last) {
  return {AddressType::kRandom, {last, 0, 0, 0, 0, 0xC0}};
}

DeviceAddress PublicAddress(uint8_t last) {
  return {AddressType::kPublic, {last, 0, 0, 0, 0, 0}};
}

hci::LinkKey128 KeyOf(uint8_t octet) {
  hci::LinkKey128 key;
  std::fill(key.Fill().begin(), key.Fill().end(), octet);
  return key;
}

SimHost::SimHost(SimWorld& world, sim::ControllerOptions options)
    : world_(world),
      controller_(world.air().AddController(std::move(options), world.now())) {
  world_.hosts_.push_back(this);
  SetUp();
}

SimHost::~SimHost() { std::erase(world_.hosts_, this); }

void SimHost::SetUp() {
  Command(Opcode::kReset);
  Command(Opcode::kSetEventMask, Writer().U64(kEveryEvent).bytes());
  Command(Opcode::kLeSetEventMask, Writer().U64(kEveryEvent).bytes());
}

void SimHost::ReadAll() {
  while (true) {
    Result<std::optional<hci::Packet>> packet = controller_->Read();
    if (!packet) lost_ = true;
    if (!packet || !*packet) return;
    if ((*packet)->type == hci::PacketType::kEvent) {
      OnEvent((*packet)->payload);
    } else {
      Reader reader((*packet)->payload);
      const uint16_t header = reader.U16();
      const uint16_t length = reader.U16();
      const ByteView data = reader.Rest();
      EXPECT_EQ(length, data.size());
      data_.push_back({static_cast<uint16_t>(header & 0x0FFF),
                       (header >> 12) == 0b10,
                       Bytes(data.begin(), data.end())});
    }
  }
}

void SimHost::OnEvent(ByteView packet) {
  Reader reader(packet);
  const auto code = static_cast<EventCode>(reader.U8());
  const size_t length = reader.U8();
  EXPECT_EQ(length, reader.remaining());
  if (code == EventCode::kCommandComplete) {
    command_credits_ = reader.U8();
    if (static_cast<Opcode>(reader.U16()) != awaited_) return;
    answered_by_status_ = false;
    answer_ = static_cast<HciError>(reader.U8());
    const ByteView rest = reader.Rest();
    return_parameters_.assign(rest.begin(), rest.end());
    return;
  }
  if (code == EventCode::kCommandStatus) {
    const auto status = static_cast<HciError>(reader.U8());
    command_credits_ = reader.U8();
    if (static_cast<Opcode>(reader.U16()) != awaited_) return;
    answered_by_status_ = true;
    answer_ = status;
    return;
  }
  SimEvent event{code, std::nullopt, {}};
  if (code == EventCode::kLeMeta) {
    event.subevent = static_cast<LeSubevent>(reader.U8());
  }
  const ByteView parameters = reader.Rest();
  event.parameters.assign(parameters.begin(), parameters.end());
  events_.push_back(std::move(event));
}

void SimHost::Write(Opcode opcode, ByteView parameters) {
  Writer packet;
  packet.U16(static_cast<uint16_t>(opcode))
      .U8(static_cast<uint8_t>(parameters.size()))
      .Append(parameters);
  if (!controller_->Write(hci::PacketType::kCommand, packet.bytes())) {
    lost_ = true;
  }
}

std::optional<HciError> SimHost::Command(Opcode opcode, ByteView parameters) {
  awaited_ = opcode;
  answer_.reset();
  return_parameters_.clear();
  Write(opcode, parameters);
  world_.Settle();
  awaited_.reset();
  return answer_;
}

std::optional<HciError> SimHost::SetRandomAddress(
    const DeviceAddress& address) {
  return Command(Opcode::kLeSetRandomAddress, address.octets);
}

std::optional<HciError> SimHost::Advertise(const SimAdvertising& advertising) {
  const uint16_t interval = InUnitsOf625us(advertising.interval);
  Writer parameters;
  parameters.U16(interval)
      .U16(interval)
      .U8(advertising.type)
      .U8(advertising.own_address_type)
      .U8(static_cast<uint8_t>(advertising.target.type))
      .Append(advertising.target.octets)
      .U8(0x07)
      .U8(advertising.filter_policy);
  const std::optional<HciError> set =
      Command(Opcode::kLeSetAdvertisingParameters, parameters.bytes());
  if (set != HciError::kSuccess) return set;
  Command(Opcode::kLeSetAdvertisingData, Padded(advertising.data));
  Command(Opcode::kLeSetScanResponseData, Padded(advertising.scan_response));
  return Command(Opcode::kLeSetAdvertisingEnable, Bytes{1});
}

std::optional<HciError> SimHost::StopAdvertising() {
  return Command(Opcode::kLeSetAdvertisingEnable, Bytes{0});
}

std::optional<HciError> SimHost::Scan(const SimScan& scan) {
  Writer parameters;
  parameters.U8(scan.active ? 1 : 0)
      .U16(InUnitsOf625us(scan.interval))
      .U16(InUnitsOf625us(scan.window))
      .U8(scan.own_address_type)
      .U8(scan.filter_policy);
  const std::optional<HciError> set =
      Command(Opcode::kLeSetScanParameters, parameters.bytes());
  if (set != HciError::kSuccess) return set;
  const uint8_t filter = scan.filter_duplicates ? 1 : 0;
  return Command(Opcode::kLeSetScanEnable, Bytes{1, filter});
}

std::optional<HciError> SimHost::StopScan() {
  return Command(Opcode::kLeSetScanEnable, Bytes{0, 0});
}

std::optional<HciError> SimHost::Connect(const DeviceAddress& peer,
                                         const SimConnect& connect) {
  constexpr uint16_t kAlways = 0x0010;
  Writer parameters;
  parameters.U16(kAlways)
      .U16(kAlways)
      .U8(connect.accept_list ? 1 : 0)
      .U8(static_cast<uint8_t>(peer.type))
      .Append(peer.octets)
      .U8(connect.own_address_type)
      .U16(connect.interval)
      .U16(connect.interval)
      .U16(0)
      .U16(connect.timeout)
      .U16(0)
      .U16(0);
  return Command(Opcode::kLeCreateConnection, parameters.bytes());
}

std::optional<HciError> SimHost::CancelConnect() {
  return Command(Opcode::kLeCreateConnectionCancel);
}

std::optional<HciError> SimHost::AcceptOnly(const DeviceAddress& peer) {
  Command(Opcode::kLeClearFilterAcceptList);
  Writer parameters;
  parameters.U8(static_cast<uint8_t>(peer.type)).Append(peer.octets);
  return Command(Opcode::kLeAddToFilterAcceptList, parameters.bytes());
}

std::optional<HciError> SimHost::Disconnect(uint16_t handle, HciError reason) {
  return Command(Opcode::kDisconnect,
                 Writer().U16(handle).U8(static_cast<uint8_t>(reason)).bytes());
}

std::optional<HciError> SimHost::EnableEncryption(uint16_t handle,
                                                  const hci::LinkKey128& key,
                                                  uint64_t rand,
                                                  uint16_t ediv) {
  Writer parameters;
  parameters.U16(handle).U64(rand).U16(ediv).Append(key.Reveal());
  return Command(Opcode::kLeEnableEncryption, parameters.bytes());
}

std::optional<HciError> SimHost::ReplyKey(uint16_t handle,
                                          const hci::LinkKey128& key) {
  return Command(Opcode::kLeLongTermKeyRequestReply,
                 Writer().U16(handle).Append(key.Reveal()).bytes());
}

std::optional<HciError> SimHost::RefuseKey(uint16_t handle) {
  return Command(Opcode::kLeLongTermKeyRequestNegativeReply,
                 Writer().U16(handle).bytes());
}

void SimHost::SendAcl(uint16_t handle, ByteView data, bool first) {
  const uint16_t boundary = first ? 0b00 : 0b01;
  Writer packet;
  packet.U16(static_cast<uint16_t>(handle | boundary << 12))
      .U16(static_cast<uint16_t>(data.size()))
      .Append(data);
  if (!controller_->Write(hci::PacketType::kAclData, packet.bytes())) {
    lost_ = true;
  }
}

std::optional<SimEvent> SimHost::Take(EventCode code) {
  const auto found =
      std::find_if(events_.begin(), events_.end(),
                   [&](const SimEvent& event) { return event.code == code; });
  if (found == events_.end()) return std::nullopt;
  SimEvent event = std::move(*found);
  events_.erase(found);
  return event;
}

std::optional<SimEvent> SimHost::Take(LeSubevent subevent) {
  const auto found = std::find_if(
      events_.begin(), events_.end(),
      [&](const SimEvent& event) { return event.subevent == subevent; });
  if (found == events_.end()) return std::nullopt;
  SimEvent event = std::move(*found);
  events_.erase(found);
  return event;
}

std::optional<ConnectionEvent> SimHost::TakeConnection() {
  std::optional<SimEvent> event = Take(LeSubevent::kConnectionComplete);
  const bool enhanced = !event;
  if (enhanced) event = Take(LeSubevent::kEnhancedConnectionComplete);
  if (!event) return std::nullopt;
  Reader reader(event->parameters);
  ConnectionEvent connection{};
  connection.status = static_cast<HciError>(reader.U8());
  connection.handle = reader.U16();
  connection.role = static_cast<Role>(reader.U8());
  connection.peer = ReadAddress(reader);
  if (enhanced) reader.Take(12);
  connection.interval = reader.U16();
  connection.latency = reader.U16();
  connection.timeout = reader.U16();
  reader.U8();
  EXPECT_TRUE(reader.complete());
  return connection;
}

std::optional<DisconnectionEvent> SimHost::TakeDisconnection() {
  const std::optional<SimEvent> event = Take(EventCode::kDisconnectionComplete);
  if (!event) return std::nullopt;
  Reader reader(event->parameters);
  EXPECT_EQ(reader.U8(), 0);
  const uint16_t handle = reader.U16();
  const auto reason = static_cast<HciError>(reader.U8());
  EXPECT_TRUE(reader.complete());
  return DisconnectionEvent{handle, reason};
}

std::optional<EncryptionEvent> SimHost::TakeEncryption() {
  std::optional<SimEvent> event = Take(EventCode::kEncryptionChange);
  const bool refresh = !event;
  if (refresh) event = Take(EventCode::kEncryptionKeyRefreshComplete);
  if (!event) return std::nullopt;
  Reader reader(event->parameters);
  EncryptionEvent encryption{};
  encryption.status = static_cast<HciError>(reader.U8());
  encryption.handle = reader.U16();
  encryption.refresh = refresh;
  encryption.encrypted = refresh || reader.U8() == 1;
  EXPECT_TRUE(reader.complete());
  return encryption;
}

std::optional<KeyRequestEvent> SimHost::TakeKeyRequest() {
  const std::optional<SimEvent> event = Take(LeSubevent::kLongTermKeyRequest);
  if (!event) return std::nullopt;
  Reader reader(event->parameters);
  KeyRequestEvent request{};
  request.handle = reader.U16();
  request.rand = reader.U64();
  request.ediv = reader.U16();
  EXPECT_TRUE(reader.complete());
  return request;
}

std::vector<ReportEvent> SimHost::TakeReports() {
  std::vector<ReportEvent> reports;
  while (const auto event = Take(LeSubevent::kAdvertisingReport)) {
    Reader reader(event->parameters);
    EXPECT_EQ(reader.U8(), 1);
    ReportEvent report{};
    report.event_type = reader.U8();
    report.address = ReadAddress(reader);
    const ByteView data = reader.Take(reader.U8());
    report.data.assign(data.begin(), data.end());
    reader.U8();
    EXPECT_TRUE(reader.complete());
    reports.push_back(std::move(report));
  }
  return reports;
}

std::vector<AclFragment> SimHost::TakeData() {
  return std::exchange(data_, {});
}

size_t SimHost::TakeCompleted(uint16_t handle) {
  size_t completed = 0;
  std::erase_if(events_, [&](const SimEvent& event) {
    if (event.code != EventCode::kNumberOfCompletedPackets) return false;
    Reader reader(event.parameters);
    EXPECT_EQ(reader.U8(), 1);
    if (reader.U16() != handle) return false;
    completed += reader.U16();
    return true;
  });
  return completed;
}

bool SimHost::Has(EventCode code) const {
  return std::any_of(events_.begin(), events_.end(),
                     [&](const SimEvent& event) { return event.code == code; });
}

bool SimHost::Has(LeSubevent subevent) const {
  return std::any_of(
      events_.begin(), events_.end(),
      [&](const SimEvent& event) { return event.subevent == subevent; });
}

void SimHost::Forget() {
  events_.clear();
  data_.clear();
}

SimLink MakeLink(SimWorld& world, SimHost& central, SimHost& peripheral,
                 const DeviceAddress& peripheral_address,
                 const SimConnect& connect) {
  EXPECT_EQ(peripheral.Advertise(), HciError::kSuccess);
  EXPECT_EQ(central.Connect(peripheral_address, connect), HciError::kSuccess);
  EXPECT_TRUE(world.RunUntil([&] {
    return central.Has(LeSubevent::kConnectionComplete) &&
           peripheral.Has(LeSubevent::kConnectionComplete);
  }));
  const auto at_central = central.TakeConnection();
  const auto at_peripheral = peripheral.TakeConnection();
  return {at_central ? at_central->handle : uint16_t{0},
          at_peripheral ? at_peripheral->handle : uint16_t{0}};
}

}  // namespace bondd::test
