// Another user for a moment.

#ifndef BONDD_TESTS_DBUS_AS_USER_H_
#define BONDD_TESTS_DBUS_AS_USER_H_

#include <sys/types.h>

#include <vector>

namespace bondd::dbus::test {

// Connections that are opened while it lives belong to this user, its group of
// the same number and the further `groups`: the bus takes them from the socket.
// Needs root; dies without.
class AsUser {
 public:
  explicit AsUser(uid_t uid, const std::vector<gid_t>& groups = {});
  AsUser(const AsUser&) = delete;
  AsUser& operator=(const AsUser&) = delete;
  ~AsUser();

 private:
  std::vector<gid_t> groups_;
};

}  // namespace bondd::dbus::test

#endif  // BONDD_TESTS_DBUS_AS_USER_H_
