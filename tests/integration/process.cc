#include "tests/integration/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace bondd::integration {
namespace {

constexpr int kCannotStart = 127;

}  // namespace

Process::Process(const std::vector<std::string>& command,
                 const std::filesystem::path& log,
                 const std::vector<std::string>& environment)
    : log_(log) {
  std::vector<char*> arguments;
  for (const std::string& word : command) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) {
    throw std::system_error(errno, std::generic_category(), command.front());
  }
  if (pid_ > 0) return;

  // It ends with the tests, however those end.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kCannotStart);
  for (const std::string& variable : environment) {
    putenv(const_cast<char*>(variable.c_str()));
  }
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644),
       STDOUT_FILENO);
  dup2(STDOUT_FILENO, STDERR_FILENO);
  execvp(arguments[0], arguments.data());
  perror(arguments[0]);
  _exit(kCannotStart);
}

Process::~Process() {
  if (ExitStatus()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::optional<int> Process::ExitStatus() {
  int status = 0;
  if (!exit_status_ && waitpid(pid_, &status, WNOHANG) == pid_) {
    exit_status_ =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return exit_status_;
}

void Process::Signal(int number) {
  if (!ExitStatus()) kill(pid_, number);
}

std::string Process::Output() const {
  std::ifstream in(log_);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace bondd::integration
