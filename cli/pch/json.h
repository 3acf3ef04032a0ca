// What nearly every source of cli/ includes, compiled once. Sources include
// what they use nevertheless: they build with -Db_pch=false too.

#ifndef BONDD_CLI_PCH_JSON_H_
#define BONDD_CLI_PCH_JSON_H_

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#endif  // BONDD_CLI_PCH_JSON_H_
