// The calls of Connection1 that start something on a link.

#include <fmt/format.h>

#include <utility>

#include "daemon/adapter.h"
#include "daemon/link.h"
#include "daemon/pairing_settings.h"

namespace bondd::daemon {

namespace {

constexpr uint8_t kRemoteUserTerminated = 0x13;

}  // namespace

smp::PairingOptions Link::EffectiveOptions(const smp::PairingOptions& options) {
  smp::PairingOptions effective = options.Clone();
  const std::optional<std::string> agent = effective.agent;
  if (const Armed* here = ArmedHere()) effective.LayOver(here->pairing());
  if (const Armed* armed = adapter_.ArmedFor(on_air_, peer())) {
    effective.LayOver(armed->pairing());
  }
  // An agent of whoever armed is none of this caller's.
  effective.agent = agent;
  effective.LayOver(adapter_.Defaults());
  return effective;
}

dbus::ApiResult<smp::PairingParameters> Link::Parameters(
    const smp::PairingOptions& options) {
  smp::PairingOptions effective = EffectiveOptions(options);
  const config::Config& config = adapter_.context().config;
  if (early_passkey_ && !effective.passkey && config.allow_fixed_passkey) {
    effective.passkey = early_passkey_;
  }
  auto oob_local = LendOob(effective);
  if (!oob_local) return std::unexpected(std::move(oob_local.error()));
  if (!agent_) {
    agent_ = adapter_.context().bus.FindAgent(effective.agent, starter_);
  }
  std::optional<smp::IoCapability> capability;
  if (agent_) capability = agent_->capability;
  auto parameters = SettingsOf(effective, capability, config);
  if (!parameters) return parameters;
  if (parameters->bonding) {
    if (auto check = adapter_.CheckTrusted(); !check) {
      return std::unexpected(std::move(check.error()));
    }
  }
  parameters->oob_local = std::move(*oob_local);
  return parameters;
}

dbus::ApiResult<smp::PairingParameters> Link::StorableParameters(
    const smp::PairingOptions& options) {
  auto parameters = Parameters(options);
  if (!parameters || !parameters->bonding) return parameters;
  judged_ = adapter_.context().store.generation();
  const auto room = adapter_.context().store.CanStore(adapter_.KeyOf(peer()));
  if (!room) return dbus::ApiFail("StoreFailed", room.error().message);
  return parameters;
}

Armed* Link::ArmedHere() {
  if (armed_ && armed_->Expired(adapter_.context().now)) armed_.reset();
  return armed_ ? &*armed_ : nullptr;
}

uint8_t Link::RequiredLevel() {
  smp::PairingOptions effective = adapter_.Defaults();
  const Armed* here = ArmedHere();
  if (here != nullptr && here->pairing().require_level) {
    effective.require_level = here->pairing().require_level;
  }
  return effective.require_level.value_or(
      smp::PairingParameters().require_level);
}

dbus::ApiResult<std::optional<smp::LocalOobData>> Link::LendOob(
    smp::PairingOptions& options) {
  OobBook::Occasion occasion{on_air_, peer(), std::nullopt};
  const auto* consent =
      prompt_ ? std::get_if<smp::ConsentPrompt>(&prompt_->question) : nullptr;
  if (consent != nullptr) occasion.request = consent->features;
  TakeEarlyOob(occasion, options);
  return adapter_.oob().Lend(serial_, occasion, options,
                             adapter_.context().now);
}

// What SetOob and SetOobLegacy brought before they were asked counts as data
// for that peer.
void Link::TakeEarlyOob(const OobBook::Occasion& occasion,
                        smp::PairingOptions& options) const {
  using enum smp::SecureConnectionsOption;
  if (options.oob == smp::OobOption::kNo) return;
  const auto ours = options.secure_connections.value_or(kOn);
  const bool legacy =
      ours == kOff ||
      (occasion.request && !occasion.request->auth_req.secure_connections);
  if (legacy) {
    if (early_tk_ && ours != kOnly && !options.oob_legacy_tk) {
      options.oob_legacy_tk = early_tk_->Clone();
    }
  } else if (early_oob_ && !options.oob_peer) {
    options.oob_peer = early_oob_->Clone();
  }
}

dbus::ApiResult<void> Link::CheckStart(bool central) const {
  if (central != (role_ == smp::Role::kInitiator)) {
    return dbus::ApiFail("WrongRole", central ? "this side is the peripheral"
                                              : "this side is the central");
  }
  if (sm_.dead()) {
    return dbus::ApiFail("TimedOut",
                         "the SMP timer has run out; pairing needs a new "
                         "link");
  }
  // A call may be on its way to the Security Manager, which is not busy yet.
  if (sm_.busy() || waiting_ || pairing_call_ || encryption_call_) {
    return dbus::ApiFail("InProgress", "a pairing or encryption is under way");
  }
  return {};
}

void Link::InitiatePairing(dbus::CallId call, const dbus::Caller& caller,
                           smp::PairingOptions options) {
  dbus::Service& bus = adapter_.context().bus;
  if (AsksForPairing()) return Agree(call, caller, std::move(options));
  if (auto check = CheckStart(true); !check) {
    return bus.ReplyError(call, check.error());
  }
  if (adapter_.TooManyPairings(*this)) {
    return bus.ReplyError(call, {"Busy", "too many pairings at once"});
  }
  if (MustWait(call, caller, options, false)) return;
  wanted_ = true;
  starter_ = caller;
  owner_ = caller.uid;
  agent_option_ = options.agent;
  auto parameters = StorableParameters(options);
  if (!parameters) {
    ForgetPairing();
    return bus.ReplyError(call, parameters.error());
  }
  pairing_call_ = call;
  Feed(smp::StartPairing{std::move(*parameters)});
}

// The peer's Security Request waits for somebody to agree.
bool Link::AsksForPairing() const {
  const auto* consent =
      prompt_ ? std::get_if<smp::ConsentPrompt>(&prompt_->question) : nullptr;
  return consent != nullptr && consent->security_request;
}

// What the peer asks for is what the caller wants.
void Link::Agree(dbus::CallId call, const dbus::Caller& caller,
                 smp::PairingOptions options) {
  if (question_) {
    adapter_.context().bus.Withdraw(*question_, "answered otherwise");
    question_.reset();
  }
  starter_ = caller;
  owner_ = caller.uid;
  agent_.reset();
  agent_option_ = options.agent;
  pairing_call_ = call;
  wanted_ = true;
  GiveConsent(prompt_->id, options, true, std::nullopt);
}

void Link::SendSecurityRequest(dbus::CallId call, const dbus::Caller& caller,
                               smp::PairingOptions options) {
  dbus::Service& bus = adapter_.context().bus;
  if (auto check = CheckStart(false); !check) {
    return bus.ReplyError(call, check.error());
  }
  if (MustWait(call, caller, options, true)) return;
  wanted_ = true;
  starter_ = caller;
  owner_ = caller.uid;
  agent_option_ = options.agent;
  auto parameters = Parameters(options);
  if (!parameters) {
    ForgetPairing();
    return bus.ReplyError(call, parameters.error());
  }
  options_ = std::move(options);
  pairing_call_ = call;
  Feed(smp::RequestSecurity{std::move(*parameters)});
}

void Link::InitiateEncryption(dbus::CallId call,
                              const dbus::EncryptionOptions& options) {
  dbus::Service& bus = adapter_.context().bus;
  if (auto check = CheckStart(true); !check) {
    return bus.ReplyError(call, check.error());
  }
  if (!options.key) {
    if (auto check = adapter_.CheckTrusted(); !check) {
      return bus.ReplyError(call, check.error());
    }
  }
  encryption_call_ = call;
  encryption_level_ = options.level;
  smp::Encrypt encrypt;
  if (options.key) {
    encrypt.key = options.key->Clone();
    encrypt.security = WorthOf(options);
  }
  Feed(std::move(encrypt));
}

smp::SecurityProperties Link::WorthOf(
    const dbus::EncryptionOptions& options) const {
  const bonds::Bond* bond = adapter_.BondOf(peer());
  if (bond != nullptr && bond->data.peer_ltk == options.key) {
    return bond->data.security;
  }
  // What such a key is worth nobody but its owner knows: the level that was
  // asked for, and no more than a key without a name can have.
  const bool sc = options.key->ediv == 0 && options.key->rand == 0;
  const uint8_t level = options.level.value_or(2);
  return {.authenticated = level >= 3,
          .secure_connections = sc && level == 4,
          .key_size = 16};
}

void Link::EncryptForConnect() {
  connect_waits_ = true;
  Feed(smp::Encrypt{});
}

void Link::Disconnect(std::optional<dbus::CallId> call) {
  if (disconnect_call_ && call) {
    adapter_.context().bus.ReplyError(
        *call, {"InProgress", "the link is being disconnected"});
    return;
  }
  if (call) disconnect_call_ = call;
  adapter_.controller().Disconnect(id_, kRemoteUserTerminated,
                                   adapter_.context().now);
}

dbus::ApiResult<void> Link::Arm(const dbus::Caller& caller,
                                dbus::ArmOptions options) {
  const auto oob = options.pairing.oob_id;
  if (oob && !adapter_.oob().Has(*oob, adapter_.context().now)) {
    return dbus::ApiFail("DoesNotExist", "OobId: no such OOB data");
  }
  smp::PairingOptions effective = options.pairing.Clone();
  if (const Armed* armed = adapter_.ArmedFor(on_air_, peer())) {
    effective.LayOver(armed->pairing());
  }
  effective.LayOver(adapter_.Defaults());
  if (auto check = CheckSettings(effective, adapter_.context().config);
      !check) {
    return check;
  }
  if (effective.bonding.value_or(true)) {
    if (auto check = adapter_.CheckTrusted(); !check) return check;
  }
  armed_.emplace(std::move(options), caller, adapter_.context().now);
  return {};
}

}  // namespace bondd::daemon
