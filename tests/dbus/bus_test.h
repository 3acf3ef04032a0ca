// The fixture of everything that happens on a bus: a private dbus-daemon, the
// Service on it, a daemon that a test scripts, and clients.

#ifndef BONDD_TESTS_DBUS_BUS_TEST_H_
#define BONDD_TESTS_DBUS_BUS_TEST_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dbus/service.h"
#include "tests/dbus/client.h"
#include "tests/dbus/mock_operations.h"
#include "tests/support/private_bus.h"

namespace bondd::dbus::test {

inline constexpr char kPeerText[] = "A1:B2:C3:D4:E5:F6";

DeviceAddress Peer();
AdapterProperties SimAdapter();
ConnectionProperties SimConnection();
BondProperties SimBond();

// One thread: Await() polls the service and every client and lets each of them
// work, until what is awaited is there.
class BusTest : public testing::Test {
 protected:
  explicit BusTest(const std::string& policy = "");
  ~BusTest() override;

  // The service with the objects sim0, a connection and a bond, which owns its
  // name.
  void SetUp() override;
  void StartService();

  Client& NewClient();
  void Leave(Client& client);

  // Fails the test when `condition` does not hold after ten seconds.
  void Await(const std::function<bool()>& condition);
  // The outcome of a call, once it is there.
  Outcome Await(const std::shared_ptr<Outcome>& outcome);
  // Lets everything that is under way arrive.
  void Settle();

  // The last Process() of the service, while it went well.
  Result<bool> processed_ = false;

  bondd::test::PrivateBus bus_;
  testing::StrictMock<MockOperations> operations_;
  std::unique_ptr<Service> service_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<Participant*> others_;  // borrowed

  const std::string root_ = "/org/bondd";
  const std::string adapter_ = "/org/bondd/sim0";
  const std::string connection_ = "/org/bondd/sim0/conn_0040_7";
  const std::string bond_ = "/org/bondd/sim0/bond_public_A1B2C3D4E5F6";
  const ConnectionRef link_{"sim0", 7};

 private:
  std::vector<Participant*> Participants() const;
  bool Turn(int timeout_ms);
};

}  // namespace bondd::dbus::test

#endif  // BONDD_TESTS_DBUS_BUS_TEST_H_
