// Several descriptors behind one.

#ifndef BONDD_DBUS_POLL_SET_H_
#define BONDD_DBUS_POLL_SET_H_

#include <cstddef>
#include <vector>

#include "common/error.h"
#include "common/unique_fd.h"

namespace bondd::dbus {

// Service hands out the descriptor of this set, which is readable when one of
// its connections wants to be processed.
class PollSet {
 public:
  static Result<PollSet> Open();

  int fd() const { return epoll_.get(); }
  // What member number `index` waits for: poll(2) bits; fd -1 for nothing.
  void Set(size_t index, int fd, short events);

 private:
  struct Member {
    int fd = -1;
    short events = 0;
  };

  explicit PollSet(UniqueFd epoll) : epoll_(std::move(epoll)) {}

  UniqueFd epoll_;
  std::vector<Member> members_;
};

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_POLL_SET_H_
