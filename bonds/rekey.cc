#include "bonds/rekey.h"

#include <fmt/format.h>
#include <stdio.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string>
#include <utility>

#include "bonds/key_file.h"
#include "bonds/key_ring.h"
#include "bonds/ledger.h"
#include "bonds/opening.h"
#include "bonds/seal.h"
#include "bonds/state_directory.h"

namespace bondd::bonds {

namespace {

// The key to seal with. If it is no credential it waits in a file of its own to
// become the key file.
struct Target {
  SealKey key;
  bool is_credential = false;
};

Result<Target> ChooseTarget(const StateDirectory& directory,
                            const std::filesystem::path& credentials) {
  const KeyRing ring = ReadKeyRing(directory, credentials);
  if (const RingKey* credential = ring.Find(KeyOrigin::kCredential)) {
    return Target{credential->key.Clone(), true};
  }
  Result<SealKey> made = MakeSealKey();
  if (!made) return std::unexpected(std::move(made.error()));
  // On the disk before the first row is sealed with it.
  if (auto put = WriteKeyFile(directory, kNextKeyFileName, *made); !put) {
    return std::unexpected(std::move(put.error()));
  }
  return Target{std::move(*made), false};
}

Result<void> SettleKeyFiles(const StateDirectory& directory,
                            const Target& target) {
  if (target.is_credential) return EraseKeyFile(directory, kKeyFileName);
  const auto next = directory.File(kNextKeyFileName);
  if (::rename(next.c_str(), directory.File(kKeyFileName).c_str()) != 0) {
    return std::unexpected(
        ErrnoError(errno, fmt::format("cannot rename {}", next.native())));
  }
  return directory.Sync();
}

Notice Outcome(std::string message) {
  return {NoticeKind::kKey, LogLevel::kNotice, std::move(message)};
}

Result<void> SealAnew(const StateDirectory& directory, OpenedStore& opened,
                      const Target& target) {
  Result<Sealer> sealer = Sealer::Make(target.key);
  if (!sealer) return std::unexpected(std::move(sealer.error()));
  ++opened.contents.generation;
  Ledger& ledger = opened.ledger;
  Result<void> done = ledger.file().Replace(opened.contents, {}, *sealer);
  // The copy follows before the old key goes, and nothing that was sealed with
  // that is left in the logs.
  if (done) done = ledger.UpdateCopy();
  if (done) done = ledger.Checkpoint();
  if (done) done = SettleKeyFiles(directory, target);
  return done;
}

}  // namespace

Result<std::vector<Notice>> Rekey(const std::filesystem::path& state_directory,
                                  const std::filesystem::path& credentials) {
  const Result<StateDirectory> directory =
      StateDirectory::Open(state_directory);
  if (!directory) return std::unexpected(directory.error());
  Result<OpenedStore> opened = OpenStore(*directory, credentials);
  if (!opened) return std::unexpected(std::move(opened.error()));
  if (opened->locked) return std::unexpected(std::move(*opened->locked));
  if (opened->read_only) return std::unexpected(std::move(*opened->read_only));
  std::vector<Notice> notices = std::move(opened->notices);
  if (opened->key_origin == KeyOrigin::kCredential) {
    // All that may be left to do is what an interruption left undone.
    if (auto erased = EraseKeyFile(*directory, kKeyFileName); !erased) {
      return std::unexpected(std::move(erased.error()));
    }
    notices.push_back(
        Outcome("the bonds are sealed with the credential bondd.key already"));
    return notices;
  }
  if (opened->key_origin == KeyOrigin::kNextFile) {
    // Another key would take the place of the only one that opens the bonds.
    return Fail(ErrorCode::kIo, notices.back().message);
  }
  // It may be needed one day, and then the old key with it.
  if (opened->copy_unread) return std::unexpected(*opened->copy_unread);
  const Result<Target> target = ChooseTarget(*directory, credentials);
  if (!target) return std::unexpected(target.error());
  if (auto done = SealAnew(*directory, *opened, *target); !done) {
    return std::unexpected(std::move(done.error()));
  }
  std::ranges::move(opened->ledger.TakeNotices(), std::back_inserter(notices));
  notices.push_back(Outcome(fmt::format(
      "{} bonds are sealed with {} now", opened->contents.bonds.size(),
      target->is_credential ? "the credential bondd.key"
                            : directory->File(kKeyFileName).native())));
  return notices;
}

}  // namespace bondd::bonds
