#include "hci/activity.h"

#include <gtest/gtest.h>

namespace bondd::hci {
namespace {

constexpr size_t kSteps = 3;

class ActivityTest : public ::testing::Test {
 protected:
  // One step that the controller takes.
  void Step() {
    activity_.StepSent();
    EXPECT_TRUE(activity_.OnAnswer(true));
  }
  void SwitchOn() {
    while (!activity_.on()) Step();
  }

  Activity activity_{kSteps};
};

TEST_F(ActivityTest, IsOnAfterItsLastStep) {
  for (size_t step = 0; step < kSteps; ++step) {
    EXPECT_FALSE(activity_.on());
    EXPECT_EQ(activity_.step(), step);
    Step();
  }
  EXPECT_TRUE(activity_.on());
  EXPECT_FALSE(activity_.stale());
}

TEST_F(ActivityTest, IsOffOnceItIsStopped) {
  SwitchOn();
  activity_.StopSent();
  EXPECT_TRUE(activity_.on());
  EXPECT_TRUE(activity_.OnAnswer(true));
  EXPECT_FALSE(activity_.on());
}

TEST_F(ActivityTest, NeedsOnlyItsLastStepToGoOnAfterAPause) {
  SwitchOn();
  activity_.StopSent();
  EXPECT_TRUE(activity_.OnAnswer(true));
  EXPECT_EQ(activity_.step(), kSteps - 1);
  Step();
  EXPECT_TRUE(activity_.on());
}

TEST_F(ActivityTest, IsOffWhenStoppingIsRefused) {
  SwitchOn();
  activity_.StopSent();
  EXPECT_TRUE(activity_.OnAnswer(false));
  EXPECT_FALSE(activity_.on());
}

TEST_F(ActivityTest, BeginsAnewAfterARefusedStep) {
  Step();
  activity_.StepSent();
  EXPECT_FALSE(activity_.OnAnswer(false));
  EXPECT_EQ(activity_.step(), 0u);
  EXPECT_FALSE(activity_.on());
}

TEST_F(ActivityTest, IsStaleWhenReconfiguredWhileOn) {
  SwitchOn();
  activity_.Reconfigure();
  EXPECT_TRUE(activity_.stale());
  activity_.StopSent();
  EXPECT_TRUE(activity_.OnAnswer(true));
  EXPECT_EQ(activity_.step(), 0u);
  SwitchOn();
  EXPECT_FALSE(activity_.stale());
}

TEST_F(ActivityTest, IsStaleWhenReconfiguredDuringItsLastStep) {
  Step();
  Step();
  activity_.StepSent();
  activity_.Reconfigure();
  EXPECT_TRUE(activity_.OnAnswer(true));
  EXPECT_TRUE(activity_.stale());
}

TEST_F(ActivityTest, BeginsAnewWhenReconfiguredDuringAStep) {
  Step();
  activity_.StepSent();
  activity_.Reconfigure();
  EXPECT_TRUE(activity_.OnAnswer(true));
  EXPECT_EQ(activity_.step(), 0u);
}

TEST_F(ActivityTest, StaysOffWhenItsEndOvertakesTheAnswerToItsStart) {
  Step();
  Step();
  activity_.StepSent();
  activity_.OnEnded();
  EXPECT_TRUE(activity_.OnAnswer(true));
  EXPECT_FALSE(activity_.on());
  EXPECT_EQ(activity_.step(), kSteps - 1);
}

}  // namespace
}  // namespace bondd::hci
