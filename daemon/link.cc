#include "daemon/link.h"

#include <fmt/format.h>

#include <utility>

#include "bonds/wall_clock.h"
#include "common/wipe.h"
#include "daemon/adapter.h"

namespace bondd::daemon {

namespace {

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

std::optional<Time> Link::Deadline() const {
  std::optional<Time> deadline = sm_.Deadline();
  if (waiting_) deadline = Earlier(deadline, waiting_->until);
  return deadline;
}

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
  if (connect_waits_ && !encrypting()) {
    connect_waits_ = false;
    adapter_.OnEncrypted(*this);
  }
}

void Link::Carry(smp::Output output) {
  // It may be the answer to what was announced last.
  if (!std::holds_alternative<smp::AskUser>(output)) Announce();
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
  Trace("sent", output.pdu);
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
  storing_ = output.bond.identity;
  adapter_.SaveBond(std::move(output.bond),
                    {.judged = judged_, .newer = output.replace}, *this);
}

void Link::On(const smp::DiscardBond&) { adapter_.UndoBond(*this); }

void Link::On(const smp::SecurityChanged&) {}

void Link::On(const smp::PairingRequested& output) { announcement_ = output; }

void Link::On(const smp::SecurityRequested& output) { announcement_ = output; }

void Link::Announce() {
  const auto announced = std::exchange(announcement_, std::nullopt);
  if (!announced) return;
  dbus::Service& bus = adapter_.context().bus;
  if (const auto* asked = std::get_if<smp::PairingRequested>(&*announced)) {
    return bus.EmitPairingRequested(ref(), FeaturesOf(asked->features));
  }
  const auto& asked = std::get<smp::SecurityRequested>(*announced);
  const smp::ConsentPrompt features{.security_request = true,
                                    .auth_req = asked.auth_req,
                                    .features = std::nullopt,
                                    .bonded = identity_.has_value()};
  bus.EmitSecurityRequested(ref(), FeaturesOf(features));
}

void Link::On(const smp::KeypressReceived& output) {
  if (!keypress_signals_.Take(adapter_.context().now)) return;
  adapter_.context().bus.EmitKeypress(ref(), output.type);
}

void Link::On(const smp::KeysExchanged& output) {
  adapter_.context().bus.EmitKeysReceived(ref(), ToStrings(output.local),
                                          ToStrings(output.remote));
}

void Link::On(const smp::BondUsed& output) {
  const bonds::BondKey key = adapter_.KeyOf(output.identity);
  adapter_.context().store.Touch(key, bonds::WallClock());
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
  // Nobody here has to do with it: the peer may fail as often as it likes.
  const bool unowned = report.failure && !owner_ && !pairing_call_;
  const Time now = adapter_.context().now;
  if (!unowned || journal_lines_.Take(now)) {
    adapter_.Log(report.failure ? LogLevel::kWarning : LogLevel::kNotice,
                 DescribeOutcome(report), &on_air_);
  }
  if (unowned && !signals_.Take(now)) {
    NoteAttempt(report);
    return ForgetPairing();
  }
  std::string bond = "/";
  if (report.bonded && !report.failure) {
    identity_ = report.peer;
    bond = dbus::Service::BondPath(adapter_.name(), report.peer);
  }
  last_pairing_ = ResultOf(report, bond);
  const auto call = pairing_call_;
  const LetInBy let_in_by = report.failure ? LetInBy::kOther : let_in_by_;
  adapter_.oob().GiveBack(serial_, &report);
  NoteAttempt(report);
  ForgetPairing();
  if (let_in_by == LetInBy::kArmedAdapter) {
    adapter_.OnArmedPairingDone();
  } else if (let_in_by == LetInBy::kArmedLink && armed_ && armed_->Complete()) {
    armed_.reset();
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
  adapter_.oob().GiveBack(serial_, nullptr);
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
  let_in_by_ = LetInBy::kOther;
  wanted_ = false;
  refused_unasked_ = false;
}

void Link::On(const smp::EncryptionEnded& output) {
  dbus::Service& bus = adapter_.context().bus;
  Publish();
  const auto call = std::exchange(encryption_call_, std::nullopt);
  const auto level = std::exchange(encryption_level_, std::nullopt);
  if (!call) return;
  switch (output.outcome) {
    case smp::EncryptionOutcome::kEncrypted:
      if (level && sm_.security()->Level() < *level) {
        bus.ReplyError(*call, {"NotAchievable",
                               fmt::format("Level: the key gives level {}",
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

// --- Ends.

bool Link::OnDown(uint8_t reason) {
  down_reason_ = reason;
  EndWaiting({"LinkLost", fmt::format("reason 0x{:02X}", reason)});
  Feed(smp::LinkLost{});
  if (const auto call = std::exchange(encryption_call_, std::nullopt)) {
    adapter_.context().bus.ReplyError(
        *call, {"LinkLost", fmt::format("reason 0x{:02X}", reason)});
  }
  if (!sm_.storing()) End();
  return ended_;
}

void Link::OnBondStored(smp::BondStored stored) {
  storing_.reset();
  Feed(stored);
  if (down() && !ended_) End();
}

void Link::Abandon() {
  const auto call = std::exchange(pairing_call_, std::nullopt);
  if (call) {
    adapter_.context().bus.ReplyError(
        *call, {"LinkLost", "the adapter went while the bond was stored"});
  }
  if (!ended_) End();
}

void Link::End() {
  ended_ = true;
  dbus::Service& bus = adapter_.context().bus;
  bus.EmitDisconnected(ref(), *down_reason_);
  if (const auto call = std::exchange(disconnect_call_, std::nullopt)) {
    bus.Reply(*call, dbus::NoValue());
  }
}

void Link::OnBondRemoved(const std::optional<DeviceAddress>& identity) {
  const bool ours = identity ? IsWith(*identity)
                             : storing_ || adapter_.BondOf(peer()) != nullptr;
  if (!ours || down()) return;
  // The peer is to hear why its pairing ends.
  Feed(smp::Cancel{});
  Disconnect(std::nullopt);
}

bool Link::IsWith(const DeviceAddress& address) const {
  return on_air_ == address || peer() == address || storing_ == address;
}

void Link::OnClientGone(const std::string& name) {
  if (armed_ && armed_->pairing().agent && armed_->caller().name == name) {
    armed_.reset();
  }
  if (waiting_ && waiting_->caller.name == name) waiting_.reset();
  if (starter_ && starter_->name == name && pairing_call_) {
    pairing_call_.reset();
    Feed(smp::Cancel{});
  }
}

}  // namespace bondd::daemon
