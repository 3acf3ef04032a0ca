// What nearly every source includes of the standard library, compiled once per
// library. Sources include what they use nevertheless: they build with
// -Db_pch=false too.

#ifndef BONDD_COMMON_PCH_STD_H_
#define BONDD_COMMON_PCH_STD_H_

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#endif  // BONDD_COMMON_PCH_STD_H_
