#include "tests/dbus/bus_test.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <ostream>

namespace bondd::dbus::test {

namespace {

constexpr auto kAwaitLimit = std::chrono::seconds(10);

}  // namespace

DeviceAddress Peer() {
  return *DeviceAddress::Parse(kPeerText, AddressType::kPublic);
}

AdapterProperties SimAdapter() {
  AdapterProperties adapter;
  adapter.name = "sim0";
  adapter.address =
      *DeviceAddress::Parse("02:B0:DD:00:00:00", AddressType::kPublic);
  adapter.identity = adapter.address;
  adapter.transport = "sim";
  adapter.powered = true;
  return adapter;
}

ConnectionProperties SimConnection() {
  ConnectionProperties connection;
  connection.adapter = "sim0";
  connection.handle = 0x40;
  connection.serial = 7;
  connection.on_air = Peer();
  connection.peer = Peer();
  return connection;
}

BondProperties SimBond() {
  BondProperties bond;
  bond.adapter = "sim0";
  bond.identity = Peer();
  bond.name = "Sensor";
  bond.role = "central";
  bond.created = 1'700'000'000'000'000;
  bond.security = {
      .authenticated = true, .secure_connections = true, .key_size = 16};
  bond.method = "NumericComparison";
  bond.keys = {"ltk", "irk"};
  return bond;
}

BusTest::BusTest(const std::string& policy) : bus_(policy) {}

BusTest::~BusTest() = default;

void BusTest::SetUp() {
  ASSERT_NE(bus_.address(), "") << "dbus-daemon did not start";
  StartService();
  service_->Publish(SimAdapter());
  service_->Publish(SimConnection());
  service_->Publish(SimBond());
  ASSERT_TRUE(service_->AcquireName());
}

void BusTest::StartService() {
  auto service = Service::Connect(
      {.bus = bus_.address(), .name = "org.bondd", .version = "1.2.3"},
      operations_);
  ASSERT_TRUE(service) << service.error().message;
  service_ = std::move(*service);
}

Client& BusTest::NewClient() {
  return *clients_.emplace_back(std::make_unique<Client>(bus_.address()));
}

void BusTest::Leave(Client& client) {
  std::erase_if(clients_,
                [&](const auto& other) { return other.get() == &client; });
}

std::vector<Participant*> BusTest::Participants() const {
  std::vector<Participant*> all = others_;
  for (const auto& client : clients_) all.push_back(client.get());
  return all;
}

bool BusTest::Turn(int timeout_ms) {
  std::vector<pollfd> waiting;
  std::optional<Time> deadline;
  if (service_ && processed_) {
    waiting.push_back({service_->fd(), service_->PollEvents(), 0});
    deadline = service_->Deadline();
  }
  for (Participant* participant : Participants()) {
    const auto state = participant->Poll();
    waiting.push_back({state.fd, state.events, 0});
    deadline = Earlier(deadline, state.deadline);
  }
  const auto now =
      std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
  if (deadline && *deadline <= now) timeout_ms = 0;
  const int ready = ::poll(waiting.data(), waiting.size(), timeout_ms);
  bool more = false;
  if (service_ && processed_) {
    processed_ = service_->Process();
    more = processed_ && *processed_;
  }
  for (Participant* participant : Participants()) participant->Process();
  return ready > 0 || more;
}

void BusTest::Await(const std::function<bool()>& condition) {
  const auto limit = std::chrono::steady_clock::now() + kAwaitLimit;
  while (!condition()) {
    ASSERT_LT(std::chrono::steady_clock::now(), limit) << "nothing came";
    Turn(1000);
  }
}

Outcome BusTest::Await(const std::shared_ptr<Outcome>& outcome) {
  Await([&] { return outcome->done; });
  return std::move(*outcome);
}

void BusTest::Settle() {
  // The bus keeps the order of each sender: when the answer to a call is there,
  // so is everything that was sent before it, in either direction.
  for (const auto& client : clients_) {
    if (service_ && processed_) {
      Await(client->Call(root_, "org.freedesktop.DBus.Peer.Ping"));
    }
  }
  while (Turn(0)) {
  }
}

}  // namespace bondd::dbus::test
