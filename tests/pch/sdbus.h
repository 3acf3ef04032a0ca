// tests/pch/gmock.h, for executables that use the C++ bus library.

#ifndef BONDD_TESTS_PCH_SDBUS_H_
#define BONDD_TESTS_PCH_SDBUS_H_

#include <sdbus-c++/sdbus-c++.h>

#include "tests/pch/gmock.h"

#endif  // BONDD_TESTS_PCH_SDBUS_H_
