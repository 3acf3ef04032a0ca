// What all integration tests of one run share.

#ifndef BONDD_TESTS_INTEGRATION_TEST_BED_H_
#define BONDD_TESTS_INTEGRATION_TEST_BED_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/loop.h"
#include "tests/integration/mgmt_client.h"
#include "tests/integration/process.h"
#include "tests/integration/radio.h"
#include "tests/support/private_bus.h"

namespace bondd::integration {

// The command line.
struct Options {
  std::filesystem::path bondd;
  std::filesystem::path policy;
  // "hci0", or "sim".
  std::string bondd_adapter = "hci0";
  std::string kernel_adapter = "hci1";
  // Whom bondd runs as, with CAP_NET_ADMIN and nothing else. Empty = as the
  // tests do.
  std::string user;
  // The two adapters are BlueZ's emulator's, started for each test.
  bool emulator = false;
  // Of a guest: the sockets behind its management relay and its console.
  std::filesystem::path guest_mgmt;
  std::filesystem::path guest_console;
  // Where the programs' output goes.
  std::filesystem::path logs = ".";
};

// Made once by main() out of the command line.
class TestBed {
 public:
  explicit TestBed(Options options);

  // The one that main() made.
  static TestBed& Get();
  static void Set(std::unique_ptr<TestBed> bed);

  const Options& options() const { return options_; }
  // "hci0" or "sim0": the last part of the adapter's object path.
  std::string adapter_name() const;
  uint16_t kernel_index() const;
  Loop& loop() { return loop_; }
  MgmtClient& mgmt() { return *mgmt_; }
  // A bus that works as the system bus does and has the shipped policy.
  const std::string& bus_address() const { return bus_->address(); }
  // What makes a program take the bus at `address` for the system bus.
  static std::vector<std::string> SystemBusIs(const std::string& address);
  Radio& radio() { return *radio_; }
  // nullptr = the adapters can't be taken away.
  EmulatedRadio* emulator() { return emulator_; }

 private:
  Options options_;
  Loop loop_;
  TemporaryFolder folder_;
  std::unique_ptr<MgmtClient> mgmt_;
  std::unique_ptr<test::PrivateBus> bus_;
  std::unique_ptr<Radio> radio_;
  EmulatedRadio* emulator_ = nullptr;
};

}  // namespace bondd::integration

#endif  // BONDD_TESTS_INTEGRATION_TEST_BED_H_
