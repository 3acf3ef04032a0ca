#include "tests/hci/packets.h"

#include "hci/l2cap.h"

namespace bondd::hci::testing {

namespace {

DeviceAddress Address(const char* text, AddressType type) {
  return DeviceAddress::Parse(text, type).value();
}

Bytes LeMeta(LeSubevent subevent, ByteView parameters) {
  return EventPacketOf(
      EventCode::kLeMeta,
      Writer().U8(static_cast<uint8_t>(subevent)).Append(parameters).bytes());
}

void AppendLinkParameters(Writer& writer) {
  constexpr uint8_t kClockAccuracy = 0;
  writer.U16(40).U16(0).U16(200).U8(kClockAccuracy);
}

}  // namespace

DeviceAddress OwnPublicAddress() {
  return Address("00:11:22:33:44:55", AddressType::kPublic);
}
DeviceAddress OwnRandomAddress() {
  return Address("C0:11:22:33:44:66", AddressType::kRandom);
}
DeviceAddress PeerAddress() {
  return Address("00:AA:BB:CC:DD:01", AddressType::kPublic);
}
DeviceAddress OtherPeerAddress() {
  return Address("C0:AA:BB:CC:DD:02", AddressType::kRandom);
}

Bytes EventPacketOf(EventCode code, ByteView parameters) {
  return Writer()
      .U8(static_cast<uint8_t>(code))
      .U8(static_cast<uint8_t>(parameters.size()))
      .Append(parameters)
      .Finish();
}

Bytes CommandComplete(Opcode opcode, uint8_t status, ByteView rest,
                      uint8_t credits) {
  Writer writer;
  writer.U8(credits).U16(static_cast<uint16_t>(opcode));
  if (opcode != Opcode::kNone) writer.U8(status);
  writer.Append(rest);
  return EventPacketOf(EventCode::kCommandComplete, writer.bytes());
}

Bytes CommandStatus(Opcode opcode, uint8_t status, uint8_t credits) {
  return EventPacketOf(EventCode::kCommandStatus,
                       Writer()
                           .U8(status)
                           .U8(credits)
                           .U16(static_cast<uint16_t>(opcode))
                           .bytes());
}

Bytes ConnectionCompleteEvent(uint16_t handle, Role role,
                              const DeviceAddress& peer) {
  Writer writer;
  writer.U8(0)
      .U16(handle)
      .U8(static_cast<uint8_t>(role))
      .U8(static_cast<uint8_t>(peer.type))
      .Append(peer.octets);
  AppendLinkParameters(writer);
  return LeMeta(LeSubevent::kConnectionComplete, writer.bytes());
}

Bytes ConnectionFailedEvent(uint8_t status) {
  Bytes parameters(18);
  parameters[0] = status;
  return LeMeta(LeSubevent::kConnectionComplete, parameters);
}

Bytes EnhancedConnectionCompleteEvent(uint16_t handle, Role role,
                                      const DeviceAddress& peer,
                                      const DeviceAddress& local_private,
                                      const DeviceAddress& peer_private) {
  Writer writer;
  writer.U8(0)
      .U16(handle)
      .U8(static_cast<uint8_t>(role))
      .U8(static_cast<uint8_t>(peer.type))
      .Append(peer.octets)
      .Append(local_private.octets)
      .Append(peer_private.octets);
  AppendLinkParameters(writer);
  return LeMeta(LeSubevent::kEnhancedConnectionComplete, writer.bytes());
}

Bytes DisconnectionCompleteEvent(uint16_t handle, uint8_t reason,
                                 uint8_t status) {
  return EventPacketOf(EventCode::kDisconnectionComplete,
                       Writer().U8(status).U16(handle).U8(reason).bytes());
}

Bytes EncryptionChangeEvent(uint16_t handle, uint8_t status, bool enabled) {
  return EventPacketOf(EventCode::kEncryptionChange,
                       Writer().U8(status).U16(handle).U8(enabled).bytes());
}

Bytes KeyRefreshCompleteEvent(uint16_t handle, uint8_t status) {
  return EventPacketOf(EventCode::kEncryptionKeyRefreshComplete,
                       Writer().U8(status).U16(handle).bytes());
}

Bytes LongTermKeyRequestEvent(uint16_t handle, uint64_t rand, uint16_t ediv) {
  return LeMeta(LeSubevent::kLongTermKeyRequest,
                Writer().U16(handle).U64(rand).U16(ediv).bytes());
}

Bytes ParameterRequestEvent(uint16_t handle,
                            const ConnectionParameters& parameters) {
  return LeMeta(LeSubevent::kRemoteConnectionParameterRequest,
                Writer()
                    .U16(handle)
                    .U16(parameters.interval_min)
                    .U16(parameters.interval_max)
                    .U16(parameters.latency)
                    .U16(parameters.supervision_timeout)
                    .bytes());
}

Bytes CompletedPacketsEvent(uint16_t handle, uint16_t count) {
  return EventPacketOf(EventCode::kNumberOfCompletedPackets,
                       Writer().U8(1).U16(handle).U16(count).bytes());
}

Bytes HardwareErrorEvent(uint8_t code) {
  return EventPacketOf(EventCode::kHardwareError, Bytes{code});
}

Bytes AdvertisingReportEvent(const DeviceAddress& address, ByteView data,
                             int8_t rssi) {
  constexpr uint8_t kConnectable = 0;
  return LeMeta(LeSubevent::kAdvertisingReport,
                Writer()
                    .U8(1)
                    .U8(kConnectable)
                    .U8(static_cast<uint8_t>(address.type))
                    .Append(address.octets)
                    .U8(static_cast<uint8_t>(data.size()))
                    .Append(data)
                    .U8(static_cast<uint8_t>(rssi))
                    .bytes());
}

Bytes AclPacketOf(uint16_t handle, uint8_t boundary, ByteView data) {
  return Writer()
      .U16(static_cast<uint16_t>(handle | boundary << 12))
      .U16(static_cast<uint16_t>(data.size()))
      .Append(data)
      .Finish();
}

Bytes FramePacket(uint16_t handle, uint16_t cid, ByteView payload) {
  constexpr uint8_t kFirstFromController = 0b10;
  return AclPacketOf(handle, kFirstFromController, EncodeL2cap(cid, payload));
}

ConnectionParameters SlowParameters() {
  return {.interval_min = 80,
          .interval_max = 160,
          .latency = 4,
          .supervision_timeout = 600};
}

ConnectionParameters InvalidParameters() {
  ConnectionParameters parameters = SlowParameters();
  parameters.supervision_timeout = 100;
  parameters.latency = 30;
  return parameters;
}

}  // namespace bondd::hci::testing
