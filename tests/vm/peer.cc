// peer PORT CONSOLE: what the guest runs while bondd is on the host.
//
// It carries the kernel's management interface over a virtio port, packet by
// packet, and attaches the console to the kernel as a Bluetooth UART when told
// to: the tests on the host then drive the guest's stack as if it were theirs.

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <system_error>

#include "common/bytes.h"
#include "common/unique_fd.h"
#include "tests/integration/mgmt_client.h"
#include "tests/integration/mgmt_spec.h"

namespace bondd::integration {
namespace {

constexpr size_t kHeaderSize = 6;
// Of the kernel's hci_uart.h, which is not among the headers for programs.
constexpr int kLineDisciplineTerminal = 0;
constexpr int kLineDisciplineHci = 15;
constexpr unsigned long kHciUartSetProtocol = _IOW('U', 200, int);
constexpr unsigned long kHciUartSetFlags = _IOW('U', 203, int);
constexpr int kProtocolH4 = 0;
// Reset when it comes up; else the kernel does so when it goes, on a line that
// is closed already, and waits in vain for the answer.
constexpr int kResetOnInit = 1 << 1;

[[noreturn]] void Throw(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// The console as the UART of a Bluetooth controller: the kernel has an adapter
// as long as it is attached. The console stays open all the time, and raw: one
// that is opened anew would first echo to the host whatever arrived meanwhile.
class Uart {
 public:
  explicit Uart(const char* console)
      : fd_(open(console, O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    termios settings = {};
    if (!fd_ || tcgetattr(fd_.get(), &settings) < 0) Throw(console);
    cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL;
    if (tcsetattr(fd_.get(), TCSANOW, &settings) < 0) Throw(console);
  }

  void Attach() {
    // What came in while nobody was attached belongs to nobody.
    if (tcflush(fd_.get(), TCIOFLUSH) < 0) Throw("console");
    Become(kLineDisciplineHci);
    if (ioctl(fd_.get(), kHciUartSetFlags, kResetOnInit) < 0 ||
        ioctl(fd_.get(), kHciUartSetProtocol, kProtocolH4) < 0) {
      Throw("Bluetooth UART");
    }
  }

  void Detach() { Become(kLineDisciplineTerminal); }

 private:
  void Become(int line_discipline) {
    if (ioctl(fd_.get(), TIOCSETD, &line_discipline) < 0) {
      Throw("line discipline");
    }
  }

  UniqueFd fd_;
};

class Peer {
 public:
  Peer(const char* port, const char* console)
      : uart_(console),
        port_(open(port, O_RDWR | O_CLOEXEC)),
        kernel_(MgmtClient::OpenControlChannel()) {
    if (!port_) Throw(port);
  }

  [[noreturn]] void Run() {
    for (;;) {
      pollfd ends[] = {{port_.get(), POLLIN, 0}, {kernel_.get(), POLLIN, 0}};
      if (poll(ends, 2, -1) < 0) Throw("poll");
      if ((ends[1].revents & POLLIN) != 0) FromKernel();
      if ((ends[0].revents & POLLIN) != 0) FromHost();
      // Nobody is there on the host yet, or any more.
      if (ends[0].revents == POLLHUP) usleep(20'000);
    }
  }

 private:
  void FromKernel() {
    uint8_t packet[4096];
    const ssize_t size = read(kernel_.get(), packet, sizeof(packet));
    if (size < 0) Throw("management channel");
    ToHost(ByteView(packet, static_cast<size_t>(size)));
  }

  void FromHost() {
    uint8_t buffer[4096];
    const ssize_t size = read(port_.get(), buffer, sizeof(buffer));
    if (size < 0) Throw("port");
    received_.insert(received_.end(), buffer, buffer + size);
    while (received_.size() >= kHeaderSize) {
      Reader header(received_);
      const auto opcode = static_cast<mgmt::Opcode>(header.U16());
      header.U16();
      const size_t packet_size = kHeaderSize + header.U16();
      if (received_.size() < packet_size) return;
      const auto end =
          received_.begin() + static_cast<Bytes::difference_type>(packet_size);
      Handle(opcode, Bytes(received_.begin(), end));
      received_.erase(received_.begin(), end);
    }
  }

  void Handle(mgmt::Opcode opcode, const Bytes& packet) {
    if (opcode == mgmt::Opcode::kRelayAttach) {
      uart_.Attach();
    } else if (opcode == mgmt::Opcode::kRelayDetach) {
      uart_.Detach();
    } else {
      if (write(kernel_.get(), packet.data(), packet.size()) < 0) {
        Throw("management command");
      }
      return;
    }
    ToHost(Writer()
               .U16(static_cast<uint16_t>(mgmt::EventCode::kCommandComplete))
               .U16(mgmt::kNoIndex)
               .U16(3)
               .U16(static_cast<uint16_t>(opcode))
               .U8(static_cast<uint8_t>(mgmt::Status::kSuccess))
               .Finish());
  }

  void ToHost(ByteView packet) {
    if (write(port_.get(), packet.data(), packet.size()) !=
        static_cast<ssize_t>(packet.size())) {
      Throw("port");
    }
  }

  Uart uart_;
  UniqueFd port_;
  UniqueFd kernel_;
  Bytes received_;
};

}  // namespace
}  // namespace bondd::integration

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    bondd::integration::Peer(argv[1], argv[2]).Run();
  } catch (const std::exception& error) {
    fprintf(stderr, "peer: %s\n", error.what());
    return 1;
  }
}
