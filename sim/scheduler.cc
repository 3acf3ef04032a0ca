#include "sim/scheduler.h"

namespace bondd::sim {

Scheduler::Key Scheduler::Add(Time when, Action action) {
  const Key key(std::max(when, now_), next_number_++);
  queue_.emplace(key, std::move(action));
  return key;
}

std::optional<Time> Scheduler::Next() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first.first;
}

bool Scheduler::RunNext(Time limit) {
  if (queue_.empty() || queue_.begin()->first.first > limit) return false;
  // Out of the queue first: the action may add and remove others.
  const auto node = queue_.extract(queue_.begin());
  now_ = node.key().first;
  node.mapped()();
  return true;
}

void Timer::Start(Time when, Scheduler::Action action) {
  Stop();
  key_ = scheduler_.Add(when, [this, action = std::move(action)] {
    key_.reset();
    action();
  });
}

void Timer::Stop() {
  if (key_) scheduler_.Remove(*key_);
  key_.reset();
}

}  // namespace bondd::sim
