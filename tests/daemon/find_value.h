#ifndef BONDD_TESTS_DAEMON_FIND_VALUE_H_
#define BONDD_TESTS_DAEMON_FIND_VALUE_H_

#include <string_view>

#include "dbus/operations.h"

namespace bondd::daemon::test {

// The value of a key; null without it.
inline const dbus::Value* FindValue(const dbus::Dictionary& dictionary,
                                    std::string_view key) {
  for (const auto& [name, value] : dictionary) {
    if (name == key) return &value;
  }
  return nullptr;
}

}  // namespace bondd::daemon::test

#endif  // BONDD_TESTS_DAEMON_FIND_VALUE_H_
