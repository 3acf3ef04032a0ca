#include "hci/event_packet.h"

namespace bondd::hci {

namespace {

// [Vol 4, Part E] 5.4.2: connection handles have 12 bits, the rest is reserved.
uint16_t ReadHandle(Reader& reader) { return reader.U16() & 0x0FFF; }

bool Usable(const Reader& reader, uint16_t handle) {
  return reader.ok() && handle <= kMaxConnectionHandle;
}

// 0x02 and 0x03 are identity addresses that the controller has resolved.
std::optional<AddressType> AddressTypeOf(uint8_t value) {
  switch (value) {
    case 0x00:
    case 0x02:
      return AddressType::kPublic;
    case 0x01:
    case 0x03:
      return AddressType::kRandom;
    default:
      return std::nullopt;
  }
}

std::optional<DeviceAddress> PrivateAddress(
    const std::array<uint8_t, 6>& octets) {
  const DeviceAddress address{AddressType::kRandom, octets};
  if (address.IsZero()) return std::nullopt;
  return address;
}

}  // namespace

std::optional<EventPacket> ParseEventPacket(ByteView packet) {
  Reader reader(packet);
  const auto code = static_cast<EventCode>(reader.U8());
  const uint8_t length = reader.U8();
  const ByteView parameters = reader.Take(length);
  if (!reader.complete()) return std::nullopt;
  return EventPacket{code, parameters};
}

std::optional<DisconnectionComplete> ParseDisconnectionComplete(
    ByteView parameters) {
  Reader reader(parameters);
  DisconnectionComplete event{};
  event.status = reader.U8();
  event.handle = ReadHandle(reader);
  event.reason = reader.U8();
  if (!Usable(reader, event.handle)) return std::nullopt;
  return event;
}

std::optional<EncryptionChange> ParseEncryptionChange(ByteView parameters) {
  Reader reader(parameters);
  EncryptionChange event{};
  event.status = reader.U8();
  event.handle = ReadHandle(reader);
  event.enabled = reader.U8() != 0;
  if (!Usable(reader, event.handle)) return std::nullopt;
  return event;
}

std::optional<EncryptionKeyRefreshComplete> ParseEncryptionKeyRefreshComplete(
    ByteView parameters) {
  Reader reader(parameters);
  EncryptionKeyRefreshComplete event{};
  event.status = reader.U8();
  event.handle = ReadHandle(reader);
  if (!Usable(reader, event.handle)) return std::nullopt;
  return event;
}

std::vector<CompletedPackets> ParseNumberOfCompletedPackets(
    ByteView parameters) {
  Reader reader(parameters);
  const uint8_t handles = reader.U8();
  std::vector<CompletedPackets> completed;
  for (size_t i = 0; i < handles; ++i) {
    CompletedPackets entry{};
    entry.handle = ReadHandle(reader);
    entry.count = reader.U16();
    if (!reader.ok()) break;
    completed.push_back(entry);
  }
  return completed;
}

std::optional<ConnectionComplete> ParseConnectionComplete(LeSubevent subevent,
                                                          ByteView parameters) {
  Reader reader(parameters);
  ConnectionComplete event{};
  event.status = reader.U8();
  if (!reader.ok()) return std::nullopt;
  if (event.status != 0) return event;
  event.handle = ReadHandle(reader);
  const uint8_t role = reader.U8();
  const std::optional<AddressType> type = AddressTypeOf(reader.U8());
  event.peer.octets = reader.Array<6>();
  std::optional<DeviceAddress> peer_private;
  if (subevent == LeSubevent::kEnhancedConnectionComplete) {
    event.local_private = PrivateAddress(reader.Array<6>());
    peer_private = PrivateAddress(reader.Array<6>());
  }
  if (!Usable(reader, event.handle) || role > 1 || !type) return std::nullopt;
  event.peer.type = *type;
  if (peer_private) event.peer = *peer_private;
  event.role = static_cast<Role>(role);
  return event;
}

std::vector<AdvertisingReport> ParseAdvertisingReports(ByteView parameters) {
  Reader reader(parameters);
  const uint8_t count = reader.U8();
  std::vector<AdvertisingReport> reports;
  for (size_t i = 0; i < count; ++i) {
    AdvertisingReport report{};
    report.event_type = reader.U8();
    const std::optional<AddressType> type = AddressTypeOf(reader.U8());
    report.address.octets = reader.Array<6>();
    const ByteView data = reader.Take(reader.U8());
    report.rssi = static_cast<int8_t>(reader.U8());
    if (!reader.ok()) break;
    if (!type || report.event_type > 4 ||
        data.size() > kMaxAdvertisingDataLength) {
      continue;
    }
    report.address.type = *type;
    report.data.assign(data.begin(), data.end());
    reports.push_back(std::move(report));
  }
  return reports;
}

std::optional<LongTermKeyRequest> ParseLongTermKeyRequest(ByteView parameters) {
  Reader reader(parameters);
  LongTermKeyRequest event{};
  event.handle = ReadHandle(reader);
  event.rand = reader.U64();
  event.ediv = reader.U16();
  if (!Usable(reader, event.handle)) return std::nullopt;
  return event;
}

std::optional<RemoteConnectionParameterRequest>
ParseRemoteConnectionParameterRequest(ByteView parameters) {
  Reader reader(parameters);
  RemoteConnectionParameterRequest event{};
  event.handle = ReadHandle(reader);
  event.parameters.interval_min = reader.U16();
  event.parameters.interval_max = reader.U16();
  event.parameters.latency = reader.U16();
  event.parameters.supervision_timeout = reader.U16();
  if (!Usable(reader, event.handle)) return std::nullopt;
  return event;
}

}  // namespace bondd::hci
