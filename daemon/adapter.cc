#include "daemon/adapter.h"

#include <fmt/format.h>

#include <utility>

#include "hci/error_name.h"
#include "smp/signer.h"

namespace bondd::daemon {

namespace {

constexpr Duration kRetryInterval = std::chrono::milliseconds(500);
// Of an adapter that is there and can't be used.
constexpr Duration kRetryWhenPresent = std::chrono::seconds(10);
// How long an adapter may be busy at first that is not to be waited for.
constexpr Duration kBusyLimit = std::chrono::seconds(10);

}  // namespace

Adapter::Adapter(Context& context, TransportFactory& transports,
                 config::AdapterSpec spec, std::string name, uint8_t sim_index)
    : context_(context),
      transports_(transports),
      spec_(std::move(spec)),
      name_(std::move(name)),
      sim_index_(sim_index),
      attempts_(context.config.repeated_attempts) {}

Adapter::~Adapter() = default;

void Adapter::Log(LogLevel level, std::string_view message,
                  const DeviceAddress* peer) const {
  context_.journal.Write(level, message,
                         {name_, peer != nullptr ? peer->ToString() : ""});
}

// --- Coming and going.

Result<void> Adapter::Open() {
  retry_at_ = context_.now + kRetryInterval;
  auto transport = transports_.Open(spec_, sim_index_, context_.now);
  if (!transport) return std::unexpected(transport.error());
  retry_at_.reset();
  transport_ = std::move(*transport);
  controller_ = std::make_unique<hci::Controller>(*transport_);
  controller_->Start(context_.now);
  return {};
}

void Adapter::OpenOrWait() {
  const auto opened = Open();
  if (opened) return;
  if (!first_try_) first_try_ = context_.now;
  // The kernel may be setting it up still.
  const bool patient = opened.error().code == ErrorCode::kBusy &&
                       context_.now < *first_try_ + kBusyLimit;
  if (!context_.wait && !was_ready_ && !patient) {
    start_error_ = opened.error();
    return;
  }
  // Once for each new state of things, not twice a second.
  if (opened.error().message == last_error_) return;
  last_error_ = opened.error().message;
  Log(LogLevel::kWarning, last_error_ + "; waiting for it");
}

int Adapter::fd() const { return transport_ ? transport_->fd() : -1; }

bool Adapter::WantsWrite() const {
  return transport_ && transport_->WantsWrite();
}

std::optional<Time> Adapter::Deadline() const {
  std::optional<Time> deadline = retry_at_;
  if (controller_) deadline = Earlier(deadline, controller_->Deadline());
  for (const auto& [id, link] : links_) {
    deadline = Earlier(deadline, link->Deadline());
  }
  for (const Connector::Attempt& attempt : connector_.attempts()) {
    if (attempt.searching) deadline = Earlier(deadline, attempt.deadline);
  }
  if (armed_) deadline = Earlier(deadline, armed_->until());
  deadline = Earlier(deadline, oob_.Deadline());
  return Earlier(deadline, scan_until_);
}

bool Adapter::Turn() {
  if (!controller_) {
    if (retry_at_ && context_.now >= *retry_at_ && !shutting_down_) {
      OpenOrWait();
    }
    return false;
  }
  if (transport_->WantsWrite()) {
    // An error shows itself at the next reading, too.
    static_cast<void>(transport_->Flush());
  }
  const bool more = controller_->OnReadable(context_.now);
  if (const auto deadline = controller_->Deadline();
      deadline && context_.now >= *deadline) {
    controller_->OnDeadline(context_.now);
  }
  HandleEvents();
  RunTimers();
  HandleEvents();
  return more;
}

void Adapter::RunTimers() {
  for (const auto& [id, link] : links_) {
    const auto deadline = link->Deadline();
    if (deadline && context_.now >= *deadline) link->OnDeadline();
  }
  if (armed_ && armed_->until() && context_.now >= *armed_->until()) {
    armed_.reset();
  }
  oob_.Expire(context_.now);
  if (scan_until_ && context_.now >= *scan_until_) StopScan();
  bool searched_in_vain = false;
  auto& attempts = connector_.attempts();
  for (auto it = attempts.begin(); it != attempts.end();) {
    if (!it->searching || context_.now < it->deadline) {
      ++it;
      continue;
    }
    for (const Connector::Waiter& waiter : it->waiters) {
      context_.bus.ReplyError(
          waiter.call, {"TimedOut", it->peer.ToString() + " was not heard of"});
    }
    it = attempts.erase(it);
    searched_in_vain = true;
  }
  if (searched_in_vain) UpdateScan();
}

void Adapter::HandleEvents() {
  while (controller_) {
    std::vector<hci::Event> events = controller_->TakeEvents();
    if (events.empty()) return;
    for (hci::Event& event : events) {
      std::visit([this](auto& value) { On(value); }, event);
    }
    if (lost_) {
      Close(*std::exchange(lost_, std::nullopt));
      return;
    }
  }
}

// An identity is not used before it is stored, but for one that can't be: the
// Store stores that before the first bond, and answers at once.
void Adapter::On(const hci::Ready& event) {
  starting_ = Starting{
      context_.store.RequestIdentity(identity_name(), event.public_address),
      event};
  if (context_.store.FindIdentity(identity_name(), event.public_address) ==
      nullptr) {
    Log(LogLevel::kInfo, "waiting for its new identity to be stored");
  }
}

void Adapter::OnIdentity(const Result<void>& outcome) {
  const hci::Ready event = std::exchange(starting_, std::nullopt)->event;
  if (!outcome) return Close(outcome.error());
  const bonds::LocalIdentity* stored =
      context_.store.FindIdentity(identity_name(), event.public_address);
  if (stored == nullptr) {
    return Close({ErrorCode::kBusy,
                  "another adapter has taken the identity that is kept for " +
                      identity_name()});
  }
  const DeviceAddress address =
      event.public_address.value_or(stored->static_address);
  if (!event.public_address) {
    controller_->SetRandomAddress(stored->static_address, context_.now);
  }
  if (!context_.addresses.insert(address).second) {
    return Close({ErrorCode::kBusy,
                  fmt::format("another adapter has the address {} as well",
                              address.ToString())});
  }
  identity_ = smp::LocalIdentity{address, stored->irk.Clone()};
  if (auto checked = CheckController(*stored, event); !checked) {
    context_.addresses.erase(address);
    return Close(checked.error());
  }
  ready_ = was_ready_ = true;
  last_error_.clear();
  Log(LogLevel::kNotice,
      fmt::format("ready, address {} ({})", address.ToString(),
                  bondd::ToString(address.type)));
  PublishSelf();
  PublishBonds();
}

void Adapter::On(const hci::Lost& event) { lost_ = event.error; }

void Adapter::Close(const Error& why) {
  // Once for each new state of things, not at every try.
  if (!context_.wait && !was_ready_ && !shutting_down_) {
    start_error_ = why;
  } else if (!shutting_down_ && why.message != last_error_) {
    last_error_ = why.message;
    Log(LogLevel::kWarning, why.message);
  }
  constexpr uint8_t kConnectionTerminatedLocally = 0x16;
  const dbus::ApiError gone{"AdapterGone", why.message};
  for (const auto& [serial, waiters] : std::exchange(encrypting_, {})) {
    for (const Connector::Waiter& waiter : waiters) {
      context_.bus.ReplyError(waiter.call, gone);
    }
  }
  for (const auto& [id, link] : links_) {
    if (!link->OnDown(kConnectionTerminatedLocally)) link->Abandon();
    context_.bus.RemoveConnection(link->ref());
  }
  links_.clear();
  for (const Connector::Attempt& attempt : connector_.attempts()) {
    for (const Connector::Waiter& waiter : attempt.waiters) {
      context_.bus.ReplyError(waiter.call, gone);
    }
  }
  connector_.attempts().clear();
  // A reply can't be sent once the object that was called has gone.
  for (auto& [id, request] : store_requests_) {
    if (const auto call = std::exchange(request.call, std::nullopt)) {
      context_.bus.ReplyError(*call, gone);
    }
  }
  starting_.reset();
  controller_.reset();
  transport_.reset();
  if (ready_) {
    for (const DeviceAddress& peer : std::exchange(published_, {})) {
      context_.bus.RemoveBond(name_, peer);
    }
    context_.bus.RemoveAdapter(name_);
    context_.addresses.erase(identity_->address);
  }
  ready_ = advertising_ = scanning_ = user_scan_ = false;
  // What comes next is to be judged by itself.
  identity_.reset();
  trusted_ = record_unsaved_ = false;
  scan_until_.reset();
  armed_.reset();
  oob_.Clear();
  const bool absent =
      why.code == ErrorCode::kClosed || why.code == ErrorCode::kNotFound;
  retry_at_ = context_.now + (absent ? kRetryInterval : kRetryWhenPresent);
}

void Adapter::Shutdown() {
  shutting_down_ = true;
  if (!controller_) return;
  if (!ready_) {
    Close({ErrorCode::kClosed, "shutting down"});
    return;
  }
  for (const auto& [id, link] : links_) {
    // What is on its way to the disk is waited for.
    if (!link->pairing() || link->storing() || link->down()) continue;
    link->Feed(smp::Cancel{});
  }
  controller_->Shutdown(context_.now);
}

void Adapter::PublishSelf() {
  if (!ready_) return;
  const smp::AttemptPolicy& attempts = attempts_.policy();
  const auto milliseconds = [](Duration d) {
    return static_cast<uint32_t>(d / std::chrono::milliseconds(1));
  };
  dbus::AdapterProperties p;
  p.name = name_;
  p.address = identity_->address;
  p.identity = identity_->address;
  p.transport = TransportName(spec_);
  p.powered = true;
  p.trusted = trusted_;
  p.pairable = pairable_;
  p.pairing_defaults = DescribeOptions(Defaults());
  p.advertising = advertising_;
  p.scanning = user_scan_;
  p.trace = trace_;
  p.repeated_attempts = {{"First", milliseconds(attempts.first)},
                         {"Max", milliseconds(attempts.max)},
                         {"Decay", milliseconds(attempts.decay)},
                         {"Exponent", attempts.exponent},
                         {"MaxAttempts", attempts.max_attempts}};
  context_.bus.Publish(p);
}

// --- Links.

Link* Adapter::FindLink(hci::LinkId id) {
  const auto it = links_.find(id);
  return it == links_.end() ? nullptr : it->second.get();
}

Link* Adapter::FindLink(uint32_t serial) {
  for (const auto& [id, link] : links_) {
    if (link->serial() == serial) return link.get();
  }
  return nullptr;
}

Link* Adapter::FindLinkTo(const DeviceAddress& peer) {
  for (const auto& [id, link] : links_) {
    if (link->down()) continue;
    if (link->on_air() == peer || link->peer() == peer) return link.get();
  }
  return nullptr;
}

// Before the adapter is ready nobody has asked for one, and no link may be
// answered for a controller that is not judged yet.
void Adapter::On(const hci::LinkUp& event) {
  if (!ready_) {
    constexpr uint8_t kRemoteUserTerminated = 0x13;
    Log(LogLevel::kInfo, "refused: a link before the adapter is ready",
        &event.peer);
    return controller_->Disconnect(event.link, kRemoteUserTerminated,
                                   context_.now);
  }
  auto owned = std::make_unique<Link>(*this, event, ++last_serial_);
  Link& link = *owned;
  links_.emplace(event.link, std::move(owned));
  Log(LogLevel::kInfo,
      event.role == hci::Role::kCentral ? "connected, as central"
                                        : "connected, as peripheral",
      &event.peer);
  link.Publish();
  OnConnected(link);
}

void Adapter::On(const hci::LinkDown& event) {
  Link* link = FindLink(event.link);
  if (link == nullptr) return;
  const auto waiting = encrypting_.extract(link->serial());
  if (!waiting.empty()) {
    for (const Connector::Waiter& waiter : waiting.mapped()) {
      context_.bus.ReplyError(
          waiter.call, {"LinkLost", std::string(hci::ErrorName(event.reason))});
    }
  }
  const DeviceAddress peer = link->on_air();
  Log(LogLevel::kInfo,
      fmt::format("disconnected: {} (0x{:02X})", hci::ErrorName(event.reason),
                  event.reason),
      &peer);
  if (link->OnDown(event.reason)) Remove(*link);
}

void Adapter::Remove(const Link& link) {
  const dbus::ConnectionRef ref = link.ref();
  links_.erase(link.id());
  context_.bus.RemoveConnection(ref);
}

void Adapter::On(hci::SmpPduReceived& event) {
  Link* link = FindLink(event.link);
  if (link == nullptr) return;
  link->TraceIn(event.pdu);
  link->Feed(smp::PduReceived{std::move(event.pdu), link->RequiredLevel()});
}

void Adapter::On(const hci::SmpPdusAcknowledged& event) {
  if (Link* link = FindLink(event.link)) {
    link->Feed(smp::PdusAcknowledged{event.count});
  }
}

void Adapter::On(const hci::LongTermKeyRequested& event) {
  if (Link* link = FindLink(event.link)) {
    link->Feed(smp::LongTermKeyRequest{event.rand, event.ediv});
  } else {
    // Of a link that is not wanted.
    controller_->AnswerLongTermKeyRequest(event.link, std::nullopt,
                                          context_.now);
  }
}

void Adapter::On(const hci::EncryptionChanged& event) {
  if (Link* link = FindLink(event.link)) {
    link->Feed(smp::EncryptionChange{event.status, event.encrypted});
  }
}

bool Adapter::IsCountingFor(const DeviceAddress& identity) const {
  return std::ranges::any_of(store_requests_, [&](const auto& entry) {
    return entry.second.kind == StoreRequest::Kind::kSignCounter &&
           entry.second.identity == identity;
  });
}

// There is no GATT server that the write could be for: it is verified, which
// uses up its counter, and then ignored. [Vol 3, Part C] 10.4.2
void Adapter::On(const hci::SignedWriteReceived& event) {
  Link* link = FindLink(event.link);
  if (link == nullptr) return;
  const bonds::Bond* bond = trusted_ ? BondOf(link->peer()) : nullptr;
  // A peer may send them faster than the disk takes counters: one at a time.
  if (bond != nullptr && IsCountingFor(bond->data.identity)) return;
  const DeviceAddress peer = link->on_air();
  smp::BondData data = bond == nullptr ? smp::BondData() : bond->data.Clone();
  if (!smp::VerifyWith(data, event.pdu)) {
    // A peer may send any number of them.
    return Log(LogLevel::kDebug,
               "signed write dropped: bad signature or counter", &peer);
  }
  // It is one that was sent before if another with this counter is on its way
  // to the disk already: see OnSignCounter().
  const bonds::RequestId request =
      context_.store.AcceptSignCounter(bond->key(), data.peer_sign_counter - 1);
  store_requests_.emplace(
      request, StoreRequest{StoreRequest::Kind::kSignCounter, std::nullopt,
                            std::nullopt, bond->data.identity, 0});
}

void Adapter::On(const hci::AdvertisingStopped& event) {
  Log(LogLevel::kWarning, event.error.message);
  advertising_ = false;
  PublishSelf();
}

void Adapter::On(const hci::ScanStopped& event) {
  Log(LogLevel::kWarning, event.error.message);
  scanning_ = user_scan_ = false;
  PublishSelf();
}

}  // namespace bondd::daemon
