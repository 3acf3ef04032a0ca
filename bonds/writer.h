// The one thread besides the loop: it takes finished values, makes them last
// and answers.

#ifndef BONDD_BONDS_WRITER_H_
#define BONDD_BONDS_WRITER_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "bonds/change.h"
#include "bonds/ledger.h"
#include "bonds/notice.h"
#include "bonds/request_id.h"
#include "common/error.h"
#include "common/unique_fd.h"

namespace bondd::bonds {

struct Job {
  RequestId id;
  Work work;
};

// A job with what became of it.
struct Done {
  RequestId id;
  uint64_t generation;  // of the transaction; 0 = there was none
  Work work;
  Result<void> outcome;
};

// Sits between the store (loop thread) and the ledger (writer thread). All
// that the two share is the queues in here.
class Writer {
 public:
  static Result<std::unique_ptr<Writer>> Start(Ledger ledger);

  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  // Ends transfers, carries out what else is queued, then ends the thread.
  ~Writer();

  // Readable when TakeDone() or TakeNotices() has something.
  int fd() const { return event_.get(); }
  // Changes do not wait for an export or import that waits for somebody.
  void Submit(Job job);
  // Answers without asking the disk.
  void Answer(Done done);
  // In the order in which they were done.
  std::vector<Done> TakeDone();
  std::vector<Notice> TakeNotices();
  // Blocks until nothing is queued or under way, and the copy had its turn.
  void Drain();
  // From now on exports and imports fail (kClosed), the one under way too.
  void EndTransfers();

 private:
  using Lock = std::unique_lock<std::mutex>;

  Writer(Ledger ledger, UniqueFd event, UniqueFd wake);
  void Run();
  void CarryOut(Lock& lock, std::deque<Job>::iterator position);
  Result<void> Transfer(Work& work);
  Result<void> ServeDuringTransfer();
  void Notify();
  void UpdateCopy(Lock& lock);
  void Finish(Done done);
  bool copy_is_overdue() const;
  bool idle() const { return queue_.empty() && busy_ == 0 && !copy_waits_; }

  Ledger ledger_;  // the thread's alone
  UniqueFd event_;
  UniqueFd wake_;  // for the thread while a transfer waits
  std::mutex mutex_;
  std::condition_variable work_;      // for the thread
  std::condition_variable progress_;  // for whoever waits for it
  std::deque<Job> queue_;
  std::vector<Done> done_;
  std::vector<Notice> notices_;
  int busy_ = 0;  // jobs under way: two while a transfer waits for somebody
  bool no_transfers_ = false;
  // The copy is checked first thing, then updated after changes.
  bool copy_waits_ = true;
  int changes_behind_ = 0;
  bool hurry_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_WRITER_H_
