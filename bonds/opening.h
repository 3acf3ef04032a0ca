// From the files in the state directory, in whatever state they are, to a
// ledger and what it holds.

#ifndef BONDD_BONDS_OPENING_H_
#define BONDD_BONDS_OPENING_H_

#include <filesystem>
#include <optional>
#include <vector>

#include "bonds/contents.h"
#include "bonds/key_ring.h"
#include "bonds/ledger.h"
#include "bonds/notice.h"
#include "bonds/state_directory.h"
#include "common/error.h"

namespace bondd::bonds {

struct OpenedStore {
  Ledger ledger;
  Contents contents;
  std::vector<Notice> notices;
  // Why nothing can be read or written: the key is missing or another one.
  std::optional<Error> locked;
  // Why nothing can be written now, though all of it can be read: the ledger
  // is at rest.
  std::optional<Error> read_only = {};
  // Why the copy that is there can't be read now.
  std::optional<Error> copy_unread = {};
  // kNextFile: a change of the key is not finished.
  KeyOrigin key_origin = KeyOrigin::kFile;
};

// Damaged files are set aside and made anew from what can be had; a file of an
// older version is brought up to date; a change of the key that was
// interrupted is finished, or that is left to the next start. Where the disk
// is full, broken or read-only and something would have to be written, all
// this happens to a copy in memory, and the files stay as they are. An error is
// one of the environment, or a store made by a newer bondd; nothing is lost by
// it.
// `directory` outlives the result.
Result<OpenedStore> OpenStore(const StateDirectory& directory,
                              const std::filesystem::path& credentials);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_OPENING_H_
