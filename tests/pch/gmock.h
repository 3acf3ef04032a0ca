// tests/pch/gtest.h, for executables with mocks.

#ifndef BONDD_TESTS_PCH_GMOCK_H_
#define BONDD_TESTS_PCH_GMOCK_H_

#include <gmock/gmock.h>

#include "tests/pch/gtest.h"

#endif  // BONDD_TESTS_PCH_GMOCK_H_
