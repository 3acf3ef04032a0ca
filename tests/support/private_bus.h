// A dbus-daemon of the test's own.

#ifndef BONDD_TESTS_SUPPORT_PRIVATE_BUS_H_
#define BONDD_TESTS_SUPPORT_PRIVATE_BUS_H_

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "tests/support/temporary_folder.h"

namespace bondd::test {

// What every system bus has beneath the policies of its services.
inline constexpr char kSystemBusPolicy[] = R"(
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>)";

// Runs while it lives, in a directory of its own that goes with it. Whoever
// wants to can connect.
class PrivateBus {
 public:
  // `policy` is the text of <policy> and <limit> elements; without any,
  // everybody may do everything.
  explicit PrivateBus(const std::string& policy = "");
  PrivateBus(const PrivateBus&) = delete;
  PrivateBus& operator=(const PrivateBus&) = delete;
  ~PrivateBus();

  // What D-Bus libraries connect to. Empty when the daemon did not come up.
  const std::string& address() const { return address_; }
  pid_t pid() const { return pid_; }
  // Ends the daemon at once and waits for its end.
  void Kill();

 private:
  void Start(const std::filesystem::path& config);

  OpenFolder folder_;  // other users connect as well
  std::string address_;
  pid_t pid_ = -1;
};

}  // namespace bondd::test

#endif  // BONDD_TESTS_SUPPORT_PRIVATE_BUS_H_
