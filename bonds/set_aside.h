// Takes a damaged file out of the way without destroying anything.

#ifndef BONDD_BONDS_SET_ASIDE_H_
#define BONDD_BONDS_SET_ASIDE_H_

#include <string>

#include "bonds/state_directory.h"
#include "common/error.h"

namespace bondd::bonds {

// Renames the file, and its log, to the first free NAME.damaged-N. Nobody has
// it open. Gives the new path.
Result<std::string> SetAside(const StateDirectory& directory,
                             const std::string& name);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_SET_ASIDE_H_
