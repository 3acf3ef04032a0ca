// Where the two adapters come from, for each place in which the tests run.

#ifndef BONDD_TESTS_INTEGRATION_RADIO_H_
#define BONDD_TESTS_INTEGRATION_RADIO_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/unique_fd.h"
#include "tests/integration/loop.h"
#include "tests/integration/mgmt_client.h"
#include "tests/integration/process.h"

namespace bondd::integration {

// A fixture calls these at the points of a test's life that they name. The
// plain one is for real adapters, which are simply there.
class Radio {
 public:
  virtual ~Radio() = default;
  virtual void BeforeTest() {}
  virtual void AfterDaemonStarted() {}
  virtual void BeforeDaemonStops() {}
  // Whether the kernel's adapter is a new one after a restart of the daemon,
  // and has to be told its keys again.
  virtual bool KernelStartsAnew() const { return false; }
  virtual std::vector<std::string> DaemonArguments() const { return {}; }
};

// Two controllers on the air of BlueZ's emulator, fresh for each test: hci0
// for bondd, hci1 for the kernel.
class EmulatedRadio : public Radio {
 public:
  EmulatedRadio(Loop& loop, MgmtClient& mgmt, std::filesystem::path log)
      : loop_(loop), mgmt_(mgmt), log_(std::move(log)) {}

  void BeforeTest() override;
  // Takes the adapters away, and puts them back. A waiting bondd may have taken
  // its own before the call is over.
  void Unplug();
  void Plug();

 private:
  Loop& loop_;
  MgmtClient& mgmt_;
  std::filesystem::path log_;
  std::unique_ptr<Process> emulator_;
};

// The simulated radio of the daemon on this machine, and a guest whose kernel
// is attached to it: the octets between them pass through here.
class SimulatedRadio : public Radio, private Source {
 public:
  // `console` is the socket behind the guest's console, `air` the one at
  // which the daemon is told to listen.
  SimulatedRadio(Loop& loop, MgmtClient& mgmt, std::filesystem::path console,
                 std::filesystem::path air)
      : loop_(loop),
        mgmt_(mgmt),
        console_path_(std::move(console)),
        air_path_(std::move(air)) {}
  ~SimulatedRadio() override;

  void BeforeTest() override;
  void AfterDaemonStarted() override;
  void BeforeDaemonStops() override;
  bool KernelStartsAnew() const override { return true; }
  std::vector<std::string> DaemonArguments() const override;

 private:
  int fd() const override;
  short events() const override;
  void Serve() override;
  void Detach();

  Loop& loop_;
  MgmtClient& mgmt_;
  std::filesystem::path console_path_;
  std::filesystem::path air_path_;
  // Readable when either of the two is.
  UniqueFd epoll_;
  UniqueFd console_;
  UniqueFd air_;
};

// Throws std::system_error.
UniqueFd ConnectTo(const std::filesystem::path& socket);

}  // namespace bondd::integration

#endif  // BONDD_TESTS_INTEGRATION_RADIO_H_
