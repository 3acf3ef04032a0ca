#include "bonds/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "bonds/mirror.h"
#include "bonds/row_reader.h"
#include "bonds/set_aside.h"
#include "bonds/transfer_work.h"

namespace bondd::bonds {

namespace {

// As large as SQLite lets a log grow by default.
constexpr uint64_t kLargeLog = 1000 * 4096;
// Less than this free, and the logs are not let grow: what they take is missing
// where bonds are refused for want of space.
constexpr uint64_t kAmpleSpace = 1024 * 1024;

void SetGeneration(Change& change, uint64_t generation) {
  if (auto* put = std::get_if<PutBond>(&change)) {
    put->bond.generation = generation;
  } else if (auto* several = std::get_if<PutBonds>(&change)) {
    for (Bond& bond : several->bonds) bond.generation = generation;
  } else if (auto* undo = std::get_if<UndoBond>(&change)) {
    if (undo->former) undo->former->generation = generation;
  }
}

}  // namespace

Ledger::Ledger(const StateDirectory& directory, BondFile file,
               std::optional<BondFile> copy, Sealer sealer)
    : files_(Files{.directory = directory,
                   .file = std::move(file),
                   .copy = std::move(copy),
                   .sealer = std::move(sealer)}),
      keeps_copy_(files_->copy.has_value()) {}

Ledger::Ledger(Error locked) : locked_(std::move(locked)) {}

Ledger Ledger::AtRest(Ledger loaded, const StateDirectory& directory,
                      Reopen reopen) {
  // The copy served its purpose when they were loaded.
  Ledger ledger(directory, std::move(loaded.files_->file), std::nullopt,
                std::move(loaded.files_->sealer));
  ledger.reopen_ = std::move(reopen);
  return ledger;
}

Result<void> Ledger::Wake() {
  Result<Ledger> awake = reopen_();
  if (!awake) return std::unexpected(std::move(awake.error()));
  if (!awake->files_) return std::unexpected(std::move(awake->locked_));
  files_.emplace(std::move(*awake->files_));
  keeps_copy_ = awake->keeps_copy_;
  AddNotices(awake->TakeNotices());
  reopen_ = nullptr;
  notices_.push_back({NoticeKind::kRestored, LogLevel::kNotice,
                      fmt::format("{}: bonds can be written again",
                                  files_->file.database().path())});
  return {};
}

Result<void> Ledger::Transfer(Work& work, const Meanwhile& meanwhile) {
  if (!files_) return std::unexpected(locked_);
  if (auto* request = std::get_if<ExportRequest>(&work)) {
    return ExportBonds(*request, files_->file.database(), files_->sealer,
                       meanwhile);
  }
  auto& [request, max_bonds] = std::get<ImportWork>(work);
  // There may be too many already, which an import may replace.
  const size_t limit = std::max<size_t>(max_bonds, files_->file.bonds());
  Result<std::vector<Bond>> bonds = ImportBonds(request, limit, meanwhile);
  if (!bonds) return std::unexpected(std::move(bonds.error()));
  work = PutBonds{.bonds = std::move(*bonds),
                  .replace = request.replace,
                  .max_bonds = max_bonds};
  return {};
}

Result<void> Ledger::Apply(Change& change) {
  if (!files_) return std::unexpected(locked_);
  if (reopen_) {
    if (auto woken = Wake(); !woken) return woken;
  }
  if (auto meant = CheckTurn(change); !meant) return meant;
  // A number is not used again after a failure: nobody knows how much of that
  // transaction is on the disk.
  generation_ = std::max(generation_, files_->file.generation()) + 1;
  SetGeneration(change, generation_);
  Result<TouchedRows> touched =
      files_->file.Apply(change, generation_, files_->sealer);
  if (!touched) return std::unexpected(std::move(touched.error()));
  NotePut(change);
  if (files_->copy) backlog_.Merge(std::move(*touched));
  head_changed_ = true;
  return {};
}

Result<void> Ledger::CheckTurn(Change& change) const {
  if (auto* put = std::get_if<PutBond>(&change)) {
    const bool judged = WhenPut(put->bond.key()) <= put->replacing.judged;
    if (judged) put->replacing.newer = smp::ReplaceOption::kAlways;
    return {};
  }
  const auto* amend = std::get_if<AmendBond>(&change);
  const auto* undo = std::get_if<UndoBond>(&change);
  const bool replaced =
      (amend != nullptr && WhenPut(amend->key) > amend->generation) ||
      (undo != nullptr && WhenPut(undo->key) != undo->generation);
  if (!replaced) return {};
  return Fail(ErrorCode::kNotFound, "the bond was replaced or removed");
}

uint64_t Ledger::WhenPut(const BondKey& key) const {
  const auto put = put_.find(key);
  return put == put_.end() ? 0 : put->second;
}

void Ledger::NotePut(const Change& change) {
  if (const auto* put = std::get_if<PutBond>(&change)) {
    put_[put->bond.key()] = generation_;
  } else if (const auto* undo = std::get_if<UndoBond>(&change)) {
    if (undo->former) {
      put_[undo->key] = generation_;
    } else {
      put_.erase(undo->key);
    }
  } else if (const auto* several = std::get_if<PutBonds>(&change)) {
    for (const Bond& bond : several->bonds) put_[bond.key()] = generation_;
  } else if (const auto* remove = std::get_if<RemoveBond>(&change)) {
    put_.erase(remove->key);
  } else if (const auto* all = std::get_if<RemoveAdapterBonds>(&change)) {
    std::erase_if(put_, [&](const auto& entry) {
      return entry.first.adapter == all->adapter;
    });
  }
}

Result<void> Ledger::UpdateCopy() {
  if (!files_) return std::unexpected(locked_);
  const Result<void> done = BringCopyUpToDate();
  if (done) {
    CopySucceeded();
  } else {
    CopyFailed(done.error());
  }
  CheckpointWhenDue(done.has_value());
  return done;
}

Result<void> Ledger::BringCopyUpToDate() {
  if (!keeps_copy_) return {};
  if (!copy_checked_) return CheckWholeCopy();
  if (Backlog() == 0) return {};
  auto done =
      MirrorRows(files_->file.database(), files_->copy->database(), backlog_);
  if (done || done.error().code != ErrorCode::kCorrupt) return done;
  return CheckWholeCopy();
}

Result<void> Ledger::CheckWholeCopy() {
  copy_checked_ = false;
  Result<void> done = MendCopy();
  if (!done && done.error().code == ErrorCode::kCorrupt) {
    // It may be the file that can't be read: then the copy is all there is.
    const auto sound = QuickCheck(files_->file.database());
    done = sound ? ReplaceCopy(done.error()) : sound;
  }
  copy_checked_ = done.has_value();
  return done;
}

Result<void> Ledger::MendCopy() {
  if (!files_->copy) {
    // Making it anew was cut short.
    Result<BondFile> opened =
        BondFile::Open(files_->directory.File(kCopyFileName));
    if (!opened) return std::unexpected(std::move(opened.error()));
    files_->copy = std::move(*opened);
    if (auto synced = files_->directory.Sync(); !synced) return synced;
  }
  Database& copy = files_->copy->database();
  if (auto sound = QuickCheck(copy); !sound) return sound;
  const Result<size_t> differed = MirrorAll(files_->file.database(), copy);
  if (!differed) return std::unexpected(differed.error());
  if (*differed > 0) {
    notices_.push_back({NoticeKind::kCopy, LogLevel::kInfo,
                        fmt::format("{}: {} rows were brought up to date",
                                    copy.path(), *differed)});
  }
  return {};
}

Result<void> Ledger::ReplaceCopy(const Error& why) {
  files_->copy.reset();
  const Result<std::string> aside = SetAside(files_->directory, kCopyFileName);
  if (!aside) return std::unexpected(aside.error());
  notices_.push_back(
      {NoticeKind::kFileSetAside, LogLevel::kWarning,
       fmt::format("{}: now {}, and a new copy is made", why.message, *aside)});
  Result<BondFile> fresh =
      BondFile::Open(files_->directory.File(kCopyFileName));
  if (!fresh) return std::unexpected(std::move(fresh.error()));
  files_->copy = std::move(*fresh);
  const Result<size_t> filled =
      MirrorAll(files_->file.database(), files_->copy->database());
  if (!filled) return std::unexpected(filled.error());
  return files_->directory.Sync();
}

Result<void> Ledger::Checkpoint() {
  if (!files_) return {};
  Result<void> done = files_->file.database().Checkpoint();
  if (!files_->copy) return done;
  // What this one gives back may be what the other needs.
  const Result<void> copied = files_->copy->database().Checkpoint();
  return done ? copied : done;
}

void Ledger::CheckpointWhenDue(bool up_to_date) {
  // Pages are overwritten in place here, in one file after the other: when both
  // hold everything, or when logs have taken too much while the copy can't be
  // written. The first time it is what may be left of bonds that were not
  // sealed yet.
  const bool first = up_to_date && !log_emptied_;
  const bool large = files_->file.database().LogSize() >= kLargeLog;
  if (!first && !large && files_->directory.CheckSpace(kAmpleSpace)) return;
  const Result<void> done = Checkpoint();
  const bool failed_before = std::exchange(logs_stay_, !done);
  if (done) {
    log_emptied_ = true;
  } else if (!failed_before) {
    notices_.push_back({NoticeKind::kCopy, LogLevel::kWarning,
                        fmt::format("the logs can't be emptied now: {}",
                                    done.error().message)});
  }
}

void Ledger::CopySucceeded() {
  backlog_ = {};
  head_changed_ = false;
  if (!std::exchange(copy_failing_, false) || !files_->copy) return;
  notices_.push_back({NoticeKind::kCopy, LogLevel::kNotice,
                      "the copy of the bonds is up to date again"});
}

void Ledger::CopyFailed(const Error& error) {
  if (std::exchange(copy_failing_, true)) return;
  notices_.push_back(
      {NoticeKind::kCopy, LogLevel::kWarning,
       fmt::format("the copy of the bonds can't be written now: {}",
                   error.message)});
}

void Ledger::AddNotices(std::vector<Notice> notices) {
  std::ranges::move(notices, std::back_inserter(notices_));
}

std::vector<Notice> Ledger::TakeNotices() {
  return std::exchange(notices_, {});
}

}  // namespace bondd::bonds
