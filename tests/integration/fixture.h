// What the tests with a daemon and a kernel have in common.

#ifndef BONDD_TESTS_INTEGRATION_FIXTURE_H_
#define BONDD_TESTS_INTEGRATION_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/device_address.h"
#include "tests/integration/agent.h"
#include "tests/integration/bus.h"
#include "tests/integration/daemon.h"
#include "tests/integration/kernel_peer.h"
#include "tests/integration/test_bed.h"

namespace bondd::integration {

inline constexpr char kAdapterInterface[] = "org.bondd.Adapter1";
inline constexpr char kConnectionInterface[] = "org.bondd.Connection1";

// One daemon on one adapter, one kernel on the other, nothing bonded. What a
// helper can't do it throws, which fails the test.
class DaemonTest : public testing::Test {
 protected:
  DaemonTest();

  void SetUp() override;
  void TearDown() override;

  void StartDaemon();
  // Both; the kernel stands by with these settings.
  void Start(const KernelSettings& settings);
  // Ends the daemon in good order, and starts it again.
  void RestartDaemon();
  void StopDaemon();

  std::string AdapterPath() const;
  // Whether the adapter's object is there and powered.
  bool AdapterIsReady();
  DeviceAddress DaemonAddress();
  // Waits for the one link that bondd has.
  std::string AwaitConnection();
  bool IsConnected();
  Json Connection(const std::string& property);
  Json CallAdapter(const std::string& member, const std::string& signature = "",
                   const Json& arguments = Json::array());
  bool IsBonded();

  // InitiatePairing on the adapter, for the kernel.
  std::unique_ptr<Call> StartPairing(const Json& options = Json::object());
  // The same, done; the result's dictionary.
  Json Pair(const Json& options = Json::object());
  // Arms the adapter for one pairing and advertises.
  void AcceptPairing(const Json& options = Json::object());
  void Await(const Call& call);
  // Until `done()`; a test that waits in vain fails.
  void Await(const std::function<bool()>& done, const std::string& what);
  // The argument of the next PairingCompleted.
  Json AwaitCompletion();

  TestBed& bed_;
  Loop& loop_;
  BusClient bus_;
  KernelPeer kernel_;
  KernelSettings settings_;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace bondd::integration

#endif  // BONDD_TESTS_INTEGRATION_FIXTURE_H_
