#include "bonds/writer.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <system_error>
#include <utility>
#include <variant>

namespace bondd::bonds {

namespace {

// How long the copy waits for further changes, so that several cost it one
// transaction, and how many of them it lets go by where they never end: as many
// may be lost with the database, and lie in its log.
constexpr std::chrono::milliseconds kCopyDelay(20);
constexpr int kMaxChangesBehind = 64;

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

bool IsChange(const Job& job) {
  return std::holds_alternative<Change>(job.work);
}

std::unexpected<Error> NoTransfers() {
  return Fail(ErrorCode::kClosed, "bondd is being stopped");
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::Start(Ledger ledger) {
  UniqueFd event(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!event) return std::unexpected(ErrnoError(errno, "eventfd"));
  UniqueFd wake(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake) return std::unexpected(ErrnoError(errno, "eventfd"));
  std::unique_ptr<Writer> writer(
      new Writer(std::move(ledger), std::move(event), std::move(wake)));
  const AllSignalsBlocked blocked;
  try {
    writer->thread_ = std::thread([raw = writer.get()] { raw->Run(); });
  } catch (const std::system_error& error) {
    return std::unexpected(
        ErrnoError(error.code().value(), "cannot start the writer thread"));
  }
  return writer;
}

Writer::Writer(Ledger ledger, UniqueFd event, UniqueFd wake)
    : ledger_(std::move(ledger)),
      event_(std::move(event)),
      wake_(std::move(wake)) {}

Writer::~Writer() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    no_transfers_ = true;
  }
  Notify();
  thread_.join();
}

void Writer::Submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
  }
  Notify();
}

void Writer::EndTransfers() {
  {
    const std::lock_guard lock(mutex_);
    no_transfers_ = true;
  }
  Notify();
}

// However the thread waits.
void Writer::Notify() {
  work_.notify_one();
  eventfd_write(wake_.get(), 1);
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

std::vector<Notice> Writer::TakeNotices() {
  const std::lock_guard lock(mutex_);
  return std::exchange(notices_, {});
}

void Writer::Drain() {
  Lock lock(mutex_);
  hurry_ = true;
  work_.notify_one();
  progress_.wait(lock, [this] { return idle(); });
  hurry_ = false;
}

void Writer::Run() {
  pthread_setname_np(pthread_self(), "bonds-writer");
  Lock lock(mutex_);
  while (true) {
    const auto has_work = [this] { return stopping_ || !queue_.empty(); };
    if (copy_waits_) {
      work_.wait_for(lock, kCopyDelay, [&] { return has_work() || hurry_; });
    } else {
      work_.wait(lock, has_work);
    }
    if (copy_waits_ && (queue_.empty() || copy_is_overdue())) {
      UpdateCopy(lock);
    } else if (!queue_.empty()) {
      CarryOut(lock, queue_.begin());
    } else {
      return;
    }
    progress_.notify_all();
  }
}

void Writer::CarryOut(Lock& lock, std::deque<Job>::iterator position) {
  Job job = std::move(*position);
  queue_.erase(position);
  ++busy_;
  lock.unlock();
  Result<void> outcome;
  if (!IsChange(job)) outcome = Transfer(job.work);
  uint64_t generation = 0;
  if (outcome && IsChange(job)) {
    outcome = ledger_.Apply(std::get<Change>(job.work));
    generation = ledger_.generation();
  }
  lock.lock();
  --busy_;
  if (generation != 0) {
    copy_waits_ = true;
    ++changes_behind_;
  }
  Finish({job.id, generation, std::move(job.work), std::move(outcome)});
}

Result<void> Writer::Transfer(Work& work) {
  // What came before does not wait: it is not looked at again until this waits.
  if (auto served = ServeDuringTransfer(); !served) return served;
  return ledger_.Transfer(work, {.fd = wake_.get(), .run = [this] {
                                   return ServeDuringTransfer();
                                 }});
}

Result<void> Writer::ServeDuringTransfer() {
  Lock lock(mutex_);
  eventfd_t count = 0;
  eventfd_read(wake_.get(), &count);
  while (true) {
    const auto change = std::ranges::find_if(queue_, IsChange);
    if (change == queue_.end()) break;
    CarryOut(lock, change);
    if (copy_is_overdue()) UpdateCopy(lock);
    progress_.notify_all();
  }
  // The thread has nothing else to do, perhaps for long.
  if (copy_waits_) UpdateCopy(lock);
  if (no_transfers_) return NoTransfers();
  return {};
}

bool Writer::copy_is_overdue() const {
  return changes_behind_ >= kMaxChangesBehind;
}

void Writer::UpdateCopy(Lock& lock) {
  copy_waits_ = false;
  changes_behind_ = 0;
  ++busy_;
  lock.unlock();
  // How it went is in the notices.
  (void)ledger_.UpdateCopy();
  std::vector<Notice> notices = ledger_.TakeNotices();
  lock.lock();
  --busy_;
  if (notices.empty()) return;
  std::ranges::move(notices, std::back_inserter(notices_));
  eventfd_write(event_.get(), 1);
}

}  // namespace bondd::bonds
