#include "sim/connection.h"

#include "sim/link.h"

namespace bondd::sim {

namespace {

constexpr Duration kConnectionIntervalUnit = std::chrono::microseconds(1250);
constexpr Duration kTimeoutUnit = std::chrono::milliseconds(10);

size_t IndexOf(const Link& end) { return static_cast<size_t>(end.role()); }

}  // namespace

Connection::Connection(Scheduler& scheduler, const LinkParameters& parameters)
    : scheduler_(scheduler),
      parameters_(parameters),
      // [Vol 6, Part B] 4.5.3: the transmit window begins 1.25 ms after the
      // CONNECT_IND at the earliest.
      base_(scheduler.now() + kConnectionIntervalUnit),
      event_timer_(scheduler),
      update_timer_(scheduler),
      loss_timer_(scheduler) {}

void Connection::Join(Link& end) {
  ends_[IndexOf(end)] = &end;
  // The other end may have begun something already.
  Wake();
}

void Connection::Leave(const Link& end) {
  const size_t index = IndexOf(end);
  if (ends_[index] != &end) return;
  ends_[index] = nullptr;
  if (ends_[1 - index] && contact_) StartSupervision(*ends_[1 - index]);
}

void Connection::Wake() {
  if (event_timer_.running() || !contact_ || !ends_[0] || !ends_[1]) return;
  if (ends_[0]->Pending() == 0 && ends_[1]->Pending() == 0) return;
  event_timer_.Start(TimeOf(NextEvent()), [this] { PlayEvent(); });
}

void Connection::LoseContact() {
  if (!contact_) return;
  contact_ = false;
  event_timer_.Stop();
  update_timer_.Stop();
  for (Link* end : ends_) {
    if (end) StartSupervision(*end);
  }
}

void Connection::LoseContactAt(uint32_t event) {
  loss_timer_.Start(TimeOf(event), [this] { LoseContact(); });
}

void Connection::Update(const LinkParameters& parameters) {
  update_timer_.Start(TimeOf(NextEvent() + kEventsToInstant - 1),
                      [this, parameters] { ApplyUpdate(parameters); });
}

uint16_t Connection::UpdateInstant() const {
  return static_cast<uint16_t>(base_event_ + NextEvent() + kEventsToInstant);
}

void Connection::ApplyUpdate(const LinkParameters& parameters) {
  base_event_ += NextEvent();
  base_ = scheduler_.now();
  parameters_ = parameters;
  event_timer_.Stop();
  for (Link* end : ends_) {
    if (end) end->OnParametersChanged();
  }
  Wake();
}

Duration Connection::Interval() const {
  return kConnectionIntervalUnit * parameters_.interval;
}

uint32_t Connection::NextEvent() const {
  if (scheduler_.now() < base_) return 0;
  return static_cast<uint32_t>((scheduler_.now() - base_) / Interval() + 1);
}

Time Connection::TimeOf(uint32_t event) const {
  return base_ + Interval() * event;
}

void Connection::PlayEvent() {
  // What comes in during an event is answered in the next one.
  std::array<size_t, 2> budget{};
  for (size_t i = 0; i < 2; ++i) {
    if (ends_[i]) budget[i] = std::min(ends_[i]->Pending(), kPdusPerEvent);
  }
  // The ends take turns, the central first.
  for (size_t turn = 0; turn < kPdusPerEvent; ++turn) {
    for (size_t i = 0; i < 2; ++i) {
      if (turn < budget[i] && !Carry(ends_[i], ends_[1 - i])) budget[i] = 0;
    }
  }
  Wake();
}

bool Connection::Carry(Link* sender, Link* receiver) {
  if (!sender || !receiver || !contact_ || sender->Pending() == 0) {
    return false;
  }
  // A receiver without room does not acknowledge: the PDU stays where it is.
  if (!receiver->HasRoom()) return false;
  const std::optional<LinkPdu> pdu = sender->Transmit();
  if (!pdu || !contact_) return false;
  if (!receiver->Receive(*pdu)) return false;
  sender->OnAcknowledged();
  return true;
}

void Connection::StartSupervision(Link& end) {
  // [Vol 6, Part B] 4.5.2: until a first packet was received, six intervals.
  if (base_event_ == 0 && scheduler_.now() <= base_) {
    end.OnContactLost(base_ + 6 * Interval(),
                      hci::HciError::kConnectionFailedToBeEstablished);
    return;
  }
  end.OnContactLost(scheduler_.now() + kTimeoutUnit * parameters_.timeout,
                    hci::HciError::kConnectionTimeout);
}

}  // namespace bondd::sim
