// Whether a bond could be written now, known before pairing spends effort on
// it.

#ifndef BONDD_BONDS_DISK_HEALTH_H_
#define BONDD_BONDS_DISK_HEALTH_H_

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "bonds/bond.h"
#include "bonds/state_directory.h"
#include "common/error.h"

namespace bondd::bonds {

// Goes by what the file system says, and by how the last write ended: quotas,
// bad sectors and the like show only then. Loop thread.
//
// A full disk is one for all bonds, and any write that succeeds shows that it
// is over. A bad sector or a corrupt page are so for the bonds that would be
// there: the one that could not be written is refused until a write of that one
// succeeds. As nothing heals what is corrupt while the store is open, nor tells
// whose page it is, every other one then needs such a write first, too. A Probe
// is one, so each is refused once at most where it could be written.
class DiskHealth {
 public:
  // `directory` outlives it.
  explicit DiskHealth(const StateDirectory& directory)
      : directory_(directory) {}

  // Fails with the reason why nothing could be written, or this bond could not.
  Result<void> Check() const;
  Result<void> Check(const BondKey& bond) const;
  // How a transaction ended that wrote these bonds.
  void Note(const Result<void>& outcome,
            const std::vector<BondKey>& bonds = {});
  // True when a write failed: only another one shows that it is over.
  bool failing() const { return failure_.has_value(); }
  bool failing(const BondKey& bond) const;

 private:
  void NoteWritten(const BondKey& bond);
  void NoteDamaged(const BondKey& bond, const Error& error);
  const Error* WhyNot(const BondKey& bond) const;

  const StateDirectory& directory_;
  std::optional<Error> failure_;
  // What could not be written where it belongs, and what could nevertheless.
  std::map<BondKey, Error> damaged_;
  std::deque<BondKey> written_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_DISK_HEALTH_H_
