// A controller of the kind that comes and goes.

#ifndef BONDD_TESTS_DAEMON_DONGLE_H_
#define BONDD_TESTS_DAEMON_DONGLE_H_

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <filesystem>
#include <memory>

#include "sim/air.h"
#include "sim/h4_server.h"
#include "tests/integration/loop.h"

namespace bondd::daemon::test {

// A simulated controller without a public address behind a socket, served while
// the test waits.
class Dongle : private integration::Source {
 public:
  Dongle(integration::Loop& loop, const std::filesystem::path& socket)
      : loop_(loop),
        server_(sim::H4Server::Listen(air_, socket, sim::ControllerOptions())
                    .value()) {
    loop_.Add(*this);
  }
  Dongle(const Dongle&) = delete;
  Dongle& operator=(const Dongle&) = delete;
  ~Dongle() override { loop_.Remove(*this); }

 private:
  // The host's, once there is one.
  int fd() const override { return server_->Interests().back().fd; }
  short events() const override { return POLLIN; }
  void Serve() override {
    const Time now = std::chrono::time_point_cast<Duration>(
        std::chrono::steady_clock::now());
    EXPECT_TRUE(server_->Service(now).has_value());
    air_.Advance(now);
    EXPECT_TRUE(server_->Service(now).has_value());
  }

  integration::Loop& loop_;
  sim::Air air_;
  std::unique_ptr<sim::H4Server> server_;
};

}  // namespace bondd::daemon::test

#endif  // BONDD_TESTS_DAEMON_DONGLE_H_
