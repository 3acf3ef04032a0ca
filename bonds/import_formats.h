// Texts of others as bonds.

#ifndef BONDD_BONDS_IMPORT_FORMATS_H_
#define BONDD_BONDS_IMPORT_FORMATS_H_

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "bonds/bond.h"
#include "common/device_address.h"
#include "common/error.h"

namespace bondd::bonds {

struct ImportTerms {
  // kLimit as soon as there are more.
  size_t max_bonds = SIZE_MAX;
  // Called often enough for others not to notice how long it takes; an error
  // ends it.
  std::function<Result<void>()> pause = {};
};

// All of the text is valid, or it is kInvalidArgument with the place and the
// reason. Every bond is of `adapter`, valid, and named once. Generations are 0,
// and `created` where the text does not say.
Result<std::vector<Bond>> BondsFromJson(std::string_view text,
                                        const DeviceAddress& adapter,
                                        const ImportTerms& terms = {});

// A tar archive that holds ADAPTER/PEER/info, in whatever folder; folders of
// other adapters are passed over, and so are devices without LE keys. How they
// were paired bluetoothd does not say: Just Works is put down for keys that are
// not authenticated, Passkey Entry for others, central for the role.
// kNotFound: there is none of this adapter.
Result<std::vector<Bond>> BondsFromBlueZ(std::string_view archive,
                                         const DeviceAddress& adapter,
                                         const ImportTerms& terms = {});

// More bonds than the terms allow.
std::unexpected<Error> TooManyBonds(const ImportTerms& terms);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_IMPORT_FORMATS_H_
