#include "tests/cli/bondctl.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace bondd::cli::test {

namespace {

constexpr int kCannotStart = 127;

[[noreturn]] void Throw(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::array<UniqueFd, 2> MakePipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) Throw("pipe2");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<char*> Pointers(const Words& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) {
    pointers.push_back(const_cast<char*>(word.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void Execute(const std::vector<char*>& arguments) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  execv(arguments[0], arguments.data());
  _exit(kCannotStart);
}

std::string Binary() {
  const char* binary = getenv("BONDCTL");
  if (binary == nullptr) {
    throw std::runtime_error(
        "the environment variable BONDCTL has to name the bondctl to test");
  }
  return binary;
}

}  // namespace

Reader::Reader(Loop& loop, UniqueFd fd) : loop_(loop), fd_(std::move(fd)) {
  fcntl(fd_.get(), F_SETFL, fcntl(fd_.get(), F_GETFL) | O_NONBLOCK);
  loop_.Add(*this);
}

Reader::~Reader() { loop_.Remove(*this); }

short Reader::events() const { return POLLIN; }

void Reader::Serve() {
  std::array<char, 4096> some;
  while (fd_) {
    const ssize_t count = read(fd_.get(), some.data(), some.size());
    if (count > 0) {
      text_.append(some.data(), static_cast<size_t>(count));
    } else if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
      return;
    } else {
      // A terminal whose programs have ended gives EIO.
      fd_.Close();
    }
  }
}

Bondctl::Bondctl(Loop& loop, const Words& words, Where where,
                 const std::string& program)
    : loop_(loop) {
  Words command = {program.empty() ? Binary() : program};
  command.insert(command.end(), words.begin(), words.end());
  if (where == Where::kPipes) {
    StartOnPipes(command);
  } else {
    StartOnTerminal(command);
  }
}

Bondctl::~Bondctl() {
  if (Status()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Bondctl::StartOnPipes(const Words& command) {
  auto in = MakePipe();
  auto out = MakePipe();
  auto err = MakePipe();
  const auto arguments = Pointers(command);
  pid_ = fork();
  if (pid_ < 0) Throw("fork");
  if (pid_ == 0) {
    dup2(in[0].get(), STDIN_FILENO);
    dup2(out[1].get(), STDOUT_FILENO);
    dup2(err[1].get(), STDERR_FILENO);
    Execute(arguments);
  }
  input_ = std::move(in[1]);
  output_.emplace(loop_, std::move(out[0]));
  errors_.emplace(loop_, std::move(err[0]));
}

void Bondctl::StartOnTerminal(const Words& command) {
  const auto arguments = Pointers(command);
  int master = -1;
  pid_ = forkpty(&master, nullptr, nullptr, nullptr);
  if (pid_ < 0) Throw("forkpty");
  if (pid_ == 0) Execute(arguments);
  fcntl(master, F_SETFD, FD_CLOEXEC);
  input_ = UniqueFd(fcntl(master, F_DUPFD_CLOEXEC, 0));
  output_.emplace(loop_, UniqueFd(master));
}

void Bondctl::Type(const std::string& text) {
  if (write(input_.get(), text.data(), text.size()) !=
      static_cast<ssize_t>(text.size())) {
    Throw("write");
  }
}

void Bondctl::Signal(int number) {
  if (!Status()) kill(pid_, number);
}

int Bondctl::AwaitExit() {
  const bool ended = loop_.RunUntil([&] {
    return Status() && output_->ended() && (!errors_ || errors_->ended());
  });
  return ended ? *status_ : -1;
}

std::optional<int> Bondctl::Status() {
  int status = 0;
  if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) {
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return status_;
}

bool Bondctl::Shows(const std::string& text) const {
  return Output().find(text) != std::string::npos ||
         Errors().find(text) != std::string::npos;
}

std::unique_ptr<Bondctl> BondctlTest::Start(Words words, Where where) {
  words.insert(words.begin(), {"--bus", world_.bus.address()});
  return std::make_unique<Bondctl>(world_.loop, words, where);
}

Ran BondctlTest::Run(const Words& words, const std::string& input) {
  const auto bondctl = Start(words);
  bondctl->Type(input);
  bondctl->CloseInput();
  Ran ran;
  ran.status = bondctl->AwaitExit();
  ran.output = bondctl->Output();
  ran.errors = bondctl->Errors();
  return ran;
}

Json BondctlTest::RunJson(Words words) {
  words.insert(words.begin(), "--json");
  return Json::parse(Run(words).output);
}

std::string BondctlTest::ConnectPlainly() {
  Advertise();
  central_.Must(kCentralPath, daemon::test::kAdapter, "Connect", "ssa{sv}",
                Json::array({kPeripheralAddress, "public", Json::object()}));
  Await([&] { return !LinkOf(kPeripheralPath).empty(); });
  return HandleOf(kCentralPath);
}

std::string BondctlTest::HandleOf(const std::string& adapter) {
  return std::to_string(LinkProperty(adapter, "Handle").get<int>());
}

void BondctlTest::AwaitShown(Bondctl& bondctl, const std::string& text) {
  world_.loop.RunUntil(
      [&] { return bondctl.Shows(text) || !bondctl.running(); });
  world_.loop.RunUntil([&] { return bondctl.Shows(text); },
                       std::chrono::milliseconds(100));
  if (bondctl.Shows(text)) return;
  throw std::runtime_error("no '" + text + "' in: " + bondctl.Output() +
                           bondctl.Errors());
}

Words BondctlTest::On(const std::string& adapter, Words words) {
  words.insert(words.begin(), {"-a", adapter.substr(adapter.rfind('/') + 1)});
  return words;
}

}  // namespace bondd::cli::test
