#include "sim/scheduler.h"

#include <gtest/gtest.h>

#include <vector>

namespace bondd::sim {
namespace {

using std::chrono::milliseconds;

class SchedulerTest : public testing::Test {
 protected:
  Scheduler::Action Note(int number) {
    return [this, number] { order_.push_back(number); };
  }
  void RunUntil(Time limit) {
    while (scheduler_.RunNext(limit)) {
    }
  }
  static Time At(int ms) { return Time(milliseconds(ms)); }

  Scheduler scheduler_;
  std::vector<int> order_;
};

TEST_F(SchedulerTest, RunsInTheOrderOfTimeAndThenOfInsertion) {
  scheduler_.Add(At(2), Note(3));
  scheduler_.Add(At(1), Note(1));
  scheduler_.Add(At(2), Note(4));
  scheduler_.Add(At(1), Note(2));
  RunUntil(At(5));
  EXPECT_EQ(order_, (std::vector{1, 2, 3, 4}));
}

TEST_F(SchedulerTest, RunsNothingBeforeItsTime) {
  scheduler_.Add(At(2), Note(1));
  RunUntil(At(1));
  EXPECT_TRUE(order_.empty());
  EXPECT_EQ(scheduler_.Next(), At(2));
}

TEST_F(SchedulerTest, ShowsEachActionItsOwnTime) {
  std::vector<Time> times;
  scheduler_.Add(At(1), [&] { times.push_back(scheduler_.now()); });
  scheduler_.Add(At(3), [&] { times.push_back(scheduler_.now()); });
  RunUntil(At(9));
  EXPECT_EQ(times, (std::vector{At(1), At(3)}));
}

TEST_F(SchedulerTest, RunsWhatAnActionAddsWhenItIsDueToo) {
  scheduler_.Add(At(1), [&] { scheduler_.Add(At(2), Note(1)); });
  RunUntil(At(2));
  EXPECT_EQ(order_, std::vector{1});
}

TEST_F(SchedulerTest, TakesThePastForThePresent) {
  scheduler_.MoveTo(At(5));
  scheduler_.Add(At(1), Note(1));
  EXPECT_EQ(scheduler_.Next(), At(5));
}

TEST_F(SchedulerTest, NeverMovesBack) {
  scheduler_.MoveTo(At(5));
  scheduler_.MoveTo(At(1));
  EXPECT_EQ(scheduler_.now(), At(5));
}

TEST_F(SchedulerTest, TimerReplacesItsAction) {
  Timer timer(scheduler_);
  timer.Start(At(1), Note(1));
  timer.Start(At(2), Note(2));
  RunUntil(At(5));
  EXPECT_EQ(order_, std::vector{2});
  EXPECT_FALSE(timer.running());
}

TEST_F(SchedulerTest, TimerTakesItsActionWithItWhenItGoes) {
  {
    Timer timer(scheduler_);
    timer.Start(At(1), Note(1));
  }
  RunUntil(At(5));
  EXPECT_TRUE(order_.empty());
  EXPECT_FALSE(scheduler_.Next());
}

TEST_F(SchedulerTest, TimerMayBeStartedAgainByItsOwnAction) {
  Timer timer(scheduler_);
  timer.Start(At(1), [&] { timer.Start(At(2), Note(1)); });
  RunUntil(At(5));
  EXPECT_EQ(order_, std::vector{1});
}

}  // namespace
}  // namespace bondd::sim
