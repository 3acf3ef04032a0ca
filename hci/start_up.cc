#include "hci/start_up.h"

#include <array>

#include "hci/error_name.h"

namespace bondd::hci {

namespace {

using Info = ControllerInfo;

// One line of the table: a command, whether this controller needs it, and what
// its return parameters (after the status) tell.
struct Step {
  Opcode opcode;
  // Without it the controller is of no use; all others may be refused.
  bool required;
  bool (*wanted)(const Info&);
  Command (*command)(const Info&);
  void (*take)(Info&, Reader);
};

bool Always(const Info&) { return true; }
template <Opcode kOpcode>
Command Plain(const Info&) {
  return PlainCommand(kOpcode);
}
void TakeNothing(Info&, Reader) {}

uint64_t LeEventMask(const Info& info) {
  uint64_t mask = kLeMaskConnectionComplete | kLeMaskAdvertisingReport;
  if (info.le_features & kLeFeatureEncryption) {
    mask |= kLeMaskLongTermKeyRequest;
  }
  // A request that could not be answered would stay open on the link.
  if ((info.le_features & kLeFeatureConnectionParametersRequest) &&
      info.Supports(Opcode::kLeRemoteConnectionParameterReply) &&
      info.Supports(Opcode::kLeRemoteConnectionParameterNegativeReply)) {
    mask |= kLeMaskRemoteConnectionParameterRequest;
  }
  if (info.le_features & kLeFeaturePrivacy) {
    mask |= kLeMaskEnhancedConnectionComplete;
  }
  return mask;
}

void TakeVersion(Info& info, Reader reader) {
  // [Vol 4, Part E] 7.4.1
  info.hci_version = reader.U8();
  reader.Take(2 + 1);  // HCI subversion, LMP version
  const uint16_t manufacturer = reader.U16();
  if (reader.ok()) info.manufacturer = manufacturer;
}

void TakeLmpFeatures(Info& info, Reader reader) {
  const uint64_t features = reader.U64();
  if (reader.ok()) info.lmp_features = features;
}

void TakeSupportedCommands(Info& info, Reader reader) {
  const auto commands = reader.Array<64>();
  if (reader.ok()) info.supported_commands = commands;
}

void TakeAddress(Info& info, Reader reader) {
  const DeviceAddress address{AddressType::kPublic, reader.Array<6>()};
  if (reader.ok() && !address.IsZero()) info.public_address = address;
}

// [Vol 4, Part E] 7.8.2
void TakeLeBufferSize(Info& info, Reader reader) {
  const uint16_t length = reader.U16();
  const uint8_t count = reader.U8();
  // A length or a count of 0 says that LE and BR/EDR share their buffers.
  if (!reader.ok() || length == 0 || count == 0) return;
  info.acl_length = length;
  info.acl_count = count;
}

// [Vol 4, Part E] 7.4.5
void TakeSharedBufferSize(Info& info, Reader reader) {
  const uint16_t length = reader.U16();
  reader.U8();  // synchronous data
  const uint16_t count = reader.U16();
  if (!reader.ok()) return;
  info.acl_length = length;
  info.acl_count = count;
}

constexpr Step kSteps[] = {
    {Opcode::kReset, true, Always, Plain<Opcode::kReset>, TakeNothing},
    {Opcode::kReadLocalVersion, false, Always, Plain<Opcode::kReadLocalVersion>,
     TakeVersion},
    {Opcode::kReadLocalSupportedCommands, false, Always,
     Plain<Opcode::kReadLocalSupportedCommands>, TakeSupportedCommands},
    {Opcode::kReadLocalSupportedFeatures, false, Always,
     Plain<Opcode::kReadLocalSupportedFeatures>, TakeLmpFeatures},
    {Opcode::kReadBdAddr, false, Always, Plain<Opcode::kReadBdAddr>,
     TakeAddress},
    {Opcode::kLeReadLocalSupportedFeatures, false, Always,
     Plain<Opcode::kLeReadLocalSupportedFeatures>,
     [](Info& info, Reader reader) { info.le_features = reader.U64(); }},
    {Opcode::kLeReadSupportedStates, false, Always,
     Plain<Opcode::kLeReadSupportedStates>,
     [](Info& info, Reader reader) { info.le_states = reader.U64(); }},
    {Opcode::kLeReadBufferSize, false, Always, Plain<Opcode::kLeReadBufferSize>,
     TakeLeBufferSize},
    {Opcode::kReadBufferSize, false,
     [](const Info& info) { return info.acl_length == 0; },
     Plain<Opcode::kReadBufferSize>, TakeSharedBufferSize},
    {Opcode::kSetEventMask, true, Always,
     [](const Info&) { return SetEventMaskCommand(kEventMask); }, TakeNothing},
    {Opcode::kLeSetEventMask, false, Always,
     [](const Info& info) { return LeSetEventMaskCommand(LeEventMask(info)); },
     TakeNothing},
    // [Vol 3, Part C] 13.1.1: without it a dual-mode controller keeps to
    // BR/EDR.
    {Opcode::kWriteLeHostSupport, false,
     [](const Info& info) { return info.IsDualMode(); },
     [](const Info&) { return WriteLeHostSupportCommand(); }, TakeNothing},
};

}  // namespace

std::optional<Command> StartUp::Next() {
  if (under_way_ || done_) return std::nullopt;
  while (step_ < std::size(kSteps)) {
    const Step& step = kSteps[step_];
    if (step.wanted(info_) && (step.required || info_.Supports(step.opcode))) {
      under_way_ = true;
      return step.command(info_).Optional();
    }
    ++step_;
  }
  Finish();
  return std::nullopt;
}

void StartUp::OnOutcome(const CommandOutcome& outcome) {
  if (!under_way_ || outcome.opcode != kSteps[step_].opcode) return;
  const Step& step = kSteps[step_];
  under_way_ = false;
  if (outcome.timed_out && step.opcode == Opcode::kReset && !reset_again_) {
    // What the controller was in the middle of may have swallowed the first.
    reset_again_ = true;
    return;
  }
  if (step.required && outcome.timed_out) {
    return Fail(ErrorCode::kTimedOut,
                "the controller does not answer its start-up commands");
  }
  if (step.required && !outcome.ok()) {
    return Fail(ErrorCode::kNotSupported,
                "the controller refuses a start-up command: " +
                    DescribeError(outcome.status));
  }
  if (outcome.ok()) step.take(info_, Reader(outcome.return_parameters));
  ++step_;
}

void StartUp::Finish() {
  done_ = true;
  if (info_.lmp_features && (*info_.lmp_features & kLmpLeSupported) == 0) {
    return Fail(ErrorCode::kNotSupported, "the controller has no Bluetooth LE");
  }
  if (info_.acl_length == 0) info_.acl_length = kMinAclDataLength;
  if (info_.acl_count == 0) info_.acl_count = 1;
}

void StartUp::Fail(ErrorCode code, std::string message) {
  done_ = true;
  failure_ = Error{code, std::move(message)};
}

}  // namespace bondd::hci
