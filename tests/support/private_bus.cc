#include "tests/support/private_bus.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "common/unique_fd.h"

namespace bondd::test {

namespace {

constexpr int kStartLimitMs = 10000;

constexpr char kEverything[] = R"(
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow send_type="signal"/>
    <allow receive_sender="*"/>
  </policy>)";

// One line, without its end; empty when none came in time.
std::string ReadLine(int fd) {
  std::string line;
  char c = 0;
  pollfd waiting{fd, POLLIN, 0};
  while (::poll(&waiting, 1, kStartLimitMs) == 1 && ::read(fd, &c, 1) == 1) {
    if (c == '\n') return line;
    line += c;
  }
  return {};
}

}  // namespace

PrivateBus::PrivateBus(const std::string& policy) {
  const auto config = folder_.path() / "bus.conf";
  std::ofstream(config)
      << "<!DOCTYPE busconfig PUBLIC "
         "\"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" "
         "\"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
      << "<busconfig>\n  <type>custom</type>\n  <auth>EXTERNAL</auth>\n"
      << "  <listen>unix:path=" << (folder_.path() / "socket").string()
      << "</listen>\n"
      << (policy.empty() ? kEverything : policy) << "\n</busconfig>\n";
  Start(config);
}

PrivateBus::~PrivateBus() { Kill(); }

void PrivateBus::Start(const std::filesystem::path& config) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return;
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  const auto log_path = folder_.path() / "log";
  const UniqueFd log(::open(log_path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC,
                            S_IRUSR | S_IWUSR));
  const std::string file = "--config-file=" + config.string();
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    // The daemon ends with the test, however that ends.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    ::dup2(writing.get(), 3);
    ::dup2(log.get(), STDERR_FILENO);
    ::execlp("dbus-daemon", "dbus-daemon", "--nofork", "--nopidfile",
             "--nosyslog", "--print-address=3", file.c_str(), nullptr);
    ::_exit(127);
  }
  writing.Close();
  address_ = ReadLine(reading.get());
  if (address_.empty()) std::cerr << std::ifstream(log_path).rdbuf();
}

void PrivateBus::Kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace bondd::test
