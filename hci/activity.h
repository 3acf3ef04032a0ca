// Something that the controller is first told about, then told to do.

#ifndef BONDD_HCI_ACTIVITY_H_
#define BONDD_HCI_ACTIVITY_H_

#include <cassert>
#include <cstddef>
#include <utility>

namespace bondd::hci {

// How far advertising or scanning is in the controller: a number of setting
// commands, the last of which switches it on. Advertiser and Scanner each own
// one and make the commands that belong to the steps; one command at a time.
class Activity {
 public:
  explicit Activity(size_t steps) : steps_(steps) {}

  bool on() const { return on_; }
  // On, but not as it is wanted now.
  bool stale() const { return on_ && outdated_; }
  // The step whose command comes next on the way to on.
  size_t step() const { return step_; }

  // What was told to the controller is outdated: begin with step 0.
  void Reconfigure() {
    step_ = 0;
    outdated_ = true;
  }

  // The command of step() is on its way.
  void StepSent() {
    assert(!on_);
    sent_ = step_ + 1 == steps_ ? Sent::kLastStep : Sent::kStep;
    if (step_ == 0) outdated_ = false;
  }
  // The command that switches it off is on its way.
  void StopSent() { sent_ = Sent::kStop; }

  // The answer to it. False when a step was refused: then step 0 is next again.
  // A refused stop means that it was off already.
  [[nodiscard]] bool OnAnswer(bool ok) {
    const Sent sent = std::exchange(sent_, Sent::kNothing);
    if (sent == Sent::kNothing) return true;
    if (sent == Sent::kStop) {
      on_ = false;
    } else if (!ok) {
      Reconfigure();
      return false;
    } else if (sent == Sent::kLastStep) {
      on_ = true;
    } else if (!outdated_) {
      ++step_;
    }
    return true;
  }

  // The controller has switched it off by itself. That may be told before the
  // answer to the command that had switched it on.
  void OnEnded() {
    on_ = false;
    sent_ = Sent::kNothing;
  }

 private:
  enum class Sent { kNothing, kStep, kLastStep, kStop };

  size_t steps_;
  size_t step_ = 0;
  bool on_ = false;
  bool outdated_ = true;
  Sent sent_ = Sent::kNothing;
};

}  // namespace bondd::hci

#endif  // BONDD_HCI_ACTIVITY_H_
