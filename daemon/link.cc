#include "daemon/link.h"

#include <fmt/format.h>

#include <utility>

#include "common/wipe.h"
#include "daemon/adapter.h"

namespace bondd::daemon {

namespace {

constexpr uint8_t kRemoteUserTerminated = 0x13;

hci::LinkKey128 LinkKeyOf(const smp::Ltk& ltk) {
  return hci::LinkKey128(ltk.Reveal());
}

}  // namespace

Link::Link(Adapter& adapter, const hci::LinkUp& up, uint32_t serial)
    : adapter_(adapter),
      id_(up.link),
      serial_(serial),
      handle_(up.handle),
      role_(up.role == hci::Role::kCentral ? smp::Role::kInitiator
                                           : smp::Role::kResponder),
      on_air_(up.peer),
      sm_({.role = role_, .local = up.local, .peer = up.peer},
          adapter.sources(), adapter.identity()) {
  if (const bonds::Bond* bond = adapter.BondOf(on_air_)) {
    identity_ = bond->data.identity;
  }
}

dbus::ConnectionRef Link::ref() const { return {adapter_.name(), serial_}; }

std::string Link::path() const {
  return dbus::Service::ConnectionPath(adapter_.name(), handle_, serial_);
}

DeviceAddress Link::peer() const { return identity_.value_or(on_air_); }

std::optional<Time> Link::Deadline() const { return sm_.Deadline(); }

// Outputs may bring about further inputs: those wait for their turn, so that
// the Security Manager is never entered twice.
void Link::Feed(smp::Input input) {
  inbox_.push_back(std::move(input));
  if (feeding_) return;
  feeding_ = true;
  while (!inbox_.empty()) {
    smp::Input next = std::move(inbox_.front());
    inbox_.pop_front();
    for (smp::Output& output :
         sm_.Handle(std::move(next), adapter_.context().now)) {
      Carry(std::move(output));
    }
  }
  feeding_ = false;
  Publish();
}

void Link::Carry(smp::Output output) {
  std::visit([this](auto& value) { On(std::move(value)); }, output);
}

void Link::Publish() {
  dbus::ConnectionProperties properties;
  properties.adapter = adapter_.name();
  properties.handle = handle_;
  properties.serial = serial_;
  properties.role = role_;
  properties.on_air = on_air_;
  properties.peer = peer();
  if (adapter_.BondOf(peer()) != nullptr) {
    properties.bond = dbus::Service::BondPath(adapter_.name(), peer());
  }
  const auto security = sm_.security();
  properties.encrypted = security.has_value();
  if (security) properties.security = *security;
  properties.pairing_state = StateName(sm_.state());
  properties.prompt = prompt_ ? PromptName(prompt_->question) : "none";
  properties.last_pairing = last_pairing_;
  adapter_.context().bus.Publish(properties);
}

void Link::Trace(const char* direction, ByteView pdu) {
  if (!adapter_.trace()) return;
  adapter_.context().bus.EmitPduTraced(
      ref(), direction, std::string(smp::PduName(pdu)),
      static_cast<uint64_t>(adapter_.context().now.time_since_epoch().count()));
}

// --- What the Security Manager wants done.

void Link::On(smp::SendPdu output) {
  Trace("out", output.pdu);
  adapter_.controller().SendSmp(id_, output.pdu, adapter_.context().now);
  // It may have been a key.
  Wipe(output.pdu);
}

void Link::On(const smp::StartEncryption& output) {
  adapter_.controller().EnableEncryption(id_, output.key.rand, output.key.ediv,
                                         LinkKeyOf(output.key.ltk),
                                         adapter_.context().now);
}

void Link::On(const smp::AnswerLongTermKeyRequest& output) {
  std::optional<hci::LinkKey128> key;
  if (output.key) key = LinkKeyOf(*output.key);
  adapter_.controller().AnswerLongTermKeyRequest(id_, key,
                                                 adapter_.context().now);
}

void Link::On(smp::StoreBond output) {
  adapter_.SaveBond(std::move(output.bond), *this);
}

void Link::On(const smp::DiscardBond& output) {
  adapter_.TakeBackBond(output.identity, *this);
}

void Link::On(const smp::SecurityChanged&) {}

void Link::On(const smp::PairingRequested& output) {
  adapter_.context().bus.EmitPairingRequested(ref(),
                                              FeaturesOf(output.features));
}

void Link::On(const smp::SecurityRequested& output) {
  const smp::ConsentPrompt features{.security_request = true,
                                    .auth_req = output.auth_req,
                                    .features = std::nullopt,
                                    .bonded = identity_.has_value()};
  adapter_.context().bus.EmitSecurityRequested(ref(), FeaturesOf(features));
}

void Link::On(const smp::KeypressReceived& output) {
  adapter_.context().bus.EmitKeypress(ref(), output.type);
}

void Link::On(const smp::KeysExchanged& output) {
  adapter_.context().bus.EmitKeysReceived(ref(), ToStrings(output.local),
                                          ToStrings(output.remote));
}

void Link::On(const smp::BondUsed& output) {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const auto microseconds =
      std::chrono::duration_cast<std::chrono::microseconds>(since_epoch);
  const bonds::BondKey key = adapter_.KeyOf(output.identity);
  adapter_.context().store.Touch(key,
                                 static_cast<uint64_t>(microseconds.count()));
  if (const bonds::Bond* bond = adapter_.context().store.Find(key)) {
    adapter_.SetPeerLostKeys(*bond, false);
  }
}

void Link::On(const smp::PeerLostKeys& output) {
  const bonds::BondKey key = adapter_.KeyOf(output.identity);
  adapter_.Log(LogLevel::kWarning, "the peer has lost the keys of its bond",
               &on_air_);
  if (const bonds::Bond* bond = adapter_.context().store.Find(key)) {
    adapter_.SetPeerLostKeys(*bond, true);
  }
}

void Link::On(const smp::Disconnect& output) {
  adapter_.controller().Disconnect(id_, output.reason, adapter_.context().now);
}

void Link::On(const smp::PairingEnded& output) {
  const smp::PairingReport& report = output.report;
  adapter_.Log(report.failure ? LogLevel::kWarning : LogLevel::kNotice,
               DescribeOutcome(report), &on_air_);
  std::string bond = "/";
  if (report.bonded && !report.failure) {
    identity_ = report.peer;
    bond = dbus::Service::BondPath(adapter_.name(), report.peer);
  }
  last_pairing_ = ResultOf(report, bond);
  const auto call = pairing_call_;
  const bool armed = armed_pairing_ && !report.failure;
  ForgetPairing();
  if (armed) {
    if (armed_ && armed_->Complete()) {
      armed_.reset();
    } else if (!armed_) {
      adapter_.OnArmedPairingDone();
    }
  }
  Publish();
  dbus::Service& bus = adapter_.context().bus;
  bus.EmitPairingCompleted(ref(), last_pairing_);
  if (!call) return;
  if (report.failure) {
    bus.ReplyError(*call, ErrorOf(report));
  } else {
    bus.Reply(*call, last_pairing_);
  }
}

void Link::ForgetPairing() {
  if (question_) adapter_.context().bus.Withdraw(*question_, "pairing ended");
  question_.reset();
  prompt_.reset();
  starter_.reset();
  pairing_call_.reset();
  owner_.reset();
  agent_option_.reset();
  agent_.reset();
  options_ = {};
  early_passkey_.reset();
  early_oob_.reset();
  early_tk_.reset();
  armed_pairing_ = false;
}

void Link::On(const smp::EncryptionEnded& output) {
  dbus::Service& bus = adapter_.context().bus;
  Publish();
  if (std::exchange(connect_waits_, false)) adapter_.OnEncrypted(*this);
  const auto call = std::exchange(encryption_call_, std::nullopt);
  const auto level = std::exchange(encryption_level_, std::nullopt);
  if (!call) return;
  switch (output.outcome) {
    case smp::EncryptionOutcome::kEncrypted:
      if (level && sm_.security()->Level() < *level) {
        bus.ReplyError(*call,
                       {"Rejected", fmt::format("Level: the key gives level {}",
                                                sm_.security()->Level())});
        return;
      }
      bus.Reply(*call, DescribeSecurity(sm_.security()));
      return;
    case smp::EncryptionOutcome::kKeyMissing:
      bus.ReplyError(*call, {"KeyMissing", "the peer has no such key"});
      return;
    case smp::EncryptionOutcome::kNoBond:
      bus.ReplyError(*call, {"DoesNotExist", "there is no bond to use"});
      return;
    case smp::EncryptionOutcome::kFailed:
      bus.ReplyError(*call,
                     {"LinkLost", fmt::format("encryption failed, HCI status "
                                              "0x{:02X}",
                                              output.status)});
      return;
  }
}

// --- Questions to the user.

void Link::On(const smp::AskUser& output) {
  prompt_ = OpenPrompt{output.prompt, output.question};
  if (const auto* consent = std::get_if<smp::ConsentPrompt>(&output.question)) {
    return Consent(output, *consent);
  }
  if (AnswerEarly(output)) return;
  AskAgent(output.question);
}

void Link::Consent(const smp::AskUser& ask, const smp::ConsentPrompt& prompt) {
  using smp::PairingFailedReason;
  if (!adapter_.pairable()) {
    return RefusePrompt(smp::FailureCause::kRefused,
                        PairingFailedReason::kPairingNotSupported);
  }
  if (adapter_.TooManyPairings()) {
    return RefusePrompt(smp::FailureCause::kRefused,
                        PairingFailedReason::kBusy);
  }
  const bool own_request = pairing_call_.has_value();
  if (own_request) {
    // The Security Request that led to this was ours.
    return GiveConsent(ask.prompt, options_, true, std::nullopt);
  }
  if (armed_ && armed_->until() && adapter_.context().now >= *armed_->until()) {
    armed_.reset();
  }
  if (Armed* armed = armed_ ? &*armed_ : nullptr) {
    owner_ = armed->caller().uid;
    starter_ = armed->caller();
    armed_pairing_ = true;
    return GiveConsent(ask.prompt, armed->pairing(), true, std::nullopt);
  }
  if (Armed* armed = adapter_.ArmedFor(on_air_, peer())) {
    owner_ = armed->caller().uid;
    starter_ = armed->caller();
    armed_pairing_ = true;
    const bool names = armed->address().has_value();
    return GiveConsent(ask.prompt, armed->pairing(), names, armed->address());
  }
  agent_ = FindAgent();
  if (!agent_) {
    adapter_.Log(LogLevel::kNotice,
                 "pairing refused: not armed, and no agent to ask", &on_air_);
    return RefusePrompt(smp::FailureCause::kRefused,
                        PairingFailedReason::kPairingNotSupported);
  }
  owner_ = agent_->uid;
  AskAgent(prompt);
}

void Link::GiveConsent(smp::PromptId prompt, const smp::PairingOptions& options,
                       bool covers_bond, std::optional<DeviceAddress> named) {
  if (!options_.agent) agent_option_ = options.agent;
  auto parameters = Parameters(options);
  if (!parameters) {
    adapter_.Log(LogLevel::kError,
                 "pairing refused: " + parameters.error().message, &on_air_);
    return RefusePrompt(smp::FailureCause::kNotAchievable,
                        smp::PairingFailedReason::kAuthenticationRequirements);
  }
  if (parameters->bonding) {
    const auto room = adapter_.context().store.CanStore(adapter_.KeyOf(peer()));
    if (!room) {
      adapter_.Log(LogLevel::kError, room.error().message, &on_air_);
      return RefusePrompt(smp::FailureCause::kStore,
                          smp::PairingFailedReason::kUnspecifiedReason);
    }
  }
  prompt_.reset();
  Feed(smp::UserReply(smp::AcceptConsent{prompt, std::move(*parameters),
                                         covers_bond, std::move(named)}));
}

void Link::RefusePrompt(smp::FailureCause cause,
                        std::optional<smp::PairingFailedReason> reason) {
  if (!prompt_) return;
  const smp::PromptId id = prompt_->id;
  prompt_.reset();
  Feed(smp::UserReply(smp::Refuse{id, reason, cause}));
}

// True when the answer was there before the question.
bool Link::AnswerEarly(const smp::AskUser& ask) {
  if (std::holds_alternative<smp::PasskeyInputPrompt>(ask.question) &&
      early_passkey_) {
    Reply(smp::EnterPasskey{ask.prompt,
                            *std::exchange(early_passkey_, std::nullopt)});
    return true;
  }
  const auto* oob = std::get_if<smp::OobPrompt>(&ask.question);
  if (oob == nullptr) return false;
  if (oob->secure_connections && early_oob_) {
    Reply(smp::GiveOob{ask.prompt, std::move(*early_oob_)});
    return true;
  }
  if (!oob->secure_connections && early_tk_) {
    Reply(smp::GiveOobLegacy{ask.prompt, std::move(*early_tk_)});
    return true;
  }
  return false;
}

std::optional<dbus::AgentRef> Link::FindAgent() {
  return adapter_.context().bus.FindAgent(agent_option_, starter_);
}

void Link::AskAgent(const smp::Prompt& prompt) {
  if (!agent_) agent_ = FindAgent();
  if (!agent_) return;  // the property Prompt shows it; replies may come
  if (!owner_) owner_ = agent_->uid;
  question_ = adapter_.context().bus.Ask(*agent_, ref(), QuestionFor(prompt));
}

dbus::AgentQuestion Link::QuestionFor(const smp::Prompt& prompt) const {
  struct Visitor {
    dbus::AgentQuestion operator()(const smp::ConsentPrompt& p) const {
      return dbus::AskAuthorization{FeaturesOf(p)};
    }
    dbus::AgentQuestion operator()(const smp::ReplacePrompt& p) const {
      return dbus::AskAuthorization{
          {{"Bonded", true}, {"Peer", dbus::AddressPair{p.identity}}}};
    }
    dbus::AgentQuestion operator()(const smp::PasskeyDisplayPrompt& p) const {
      return dbus::ShowPasskey{p.passkey, 0};
    }
    dbus::AgentQuestion operator()(const smp::PasskeyInputPrompt& p) const {
      return dbus::AskPasskey{{{"Keypress", p.keypress}}};
    }
    dbus::AgentQuestion operator()(const smp::NumberComparisonPrompt& p) const {
      return dbus::AskConfirmation{p.number, {{"NeverType", true}}};
    }
    dbus::AgentQuestion operator()(const smp::OobPrompt& p) const {
      return dbus::AskOob{p.secure_connections};
    }
  };
  return std::visit(Visitor(), prompt);
}

void Link::On(const smp::PasskeyProgress& output) {
  if (!prompt_ || prompt_->id != output.prompt || !agent_) return;
  const auto* display =
      std::get_if<smp::PasskeyDisplayPrompt>(&prompt_->question);
  if (display == nullptr) return;
  question_ = adapter_.context().bus.Ask(
      *agent_, ref(), dbus::ShowPasskey{display->passkey, output.entered});
}

void Link::On(const smp::WithdrawPrompt& output) {
  if (!prompt_ || prompt_->id != output.prompt) return;
  prompt_.reset();
  if (question_) {
    adapter_.context().bus.Withdraw(*question_, "no answer needed any more");
  }
  question_.reset();
}

void Link::OnAgentAnswer(dbus::AgentAnswer answer) {
  question_.reset();
  if (!prompt_) return;
  if (const auto* refusal = std::get_if<dbus::AgentRefusal>(&answer)) {
    switch (*refusal) {
      case dbus::AgentRefusal::kRejected:
        return RefusePrompt(smp::FailureCause::kRefused);
      case dbus::AgentRefusal::kCanceled:
      case dbus::AgentRefusal::kGone:
        return RefusePrompt(smp::FailureCause::kCanceled,
                            smp::PairingFailedReason::kUnspecifiedReason);
    }
  }
  const OpenPrompt prompt = *prompt_;
  if (const auto* consent = std::get_if<smp::ConsentPrompt>(&prompt.question)) {
    return GiveConsent(prompt.id, {}, consent->bonded, std::nullopt);
  }
  if (std::holds_alternative<smp::ReplacePrompt>(prompt.question)) {
    return Reply(smp::AcceptReplace{prompt.id});
  }
  if (std::holds_alternative<smp::NumberComparisonPrompt>(prompt.question)) {
    return Reply(smp::ConfirmNumber{prompt.id});
  }
  if (const auto* passkey = std::get_if<dbus::AgentPasskey>(&answer)) {
    return Reply(smp::EnterPasskey{prompt.id, passkey->passkey});
  }
  if (auto* oob = std::get_if<dbus::AgentOob>(&answer)) {
    if (oob->sc) return Reply(smp::GiveOob{prompt.id, std::move(*oob->sc)});
    Reply(smp::GiveOobLegacy{prompt.id, std::move(*oob->tk)});
  }
}

void Link::Reply(smp::UserReply reply) {
  prompt_.reset();
  if (question_) {
    adapter_.context().bus.Withdraw(*question_, "answered otherwise");
    question_.reset();
  }
  Feed(std::move(reply));
}

// --- Starting things.

dbus::ApiResult<smp::PairingParameters> Link::Parameters(
    const smp::PairingOptions& options) {
  smp::PairingOptions effective = options.Clone();
  if (armed_) effective.LayOver(armed_->pairing());
  effective.LayOver(adapter_.Defaults());
  if (!agent_) {
    agent_ = adapter_.context().bus.FindAgent(effective.agent, starter_);
  }
  std::optional<smp::IoCapability> capability;
  if (agent_) capability = agent_->capability;
  auto resolved = smp::Resolve(effective, capability);
  if (!resolved) return dbus::ApiFail("NotAchievable", resolved.error());
  smp::PairingParameters parameters = std::move(*resolved);
  const config::Config& config = adapter_.context().config;
  parameters.fixed_passkey_allowed = config.allow_fixed_passkey;
  parameters.legacy_passkey_authenticated = config.legacy_passkey_authenticated;
  const bool display_only =
      parameters.io_capability == smp::IoCapability::kDisplayOnly ||
      parameters.io_capability == smp::IoCapability::kDisplayYesNo;
  if (parameters.passkey && display_only && !config.allow_fixed_passkey) {
    return dbus::ApiFail("NotAuthorized",
                         "Passkey: a fixed shown passkey needs "
                         "AllowFixedPasskey=yes in the configuration");
  }
  return parameters;
}

uint8_t Link::RequiredLevel() const {
  smp::PairingOptions effective = adapter_.Defaults();
  if (armed_ && armed_->pairing().require_level) {
    effective.require_level = armed_->pairing().require_level;
  }
  return effective.require_level.value_or(
      smp::PairingParameters().require_level);
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
  if (sm_.busy()) {
    return dbus::ApiFail("InProgress", "a pairing or encryption is under way");
  }
  return {};
}

void Link::InitiatePairing(dbus::CallId call, const dbus::Caller& caller,
                           smp::PairingOptions options) {
  dbus::Service& bus = adapter_.context().bus;
  if (auto check = CheckStart(true); !check) {
    return bus.ReplyError(call, check.error());
  }
  if (adapter_.TooManyPairings()) {
    return bus.ReplyError(call, {"Busy", "too many pairings at once"});
  }
  starter_ = caller;
  owner_ = caller.uid;
  agent_option_ = options.agent;
  auto parameters = Parameters(options);
  if (!parameters) {
    ForgetPairing();
    return bus.ReplyError(call, parameters.error());
  }
  if (parameters->bonding) {
    const auto room = adapter_.context().store.CanStore(adapter_.KeyOf(peer()));
    if (!room) {
      ForgetPairing();
      return bus.ReplyError(call, {"StoreFailed", room.error().message});
    }
  }
  pairing_call_ = call;
  Feed(smp::StartPairing{std::move(*parameters)});
}

void Link::SendSecurityRequest(dbus::CallId call, const dbus::Caller& caller,
                               smp::PairingOptions options) {
  dbus::Service& bus = adapter_.context().bus;
  if (auto check = CheckStart(false); !check) {
    return bus.ReplyError(call, check.error());
  }
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
  encryption_call_ = call;
  encryption_level_ = options.level;
  smp::Encrypt encrypt;
  if (options.key) {
    encrypt.key = options.key->Clone();
    const bool sc = options.key->ediv == 0 && options.key->rand == 0;
    // What such a key is worth nobody but its owner knows: the level that was
    // asked for, and no more than a key without a name can have.
    const uint8_t level = options.level.value_or(2);
    encrypt.security = {.authenticated = level >= 3,
                        .secure_connections = sc && level >= 4,
                        .key_size = 16};
  }
  Feed(std::move(encrypt));
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

void Link::Arm(const dbus::Caller& caller, dbus::ArmOptions options) {
  armed_.emplace(std::move(options), caller, adapter_.context().now);
}

// --- Ends.

void Link::OnDown(uint8_t reason) {
  Feed(smp::LinkLost{});
  dbus::Service& bus = adapter_.context().bus;
  if (encryption_call_) {
    bus.ReplyError(*encryption_call_,
                   {"LinkLost", fmt::format("reason 0x{:02X}", reason)});
  }
  if (std::exchange(connect_waits_, false)) adapter_.OnEncrypted(*this);
  bus.EmitDisconnected(ref(), reason);
  if (disconnect_call_) bus.Reply(*disconnect_call_, dbus::NoValue());
}

void Link::OnBondStored(bool ok) { Feed(smp::BondStored{ok}); }

void Link::OnClientGone(const std::string& name) {
  if (armed_ && armed_->pairing().agent && armed_->caller().name == name) {
    armed_.reset();
  }
  if (starter_ && starter_->name == name && pairing_call_) {
    pairing_call_.reset();
    Feed(smp::Cancel{});
  }
}

}  // namespace bondd::daemon
