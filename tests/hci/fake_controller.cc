#include "tests/hci/fake_controller.h"

#include <algorithm>
#include <utility>

namespace bondd::hci::testing {

namespace {

struct CommandBit {
  Opcode opcode;
  size_t octet;
  unsigned bit;
};

// [Vol 4, Part E] 6.27
constexpr CommandBit kBits[] = {
    {Opcode::kDisconnect, 0, 5},
    {Opcode::kSetEventMask, 5, 6},
    {Opcode::kReset, 5, 7},
    {Opcode::kReadLocalVersion, 14, 3},
    {Opcode::kReadLocalSupportedFeatures, 14, 5},
    {Opcode::kReadBufferSize, 14, 7},
    {Opcode::kReadBdAddr, 15, 1},
    {Opcode::kWriteLeHostSupport, 24, 6},
    {Opcode::kLeSetEventMask, 25, 0},
    {Opcode::kLeReadBufferSize, 25, 1},
    {Opcode::kLeReadLocalSupportedFeatures, 25, 2},
    {Opcode::kLeSetRandomAddress, 25, 4},
    {Opcode::kLeSetAdvertisingParameters, 25, 5},
    {Opcode::kLeSetAdvertisingData, 25, 7},
    {Opcode::kLeSetScanResponseData, 26, 0},
    {Opcode::kLeSetAdvertisingEnable, 26, 1},
    {Opcode::kLeSetScanParameters, 26, 2},
    {Opcode::kLeSetScanEnable, 26, 3},
    {Opcode::kLeCreateConnection, 26, 4},
    {Opcode::kLeCreateConnectionCancel, 26, 5},
    {Opcode::kLeConnectionUpdate, 27, 2},
    {Opcode::kLeEnableEncryption, 28, 0},
    {Opcode::kLeLongTermKeyRequestReply, 28, 1},
    {Opcode::kLeLongTermKeyRequestNegativeReply, 28, 2},
    {Opcode::kLeReadSupportedStates, 28, 3},
    {Opcode::kLeRemoteConnectionParameterReply, 33, 4},
    {Opcode::kLeRemoteConnectionParameterNegativeReply, 33, 5},
};

bool IsAnsweredByStatus(Opcode opcode) {
  return opcode == Opcode::kDisconnect ||
         opcode == Opcode::kLeCreateConnection ||
         opcode == Opcode::kLeConnectionUpdate ||
         opcode == Opcode::kLeEnableEncryption;
}

}  // namespace

FakeController::FakeController() {
  for (const CommandBit& entry : kBits) SetSupported(entry.opcode, true);
}

void FakeController::SetSupported(Opcode opcode, bool supported) {
  for (const auto& [known, octet, bit] : kBits) {
    if (known != opcode) continue;
    const auto mask = static_cast<uint8_t>(1u << bit);
    supported_[octet] = static_cast<uint8_t>(
        supported ? supported_[octet] | mask : supported_[octet] & ~mask);
  }
}

void FakeController::Refuse(Opcode opcode, uint8_t status) {
  refused_[opcode] = status;
}

void FakeController::Accept(Opcode opcode) {
  refused_.erase(opcode);
  ignored_.erase(opcode);
}

void FakeController::Release(Opcode opcode) {
  held_.erase(opcode);
  if (unanswered_ && unanswered_->opcode == opcode) Answer();
}

void FakeController::SendEvent(Bytes packet) {
  to_host_.push_back({PacketType::kEvent, std::move(packet)});
}

void FakeController::SendAcl(Bytes packet) {
  to_host_.push_back({PacketType::kAclData, std::move(packet)});
}

std::vector<WrittenCommand> FakeController::TakeCommands() {
  return std::exchange(commands_, {});
}

std::vector<Opcode> FakeController::TakeOpcodes() {
  std::vector<Opcode> opcodes;
  for (const WrittenCommand& command : TakeCommands()) {
    opcodes.push_back(command.opcode);
  }
  return opcodes;
}

std::vector<Bytes> FakeController::TakeAcl() { return std::exchange(acl_, {}); }

void FakeController::ConnectAsCentral(uint16_t handle,
                                      const DeviceAddress& peer) {
  if (!initiating_) violations_.push_back("the test connects too early");
  initiating_ = false;
  SendEvent(ConnectionCompleteEvent(handle, Role::kCentral, peer));
}

void FakeController::ConnectAsPeripheral(uint16_t handle,
                                         const DeviceAddress& peer) {
  if (!advertising_) violations_.push_back("the test connects too early");
  advertising_ = false;
  SendEvent(ConnectionCompleteEvent(handle, Role::kPeripheral, peer));
}

void FakeController::FailConnection(uint8_t status) {
  initiating_ = false;
  SendEvent(ConnectionFailedEvent(status));
}

Result<std::optional<Packet>> FakeController::Read() {
  if (vanished_) return Fail(ErrorCode::kClosed, "the controller vanished");
  if (to_host_.empty()) return std::nullopt;
  Packet packet = std::move(to_host_.front());
  to_host_.pop_front();
  return packet;
}

Result<void> FakeController::Write(PacketType type, ByteView payload) {
  if (vanished_) return Fail(ErrorCode::kClosed, "the controller vanished");
  if (type == PacketType::kAclData) {
    acl_.emplace_back(payload.begin(), payload.end());
    return {};
  }
  Reader reader(payload);
  const auto opcode = static_cast<Opcode>(reader.U16());
  const ByteView taken = reader.Take(reader.U8());
  if (!reader.complete()) violations_.push_back("a malformed command");
  // [Vol 4, Part E] 4.4
  if (unanswered_ && opcode != Opcode::kReset) {
    violations_.push_back("a command without a credit");
  }
  commands_.push_back({opcode, Bytes(taken.begin(), taken.end())});
  if (ignored_.contains(opcode)) return {};
  unanswered_ = commands_.back();
  if (!held_.contains(opcode)) Answer();
  return {};
}

void FakeController::Answer() {
  const WrittenCommand command = *std::exchange(unanswered_, std::nullopt);
  const Opcode opcode = command.opcode;
  SendEvent(AnswerTo(command));
  // What a cancelled Create Connection ends with.
  if (opcode == Opcode::kLeCreateConnectionCancel && initiating_ &&
      !refused_.contains(opcode)) {
    FailConnection(
        static_cast<uint8_t>(HciError::kUnknownConnectionIdentifier));
  }
}

Bytes FakeController::AnswerTo(const WrittenCommand& command) {
  const Opcode opcode = command.opcode;
  const auto refusal = refused_.find(opcode);
  const uint8_t status = refusal == refused_.end() ? 0 : refusal->second;
  if (status == 0) Act(opcode, command.parameters);
  if (IsAnsweredByStatus(opcode)) {
    return CommandStatus(opcode, status, credits);
  }
  return CommandComplete(opcode, status,
                         status == 0 ? ReturnParameters(opcode) : Bytes(),
                         credits);
}

Bytes FakeController::ReturnParameters(Opcode opcode) const {
  Writer writer;
  switch (opcode) {
    case Opcode::kReadLocalVersion:
      writer.U8(0x07).U16(0).U8(0x07).U16(0x000F).U16(0x2209);
      break;
    case Opcode::kReadLocalSupportedCommands:
      writer.Append(supported_);
      break;
    case Opcode::kReadLocalSupportedFeatures:
      writer.U64(lmp_features);
      break;
    case Opcode::kReadBdAddr:
      writer.Append(public_address.octets);
      break;
    case Opcode::kLeReadLocalSupportedFeatures:
      writer.U64(le_features);
      break;
    case Opcode::kLeReadSupportedStates:
      writer.U64(le_states);
      break;
    case Opcode::kLeReadBufferSize:
      writer.U16(le_acl_length).U8(le_acl_count);
      break;
    case Opcode::kReadBufferSize:
      writer.U16(shared_acl_length).U8(64).U16(shared_acl_count).U16(1);
      break;
    default:
      break;
  }
  return writer.Finish();
}

void FakeController::Act(Opcode opcode, const Bytes& parameters) {
  switch (opcode) {
    case Opcode::kReset:
      advertising_ = scanning_ = initiating_ = false;
      break;
    case Opcode::kLeSetRandomAddress:
      if (advertising_ || scanning_ || initiating_) {
        violations_.push_back("a random address set while it is in use");
      }
      std::copy(parameters.begin(), parameters.end(),
                random_address_.octets.begin());
      break;
    case Opcode::kLeSetAdvertisingParameters:
      if (advertising_) violations_.push_back("parameters while advertising");
      break;
    case Opcode::kLeSetScanParameters:
      if (scanning_) violations_.push_back("parameters while scanning");
      break;
    case Opcode::kLeSetAdvertisingEnable:
      advertising_ = parameters[0] != 0;
      break;
    case Opcode::kLeSetScanEnable:
      scanning_ = parameters[0] != 0;
      break;
    case Opcode::kLeCreateConnection:
      if (initiating_) violations_.push_back("a second Create Connection");
      initiating_ = true;
      break;
    default:
      break;
  }
}

}  // namespace bondd::hci::testing
