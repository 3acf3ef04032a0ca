// The kinds of value that a setting can have.
//
// Each gives the value or says what is allowed in its place.

#ifndef BONDD_CONFIG_VALUE_H_
#define BONDD_CONFIG_VALUE_H_

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "smp/types.h"

namespace bondd::config {

// The error completes the sentence "not ...": "yes or no".
template <typename T>
using Parsed = std::expected<T, std::string>;

// yes, no, true, false.
Parsed<bool> ParseBool(std::string_view text);
// Decimal digits only.
Parsed<uint32_t> ParseNumber(std::string_view text, uint32_t least,
                             uint32_t greatest);
// enc, id, sign; none of them, too.
Parsed<smp::KeyDistribution> ParseKeys(std::string_view text);
// At least one association model.
Parsed<smp::AssociationModels> ParseMethods(std::string_view text);
// What stands between blanks and commas.
std::vector<std::string_view> SplitList(std::string_view text);

}  // namespace bondd::config

#endif  // BONDD_CONFIG_VALUE_H_
