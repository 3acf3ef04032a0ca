// bondd as the tests run it, and the look into what it keeps on disk.

#ifndef BONDD_TESTS_INTEGRATION_DAEMON_H_
#define BONDD_TESTS_INTEGRATION_DAEMON_H_

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bonds/store.h"
#include "tests/integration/bus.h"
#include "tests/integration/process.h"
#include "tests/integration/test_bed.h"

namespace bondd::integration {

// One daemon with a state directory of its own, which lives on from one start
// to the next. Throws std::runtime_error, with what the daemon said, when it
// does not do as told.
class Daemon {
 public:
  explicit Daemon(TestBed& bed);

  // Starts it on the adapter of the test bed.
  void Start();
  // Starts it with `arguments` alone, for tests of the command line. Its system
  // bus is the one at `bus`.
  void StartWith(const std::vector<std::string>& arguments,
                 const std::string& bus);
  bool running() { return process_ && !process_->ExitStatus(); }
  // Waits for its end by itself, and gives the exit status.
  int AwaitExit();
  // Asks it to end, and gives the exit status.
  int Stop();
  std::string Output() const;
  // "Uid", "CapEff", ... of the running process.
  std::string ProcessStatus(const std::string& name) const;

  const std::filesystem::path& state() const { return state_; }

 private:
  TestBed& bed_;
  TemporaryFolder folder_;
  std::filesystem::path state_;
  std::filesystem::path log_;
  std::unique_ptr<Process> process_;
};

// The bonds in a copy of a stopped daemon's state directory, read by the
// store's own code.
class StoredBonds {
 public:
  explicit StoredBonds(const std::filesystem::path& state);

  bonds::Store& store() { return *store_; }

 private:
  TemporaryFolder folder_;
  std::unique_ptr<bonds::Store> store_;
};

}  // namespace bondd::integration

#endif  // BONDD_TESTS_INTEGRATION_DAEMON_H_
