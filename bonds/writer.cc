#include "bonds/writer.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace bondd::bonds {

namespace {

// Signals are the loop thread's: a thread started in here gets none.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }

 private:
  sigset_t previous_;
};

}  // namespace

Result<std::unique_ptr<Writer>> Writer::Start(BondFile file) {
  UniqueFd event(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!event) return std::unexpected(ErrnoError(errno, "eventfd"));
  std::unique_ptr<Writer> writer(new Writer(std::move(file), std::move(event)));
  const AllSignalsBlocked blocked;
  try {
    writer->thread_ = std::thread([raw = writer.get()] { raw->Run(); });
  } catch (const std::system_error& error) {
    return std::unexpected(
        ErrnoError(error.code().value(), "cannot start the writer thread"));
  }
  return writer;
}

Writer::Writer(BondFile file, UniqueFd event)
    : file_(std::move(file)), event_(std::move(event)) {}

Writer::~Writer() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_one();
  thread_.join();
}

void Writer::Submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
  }
  work_.notify_one();
}

void Writer::Answer(Done done) {
  const std::lock_guard lock(mutex_);
  Finish(std::move(done));
}

void Writer::Finish(Done done) {
  done_.push_back(std::move(done));
  // The counter can't overflow: it is read whenever it is not zero.
  eventfd_write(event_.get(), 1);
}

std::vector<Done> Writer::TakeDone() {
  const std::lock_guard lock(mutex_);
  eventfd_t count = 0;
  eventfd_read(event_.get(), &count);
  return std::exchange(done_, {});
}

Done Writer::Wait(RequestId id) {
  std::unique_lock lock(mutex_);
  const auto found = [&] { return std::ranges::find(done_, id, &Done::id); };
  progress_.wait(lock, [&] { return found() != done_.end(); });
  const auto position = found();
  Done done = std::move(*position);
  done_.erase(position);
  return done;
}

void Writer::Drain() {
  std::unique_lock lock(mutex_);
  progress_.wait(lock, [this] { return queue_.empty() && !busy_; });
}

void Writer::Run() {
  pthread_setname_np(pthread_self(), "bonds-writer");
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    busy_ = true;
    lock.unlock();
    Result<void> outcome = file_.Apply(job.change);
    lock.lock();
    busy_ = false;
    Finish({job.id, std::move(job.change), std::move(outcome)});
    progress_.notify_all();
  }
}

}  // namespace bondd::bonds
