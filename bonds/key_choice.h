// Which of the keys at hand the bonds are sealed with.

#ifndef BONDD_BONDS_KEY_CHOICE_H_
#define BONDD_BONDS_KEY_CHOICE_H_

#include <optional>
#include <vector>

#include "bonds/bond_file.h"
#include "bonds/key_ring.h"
#include "bonds/notice.h"
#include "bonds/seal.h"
#include "bonds/state_directory.h"
#include "common/error.h"

namespace bondd::bonds {

struct FittingKey {
  Sealer sealer;
  KeyOrigin origin;
};

// Either `locked` says why nothing can be opened, or `key` is there.
struct KeyChoice {
  std::optional<FittingKey> key;
  // Of a copy that is sealed with another key still.
  std::optional<FittingKey> copy_key;
  std::optional<Error> locked;
};

// Tries the ring on the files, of which `copy` may be nullptr. Where nothing is
// sealed yet the first key of the ring is taken, and if there is none, one is
// made and put into the key file. Appends to `notices` what people should know.
Result<KeyChoice> ChooseKeys(const StateDirectory& directory, KeyRing& ring,
                             BondFile& file, BondFile* copy,
                             std::vector<Notice>& notices);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_KEY_CHOICE_H_
