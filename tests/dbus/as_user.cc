#include "tests/dbus/as_user.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

namespace bondd::dbus::test {

namespace {

void Require(bool success) {
  if (success) return;
  ::perror("these tests have to run as root, to become other users");
  ::abort();
}

}  // namespace

AsUser::AsUser(uid_t uid, const std::vector<gid_t>& groups)
    : groups_(static_cast<size_t>(::getgroups(0, nullptr))) {
  Require(::getgroups(static_cast<int>(groups_.size()), groups_.data()) >= 0);
  Require(::setgroups(groups.size(), groups.data()) == 0);
  Require(::setegid(uid) == 0);
  Require(::seteuid(uid) == 0);
}

AsUser::~AsUser() {
  Require(::seteuid(0) == 0);
  Require(::setegid(0) == 0);
  Require(::setgroups(groups_.size(), groups_.data()) == 0);
}

}  // namespace bondd::dbus::test
