// Why a pairing went by the association model that it went by.

#ifndef BONDD_CLI_ASSOCIATION_H_
#define BONDD_CLI_ASSOCIATION_H_

#include <string>

#include "cli/value.h"

namespace bondd::cli {

// Told from the Pairing Request and Pairing Response in the result of a
// pairing; empty when they are not there.
std::string ExplainMethod(const Json& result);

}  // namespace bondd::cli

#endif  // BONDD_CLI_ASSOCIATION_H_
