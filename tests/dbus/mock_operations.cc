#include "tests/dbus/mock_operations.h"

namespace bondd::dbus::test {

MockOperations::MockOperations() = default;

MockOperations::~MockOperations() = default;

}  // namespace bondd::dbus::test
