#include "tests/integration/kernel_peer.h"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

namespace bondd::integration {
namespace {

using mgmt::EventCode;
using mgmt::Opcode;
using mgmt::Status;

// An address with its type, as the interface has it: 1 = LE public, 2 = LE
// random.
Bytes Encode(const DeviceAddress& address) {
  return Writer()
      .Append(address.octets)
      .U8(address.type == AddressType::kPublic ? 1 : 2)
      .Finish();
}

DeviceAddress ReadAddress(Reader& reader) {
  DeviceAddress address;
  address.octets = reader.Array<6>();
  address.type = reader.U8() == 2 ? AddressType::kRandom : AddressType::kPublic;
  return address;
}

Bytes EncodeKeys(const std::vector<KernelLongTermKey>& keys) {
  Writer writer;
  writer.U16(static_cast<uint16_t>(keys.size()));
  for (const KernelLongTermKey& key : keys) {
    writer.Append(Encode(key.peer))
        .U8(static_cast<uint8_t>(key.type))
        .U8(key.as_central ? 1 : 0)
        .U8(key.key_size)
        .U16(key.ediv)
        .U64(key.rand)
        .Append(key.key);
  }
  return writer.Finish();
}

// The shortest intervals there are: by itself the kernel advertises every 1.28
// s and leaves 30 ms or more between the packets of a link.
Bytes ShortIntervals() {
  using Value = mgmt::SystemConfiguration;
  constexpr uint16_t k20Milliseconds = 0x0020;
  constexpr uint16_t k7Point5Milliseconds = 0x0006;
  Writer writer;
  for (const auto& [value, interval] :
       {std::pair(Value::kAdvertisingMinInterval, k20Milliseconds),
        std::pair(Value::kAdvertisingMaxInterval, k20Milliseconds),
        std::pair(Value::kConnectionMinInterval, k7Point5Milliseconds),
        std::pair(Value::kConnectionMaxInterval, k7Point5Milliseconds)}) {
    writer.U16(static_cast<uint16_t>(value)).U8(2).U16(interval);
  }
  return writer.Finish();
}

}  // namespace

void KernelPeer::PowerOn(uint16_t index, const KernelSettings& settings) {
  Bring(index, settings, nullptr);
}

void KernelPeer::PowerOnWithKeys(uint16_t index, const KernelSettings& settings,
                                 const std::vector<KernelLongTermKey>& keys) {
  const std::vector<KernelLongTermKey> loaded = keys;
  Bring(index, settings, &loaded);
}

void KernelPeer::Bring(uint16_t index, const KernelSettings& settings,
                       const std::vector<KernelLongTermKey>* keys) {
  if (!loop_.RunUntil([&] { return Exists(index); })) {
    throw std::runtime_error(fmt::format("the kernel has no hci{}", index));
  }
  index_ = index;
  io_capability_ = settings.io_capability;
  connected_ = false;
  numbers_shown_.clear();
  consents_asked_ = 0;
  passkey_shown_.reset();
  asks_passkey_of_.reset();
  long_term_keys_.clear();
  identities_.clear();
  authentication_failures_ = 0;
  mgmt_.Listen([this](const MgmtEvent& event) { OnEvent(event); });

  Set(Opcode::kSetPowered, 0);
  Require(Opcode::kSetDefaultSystemConfiguration, ShortIntervals());
  Set(Opcode::kSetLowEnergy, 1);
  Set(Opcode::kSetBondable, 1);
  Set(Opcode::kSetSecureConnections,
      static_cast<uint8_t>(settings.secure_connections));
  Set(Opcode::kSetIoCapability, static_cast<uint8_t>(settings.io_capability));
  Require(Opcode::kSetPrivacy,
          Writer()
              .U8(settings.private_with ? 1 : 0)
              .Append(settings.private_with.value_or(KeyOctets{}))
              .Finish());
  // From here on the kernel asks for the peer's identity and resolves.
  Require(Opcode::kLoadIdentityResolvingKeys, Writer().U16(0).Finish());
  Set(Opcode::kSetPowered, 1);
  if (keys != nullptr) {
    Require(Opcode::kLoadLongTermKeys, EncodeKeys(*keys));
  }
  const MgmtReply information = Require(Opcode::kReadControllerInformation, {});
  address_ = {AddressType::kPublic, Reader(information.parameters).Array<6>()};
}

void KernelPeer::PowerOff() {
  mgmt_.Listen(nullptr);
  if (Exists(index_)) {
    mgmt_.Command(Opcode::kSetPowered, index_, Writer().U8(0).Finish());
  }
}

void KernelPeer::StartAdvertising() {
  Set(Opcode::kSetAdvertising, mgmt::kAdvertiseConnectable);
}

void KernelPeer::ConnectTo(const DeviceAddress& device) {
  Require(
      Opcode::kAddDevice,
      Writer().Append(Encode(device)).U8(mgmt::kActionAutoConnect).Finish());
}

void KernelPeer::StartPairing(const DeviceAddress& device) {
  mgmt_.Send(Opcode::kPairDevice, index_,
             Writer()
                 .Append(Encode(device))
                 .U8(static_cast<uint8_t>(io_capability_))
                 .Finish());
}

bool KernelPeer::CanPairWith(const DeviceAddress& device) {
  // Which values it gives is of no interest, nor whether the controller has
  // them.
  return connected_ && mgmt_.Command(Opcode::kGetConnectionInformation, index_,
                                     Encode(device))
                               .status != Status::kNotConnected;
}

Status KernelPeer::PairingStatus() const {
  return mgmt_.ReplyTo(Opcode::kPairDevice).value_or(MgmtReply{}).status;
}

void KernelPeer::Disconnect(const DeviceAddress& device) {
  Require(Opcode::kDisconnect, Encode(device));
}

void KernelPeer::Forget(const DeviceAddress& device) {
  Require(Opcode::kUnpairDevice,
          Writer().Append(Encode(device)).U8(1).Finish());
}

void KernelPeer::EnterPasskey(uint32_t passkey) {
  const Bytes device = Encode(asks_passkey_of_.value());
  asks_passkey_of_.reset();
  mgmt_.Send(Opcode::kUserPasskeyReply, index_,
             Writer().Append(device).U32(passkey).Finish());
}

void KernelPeer::RefusePasskey() {
  const Bytes device = Encode(asks_passkey_of_.value());
  asks_passkey_of_.reset();
  mgmt_.Send(Opcode::kUserPasskeyNegativeReply, index_, device);
}

void KernelPeer::OnEvent(const MgmtEvent& event) {
  if (event.index != index_) return;
  const Reader reader(event.parameters);
  switch (event.code) {
    case EventCode::kDeviceConnected:
      connected_ = true;
      break;
    case EventCode::kDeviceDisconnected:
    case EventCode::kIndexRemoved:
      connected_ = false;
      break;
    case EventCode::kUserConfirmationRequest:
      OnConfirmationRequest(reader);
      break;
    case EventCode::kUserPasskeyRequest: {
      Reader request = reader;
      asks_passkey_of_ = ReadAddress(request);
      break;
    }
    case EventCode::kPasskeyNotify: {
      Reader notify = reader;
      ReadAddress(notify);
      passkey_shown_ = notify.U32();
      break;
    }
    case EventCode::kAuthenticationFailed:
      ++authentication_failures_;
      break;
    case EventCode::kNewLongTermKey:
      OnLongTermKey(reader);
      break;
    case EventCode::kNewIdentityResolvingKey:
      OnIdentity(reader);
      break;
    default:
      break;
  }
}

void KernelPeer::OnConfirmationRequest(Reader reader) {
  const DeviceAddress device = ReadAddress(reader);
  const bool only_consent = reader.U8() != 0;
  const uint32_t number = reader.U32();
  if (only_consent) {
    ++consents_asked_;
  } else {
    numbers_shown_.push_back(number);
  }
  if (answer_ == Answer::kNone) return;
  mgmt_.Send(answer_ == Answer::kAccept
                 ? Opcode::kUserConfirmationReply
                 : Opcode::kUserConfirmationNegativeReply,
             index_, Encode(device));
}

void KernelPeer::OnLongTermKey(Reader reader) {
  reader.U8();  // whether to store it for good
  KernelLongTermKey key;
  key.peer = ReadAddress(reader);
  key.type = static_cast<mgmt::LongTermKeyType>(reader.U8());
  key.as_central = reader.U8() != 0;
  key.key_size = reader.U8();
  key.ediv = reader.U16();
  key.rand = reader.U64();
  key.key = reader.Array<16>();
  long_term_keys_.push_back(key);
}

void KernelPeer::OnIdentity(Reader reader) {
  reader.U8();  // whether to store it for good
  KernelIdentity identity;
  identity.on_air = {AddressType::kRandom, reader.Array<6>()};
  identity.identity = ReadAddress(reader);
  identity.irk = reader.Array<16>();
  identities_.push_back(identity);
}

void KernelPeer::Set(Opcode opcode, uint8_t value) {
  Require(opcode, Writer().U8(value).Finish());
}

MgmtReply KernelPeer::Require(Opcode opcode, ByteView parameters) {
  MgmtReply reply = mgmt_.Command(opcode, index_, parameters);
  if (reply.status != Status::kSuccess) {
    throw std::runtime_error(
        fmt::format("management command {:#06x} on hci{}: status {:#04x}",
                    static_cast<uint16_t>(opcode), index_,
                    static_cast<uint8_t>(reply.status)));
  }
  return reply;
}

bool KernelPeer::Exists(uint16_t index) {
  return std::ranges::count(mgmt_.Indexes(), index) > 0;
}

}  // namespace bondd::integration
