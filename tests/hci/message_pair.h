// A socket as the kernel's HCI sockets are: whole messages, non-blocking.

#ifndef BONDD_TESTS_HCI_MESSAGE_PAIR_H_
#define BONDD_TESTS_HCI_MESSAGE_PAIR_H_

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "common/bytes.h"
#include "common/unique_fd.h"

namespace bondd::hci::testing {

// `ours` goes to the code under test, the test plays the kernel on `kernel`.
struct MessagePair {
  MessagePair() {
    int fds[2];
    EXPECT_EQ(
        ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                     fds),
        0);
    ours = UniqueFd(fds[0]);
    kernel = UniqueFd(fds[1]);
  }

  void Put(const Bytes& message) const {
    ASSERT_EQ(::send(kernel.get(), message.data(), message.size(), 0),
              static_cast<ssize_t>(message.size()));
  }

  // The next message that the code under test has sent; empty when none.
  Bytes Get() const {
    Bytes message(1024);
    const ssize_t got = ::recv(kernel.get(), message.data(), message.size(), 0);
    message.resize(got < 0 ? 0 : static_cast<size_t>(got));
    return message;
  }

  UniqueFd ours;
  UniqueFd kernel;
};

}  // namespace bondd::hci::testing

#endif  // BONDD_TESTS_HCI_MESSAGE_PAIR_H_
