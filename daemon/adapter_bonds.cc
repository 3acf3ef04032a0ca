// An adapter's bonds: between its links, the store and the bus.

#include <algorithm>
#include <functional>
#include <utility>

#include "daemon/adapter.h"

namespace bondd::daemon {

namespace {

// Of the most recently used bonds, unless a call names one.
constexpr size_t kPublishedBonds = 1024;

bonds::TransferFormat FormatOf(dbus::BondFormat format) {
  switch (format) {
    case dbus::BondFormat::kJson:
      return bonds::TransferFormat::kJson;
    case dbus::BondFormat::kBlueZ:
      return bonds::TransferFormat::kBlueZ;
    case dbus::BondFormat::kWireshark:
      break;
  }
  return bonds::TransferFormat::kWireshark;
}

// To be made counts as being used.
uint64_t UsedAt(const bonds::Bond& bond) {
  return std::max(bond.last_used, bond.created);
}

// What is not the caller's doing is the store's.
dbus::ApiError StoreErrorOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return {"InvalidArguments", error.message};
    case ErrorCode::kTimedOut:
      return {"TimedOut", error.message};
    case ErrorCode::kBusy:
      return {"Busy", error.message};
    case ErrorCode::kNotFound:
      return {"DoesNotExist", error.message};
    default:
      return {"StoreFailed", error.message};
  }
}

}  // namespace

bonds::BondKey Adapter::KeyOf(const DeviceAddress& identity) const {
  return {identity_->address, identity};
}

const bonds::Bond* Adapter::BondOf(const DeviceAddress& address) const {
  const bonds::Bond* bond =
      context_.store.FindByAddress(identity_->address, address);
  const bool gone = bond != nullptr && BeingRemoved(bond->data.identity);
  return gone ? nullptr : bond;
}

bool Adapter::BeingRemoved(const DeviceAddress& identity) const {
  using Kind = StoreRequest::Kind;
  return std::ranges::any_of(store_requests_, [&](const auto& entry) {
    const StoreRequest& request = entry.second;
    return request.kind == Kind::kRemoveAll ||
           (request.kind == Kind::kRemove && request.identity == identity) ||
           (request.kind == Kind::kUndo && request.identity == identity &&
            FindSave(*request.link) == nullptr);
  });
}

Link* Adapter::FindPairing(const DeviceAddress& peer) {
  for (const auto& [id, link] : links_) {
    if ((link->pairing() || link->storing()) && link->IsWith(peer)) {
      return link.get();
    }
  }
  return nullptr;
}

const smp::BondData* Adapter::FindBond(const DeviceAddress& address) const {
  const bonds::Bond* bond = trusted_ ? BondOf(address) : nullptr;
  return bond == nullptr ? nullptr : &bond->data;
}

void Adapter::SaveBond(smp::BondData data, const bonds::Replacing& replacing,
                       const Link& link) {
  const DeviceAddress identity = data.identity;
  bonds::Bond bond;
  bond.adapter = identity_->address;
  bond.data = std::move(data);
  const bonds::RequestId request =
      context_.store.Save(std::move(bond), replacing);
  store_requests_.emplace(request,
                          StoreRequest{StoreRequest::Kind::kSave, link.serial(),
                                       std::nullopt, identity, 0});
}

const std::pair<const bonds::RequestId, Adapter::StoreRequest>*
Adapter::FindSave(uint32_t link) const {
  const auto save = std::ranges::find_if(store_requests_, [&](const auto& e) {
    return e.second.kind == StoreRequest::Kind::kSave && e.second.link == link;
  });
  return save == store_requests_.end() ? nullptr : &*save;
}

void Adapter::UndoBond(const Link& link) {
  const auto* save = FindSave(link.serial());
  if (save == nullptr) return;
  store_requests_.emplace(context_.store.Undo(save->first),
                          StoreRequest{StoreRequest::Kind::kUndo, link.serial(),
                                       std::nullopt, save->second.identity, 0});
}

bool Adapter::OnStored(const bonds::Completion& completion) {
  if (starting_ && completion.request == starting_->request) {
    OnIdentity(completion.outcome);
    return true;
  }
  auto node = store_requests_.extract(completion.request);
  if (node.empty()) return false;
  const StoreRequest& request = node.mapped();
  if (request.kind == StoreRequest::Kind::kSignCounter) {
    OnSignCounter(request.identity, completion.outcome);
    return true;
  }
  if (request.kind == StoreRequest::Kind::kController) {
    OnControllerStored(request, completion.outcome);
    return true;
  }
  const bool ok = completion.outcome.has_value();
  if (!ok) LogFailure(request, completion.outcome.error());
  if (request.kind == StoreRequest::Kind::kSave) {
    OnSaved(request, completion.outcome);
  } else if (request.kind == StoreRequest::Kind::kUndo) {
    OnUndone(request.identity);
  } else if (request.kind == StoreRequest::Kind::kRename) {
    OnRenamed(request.identity);
  } else if (ok) {
    OnChanged(request, completion);
  } else if (request.call) {
    context_.bus.ReplyError(*request.call,
                            StoreErrorOf(completion.outcome.error()));
  }
  // An export writes nothing.
  const bool transfer = request.kind == StoreRequest::Kind::kTransfer;
  if (ok && (!transfer || request.count > 0)) StoreRecordAgain();
  return true;
}

void Adapter::LogFailure(const StoreRequest& request,
                         const Error& error) const {
  using Kind = StoreRequest::Kind;
  // What somebody has removed or replaced already is not there to be undone.
  const bool gone =
      (request.kind == Kind::kRemove || request.kind == Kind::kUndo) &&
      error.code == ErrorCode::kNotFound;
  if (gone) return;
  const bool asked_for =
      request.kind == Kind::kTransfer || error.code == ErrorCode::kExists;
  Log(asked_for ? LogLevel::kWarning : LogLevel::kError, error.message);
}

bool Adapter::storing() const {
  using Kind = StoreRequest::Kind;
  return std::ranges::any_of(store_requests_, [](const auto& entry) {
    const StoreRequest& request = entry.second;
    return request.kind == Kind::kSave || request.kind == Kind::kUndo ||
           request.call.has_value();
  });
}

void Adapter::OnSignCounter(const DeviceAddress& identity,
                            const Result<void>& outcome) {
  if (outcome) {
    Log(LogLevel::kInfo, "signed write verified; there is no server to take it",
        &identity);
  } else if (outcome.error().code == ErrorCode::kInvalidArgument) {
    Log(LogLevel::kDebug, "signed write dropped: " + outcome.error().message,
        &identity);
  } else {
    Log(LogLevel::kError, outcome.error().message, &identity);
  }
}

void Adapter::OnSaved(const StoreRequest& request,
                      const Result<void>& outcome) {
  const bonds::Bond* bond = ready_ ? BondOf(request.identity) : nullptr;
  if (outcome && bond != nullptr) Publish(*bond);
  Link* link = request.link ? FindLink(*request.link) : nullptr;
  if (link == nullptr) return;
  link->OnBondStored(
      {.ok = outcome.has_value(),
       .refused = !outcome && outcome.error().code == ErrorCode::kExists});
  if (link->ended()) Remove(*link);
}

// There is the bond of before again, or none, or that of somebody else.
void Adapter::OnUndone(const DeviceAddress& identity) {
  if (!ready_) return;
  const bonds::Bond* bond = BondOf(identity);
  if (bond == nullptr) {
    Withdraw(identity);
  } else {
    Publish(*bond);
  }
  for (const auto& [id, link] : links_) link->Publish();
}

// Also those of bonds that were on their way to the disk before the removal.
void Adapter::WithdrawRemoved() {
  for (const DeviceAddress& identity :
       std::vector<DeviceAddress>(published_.begin(), published_.end())) {
    if (context_.store.Find(KeyOf(identity)) == nullptr) Withdraw(identity);
  }
}

// A name that is not on disk is none; the last one of several counts.
void Adapter::OnRenamed(const DeviceAddress& identity) {
  const bool more = std::any_of(
      store_requests_.begin(), store_requests_.end(), [&](const auto& entry) {
        return entry.second.kind == StoreRequest::Kind::kRename &&
               entry.second.identity == identity;
      });
  if (more || !ready_) return;
  const bonds::Bond* bond = context_.store.Find(KeyOf(identity));
  if (bond != nullptr) Publish(*bond);
}

void Adapter::OnChanged(const StoreRequest& request,
                        const bonds::Completion& completion) {
  dbus::ReplyValue reply = dbus::NoValue();
  if (request.kind == StoreRequest::Kind::kRemove) {
    // It may be the bond's own object that was called: the reply goes first.
    if (request.call) context_.bus.Reply(*request.call, reply);
    Withdraw(request.identity);
  } else if (request.kind == StoreRequest::Kind::kRemoveAll) {
    WithdrawRemoved();
    reply = request.count;
  } else if (request.kind == StoreRequest::Kind::kTransfer &&
             request.count > 0) {
    reply = PublishImported(completion.imported);
  }
  // The property Bond, which tells whether there is one.
  if (ready_) {
    for (const auto& [id, link] : links_) link->Publish();
  }
  if (request.call && request.kind != StoreRequest::Kind::kRemove) {
    context_.bus.Reply(*request.call, reply);
  }
}

std::vector<dbus::ObjectPathValue> Adapter::PublishImported(
    const std::vector<bonds::BondKey>& keys) {
  std::vector<dbus::ObjectPathValue> paths;
  for (const bonds::BondKey& key : keys) {
    paths.push_back({dbus::Service::BondPath(name_, key.identity)});
    // FindBond gives the others an object.
    if (!published_.contains(key.identity) &&
        published_.size() >= kPublishedBonds) {
      continue;
    }
    const bonds::Bond* bond = ready_ ? context_.store.Find(key) : nullptr;
    if (bond != nullptr) Publish(*bond);
  }
  return paths;
}

void Adapter::ExportBonds(dbus::CallId call, UniqueFd fd,
                          dbus::BondFormat format,
                          const dbus::ExportOptions& options) {
  if (options.address && BondOf(*options.address) == nullptr) {
    return context_.bus.ReplyError(
        call, {"DoesNotExist", "no bond with " + options.address->ToString()});
  }
  bonds::ExportRequest request;
  request.fd = std::move(fd);
  request.format = FormatOf(format);
  request.adapter = identity_->address;
  if (options.address) {
    request.peer = BondOf(*options.address)->data.identity;
  }
  request.local_irk = identity_->irk.Clone();
  RememberTransfer(context_.store.Export(std::move(request)), call, false);
}

void Adapter::ImportBonds(dbus::CallId call, UniqueFd fd,
                          dbus::BondFormat format,
                          const dbus::ImportOptions& options) {
  bonds::ImportRequest request;
  request.fd = std::move(fd);
  request.format = FormatOf(format);
  request.adapter = identity_->address;
  request.replace = options.replace;
  RememberTransfer(context_.store.Import(std::move(request)), call, true);
}

void Adapter::RememberTransfer(bonds::RequestId id, dbus::CallId call,
                               bool import) {
  store_requests_.emplace(id, StoreRequest{StoreRequest::Kind::kTransfer,
                                           std::nullopt,
                                           call,
                                           {},
                                           import ? 1u : 0u});
}

void Adapter::Publish(const bonds::Bond& bond) {
  Publish(PropertiesOf(bond, name_));
}

void Adapter::Publish(const dbus::BondProperties& bond) {
  const bool added = published_.insert(bond.identity).second;
  if (added && published_.size() > kPublishedBonds) {
    WithdrawOldest(bond.identity);
  }
  context_.bus.Publish(bond);
}

void Adapter::Withdraw(const DeviceAddress& identity) {
  published_.erase(identity);
  context_.bus.RemoveBond(name_, identity);
}

// Of the bonds that have an object, other than this one.
void Adapter::WithdrawOldest(const DeviceAddress& but) {
  const auto used_at = [this](const DeviceAddress& identity) {
    const bonds::Bond* bond = context_.store.Find(KeyOf(identity));
    return bond == nullptr ? 0 : UsedAt(*bond);
  };
  std::optional<DeviceAddress> oldest;
  for (const DeviceAddress& identity : published_) {
    if (identity == but) continue;
    if (!oldest || used_at(identity) < used_at(*oldest)) oldest = identity;
  }
  if (oldest) Withdraw(*oldest);
}

void Adapter::SetPeerLostKeys(const bonds::Bond& bond, bool lost) {
  // What is found in the store has it only once it is written.
  dbus::BondProperties properties = PropertiesOf(bond, name_);
  properties.peer_lost_keys = lost;
  context_.store.SetPeerLostKeys(KeyOf(bond.data.identity), lost);
  Publish(properties);
}

void Adapter::PublishBonds() {
  std::vector<const bonds::Bond*> bonds =
      context_.store.List(identity_->address, 0, 0);
  const size_t count = std::min(bonds.size(), kPublishedBonds);
  const auto last = bonds.begin() + static_cast<ptrdiff_t>(count);
  std::ranges::partial_sort(
      bonds, last, std::ranges::greater(),
      [](const bonds::Bond* bond) { return UsedAt(*bond); });
  std::for_each(bonds.begin(), last,
                [this](const bonds::Bond* bond) { Publish(*bond); });
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
  const Link* pairing = bond == nullptr ? FindPairing(peer) : nullptr;
  if (bond == nullptr && pairing == nullptr) {
    context_.bus.ReplyError(
        call, {"DoesNotExist", "no bond with " + peer.ToString()});
    return;
  }
  // Of the first bond with this peer there is nothing on the disk before it is
  // on its way there.
  const bool stored = bond != nullptr || pairing->storing();
  const DeviceAddress identity =
      bond != nullptr ? bond->data.identity : pairing->storing().value_or(peer);
  // Before the pairing that is cancelled takes its bond back, which then finds
  // nothing: the caller is told of what there was.
  if (stored) {
    const bonds::RequestId request = context_.store.Remove(KeyOf(identity));
    store_requests_.emplace(
        request, StoreRequest{StoreRequest::Kind::kRemove, std::nullopt, call,
                              identity, 0});
  }
  for (const auto& [id, link] : links_) link->OnBondRemoved(identity);
  if (!stored) context_.bus.Reply(call, dbus::NoValue());
}

void Adapter::RemoveAllBonds(dbus::CallId call) {
  const auto count =
      static_cast<uint32_t>(context_.store.Count(identity_->address));
  for (const auto& [id, link] : links_) {
    link->OnBondRemoved(std::nullopt);
  }
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
  // Nobody waits for the disk here, so nothing else keeps a caller from asking
  // for more than it can write.
  constexpr auto kMaxRenames = 16;
  const auto renames = std::count_if(
      store_requests_.begin(), store_requests_.end(), [](const auto& entry) {
        return entry.second.kind == StoreRequest::Kind::kRename;
      });
  if (renames >= kMaxRenames) {
    return dbus::ApiFail("Busy", "too many names are on their way to the disk");
  }
  const bonds::RequestId request = context_.store.SetName(key, name);
  store_requests_.emplace(
      request, StoreRequest{StoreRequest::Kind::kRename, std::nullopt,
                            std::nullopt, identity, 0});
  dbus::BondProperties properties = PropertiesOf(*bond, name_);
  properties.name = name;
  Publish(properties);
  return {};
}

}  // namespace bondd::daemon
