// The real bondd as a process on a bus of the test's own.

#ifndef BONDD_TESTS_DAEMON_BONDD_H_
#define BONDD_TESTS_DAEMON_BONDD_H_

#include <signal.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/loop.h"
#include "tests/integration/process.h"
#include "tests/support/private_bus.h"

namespace bondd::daemon::test {

using integration::Loop;
using integration::Process;
using integration::TemporaryFolder;

using Words = std::vector<std::string>;

// What a daemon needs around it: a bus, a folder and the wait of the test. The
// folder has the state directory, which outlives each daemon.
struct World {
  Loop loop;
  bondd::test::PrivateBus bus;
  TemporaryFolder folder;

  std::filesystem::path state() const { return folder.path() / "state"; }
  // Writes `text` to a file of the folder; the path.
  std::filesystem::path Write(const std::string& name,
                              const std::string& text) const;
};

// One bondd, started with `arguments` and, where they don't say otherwise, the
// world's bus, its state directory and no configuration. Each of `environment`
// is NAME=VALUE, added to the test's own. It is killed when the object goes.
class Bondd {
 public:
  Bondd(World& world, const Words& arguments, const Words& environment = {});

  bool running() { return !process_->ExitStatus(); }
  // The exit status; -1 when it does not end.
  int AwaitExit();
  pid_t pid() const { return process_->pid(); }
  // Asks it to end.
  void Ask() { process_->Signal(SIGTERM); }
  // The same. The exit status.
  int Stop();
  std::string Output() const { return process_->Output(); }
  // The lines it has written.
  size_t Lines() const;
  bool Says(const std::string& text) const;

 private:
  World& world_;
  std::unique_ptr<Process> process_;
};

}  // namespace bondd::daemon::test

#endif  // BONDD_TESTS_DAEMON_BONDD_H_
