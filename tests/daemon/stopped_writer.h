// A disk that does not answer.

#ifndef BONDD_TESTS_DAEMON_STOPPED_WRITER_H_
#define BONDD_TESTS_DAEMON_STOPPED_WRITER_H_

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

namespace bondd::daemon::test {

// The one thread of bondd that is not its loop stands still while this lives,
// as if its disk did not answer.
class StoppedWriter {
 public:
  explicit StoppedWriter(pid_t bondd) {
    const std::filesystem::path tasks =
        "/proc/" + std::to_string(bondd) + "/task";
    for (const auto& entry : std::filesystem::directory_iterator(tasks)) {
      const pid_t task = std::stoi(entry.path().filename());
      if (task != bondd) writer_ = task;
    }
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::seconds(10);
    bool traced = ptrace(PTRACE_SEIZE, writer_, nullptr, nullptr) == 0;
    while (traced && !stopped_ && Clock::now() < end) {
      traced = ptrace(PTRACE_INTERRUPT, writer_, nullptr, nullptr) == 0 &&
               waitpid(writer_, nullptr, __WALL) == writer_;
      stopped_ = traced && Waits();
      if (!stopped_) ptrace(PTRACE_CONT, writer_, nullptr, nullptr);
    }
  }
  StoppedWriter(const StoppedWriter&) = delete;
  StoppedWriter& operator=(const StoppedWriter&) = delete;
  ~StoppedWriter() { ptrace(PTRACE_DETACH, writer_, nullptr, nullptr); }

  bool stopped() const { return stopped_; }

  // Lets it go on until it is in the middle of a commit: its log is written,
  // and the disk is about to make that last. False when that does not come.
  bool GoOnToSync() {
    int status = 0;
    do {
      if (ptrace(PTRACE_SYSCALL, writer_, nullptr, nullptr) != 0 ||
          waitpid(writer_, &status, __WALL) != writer_ || !WIFSTOPPED(status)) {
        return false;
      }
    } while (Call() != SYS_fdatasync && Call() != SYS_fsync);
    return true;
  }

 private:
  // For work, so that it holds no lock that the loop may need.
  bool Waits() const { return Call() == SYS_futex; }

  int Call() const {
    int call = -1;
    std::ifstream("/proc/" + std::to_string(writer_) + "/syscall") >> call;
    return call;
  }

  pid_t writer_ = -1;
  bool stopped_ = false;
};

}  // namespace bondd::daemon::test

#endif  // BONDD_TESTS_DAEMON_STOPPED_WRITER_H_
