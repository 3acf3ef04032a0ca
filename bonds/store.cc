#include "bonds/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "bonds/change.h"
#include "bonds/disk_health.h"
#include "bonds/identities.h"
#include "bonds/index.h"
#include "bonds/opening.h"
#include "bonds/saves.h"
#include "bonds/sign_counters.h"
#include "bonds/state_directory.h"
#include "bonds/wall_clock.h"
#include "bonds/writer.h"

namespace bondd::bonds {

namespace {

// LastUsed is for people: once a minute is enough, and spares an SD card.
constexpr uint64_t kTouchInterval = 60'000'000;
// Each holds a descriptor of the caller's while it waits for its turn.
constexpr size_t kMaxTransfers = 8;

}  // namespace

// What the loop thread holds of the store: the index, what is on its way to
// the disk, and the numbers given out.
class Store::Impl {
 public:
  Impl(const StoreOptions& options, std::unique_ptr<StateDirectory> directory,
       OpenedStore opened, std::unique_ptr<Writer> writer)
      : max_bonds_(options.max_bonds),
        directory_(std::move(directory)),
        health_(*directory_),
        locked_(std::move(opened.locked)),
        notices_(std::move(opened.notices)),
        index_(std::move(opened.contents.bonds)),
        identities_(std::move(opened.contents.identities)),
        writer_(std::move(writer)) {
    if (opened.read_only) health_.Note(std::unexpected(*opened.read_only));
  }

  RequestId Submit(Work work) {
    const RequestId id = NextId();
    writer_->Submit({id, std::move(work)});
    return id;
  }

  RequestId Refuse(Work work, Error error) {
    const RequestId id = NextId();
    writer_->Answer(
        {id, 0, std::move(work), std::unexpected(std::move(error))});
    return id;
  }

  RequestId Save(Bond bond, const Replacing& replacing) {
    const BondKey key = bond.key();
    if (bond.created == 0) bond.created = WallClock();
    PutUnsavedIdentities();
    PutBond change{std::move(bond), max_bonds_, replacing};
    auto possible = CheckLimit(key);
    const bool fresh = possible && index_.Find(key) == nullptr;
    RequestId id = {};
    if (!possible) {
      id = Refuse(std::move(change), std::move(possible.error()));
    } else if (saves_.Has(key)) {
      id = NextId();
      saves_.Hold({id, std::move(change)});
    } else {
      id = Submit(std::move(change));
    }
    saves_.Add(id, key, fresh);
    return id;
  }

  RequestId Undo(RequestId save) {
    const RequestId id = NextId();
    saves_.SetVoid(save, id);
    return id;
  }

  Result<void> CanStore(const BondKey& key) {
    if (locked_) return std::unexpected(*locked_);
    if (auto possible = CheckLimit(key); !possible) return possible;
    auto saved = CheckIdentities();
    auto healthy = health_.Check(key);
    if (!healthy && health_.failing(key) && !probe_) {
      probe_ = Submit(Probe{key});
    }
    return saved ? healthy : saved;
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

  std::optional<uint32_t> NextSignCounter(const BondKey& key) {
    const Bond* bond = index_.Find(key);
    if (bond == nullptr || !bond->data.local_csrk) return std::nullopt;
    const uint32_t stored = bond->data.local_sign_counter;
    const auto counter = sign_counters_.Next(key, stored);
    if (const auto end = sign_counters_.Reserve(key, stored)) {
      reserving_.emplace(Submit(AmendBond{.key = key,
                                          .generation = bond->generation,
                                          .local_sign_counter = *end}),
                         key);
    }
    return counter;
  }

  void SetPeerLostKeys(const BondKey& key, bool lost) {
    const Bond* bond = index_.Find(key);
    if (bond == nullptr) return;
    bool last = bond->peer_lost_keys;
    for (const auto& [id, asked] : lost_keys_) {
      if (asked.first == key) last = asked.second;
    }
    if (last == lost) return;
    const RequestId id = Submit(AmendBond{
        .key = key, .generation = bond->generation, .peer_lost_keys = lost});
    lost_keys_.emplace(id, std::pair(key, lost));
  }

  RequestId AcceptSignCounter(const BondKey& key, uint32_t counter) {
    AmendBond change{.key = key};
    const Bond* bond = index_.Find(key);
    if (bond == nullptr) {
      return Refuse(change, {ErrorCode::kNotFound, "there is no such bond"});
    }
    if (!sign_counters_.Accept(key, counter, bond->data.peer_sign_counter)) {
      return Refuse(change, {ErrorCode::kInvalidArgument,
                             "the sign counter was used before"});
    }
    change.generation = bond->generation;
    change.peer_sign_counter = counter + 1;
    return Submit(change);
  }

  RequestId Transfer(Work work) {
    if (transfers_.size() >= kMaxTransfers) {
      return Refuse(std::move(work),
                    {ErrorCode::kBusy,
                     "too many exports and imports are waiting already"});
    }
    PutUnsavedIdentities();
    const RequestId id = Submit(std::move(work));
    transfers_.insert(id);
    return id;
  }

  std::vector<Completion> TakeCompletions() {
    std::vector<Completion> completions;
    for (Done& done : writer_->TakeDone()) {
      Settle(done);
      generation_ = std::max(generation_, done.generation);
      auto* const change = std::get_if<Change>(&done.work);
      if (change != nullptr && std::holds_alternative<PutIdentity>(*change)) {
        EndIdentity(done, completions);
        continue;
      }
      Completion& completion = completions.emplace_back(
          Completion{done.id, std::move(done.outcome)});
      if (!completion.outcome || change == nullptr) continue;
      if (const auto* put = std::get_if<PutBonds>(change)) {
        for (const Bond& bond : put->bonds) {
          completion.imported.push_back(bond.key());
        }
      }
      std::visit([&](auto& taken) { Take(taken, done.generation); }, *change);
    }
    return completions;
  }

  std::vector<Notice> TakeNotices() {
    std::vector<Notice> notices = std::exchange(notices_, {});
    std::ranges::move(writer_->TakeNotices(), std::back_inserter(notices));
    return notices;
  }

  RequestId RequestIdentity(
      const std::string& spec,
      const std::optional<DeviceAddress>& public_address) {
    const std::string name = Identities::NameOf(spec, public_address);
    if (identities_.Find(name) != nullptr) return Answer({});
    const RequestId id = NextId();
    if (identities_.Join(name, id)) return id;
    auto change = identities_.New(spec, public_address, index_);
    if (!change) return Answer(std::unexpected(std::move(change.error())));
    if (locked_) {
      identities_.Use(std::move(*change));
      return Answer({});
    }
    PutUnsavedIdentities();
    identities_.NoteSubmitted(id, *change);
    writer_->Submit({id, std::move(*change)});
    return id;
  }

  RequestId SetController(const std::string& spec,
                          const std::optional<DeviceAddress>& public_address,
                          std::string controller) {
    PutUnsavedIdentities();
    return Submit(PutController{Identities::NameOf(spec, public_address),
                                std::move(controller)});
  }

  size_t max_bonds() const { return max_bonds_; }
  uint64_t generation() const { return generation_; }
  Index& index() { return index_; }
  const Identities& identities() const { return identities_; }
  Writer& writer() { return *writer_; }
  const std::optional<Error>& locked() const { return locked_; }

 private:
  RequestId NextId() { return RequestId{next_id_++}; }

  Result<void> CheckLimit(const BondKey& key) const {
    if (index_.Find(key) != nullptr) return {};
    const bool room = index_.size() + saves_.CountFresh() < max_bonds_;
    if (room || saves_.HasFresh(key)) return {};
    return Fail(ErrorCode::kLimit,
                fmt::format("there are as many bonds as MaxBonds allows ({})",
                            max_bonds_));
  }

  RequestId Answer(Result<void> outcome) {
    const RequestId id = NextId();
    writer_->Answer({id, 0, NoWork{}, std::move(outcome)});
    return id;
  }

  // Ahead of whatever comes next.
  void PutUnsavedIdentities() {
    if (identities_.saving()) return;
    for (const PutIdentity& change : identities_.unsaved()) {
      identities_.NoteUnsavedSubmitted(Submit(change.Clone()));
    }
  }

  // A peer that gets an identity with its bond has to find it again.
  Result<void> CheckIdentities() {
    if (identities_.unsaved().empty()) return {};
    PutUnsavedIdentities();
    if (auto healthy = health_.Check(); !healthy) return healthy;
    return Fail(ErrorCode::kIo, "the adapter's identity is not stored yet");
  }

  void EndIdentity(Done& done, std::vector<Completion>& completions) {
    const auto& change = std::get<PutIdentity>(std::get<Change>(done.work));
    const std::vector<RequestId> joined =
        identities_.End(done.id, change, done.outcome, health_.failing());
    completions.push_back({done.id, done.outcome});
    for (const RequestId id : joined) completions.push_back({id, done.outcome});
  }

  // The request is no longer under way.
  void Settle(Done& done) {
    lost_keys_.erase(done.id);
    transfers_.erase(done.id);
    if (probe_ == done.id) probe_.reset();
    if (const auto key = reserving_.extract(done.id)) {
      sign_counters_.ReserveEnded(key.mapped());
    }
    if (const auto save = saves_.End(done.id)) {
      if (save->undo) TakeBack(done, *save->undo);
      if (auto next = saves_.TakeHeld(save->key)) {
        writer_->Submit(std::move(*next));
      }
    }
    // What becomes of a transfer is mostly up to the other end.
    if (const auto* change = std::get_if<Change>(&done.work)) {
      health_.Note(done.outcome, BondsOf(*change));
    }
  }

  void TakeBack(Done& save, RequestId undo) {
    auto& put = std::get<PutBond>(std::get<Change>(save.work));
    UndoBond change{.key = put.bond.key(),
                    .generation = save.generation,
                    .former = std::move(put.replaced)};
    if (save.outcome) return writer_->Submit({undo, std::move(change)});
    writer_->Answer(
        {undo, 0, std::move(change),
         Fail(ErrorCode::kNotFound, "there is no bond to be taken back")});
  }

  // Each brings into memory what is now on the disk.
  void Take(PutBond& change, uint64_t) {
    sign_counters_.Forget(change.bond.key());
    touched_.erase(change.bond.key());
    index_.Put(std::move(change.bond));
  }
  void Take(UndoBond& change, uint64_t generation) {
    if (!change.former) return Take(RemoveBond{change.key}, generation);
    PutBond former{std::move(*change.former)};
    Take(former, generation);
  }
  void Take(PutBonds& change, uint64_t generation) {
    for (Bond& bond : change.bonds) {
      PutBond single{std::move(bond)};
      Take(single, generation);
    }
  }
  void Take(const RemoveBond& change, uint64_t) {
    index_.Remove(change.key);
    sign_counters_.Forget(change.key);
    touched_.erase(change.key);
  }
  void Take(const RemoveAdapterBonds& change, uint64_t) {
    index_.RemoveAdapter(change.adapter);
    sign_counters_.ForgetAdapter(change.adapter);
    std::erase_if(touched_, [&](const auto& entry) {
      return entry.first.adapter == change.adapter;
    });
  }
  void Take(PutName& change, uint64_t) {
    if (Bond* bond = index_.Find(change.key)) {
      bond->name = std::move(change.name);
    }
  }
  void Take(const AmendBond& change, uint64_t generation) {
    if (Bond* bond = index_.Find(change.key)) {
      change.ApplyTo(*bond);
      bond->generation = generation;
    }
  }
  void Take(const PutController& change, uint64_t) {
    identities_.SetController(change);
  }
  // These are in memory already, or nowhere.
  void Take(const PutLastUsed&, uint64_t) {}
  void Take(const PutIdentity&, uint64_t) {}
  void Take(const Probe&, uint64_t) {}

  const size_t max_bonds_;
  std::unique_ptr<StateDirectory> directory_;
  DiskHealth health_;
  std::optional<Error> locked_;
  std::vector<Notice> notices_;
  Index index_;
  Identities identities_;
  SignCounters sign_counters_;
  // What is on its way to the disk, in the order in which it was asked for.
  std::map<RequestId, std::pair<BondKey, bool>> lost_keys_;
  Saves saves_;
  std::map<RequestId, BondKey> reserving_;  // sign counters
  std::set<RequestId> transfers_;
  std::optional<RequestId> probe_;
  std::map<BondKey, uint64_t> touched_;  // when last written
  uint64_t next_id_ = 1;
  uint64_t generation_ = 0;  // of the latest transaction that was taken
  // Goes first, when everything it may still need is there.
  std::unique_ptr<Writer> writer_;
};

Result<std::unique_ptr<Store>> Store::Open(const StoreOptions& options) {
  Result<StateDirectory> locked = StateDirectory::Open(options.directory);
  if (!locked) return std::unexpected(std::move(locked.error()));
  // The ledger goes on using it where it is.
  auto directory = std::make_unique<StateDirectory>(std::move(*locked));
  Result<OpenedStore> opened = OpenStore(*directory, options.credentials);
  if (!opened) return std::unexpected(std::move(opened.error()));
  auto writer = Writer::Start(std::move(opened->ledger));
  if (!writer) return std::unexpected(std::move(writer.error()));
  return std::unique_ptr<Store>(new Store(std::make_unique<Impl>(
      options, std::move(directory), std::move(*opened), std::move(*writer))));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

int Store::fd() const { return impl_->writer().fd(); }

std::vector<Completion> Store::TakeCompletions() {
  return impl_->TakeCompletions();
}

const std::optional<Error>& Store::locked() const { return impl_->locked(); }

std::vector<Notice> Store::TakeNotices() { return impl_->TakeNotices(); }

void Store::Drain() { impl_->writer().Drain(); }

Result<void> Store::CanStore(const BondKey& key) const {
  return impl_->CanStore(key);
}

RequestId Store::Save(Bond bond, const Replacing& replacing) {
  return impl_->Save(std::move(bond), replacing);
}

RequestId Store::Undo(RequestId save) { return impl_->Undo(save); }

uint64_t Store::generation() const { return impl_->generation(); }

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

std::optional<uint32_t> Store::NextSignCounter(const BondKey& key) {
  return impl_->NextSignCounter(key);
}

RequestId Store::AcceptSignCounter(const BondKey& key, uint32_t counter) {
  return impl_->AcceptSignCounter(key, counter);
}

RequestId Store::Export(ExportRequest request) {
  return impl_->Transfer(std::move(request));
}

RequestId Store::Import(ImportRequest request) {
  return impl_->Transfer(ImportWork{std::move(request), impl_->max_bonds()});
}

void Store::EndTransfers() { impl_->writer().EndTransfers(); }

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

RequestId Store::RequestIdentity(
    const std::string& spec,
    const std::optional<DeviceAddress>& public_address) {
  return impl_->RequestIdentity(spec, public_address);
}

const LocalIdentity* Store::FindIdentity(
    const std::string& spec,
    const std::optional<DeviceAddress>& public_address) const {
  return impl_->identities().Find(Identities::NameOf(spec, public_address));
}

RequestId Store::SetController(
    const std::string& spec, const std::optional<DeviceAddress>& public_address,
    std::string controller) {
  return impl_->SetController(spec, public_address, std::move(controller));
}

}  // namespace bondd::bonds
