// What nearly every test includes, compiled once per executable. Sources
// include what they use nevertheless: they build with -Db_pch=false too.

#ifndef BONDD_TESTS_PCH_GTEST_H_
#define BONDD_TESTS_PCH_GTEST_H_

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <expected>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#endif  // BONDD_TESTS_PCH_GTEST_H_
