#include "tests/sim/stations.h"

#include <utility>
#include <variant>

namespace bondd::test {

namespace {

using smp::test::SmpEnd;
using std::chrono::seconds;

sim::ControllerOptions WithAddress(const DeviceAddress& address) {
  sim::ControllerOptions options;
  options.public_address = address;
  return options;
}

hci::LinkKey128 LinkKeyOf(const smp::Ltk& ltk) {
  return hci::LinkKey128(ltk.Reveal());
}

}  // namespace

// --- One host.

Station::Station(sim::Air& air, const DeviceAddress& address, uint64_t seed,
                 Time now)
    : address_(address),
      seed_(seed),
      transport_(air.AddController(WithAddress(address), now)),
      host_(*transport_) {
  host_.Start(now);
}

std::optional<Time> Station::Deadline() const {
  const auto of_link = end_ && link_ ? end_->manager.Deadline() : std::nullopt;
  return Earlier(host_.Deadline(), of_link);
}

void Station::Turn(Time now) {
  if (const auto due = host_.Deadline(); due && *due <= now) {
    host_.OnDeadline(now);
  }
  if (end_ && link_) {
    if (const auto due = end_->manager.Deadline(); due && *due <= now) {
      Give(smp::TimerDue{}, now);
    }
  }
  while (host_.OnReadable(now)) {
  }
  for (hci::Event& event : host_.TakeEvents()) Take(std::move(event), now);
}

void Station::Give(smp::Input input, Time now) {
  end_->now = now;
  end_->Give(std::move(input));
  while (!end_->to_link.empty()) {
    smp::Output output = std::move(end_->to_link.front());
    end_->to_link.pop_front();
    Carry(std::move(output), now);
  }
}

void Station::HangUp(Time now) {
  constexpr uint8_t kRemoteUserTerminatedConnection = 0x13;
  host_.Disconnect(*link_, kRemoteUserTerminatedConnection, now);
}

// An answer to the question that was asked last.
void Station::Type(uint32_t passkey, Time now) {
  const auto& asked = end_->asked;
  if (asked.empty() || asked.size() == typed_) return;
  if (!std::holds_alternative<smp::PasskeyInputPrompt>(asked.back().question)) {
    return;
  }
  typed_ = asked.size();
  Give(smp::EnterPasskey{asked.back().prompt, passkey}, now);
}

void Station::MakeEnd(const hci::LinkUp& up) {
  const auto role = up.role == hci::Role::kCentral ? smp::Role::kInitiator
                                                   : smp::Role::kResponder;
  auto end = std::make_unique<SmpEnd>(
      smp::LinkInfo{.role = role, .local = up.local, .peer = up.peer}, address_,
      seed_);
  if (end_) {
    end->random = end_->random;
    end->key_pairs = std::move(end_->key_pairs);
    end->bonds = std::move(end_->bonds);
    end->user = std::move(end_->user);
  }
  end_ = std::move(end);
}

void Station::Take(hci::Event event, Time now) {
  if (std::holds_alternative<hci::Ready>(event)) {
    ready_ = true;
  } else if (const auto* up = std::get_if<hci::LinkUp>(&event)) {
    link_ = up->link;
    encrypted_ = false;
    down_reason_.reset();
    typed_ = 0;
    MakeEnd(*up);
  } else if (const auto* down = std::get_if<hci::LinkDown>(&event)) {
    link_.reset();
    encrypted_ = false;
    down_reason_ = down->reason;
    Give(smp::LinkLost{}, now);
  } else if (auto* pdu = std::get_if<hci::SmpPduReceived>(&event)) {
    Give(smp::PduReceived{std::move(pdu->pdu)}, now);
  } else if (const auto* sent = std::get_if<hci::SmpPdusAcknowledged>(&event)) {
    Give(smp::PdusAcknowledged{sent->count}, now);
  } else if (const auto* asked =
                 std::get_if<hci::LongTermKeyRequested>(&event)) {
    Give(smp::LongTermKeyRequest{asked->rand, asked->ediv}, now);
  } else if (const auto* changed =
                 std::get_if<hci::EncryptionChanged>(&event)) {
    encrypted_ = changed->encrypted;
    Give(smp::EncryptionChange{changed->status, changed->encrypted}, now);
  }
}

void Station::Carry(smp::Output output, Time now) {
  if (!link_) return;
  if (const auto* send = std::get_if<smp::SendPdu>(&output)) {
    host_.SendSmp(*link_, send->pdu, now);
  } else if (const auto* start = std::get_if<smp::StartEncryption>(&output)) {
    host_.EnableEncryption(*link_, start->key.rand, start->key.ediv,
                           LinkKeyOf(start->key.ltk), now);
  } else if (const auto* answer =
                 std::get_if<smp::AnswerLongTermKeyRequest>(&output)) {
    std::optional<hci::LinkKey128> key;
    if (answer->key) key = LinkKeyOf(*answer->key);
    host_.AnswerLongTermKeyRequest(*link_, key, now);
  } else if (const auto* bye = std::get_if<smp::Disconnect>(&output)) {
    host_.Disconnect(*link_, bye->reason, now);
  }
}

// --- Both.

Stations::Stations()
    : central_(air_, smp::test::PublicAddress("00:00:00:00:00:0C"), 1, now_),
      peripheral_(air_, smp::test::PublicAddress("00:00:00:00:00:0D"), 2,
                  now_) {}

bool Stations::RunUntil(const std::function<bool()>& condition) {
  const Time end = now_ + seconds(60);
  while (!condition()) {
    const auto next = Earlier(
        air_.Deadline(), Earlier(central_.Deadline(), peripheral_.Deadline()));
    if (!next || *next > end) return false;
    now_ = std::max(now_, *next);
    air_.Advance(now_);
    central_.Turn(now_);
    peripheral_.Turn(now_);
    TypePasskeys();
  }
  return true;
}

bool Stations::Connect() {
  if (!RunUntil([&] { return central_.ready() && peripheral_.ready(); })) {
    return false;
  }
  if (!peripheral_.host().StartAdvertising({}, now_)) return false;
  central_.host().Connect(peripheral_.address(), seconds(20), now_);
  return RunUntil([&] { return central_.linked() && peripheral_.linked(); });
}

bool Stations::Disconnect() {
  central_.HangUp(now_);
  return RunUntil([&] { return !central_.linked() && !peripheral_.linked(); });
}

void Stations::Give(Station& station, smp::Input input) {
  station.Give(std::move(input), now_);
}

bool Stations::RunToReports() {
  return RunUntil([&] {
    const SmpEnd& c = central_.end();
    const SmpEnd& p = peripheral_.end();
    return !c.reports.empty() && !p.reports.empty() && !c.manager.busy() &&
           !p.manager.busy();
  });
}

void Stations::TypePasskeys() {
  for (Station* typing : {&central_, &peripheral_}) {
    Station& other = typing == &central_ ? peripheral_ : central_;
    if (!typing->linked() || !other.linked()) continue;
    if (const auto* shown = other.end().Asked<smp::PasskeyDisplayPrompt>()) {
      typing->Type(shown->passkey, now_);
    }
  }
}

}  // namespace bondd::test
