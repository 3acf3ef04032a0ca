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

#include "bonds/bond_file.h"
#include "bonds/change.h"
#include "bonds/request_id.h"
#include "common/error.h"
#include "common/unique_fd.h"

namespace bondd::bonds {

struct Job {
  RequestId id;
  Change change;
};

// A change with what became of it.
struct Done {
  RequestId id;
  Change change;
  Result<void> outcome;
};

// Sits between the store (loop thread) and the bond file (writer thread). All
// that the two share is the pair of queues in here.
class Writer {
 public:
  static Result<std::unique_ptr<Writer>> Start(BondFile file);

  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  // Carries out what is queued, then ends the thread.
  ~Writer();

  // Readable when TakeDone() has something.
  int fd() const { return event_.get(); }
  void Submit(Job job);
  // Answers without asking the disk.
  void Answer(Done done);
  // In the order in which they were done.
  std::vector<Done> TakeDone();
  // Blocks until this job is done and takes it out of what TakeDone() gives.
  Done Wait(RequestId id);
  // Blocks until nothing is queued or under way.
  void Drain();

 private:
  Writer(BondFile file, UniqueFd event);
  void Run();
  void Finish(Done done);

  BondFile file_;  // the thread's alone
  UniqueFd event_;
  std::mutex mutex_;
  std::condition_variable work_;      // for the thread
  std::condition_variable progress_;  // for whoever waits for it
  std::deque<Job> queue_;
  std::vector<Done> done_;
  bool busy_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_WRITER_H_
