// The bond file and its copy as one: what the writer thread works on.

#ifndef BONDD_BONDS_LEDGER_H_
#define BONDD_BONDS_LEDGER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "bonds/bond_file.h"
#include "bonds/change.h"
#include "bonds/notice.h"
#include "bonds/seal.h"
#include "bonds/state_directory.h"
#include "bonds/transfer_stream.h"
#include "common/error.h"

namespace bondd::bonds {

inline constexpr const char* kBondFileName = "bonds.db";
inline constexpr const char* kCopyFileName = "bonds.copy";

// A change is answered when it is in the bond file; the copy gets it later,
// when nobody waits. Handed over by the thread that opened the files to the
// writer thread.
class Ledger {
 public:
  // `directory` outlives the ledger. Without a copy there is none until the
  // next start.
  Ledger(const StateDirectory& directory, BondFile file,
         std::optional<BondFile> copy, Sealer sealer);
  // One that refuses everything, for this reason.
  explicit Ledger(Error locked);
  // One that holds `loaded` in memory, for the files can't be written for this
  // reason. Changes are refused until `reopen` gives a ledger on the files;
  // the first that comes after that wakes this one.
  using Reopen = std::function<Result<Ledger>()>;
  static Ledger AtRest(Ledger loaded, const StateDirectory& directory,
                       Reopen reopen);

  // Serves somebody's descriptor: an export, or an import, which turns into
  // the change that it asks for. While that waits, `meanwhile` may call
  // Apply().
  Result<void> Transfer(Work& work, const Meanwhile& meanwhile);
  // The next transaction. See BondFile::Apply(). An AmendBond or UndoBond fails
  // with kNotFound, too, when its bond was replaced before its turn came.
  Result<void> Apply(Change& change);
  // Of the last transaction, or of the last that failed.
  uint64_t generation() const { return generation_; }

  // How many rows the copy lags behind.
  size_t Backlog() const { return backlog_.size() + (head_changed_ ? 1 : 0); }
  // Brings the copy up to date. The first time it is compared row by row, and
  // mended or made anew; what can't be written is told in a notice, too, and
  // tried again the next time.
  Result<void> UpdateCopy();

  // Empties both logs: what they held is in the files.
  Result<void> Checkpoint();
  std::vector<Notice> TakeNotices();
  // Something that whoever opened the files has to tell.
  void AddNotices(std::vector<Notice> notices);

  BondFile& file() { return files_->file; }
  Sealer& sealer() { return files_->sealer; }

 private:
  struct Files {
    const StateDirectory& directory;
    BondFile file;
    std::optional<BondFile> copy;
    Sealer sealer;
  };

  Result<void> Wake();
  // Whether the bond that it means is there still; what was put there since a
  // PutBond was decided on is for the executor to judge.
  Result<void> CheckTurn(Change& change) const;
  // The transaction that put the bond there; 0 = one before this run.
  uint64_t WhenPut(const BondKey& key) const;
  // Which bonds have their keys from which transaction.
  void NotePut(const Change& change);
  Result<void> BringCopyUpToDate();
  Result<void> CheckWholeCopy();
  Result<void> MendCopy();
  Result<void> ReplaceCopy(const Error& why);
  void CheckpointWhenDue(bool up_to_date);
  void CopySucceeded();
  // Told once, until the copy can be written again.
  void CopyFailed(const Error& error);

  std::optional<Files> files_;
  Error locked_;
  Reopen reopen_;  // while at rest
  uint64_t generation_ = 0;
  // Those of this run that are there still.
  std::map<BondKey, uint64_t> put_;
  TouchedRows backlog_;
  bool head_changed_ = false;
  bool keeps_copy_ = false;  // if one can be had
  bool copy_checked_ = false;
  bool log_emptied_ = false;  // since the files were opened
  bool copy_failing_ = false;
  bool logs_stay_ = false;  // for they can't be emptied
  std::vector<Notice> notices_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_LEDGER_H_
