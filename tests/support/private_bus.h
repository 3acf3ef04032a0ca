// A dbus-daemon of the test's own.

#ifndef BONDD_TESTS_SUPPORT_PRIVATE_BUS_H_
#define BONDD_TESTS_SUPPORT_PRIVATE_BUS_H_

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace bondd::test {

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

  std::filesystem::path directory_;
  std::string address_;
  pid_t pid_ = -1;
};

}  // namespace bondd::test

#endif  // BONDD_TESTS_SUPPORT_PRIVATE_BUS_H_
