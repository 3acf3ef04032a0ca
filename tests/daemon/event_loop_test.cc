#include "daemon/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "common/unique_fd.h"

namespace bondd::daemon::test {
namespace {

// The loop takes signals over; the tests after these want them back.
class EventLoopTest : public testing::Test {
 protected:
  // Longer than anything here can take; nothing is measured.
  static constexpr Duration kPatience = std::chrono::seconds(60);

  EventLoopTest() { ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_); }
  ~EventLoopTest() override { ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr); }

  void SetUp() override {
    auto loop = EventLoop::Create();
    ASSERT_TRUE(loop) << loop.error().message;
    loop_ = std::move(*loop);
  }

  // Two ends of a stream, the first on a descriptor that is chosen.
  static std::pair<UniqueFd, UniqueFd> StreamAt(std::optional<int> number) {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    UniqueFd first(fds[0]);
    UniqueFd second(fds[1]);
    if (number && first.get() != *number) {
      EXPECT_EQ(::dup3(first.get(), *number, O_CLOEXEC), *number);
      first = UniqueFd(*number);
    }
    return {std::move(first), std::move(second)};
  }

  // True when the loop wakes for the descriptor before the patience ends.
  bool WakesFor(int fd, short events) {
    const Time end = EventLoop::Now() + kPatience;
    const auto waited = loop_->Wait({{fd, events, 0}}, end);
    EXPECT_TRUE(waited) << waited.error().message;
    return waited && EventLoop::Now() < end;
  }
  void Look(int fd, short events) {
    const auto waited = loop_->Wait({{fd, events, 0}}, EventLoop::Now());
    EXPECT_TRUE(waited) << waited.error().message;
  }

  sigset_t mask_;
  std::unique_ptr<EventLoop> loop_;
};

TEST_F(EventLoopTest, WakesForADescriptorThatIsReady) {
  auto [ours, other] = StreamAt(std::nullopt);
  Look(ours.get(), POLLIN);
  ASSERT_EQ(::write(other.get(), "x", 1), 1);
  EXPECT_TRUE(WakesFor(ours.get(), POLLIN));
}

TEST_F(EventLoopTest, WakesForADescriptorThatIsAnotherFileByNow) {
  auto [ours, other] = StreamAt(std::nullopt);
  const int number = ours.get();
  Look(number, POLLIN);
  ours.Close();
  auto [next, next_other] = StreamAt(number);
  ASSERT_EQ(next.get(), number);
  ASSERT_EQ(::write(next_other.get(), "x", 1), 1);
  EXPECT_TRUE(WakesFor(number, POLLIN));
}

TEST_F(EventLoopTest, TakesOtherEventsOfADescriptorThatIsAnotherFileByNow) {
  auto [ours, other] = StreamAt(std::nullopt);
  const int number = ours.get();
  Look(number, POLLIN);
  ours.Close();
  auto [next, next_other] = StreamAt(number);
  EXPECT_TRUE(WakesFor(number, POLLIN | POLLOUT));
}

TEST_F(EventLoopTest, SaysSoWhenADescriptorCannotBePolled) {
  auto [ours, other] = StreamAt(std::nullopt);
  const int number = ours.get();
  ours.Close();
  EXPECT_FALSE(loop_->Wait({{number, POLLIN, 0}}, EventLoop::Now()));
}

}  // namespace
}  // namespace bondd::daemon::test
