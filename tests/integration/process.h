// Programs that the tests start: bondd, its bus, its radio.

#ifndef BONDD_TESTS_INTEGRATION_PROCESS_H_
#define BONDD_TESTS_INTEGRATION_PROCESS_H_

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace bondd::integration {

using TemporaryFolder = test::OpenFolder;

// One program with its output in a file. It is killed when the object goes.
class Process {
 public:
  // The first of `command` is looked for in PATH; a program that can't be
  // started is one that ends with status 127.
  // Each of `environment` is NAME=VALUE, added to the test's own.
  Process(const std::vector<std::string>& command,
          const std::filesystem::path& log,
          const std::vector<std::string>& environment = {});
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  // The exit status once it has ended, 128 + N after signal N. Never waits.
  std::optional<int> ExitStatus();
  void Signal(int number);
  pid_t pid() const { return pid_; }
  // All it has written so far.
  std::string Output() const;
  const std::filesystem::path& log() const { return log_; }

 private:
  pid_t pid_;
  std::filesystem::path log_;
  std::optional<int> exit_status_;
};

}  // namespace bondd::integration

#endif  // BONDD_TESTS_INTEGRATION_PROCESS_H_
