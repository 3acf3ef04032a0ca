// Whether a bond could be written now, known before pairing spends effort on
// it.

#ifndef BONDD_BONDS_DISK_HEALTH_H_
#define BONDD_BONDS_DISK_HEALTH_H_

#include <optional>

#include "bonds/state_directory.h"
#include "common/error.h"

namespace bondd::bonds {

// Goes by what the file system says, and by how the last write ended: quotas,
// bad sectors and the like show only then. Loop thread.
class DiskHealth {
 public:
  // `directory` outlives it.
  explicit DiskHealth(const StateDirectory& directory)
      : directory_(directory) {}

  // Fails with the reason why a bond could not be written.
  Result<void> Check() const;
  // How a transaction ended.
  void Note(const Result<void>& outcome);
  // True when a write failed: only another one shows that it is over.
  bool failing() const { return failure_.has_value(); }

 private:
  const StateDirectory& directory_;
  std::optional<Error> failure_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_DISK_HEALTH_H_
