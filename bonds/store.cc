#include "bonds/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <type_traits>
#include <utility>
#include <variant>

#include "bonds/bond_file.h"
#include "bonds/change.h"
#include "bonds/index.h"
#include "bonds/state_directory.h"
#include "bonds/writer.h"

namespace bondd::bonds {

namespace {

// LastUsed is for people: once a minute is enough, and spares an SD card.
constexpr uint64_t kTouchInterval = 60'000'000;

uint64_t WallClock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace

// What the loop thread holds of the store: the index, what is on its way to
// the disk, and the numbers given out.
class Store::Impl {
 public:
  Impl(const StoreOptions& options, StateDirectory directory, Contents contents,
       std::unique_ptr<Writer> writer)
      : max_bonds_(options.max_bonds),
        directory_(std::move(directory)),
        identities_(std::move(contents.identities)),
        next_generation_(contents.generation + 1),
        writer_(std::move(writer)) {
    for (Bond& bond : contents.bonds) index_.Put(std::move(bond));
  }

  RequestId Submit(Change change) {
    const RequestId id = NextId();
    writer_->Submit({id, std::move(change)});
    return id;
  }

  RequestId Refuse(Change change, Error error) {
    const RequestId id = NextId();
    writer_->Answer({id, std::move(change), std::unexpected(std::move(error))});
    return id;
  }

  RequestId Save(Bond bond) {
    bond.generation = next_generation_++;
    if (bond.created == 0) bond.created = WallClock();
    const BondKey key = bond.key();
    if (auto possible = CheckLimit(key); !possible) {
      Error error = std::move(possible.error());
      return Refuse(PutBond{std::move(bond)}, std::move(error));
    }
    const RequestId id = Submit(PutBond{std::move(bond)});
    if (index_.Find(key) == nullptr) arriving_.emplace(id, key);
    return id;
  }

  Result<void> CheckLimit(const BondKey& key) const {
    if (index_.Find(key) != nullptr) return {};
    std::set<BondKey> fresh;
    for (const auto& [id, arriving] : arriving_) fresh.insert(arriving);
    if (fresh.contains(key) || index_.size() + fresh.size() < max_bonds_) {
      return {};
    }
    return Fail(ErrorCode::kLimit,
                fmt::format("there are as many bonds as MaxBonds allows ({})",
                            max_bonds_));
  }

  void Touch(const BondKey& key, uint64_t now) {
    Bond* bond = index_.Find(key);
    if (bond == nullptr) return;
    const auto written = touched_.find(key);
    // A clock that was set back counts as a minute gone by.
    const bool due = written == touched_.end() || now < written->second ||
                     now - written->second >= kTouchInterval;
    bond->last_used = now;
    if (!due) return;
    touched_.insert_or_assign(key, now);
    Submit(PutLastUsed{key, now});
  }

  void SetPeerLostKeys(const BondKey& key, bool lost) {
    Submit(PutPeerLostKeys{key, lost, next_generation_++});
  }

  std::vector<Completion> TakeCompletions() {
    std::vector<Completion> completions;
    for (Done& done : writer_->TakeDone()) {
      arriving_.erase(done.id);
      if (done.outcome) {
        std::visit([this](auto& change) { Take(change); }, done.change);
      }
      completions.push_back({done.id, std::move(done.outcome)});
    }
    return completions;
  }

  Result<LocalIdentity> IdentityOf(const std::string& name) {
    if (const auto known = identities_.find(name); known != identities_.end()) {
      return known->second.Clone();
    }
    Result<LocalIdentity> made = MakeLocalIdentity();
    if (!made) return made;
    const RequestId id = Submit(PutIdentity{name, made->Clone()});
    Done done = writer_->Wait(id);
    if (!done.outcome) return std::unexpected(std::move(done.outcome.error()));
    identities_.emplace(name, made->Clone());
    return made;
  }

  Index& index() { return index_; }
  Writer& writer() { return *writer_; }

 private:
  RequestId NextId() { return RequestId{next_id_++}; }

  // Each brings into memory what is now on the disk.
  void Take(PutBond& change) { index_.Put(std::move(change.bond)); }
  void Take(const RemoveBond& change) {
    index_.Remove(change.key);
    touched_.erase(change.key);
  }
  void Take(const RemoveAdapterBonds& change) {
    index_.RemoveAdapter(change.adapter);
    std::erase_if(touched_, [&](const auto& entry) {
      return entry.first.adapter == change.adapter;
    });
  }
  void Take(PutName& change) {
    if (Bond* bond = index_.Find(change.key)) {
      bond->name = std::move(change.name);
    }
  }
  void Take(const PutLastUsed&) {}
  void Take(const PutPeerLostKeys& change) {
    if (Bond* bond = index_.Find(change.key)) {
      bond->peer_lost_keys = change.lost;
      bond->generation = change.generation;
    }
  }
  void Take(const PutIdentity&) {}

  const size_t max_bonds_;
  StateDirectory directory_;
  Index index_;
  std::map<std::string, LocalIdentity> identities_;
  // New bonds on their way to the disk, which count as bonds.
  std::map<RequestId, BondKey> arriving_;
  std::map<BondKey, uint64_t> touched_;  // when last written
  uint64_t next_id_ = 1;
  uint64_t next_generation_;
  // Goes first, when everything it may still need is there.
  std::unique_ptr<Writer> writer_;
};

Result<std::unique_ptr<Store>> Store::Open(const StoreOptions& options) {
  Result<StateDirectory> directory = StateDirectory::Open(options.directory);
  if (!directory) return std::unexpected(std::move(directory.error()));
  Result<BondFile> file = BondFile::Open(directory->File("bonds.db"));
  if (!file) return std::unexpected(std::move(file.error()));
  Result<Contents> contents = file->Load();
  if (!contents) return std::unexpected(std::move(contents.error()));
  if (auto synced = directory->Sync(); !synced) {
    return std::unexpected(std::move(synced.error()));
  }
  auto writer = Writer::Start(std::move(*file));
  if (!writer) return std::unexpected(std::move(writer.error()));
  return std::unique_ptr<Store>(new Store(
      std::make_unique<Impl>(options, std::move(*directory),
                             std::move(*contents), std::move(*writer))));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

int Store::fd() const { return impl_->writer().fd(); }

std::vector<Completion> Store::TakeCompletions() {
  return impl_->TakeCompletions();
}

void Store::Drain() { impl_->writer().Drain(); }

Result<void> Store::CanStore(const BondKey& key) const {
  return impl_->CheckLimit(key);
}

RequestId Store::Save(Bond bond) { return impl_->Save(std::move(bond)); }

RequestId Store::Remove(const BondKey& key) {
  return impl_->Submit(RemoveBond{key});
}

RequestId Store::RemoveAll(const DeviceAddress& adapter) {
  return impl_->Submit(RemoveAdapterBonds{adapter});
}

RequestId Store::SetName(const BondKey& key, std::string name) {
  return impl_->Submit(PutName{key, std::move(name)});
}

void Store::Touch(const BondKey& key, uint64_t now) { impl_->Touch(key, now); }

void Store::SetPeerLostKeys(const BondKey& key, bool lost) {
  impl_->SetPeerLostKeys(key, lost);
}

const Bond* Store::Find(const BondKey& key) const {
  return impl_->index().Find(key);
}

const Bond* Store::FindByAddress(const DeviceAddress& adapter,
                                 const DeviceAddress& address) const {
  return impl_->index().FindByAddress(adapter, address);
}

std::vector<const Bond*> Store::List(const DeviceAddress& adapter,
                                     size_t offset, size_t limit) const {
  return impl_->index().List(adapter, offset, limit);
}

size_t Store::Count(const DeviceAddress& adapter) const {
  return impl_->index().Count(adapter);
}

Result<LocalIdentity> Store::IdentityOf(const std::string& name) {
  return impl_->IdentityOf(name);
}

}  // namespace bondd::bonds
