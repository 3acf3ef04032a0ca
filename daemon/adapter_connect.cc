// How an adapter comes to the links that its callers want.

#include <algorithm>
#include <iterator>
#include <utility>

#include "daemon/adapter.h"
#include "daemon/pairing_settings.h"

namespace bondd::daemon {

void Adapter::Connect(dbus::CallId call, const dbus::Caller& caller,
                      const DeviceAddress& peer,
                      const dbus::ConnectOptions& options) {
  BeginConnecting({call, caller, options.encrypt, std::nullopt, context_.now},
                  peer, options.timeout);
}

void Adapter::InitiatePairing(dbus::CallId call, const dbus::Caller& caller,
                              const DeviceAddress& peer,
                              smp::PairingOptions options) {
  if (options.oob_id && !oob_.Has(*options.oob_id, context_.now)) {
    return context_.bus.ReplyError(call,
                                   {"DoesNotExist", "OobId: no such OOB data"});
  }
  if (FindLinkTo(peer) == nullptr) {
    if (auto check = CheckOptions(peer, options); !check) {
      return context_.bus.ReplyError(call, check.error());
    }
  }
  const Duration timeout =
      options.timeout.value_or(dbus::ConnectOptions().timeout);
  BeginConnecting({call, caller, true, std::move(options), context_.now}, peer,
                  timeout);
}

// What can't be had is not worth a connection.
dbus::ApiResult<void> Adapter::CheckOptions(
    const DeviceAddress& peer, const smp::PairingOptions& options) {
  const bonds::Bond* bond = BondOf(peer);
  const DeviceAddress& identity = bond == nullptr ? peer : bond->data.identity;
  smp::PairingOptions effective = options.Clone();
  if (const Armed* armed = ArmedFor(peer, identity)) {
    effective.LayOver(armed->pairing());
  }
  effective.LayOver(Defaults());
  constexpr Borrower kNoLink = 0;
  const auto oob = oob_.Lend(kNoLink, {peer, identity, std::nullopt}, effective,
                             context_.now);
  if (!oob) return std::unexpected(oob.error());
  oob_.GiveBack(kNoLink, nullptr);
  // The most capable agent stands for one that may come.
  const auto settings = SettingsOf(
      effective, smp::IoCapability::kKeyboardDisplay, context_.config);
  if (!settings) return std::unexpected(settings.error());
  if (settings->bonding) return CheckTrusted();
  return {};
}

void Adapter::BeginConnecting(Connector::Waiter waiter,
                              const DeviceAddress& peer, Duration timeout) {
  if (Link* link = FindLinkTo(peer)) {
    return LinkReady(*link, std::move(waiter));
  }
  const bonds::Bond* bond = BondOf(peer);
  const bool search =
      bond != nullptr && bond->data.peer_irk && bond->data.identity == peer;
  if (!connector_.Add(peer, search, context_.now + timeout,
                      std::move(waiter))) {
    return;
  }
  if (search) {
    UpdateScan();
  } else {
    controller_->Connect(peer, timeout, context_.now);
  }
}

// Whoever waits for this peer has it now, whichever side was faster.
void Adapter::OnConnected(Link& link) {
  const DeviceAddress on_air = link.on_air();
  const DeviceAddress identity = link.peer();
  std::vector<Connector::Waiter> waiters;
  bool searched = false;
  const auto take = [&](std::optional<Connector::Attempt> attempt) {
    if (!attempt) return;
    const bool led_here = link.central() && attempt->on_air == on_air;
    searched = searched || attempt->searching;
    // No second link is wanted.
    if (!attempt->searching && !led_here) {
      controller_->CancelConnect(attempt->on_air, context_.now);
    }
    std::ranges::move(attempt->waiters, std::back_inserter(waiters));
  };
  take(connector_.TakeByOnAir(on_air));
  take(connector_.TakeByPeer(on_air));
  take(connector_.TakeByPeer(identity));
  if (searched) UpdateScan();
  for (Connector::Waiter& waiter : waiters) {
    LinkReady(link, std::move(waiter));
  }
}

// The link is there; encrypted first if there is a key and it is wanted.
void Adapter::LinkReady(Link& link, Connector::Waiter waiter) {
  const bool encrypt = trusted_ && waiter.encrypt && link.central() &&
                       !link.encrypted() && !link.pairing() &&
                       BondOf(link.on_air()) != nullptr;
  const auto waiting = encrypting_.find(link.serial());
  if (waiting != encrypting_.end() && waiter.encrypt) {
    waiting->second.push_back(std::move(waiter));
    return;
  }
  if (waiter.encrypt && link.encrypting()) {
    encrypting_[link.serial()].push_back(std::move(waiter));
    return link.AwaitEncryption();
  }
  if (encrypt) {
    encrypting_[link.serial()].push_back(std::move(waiter));
    return link.EncryptForConnect();
  }
  if (waiter.pairing) {
    auto& timeout = waiter.pairing->timeout;
    const Duration elapsed = context_.now - waiter.since;
    if (timeout) *timeout = std::max(*timeout - elapsed, Duration::zero());
    link.InitiatePairing(waiter.call, waiter.caller,
                         std::move(*waiter.pairing));
  } else {
    context_.bus.Reply(waiter.call, dbus::ObjectPathValue{link.path()});
  }
}

void Adapter::OnEncrypted(Link& link) {
  auto node = encrypting_.extract(link.serial());
  if (node.empty()) return;
  for (Connector::Waiter& waiter : node.mapped()) {
    waiter.encrypt = false;
    LinkReady(link, std::move(waiter));
  }
}

void Adapter::On(const hci::ConnectFailed& event) {
  auto attempt = connector_.TakeByOnAir(event.peer);
  if (!attempt) return;
  dbus::ApiError error = ErrorOf(event.error);
  if (event.error.code == ErrorCode::kIo) error.name = "NotConnected";
  // Not the adapter is, but the queue of those who want to connect.
  if (event.error.code == ErrorCode::kBusy) error.name = "Busy";
  for (const Connector::Waiter& waiter : attempt->waiters) {
    context_.bus.ReplyError(waiter.call, error);
  }
}

void Adapter::On(const hci::AdvertisingReport& event) {
  constexpr uint8_t kAdvDirectInd = 1;
  const bool connectable = event.event_type <= kAdvDirectInd;
  if (connectable && connector_.searching()) {
    const bonds::Bond* bond = BondOf(event.address);
    for (Connector::Attempt& attempt : connector_.attempts()) {
      if (!attempt.searching || bond == nullptr ||
          bond->data.identity != attempt.peer) {
        continue;
      }
      attempt.searching = false;
      attempt.on_air = event.address;
      UpdateScan();
      controller_->Connect(event.address, attempt.deadline - context_.now,
                           context_.now);
      break;
    }
  }
  if (user_scan_ && scan_results_.Add(event, context_.now)) {
    context_.bus.EmitDeviceFound(name_, ScanResults::Describe(event));
  }
}

// Scanning has two reasons: a user's, and a bonded peer that is looked for.
void Adapter::UpdateScan() {
  const bool wanted = user_scan_ || connector_.searching();
  if (wanted) {
    hci::ScanParameters parameters;
    parameters.active = user_scan_ && active_scan_;
    const auto started = controller_->StartScan(parameters, context_.now);
    if (!started) Log(LogLevel::kWarning, started.error().message);
    scanning_ = started.has_value();
  } else if (scanning_) {
    controller_->StopScan(context_.now);
    scanning_ = false;
  }
}

}  // namespace bondd::daemon
