#include "bonds/import_formats.h"

#include <fmt/format.h>

namespace bondd::bonds {

std::unexpected<Error> TooManyBonds(const ImportTerms& terms) {
  return Fail(ErrorCode::kLimit,
              fmt::format("there are more than {} bonds in it, which is what "
                          "MaxBonds allows",
                          terms.max_bonds));
}

}  // namespace bondd::bonds
