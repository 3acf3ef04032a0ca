// The calls of Adapter1 that need no link, and the adapter's bonds.

#include <fmt/format.h>

#include <utility>

#include "daemon/adapter.h"

namespace bondd::daemon {

void Adapter::Arm(const dbus::Caller& caller, dbus::ArmOptions options) {
  armed_.emplace(std::move(options), caller, context_.now);
}

Armed* Adapter::ArmedFor(const DeviceAddress& on_air,
                         const DeviceAddress& identity) {
  return armed_ && armed_->Covers(on_air, identity) ? &*armed_ : nullptr;
}

void Adapter::OnArmedPairingDone() {
  if (armed_ && armed_->Complete()) armed_.reset();
}

bool Adapter::TooManyPairings() const {
  size_t running = 0;
  for (const auto& [id, link] : links_) {
    if (link->pairing()) ++running;
  }
  // The one that asks is among them when the peer has started it.
  return running > context_.config.max_pairings;
}

dbus::ApiResult<void> Adapter::StartAdvertising(
    const dbus::AdvertisingOptions& options) {
  hci::AdvertisingParameters parameters;
  parameters.connectable = options.connectable;
  parameters.interval = options.interval;
  parameters.data =
      options.data.empty() ? MakeAdvertisingData(options.name) : options.data;
  const auto started =
      controller_->StartAdvertising(std::move(parameters), context_.now);
  if (!started) return std::unexpected(ErrorOf(started.error()));
  advertising_ = true;
  PublishSelf();
  return {};
}

void Adapter::StopAdvertising() {
  controller_->StopAdvertising(context_.now);
  advertising_ = false;
  PublishSelf();
}

dbus::ApiResult<void> Adapter::StartScan(const dbus::ScanOptions& options) {
  user_scan_ = true;
  active_scan_ = options.active;
  scan_until_.reset();
  if (options.duration) scan_until_ = context_.now + *options.duration;
  scan_results_.Clear();
  UpdateScan();
  if (!scanning_) {
    user_scan_ = false;
    scan_until_.reset();
    return dbus::ApiFail("NotReady", "the controller does not scan now");
  }
  PublishSelf();
  return {};
}

void Adapter::StopScan() {
  user_scan_ = false;
  scan_until_.reset();
  UpdateScan();
  PublishSelf();
}

std::vector<dbus::Dictionary> Adapter::GetScanResults() const {
  return scan_results_.List();
}

void Adapter::SetPairable(bool pairable) {
  pairable_ = pairable;
  PublishSelf();
}

void Adapter::SetTrace(bool trace) {
  trace_ = trace;
  PublishSelf();
}

void Adapter::SetPairingDefaults(smp::PairingOptions options) {
  pairing_defaults_ = std::move(options);
  PublishSelf();
}

smp::PairingOptions Adapter::Defaults() const {
  smp::PairingOptions options = pairing_defaults_.Clone();
  options.LayOver(context_.config.pairing);
  return options;
}

smp::Sources Adapter::sources() {
  return {context_.random, context_.key_pairs, *this};
}

// --- Bonds.

bonds::BondKey Adapter::KeyOf(const DeviceAddress& identity) const {
  return {identity_->address, identity};
}

const bonds::Bond* Adapter::BondOf(const DeviceAddress& address) const {
  return context_.store.FindByAddress(identity_->address, address);
}

const smp::BondData* Adapter::FindBond(const DeviceAddress& address) const {
  const bonds::Bond* bond = BondOf(address);
  return bond == nullptr ? nullptr : &bond->data;
}

void Adapter::SaveBond(smp::BondData data, const Link& link) {
  const DeviceAddress identity = data.identity;
  bonds::Bond bond;
  bond.adapter = identity_->address;
  bond.data = std::move(data);
  std::optional<bonds::Bond> replaced;
  if (const bonds::Bond* old = context_.store.Find(KeyOf(identity))) {
    bond.name = old->name;
    replaced = old->Clone();
  }
  const bonds::RequestId request = context_.store.Save(std::move(bond));
  store_requests_.emplace(
      request, StoreRequest{StoreRequest::Kind::kSave, link.id(), std::nullopt,
                            identity, 0, std::move(replaced)});
}

void Adapter::TakeBackBond(const DeviceAddress& identity, const Link& link) {
  using Kind = StoreRequest::Kind;
  for (auto& [id, request] : store_requests_) {
    if (request.kind != Kind::kSave || request.link != link.id() ||
        request.identity != identity) {
      continue;
    }
    auto replaced = std::exchange(request.replaced, std::nullopt);
    const Kind kind = replaced ? Kind::kSave : Kind::kRemove;
    // The writer does one thing after the other: this comes after the save.
    const bonds::RequestId undo =
        replaced ? context_.store.Save(std::move(*replaced))
                 : context_.store.Remove(KeyOf(identity));
    store_requests_.emplace(
        undo, StoreRequest{kind, std::nullopt, std::nullopt, identity, 0, {}});
    return;
  }
}

bool Adapter::OnStored(const bonds::Completion& completion) {
  auto node = store_requests_.extract(completion.request);
  if (node.empty()) return false;
  const StoreRequest& request = node.mapped();
  const bool ok = completion.outcome.has_value();
  if (!ok) Log(LogLevel::kError, completion.outcome.error().message);
  if (request.kind == StoreRequest::Kind::kSave) {
    const bonds::Bond* bond =
        ready_ ? context_.store.Find(KeyOf(request.identity)) : nullptr;
    if (ok && bond != nullptr) Publish(*bond);
    if (!request.link) return true;
    if (Link* link = FindLink(*request.link)) {
      link->OnBondStored(ok);
    } else if (auto gone = departed_.extract(*request.link)) {
      gone.mapped().link->OnBondStored(ok);
      LetGo(*gone.mapped().link, gone.mapped().reason);
    }
    return true;
  }
  if (!ok) {
    if (request.call) {
      context_.bus.ReplyError(
          *request.call, {"StoreFailed", completion.outcome.error().message});
    }
    return true;
  }
  if (request.kind == StoreRequest::Kind::kRemove) {
    context_.bus.RemoveBond(name_, request.identity);
  } else if (request.kind == StoreRequest::Kind::kRemoveAll) {
    for (const DeviceAddress& identity : std::exchange(removing_, {})) {
      context_.bus.RemoveBond(name_, identity);
    }
  }
  if (request.call) {
    context_.bus.Reply(*request.call,
                       request.kind == StoreRequest::Kind::kRemoveAll
                           ? dbus::ReplyValue(request.count)
                           : dbus::ReplyValue(dbus::NoValue()));
  }
  return true;
}

void Adapter::Publish(const bonds::Bond& bond) {
  context_.bus.Publish(PropertiesOf(bond, name_));
}

void Adapter::SetPeerLostKeys(const bonds::Bond& bond, bool lost) {
  // What is found in the store has it only once it is written.
  dbus::BondProperties properties = PropertiesOf(bond, name_);
  properties.peer_lost_keys = lost;
  if (bond.peer_lost_keys != lost) {
    context_.store.SetPeerLostKeys(KeyOf(bond.data.identity), lost);
  }
  context_.bus.Publish(properties);
}

void Adapter::PublishBonds() {
  constexpr size_t kPublishedBonds = 1024;
  for (const bonds::Bond* bond :
       context_.store.List(identity_->address, 0, kPublishedBonds)) {
    Publish(*bond);
  }
}

bool Adapter::IsDeviceBonded(const DeviceAddress& peer,
                             dbus::BondRole role) const {
  const bonds::Bond* bond = BondOf(peer);
  if (bond == nullptr) return false;
  switch (role) {
    case dbus::BondRole::kCentral:
      return bond->data.role == smp::Role::kInitiator;
    case dbus::BondRole::kPeripheral:
      return bond->data.role == smp::Role::kResponder;
    case dbus::BondRole::kAny:
      break;
  }
  return true;
}

dbus::ApiResult<std::string> Adapter::PublishBond(const DeviceAddress& peer) {
  const bonds::Bond* bond = BondOf(peer);
  if (bond == nullptr) {
    return dbus::ApiFail("DoesNotExist", "no bond with " + peer.ToString());
  }
  Publish(*bond);
  return dbus::Service::BondPath(name_, bond->data.identity);
}

std::vector<dbus::Dictionary> Adapter::ListBonds(uint32_t offset,
                                                 uint32_t limit) const {
  std::vector<dbus::Dictionary> list;
  for (const bonds::Bond* bond :
       context_.store.List(identity_->address, offset, limit)) {
    list.push_back(DescribeBond(
        *bond, name_, dbus::Service::BondPath(name_, bond->data.identity)));
  }
  return list;
}

void Adapter::RemoveBonding(dbus::CallId call, const DeviceAddress& peer) {
  const bonds::Bond* bond = BondOf(peer);
  if (bond == nullptr) {
    context_.bus.ReplyError(
        call, {"DoesNotExist", "no bond with " + peer.ToString()});
    return;
  }
  const DeviceAddress identity = bond->data.identity;
  if (Link* link = FindLinkTo(identity)) link->Disconnect(std::nullopt);
  const bonds::RequestId request = context_.store.Remove(KeyOf(identity));
  store_requests_.emplace(
      request, StoreRequest{StoreRequest::Kind::kRemove, std::nullopt, call,
                            identity, 0});
}

void Adapter::RemoveAllBonds(dbus::CallId call) {
  removing_.clear();
  for (const bonds::Bond* bond :
       context_.store.List(identity_->address, 0, 0)) {
    removing_.push_back(bond->data.identity);
    if (Link* link = FindLinkTo(bond->data.identity)) {
      link->Disconnect(std::nullopt);
    }
  }
  const auto count = static_cast<uint32_t>(removing_.size());
  const bonds::RequestId request = context_.store.RemoveAll(identity_->address);
  store_requests_.emplace(
      request,
      StoreRequest{
          StoreRequest::Kind::kRemoveAll, std::nullopt, call, {}, count});
}

dbus::ApiResult<void> Adapter::SetBondName(const DeviceAddress& identity,
                                           const std::string& name) {
  const bonds::BondKey key = KeyOf(identity);
  const bonds::Bond* bond = context_.store.Find(key);
  if (bond == nullptr) {
    return dbus::ApiFail("DoesNotExist", "no bond with " + identity.ToString());
  }
  if (!bonds::IsValidName(name)) {
    return dbus::ApiFail("InvalidArguments",
                         "Name: UTF-8 of at most 248 octets, without control "
                         "characters");
  }
  const bonds::RequestId request = context_.store.SetName(key, name);
  store_requests_.emplace(request,
                          StoreRequest{StoreRequest::Kind::kOther, std::nullopt,
                                       std::nullopt, identity, 0});
  dbus::BondProperties properties = PropertiesOf(*bond, name_);
  properties.name = name;
  context_.bus.Publish(properties);
  return {};
}

// --- Agents and clients.

bool Adapter::OnAgentAnswer(dbus::QuestionId question,
                            dbus::AgentAnswer& answer) {
  for (const auto& [id, link] : links_) {
    if (link->question() != question) continue;
    link->OnAgentAnswer(std::move(answer));
    return true;
  }
  return false;
}

void Adapter::OnClientGone(const std::string& name) {
  if (armed_ && armed_->pairing().agent && armed_->caller().name == name) {
    armed_.reset();
  }
  for (const auto& [id, link] : links_) link->OnClientGone(name);
  std::vector<DeviceAddress> abandoned;
  auto& attempts = connector_.attempts();
  for (auto it = attempts.begin(); it != attempts.end();) {
    std::erase_if(it->waiters, [&](const Connector::Waiter& waiter) {
      return waiter.caller.name == name;
    });
    if (it->waiters.empty()) {
      if (!it->searching) abandoned.push_back(it->on_air);
      it = attempts.erase(it);
    } else {
      ++it;
    }
  }
  if (controller_) {
    for (const DeviceAddress& peer : abandoned) {
      controller_->CancelConnect(peer, context_.now);
    }
    if (ready_) UpdateScan();
  }
  for (auto& [serial, waiters] : encrypting_) {
    std::erase_if(waiters, [&](const Connector::Waiter& waiter) {
      return waiter.caller.name == name;
    });
  }
}

}  // namespace bondd::daemon
