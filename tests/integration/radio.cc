#include "tests/integration/radio.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace bondd::integration {
namespace {

[[noreturn]] void Throw(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void WriteAll(int fd, ByteView octets) {
  while (!octets.empty()) {
    const ssize_t size = send(fd, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (size >= 0) {
      octets = octets.subspan(static_cast<size_t>(size));
      continue;
    }
    // The other end is gone: what was on its way is lost, as on a real line.
    if (errno != EAGAIN) return;
    pollfd writable = {fd, POLLOUT, 0};
    poll(&writable, 1, -1);
  }
}

// False when there is nothing more to read.
bool Carry(int from, int to) {
  uint8_t buffer[4096];
  const ssize_t size = read(from, buffer, sizeof(buffer));
  if (size <= 0) return false;
  WriteAll(to, ByteView(buffer, static_cast<size_t>(size)));
  return true;
}

}  // namespace

UniqueFd ConnectTo(const std::filesystem::path& socket_path) {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  strncpy(address.sun_path, socket_path.c_str(), sizeof(address.sun_path) - 1);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) < 0) {
    Throw(socket_path);
  }
  return fd;
}

void EmulatedRadio::BeforeTest() {
  Unplug();
  Plug();
  if (!loop_.RunUntil([&] { return mgmt_.Indexes().size() == 2; })) {
    throw std::runtime_error("no first adapter: " + emulator_->Output());
  }
}

void EmulatedRadio::Unplug() {
  emulator_.reset();
  if (!loop_.RunUntil([&] { return mgmt_.Indexes().empty(); })) {
    throw std::runtime_error("the emulated adapters do not go away");
  }
}

void EmulatedRadio::Plug() {
  // LE-only controllers of version 4: with others the kernel would use
  // extended advertising, which the emulator does not mix with the legacy one.
  emulator_ = std::make_unique<Process>(
      std::vector<std::string>{"btvirt", "-L", "-l2"}, log_);
  const auto second = [&] {
    return std::ranges::count(mgmt_.Indexes(), 1) > 0;
  };
  if (!loop_.RunUntil(second)) {
    throw std::runtime_error("no second adapter: " + emulator_->Output());
  }
}

SimulatedRadio::~SimulatedRadio() { Detach(); }

void SimulatedRadio::BeforeTest() { Detach(); }

std::vector<std::string> SimulatedRadio::DaemonArguments() const {
  return {"--sim-listen", "unix:" + air_path_.string()};
}

void SimulatedRadio::AfterDaemonStarted() {
  console_ = ConnectTo(console_path_);
  air_ = ConnectTo(air_path_);
  epoll_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  for (const int fd : {console_.get(), air_.get()}) {
    epoll_event readable = {};
    readable.events = EPOLLIN;
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ||
        epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &readable) < 0) {
      Throw("the line to the guest");
    }
  }
  loop_.Add(*this);
  const MgmtReply reply =
      mgmt_.Command(mgmt::Opcode::kRelayAttach, mgmt::kNoIndex, {});
  if (reply.status != mgmt::Status::kSuccess) {
    throw std::runtime_error("the guest could not attach its console");
  }
}

void SimulatedRadio::BeforeDaemonStops() { Detach(); }

void SimulatedRadio::Detach() {
  if (!epoll_) return;
  mgmt_.Command(mgmt::Opcode::kRelayDetach, mgmt::kNoIndex, {});
  loop_.Remove(*this);
  epoll_.Close();
  console_.Close();
  air_.Close();
}

int SimulatedRadio::fd() const { return epoll_.get(); }
short SimulatedRadio::events() const { return POLLIN; }

void SimulatedRadio::Serve() {
  while (Carry(console_.get(), air_.get())) {
  }
  while (Carry(air_.get(), console_.get())) {
  }
}

}  // namespace bondd::integration
