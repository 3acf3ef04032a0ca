#include "bonds/opening.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "bonds/bond_codec.h"
#include "bonds/bond_file.h"
#include "bonds/key_choice.h"
#include "bonds/key_file.h"
#include "bonds/memory_copy.h"
#include "bonds/merge.h"
#include "bonds/row_reader.h"
#include "bonds/set_aside.h"
#include "common/unique_fd.h"

namespace bondd::bonds {

namespace {

// A flipped bit can make a file look as if a newer bondd had made it.
bool MayBeDamaged(const Error& error) {
  return error.code == ErrorCode::kCorrupt ||
         error.code == ErrorCode::kNotSupported;
}

// Whether the disk gives every octet of a file that is there. For SQLite one
// that does not is as damaged as one with other octets in it; but what can't be
// read now may be read another day.
Result<void> ReadThrough(const std::string& path) {
  const UniqueFd fd(::open(
      path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  std::array<uint8_t, 64 * 1024> buffer;
  off_t position = 0;
  ssize_t count = fd ? 1 : -1;
  while (fd && count > 0) {
    count = ::pread(fd.get(), buffer.data(), buffer.size(), position);
    position += count;
  }
  if (count == 0 || (!fd && errno == ENOENT)) return {};
  return std::unexpected(
      ErrnoError(errno, fmt::format("cannot read {}", path)));
}

Result<void> ReadWithLog(const std::filesystem::path& file) {
  if (auto read = ReadThrough(file.native()); !read) return read;
  return ReadThrough(file.native() + "-wal");
}

// A disk may fail once and not again.
LoadedFile LoadTwice(BondFile& file, Sealer& sealer) {
  LoadedFile loaded = file.Load(sealer);
  if (!loaded.readable) loaded = file.Load(sealer);
  return loaded;
}

Result<BondFile> OpenTwice(const std::filesystem::path& path) {
  Result<BondFile> file = BondFile::Open(path);
  if (!file && MayBeDamaged(file.error())) file = BondFile::Open(path);
  return file;
}

// Whether the contents have what the row should have been.
bool Holds(const Contents& contents, const DamagedRow& row) {
  if (row.adapter.empty()) {
    return contents.identities.contains(
        std::string(row.name.begin(), row.name.end()));
  }
  return std::ranges::any_of(contents.bonds, [&](const Bond& bond) {
    return std::ranges::equal(EncodeAddress(bond.adapter), row.adapter) &&
           std::ranges::equal(EncodeAddress(bond.data.identity), row.identity);
  });
}

// Opens a store step by step, collecting what people should know.
class Opener {
 public:
  Opener(const StateDirectory& directory, KeyRing ring)
      : directory_(directory), ring_(std::move(ring)) {}

  Result<OpenedStore> Open() {
    if (auto erased = EraseKeyFile(directory_, kDraftKeyFileName); !erased) {
      return std::unexpected(std::move(erased.error()));
    }
    if (auto opened = OpenFiles(); !opened) {
      return std::unexpected(std::move(opened.error()));
    }
    Result<KeyChoice> keys = ChooseKeys(directory_, ring_, *file_,
                                        copy_ ? &*copy_ : nullptr, notices_);
    if (!keys) return std::unexpected(std::move(keys.error()));
    if (keys->locked) {
      return OpenedStore{.ledger = Ledger(*keys->locked),
                         .contents = {},
                         .notices = std::move(notices_),
                         .locked = std::move(keys->locked)};
    }
    if (auto migrated = MigrateFile(keys->key->sealer); !migrated) {
      return std::unexpected(std::move(migrated.error()));
    }
    Result<Contents> contents = LoadFiles(*keys);
    if (!contents) return std::unexpected(std::move(contents.error()));
    KeyOrigin origin = keys->key->origin;
    Ledger ledger(directory_, std::move(*file_), std::move(copy_),
                  std::move(keys->key->sealer));
    if (auto finished = FinishKeyChange(origin, ledger); !finished) {
      // Both keys stay where they are: the bonds can be read with them.
      Tell(NoticeKind::kKey, LogLevel::kWarning,
           fmt::format("the change of the key can't be finished now: {}",
                       finished.error().message));
    } else if (origin == KeyOrigin::kNextFile) {
      origin = KeyOrigin::kFile;
    }
    if (auto synced = directory_.Sync(); !synced) {
      return std::unexpected(std::move(synced.error()));
    }
    return OpenedStore{.ledger = std::move(ledger),
                       .contents = std::move(*contents),
                       .notices = std::move(notices_),
                       .locked = std::nullopt,
                       .copy_unread = std::move(unread_),
                       .key_origin = origin};
  }

 private:
  void Tell(NoticeKind kind, LogLevel level, std::string message) {
    notices_.push_back({kind, level, std::move(message)});
  }

  Result<BondFile> OpenAnew(const char* name, const Error& why) {
    const Result<std::string> aside = SetAside(directory_, name);
    if (!aside) return std::unexpected(aside.error());
    Tell(NoticeKind::kFileSetAside, LogLevel::kError,
         fmt::format("{}: now {}", why.message, *aside));
    return BondFile::Open(directory_.File(name));
  }

  Result<void> OpenFiles() {
    Result<BondFile> file = OpenTwice(directory_.File(kBondFileName));
    Result<BondFile> copy = OpenTwice(directory_.File(kCopyFileName));
    if (!copy) NoteUnread(copy.error());
    const bool newer = !file && file.error().code == ErrorCode::kNotSupported &&
                       !(copy && HoldsSeals(copy->database()).value_or(false));
    if (!file && !newer && MayBeDamaged(file.error())) {
      if (unread_) return std::unexpected(std::move(*unread_));
      file = OpenAnew(kBondFileName, file.error());
    }
    if (!file) return std::unexpected(std::move(file.error()));
    if (unread_ && !file->is_unsealed() &&
        !HoldsSeals(file->database()).value_or(true)) {
      // It was just made: all there may be is in the copy.
      return std::unexpected(std::move(*unread_));
    }
    if (copy && copy->is_unsealed()) {
      // Closed before it is renamed.
      copy = Fail(ErrorCode::kCorrupt,
                  fmt::format("{}: not a copy", copy->database().path()));
    }
    file_.emplace(std::move(*file));
    if (copy) {
      copy_.emplace(std::move(*copy));
    } else if (!MayBeDamaged(copy.error())) {
      TellOfNoCopy(copy.error());
    } else if (unread_) {
      copy_damage_ = std::move(copy.error());
    } else {
      RenewCopy(copy.error());
    }
    return {};
  }

  void NoteUnread(const Error& why) {
    const std::filesystem::path path = directory_.File(kCopyFileName);
    if (MayBeDamaged(why)) {
      if (auto read = ReadWithLog(path); !read) {
        unread_ = std::move(read.error());
      }
      return;
    }
    // An empty one is what was left when it could not be made.
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error != std::errc::no_such_file_or_directory && (error || size > 0)) {
      unread_ = why;
    }
  }

  void TellOfNoCopy(const Error& why) {
    Tell(NoticeKind::kCopy, LogLevel::kWarning,
         fmt::format("there is no copy of the bonds now: {}", why.message));
  }

  void RenewCopy(const Error& why) {
    copy_.reset();
    Result<BondFile> anew = OpenAnew(kCopyFileName, why);
    if (anew) {
      copy_.emplace(std::move(*anew));
    } else {
      TellOfNoCopy(anew.error());
    }
  }

  Result<void> MigrateFile(Sealer& sealer) {
    if (!file_->is_unsealed()) return {};
    const auto damaged = file_->Migrate(sealer);
    if (!damaged) return std::unexpected(damaged.error());
    Tell(NoticeKind::kMigrated, LogLevel::kNotice,
         fmt::format("{}: bonds are sealed from now on",
                     file_->database().path()));
    for (const DamagedRow& row : *damaged) TellOfRow(row, false);
    return {};
  }

  void TellOfRow(const DamagedRow& row, bool restored) {
    Tell(NoticeKind::kRowSetAside, LogLevel::kError,
         fmt::format(
             "{}: {} was damaged ({}) and set aside; {}",
             file_->database().path(), row.what, row.reason,
             restored ? "it was restored from the copy" : "there is no other"));
  }

  Result<Contents> LoadFiles(KeyChoice& keys) {
    LoadedFile loaded = LoadTwice(*file_, keys.key->sealer);
    if (loaded.obstacle) return std::unexpected(std::move(*loaded.obstacle));
    LoadedFile copy;
    bool needed = !loaded.intact();
    if (copy_) {
      // Reading the copy takes time: only when it may be needed. Whether its
      // head says the truth shows when it is read.
      const auto head = ReadUncheckedHead(copy_->database());
      needed = needed || (head && *head &&
                          (*head)->generation > loaded.contents.generation);
      if (needed || !head) {
        copy = LoadCopy((keys.copy_key ? keys.copy_key : keys.key)->sealer);
        if (copy.obstacle) return std::unexpected(std::move(*copy.obstacle));
      }
    }
    // What only the copy has would be gone from it, too, once the file is said
    // to be mended.
    if (needed && unread_) return std::unexpected(std::move(*unread_));
    const bool whole = loaded.intact() &&
                       loaded.contents.generation >= copy.contents.generation;
    Result<Contents> contents =
        whole ? std::move(loaded.contents)
              : Restore(std::move(loaded), std::move(copy), keys.key->sealer);
    if (contents && copy_damage_) RenewCopy(*copy_damage_);
    return contents;
  }

  LoadedFile LoadCopy(Sealer& sealer) {
    LoadedFile copy = LoadTwice(*copy_, sealer);
    if (copy.readable) return copy;
    copy_damage_ = {ErrorCode::kCorrupt, copy.faults.front()};
    // Its locks would be gone once it is opened and closed a second time.
    copy_.reset();
    NoteUnread(*copy_damage_);
    return copy;
  }

  // Makes the file say what the two say together.
  Result<Contents> Restore(LoadedFile loaded, LoadedFile copy, Sealer& sealer) {
    const std::string path = file_->database().path();
    const bool readable = loaded.readable;
    const std::vector<DamagedRow> damaged = std::move(loaded.damaged);
    std::string fault = "it lost what was written last";
    if (!damaged.empty()) fault = "rows were damaged";
    if (!loaded.faults.empty()) fault = loaded.faults.front();
    if (!damaged.empty()) loaded.faults.push_back(fault);
    Contents contents = Merge(std::move(loaded), std::move(copy));
    for (const DamagedRow& row : damaged) {
      TellOfRow(row, Holds(contents, row));
    }
    if (!readable) {
      file_.reset();
      auto anew = OpenAnew(kBondFileName, {ErrorCode::kCorrupt, fault});
      if (!anew) return std::unexpected(std::move(anew.error()));
      file_.emplace(std::move(*anew));
    }
    ++contents.generation;
    if (auto put = file_->Replace(contents, damaged, sealer); !put) {
      return std::unexpected(std::move(put.error()));
    }
    Tell(NoticeKind::kRestored, LogLevel::kWarning,
         fmt::format("{}: {}; it was mended with the help of the copy and "
                     "holds {} bonds",
                     path, fault, contents.bonds.size()));
    return contents;
  }

  // Either the bonds are sealed with the next key already, which then takes its
  // place, or they are not, and it never will.
  Result<void> FinishKeyChange(KeyOrigin origin, Ledger& ledger) {
    if (ring_.Find(KeyOrigin::kNextFile) == nullptr) return {};
    if (origin != KeyOrigin::kNextFile) {
      return EraseKeyFile(directory_, kNextKeyFileName);
    }
    // The old key has to be there for the copy until it is sealed anew.
    if (unread_) return std::unexpected(*unread_);
    if (auto updated = ledger.UpdateCopy(); !updated) return updated;
    const auto next = directory_.File(kNextKeyFileName);
    if (::rename(next.c_str(), directory_.File(kKeyFileName).c_str()) == 0) {
      return {};
    }
    return std::unexpected(
        ErrnoError(errno, fmt::format("cannot rename {}", next.native())));
  }

  const StateDirectory& directory_;
  KeyRing ring_;
  std::optional<BondFile> file_;
  std::optional<BondFile> copy_;
  // Why the copy can't be read, though it may be sound: it has to be left as it
  // is unless the file has everything.
  std::optional<Error> unread_;
  // What is to be said of it when it is set aside for that.
  std::optional<Error> copy_damage_;
  std::vector<Notice> notices_;
};

Result<OpenedStore> OpenInPlace(const StateDirectory& directory,
                                const std::filesystem::path& credentials) {
  return Opener(directory, ReadKeyRing(directory, credentials)).Open();
}

Result<Ledger> Reopen(const StateDirectory& directory,
                      const std::filesystem::path& credentials) {
  Result<OpenedStore> opened = OpenInPlace(directory, credentials);
  if (!opened) return std::unexpected(std::move(opened.error()));
  if (opened->locked) return std::unexpected(std::move(*opened->locked));
  opened->ledger.AddNotices(std::move(opened->notices));
  return std::move(opened->ledger);
}

bool IsOfTheDisk(const Error& error) {
  return error.code == ErrorCode::kNoSpace || error.code == ErrorCode::kIo ||
         error.code == ErrorCode::kPermissionDenied;
}

// What is said of the copy in memory is true of the files.
void SayWhere(std::string& message, const MemoryCopy& copy,
              const std::filesystem::path& original) {
  const std::string& name = copy.path().native();
  for (size_t at = 0; (at = message.find(name, at)) != std::string::npos;) {
    message.replace(at, name.size(), original.native());
    at += original.native().size();
  }
}

// As the files are, in memory; `why` they can't be written.
Result<OpenedStore> OpenInMemory(const StateDirectory& directory,
                                 const std::filesystem::path& credentials,
                                 const Error& why) {
  std::vector<Notice> notices = {
      {NoticeKind::kReadOnly, LogLevel::kError,
       fmt::format("{}. The bonds are used as they are; none can be made or "
                   "changed until it can be written",
                   why.message)}};
  const Result<MemoryCopy> copy = MemoryCopy::Make(directory, notices);
  if (!copy) return std::unexpected(copy.error());
  Result<OpenedStore> opened =
      Opener(copy->directory(), ReadKeyRing(directory, credentials)).Open();
  if (!opened) return opened;
  std::ranges::move(opened->notices, std::back_inserter(notices));
  for (Notice& notice : notices) {
    SayWhere(notice.message, *copy, directory.path());
  }
  if (opened->locked) {
    SayWhere(opened->locked->message, *copy, directory.path());
    return OpenedStore{.ledger = Ledger(*opened->locked),
                       .contents = {},
                       .notices = std::move(notices),
                       .locked = std::move(opened->locked)};
  }
  return OpenedStore{
      .ledger = Ledger::AtRest(
          std::move(opened->ledger), directory,
          [&directory, credentials] { return Reopen(directory, credentials); }),
      .contents = std::move(opened->contents),
      .notices = std::move(notices),
      .locked = std::nullopt,
      .read_only = why,
      .key_origin = opened->key_origin};
}

}  // namespace

Result<OpenedStore> OpenStore(const StateDirectory& directory,
                              const std::filesystem::path& credentials) {
  Result<OpenedStore> opened = OpenInPlace(directory, credentials);
  if (opened || !IsOfTheDisk(opened.error())) return opened;
  Result<OpenedStore> at_rest =
      OpenInMemory(directory, credentials, opened.error());
  // Why that did not work either is of less interest.
  return at_rest ? std::move(at_rest) : std::move(opened);
}

}  // namespace bondd::bonds
