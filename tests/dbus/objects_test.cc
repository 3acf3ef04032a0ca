#include "tests/dbus/bus_test.h"
#include "tests/dbus/values.h"

namespace bondd::dbus::test {
namespace {

using testing::_;
using testing::Contains;
using testing::ElementsAre;
using testing::Key;
using testing::UnorderedElementsAre;

using Managed = std::map<sdbus::ObjectPath, std::map<std::string, Options>>;

const std::string kObjectManager = "org.freedesktop.DBus.ObjectManager";

class ObjectsTest : public BusTest {
 protected:
  std::vector<std::string> ManagedPaths(Client& client) {
    const auto managed =
        Await(client.Call(root_, kObjectManager + ".GetManagedObjects"))
            .Get<Managed>();
    std::vector<std::string> paths;
    for (const auto& [path, interfaces] : managed) paths.push_back(path);
    return paths;
  }
};

TEST_F(ObjectsTest, StandsWhereTheContractSays) {
  EXPECT_EQ(Service::AdapterPath("hci0"), "/org/bondd/hci0");
  EXPECT_EQ(Service::ConnectionPath("hci0", 0x40, 7),
            "/org/bondd/hci0/conn_0040_7");
  EXPECT_EQ(Service::BondPath("hci0", Peer()),
            "/org/bondd/hci0/bond_public_A1B2C3D4E5F6");
  auto random = Peer();
  random.type = AddressType::kRandom;
  EXPECT_EQ(Service::BondPath("hci0", random),
            "/org/bondd/hci0/bond_random_A1B2C3D4E5F6");
}

TEST_F(ObjectsTest, ListsAllObjectsWithTheirProperties) {
  Client& client = NewClient();
  const auto managed =
      Await(client.Call(root_, kObjectManager + ".GetManagedObjects"))
          .Get<Managed>();
  EXPECT_EQ(managed.at(sdbus::ObjectPath(adapter_))
                .at("org.bondd.Adapter1")
                .at("Transport")
                .get<std::string>(),
            "sim");
  EXPECT_EQ(managed.at(sdbus::ObjectPath(connection_))
                .at("org.bondd.Connection1")
                .at("Handle")
                .get<uint16_t>(),
            0x40);
  EXPECT_EQ(managed.at(sdbus::ObjectPath(bond_))
                .at("org.bondd.Bond1")
                .at("Name")
                .get<std::string>(),
            "Sensor");
}

TEST_F(ObjectsTest, TellsOfObjectsThatComeAndGo) {
  Client& client = NewClient();
  client.Listen();
  auto connection = SimConnection();
  connection.serial = 8;
  service_->Publish(connection);
  service_->RemoveConnection({"sim0", 8});
  Settle();
  const std::string path = adapter_ + "/conn_0040_8";
  ASSERT_EQ(client.heard().size(), 2u);
  const auto& added = client.heard()[0];
  EXPECT_EQ(added.path, root_);
  EXPECT_EQ(added.member, "InterfacesAdded");
  EXPECT_EQ(added.texts[0], path);
  EXPECT_THAT(added.texts, Contains("org.bondd.Connection1"));
  EXPECT_THAT(added.values, Contains(Key("PairingState")));
  const auto& removed = client.heard()[1];
  EXPECT_EQ(removed.member, "InterfacesRemoved");
  EXPECT_EQ(removed.texts[0], path);
  EXPECT_THAT(removed.texts, Contains("org.bondd.Connection1"));
  EXPECT_THAT(ManagedPaths(client),
              UnorderedElementsAre(adapter_, connection_, bond_));
}

TEST_F(ObjectsTest, KeepsTheListOfAdapters) {
  Client& client = NewClient();
  client.Listen();
  auto adapter = SimAdapter();
  adapter.name = "sim1";
  service_->Publish(adapter);
  service_->RemoveAdapter("sim0");
  Settle();
  EXPECT_THAT(client.HeardNames(),
              ElementsAre(root_ + " " + kObjectManager + " InterfacesAdded",
                          root_ + " org.freedesktop.DBus.Properties "
                                  "PropertiesChanged",
                          root_ + " " + kObjectManager + " InterfacesRemoved",
                          root_ + " org.freedesktop.DBus.Properties "
                                  "PropertiesChanged"));
  EXPECT_THAT(client.heard()[3]
                  .values.at("Adapters")
                  .get<std::vector<sdbus::ObjectPath>>(),
              ElementsAre(sdbus::ObjectPath("/org/bondd/sim1")));
}

TEST_F(ObjectsTest, ComesBackWithinTheHandlerThatRemovedIt) {
  Client& client = NewClient();
  client.Listen();
  EXPECT_CALL(operations_, RemoveBonding(_, _, _))
      .WillOnce([&](CallId call, const std::string& adapter,
                    const DeviceAddress& identity) {
        service_->RemoveBond(adapter, identity);
        auto bond = SimBond();
        bond.name = "Anew";
        service_->Publish(bond);
        service_->Reply(call, NoValue{});
      });
  EXPECT_EQ(Await(client.Call(bond_, "Bond1.Remove")).error, "");
  EXPECT_EQ(Await(client.Get(bond_, "Bond1.Name"))
                .Get<sdbus::Variant>()
                .get<std::string>(),
            "Anew");
  EXPECT_THAT(client.HeardNames(),
              ElementsAre(root_ + " " + kObjectManager + " InterfacesRemoved",
                          root_ + " " + kObjectManager + " InterfacesAdded"));
}

TEST_F(ObjectsTest, ComesBackAtOnceWhenNoHandlerRuns) {
  Client& client = NewClient();
  service_->RemoveBond("sim0", Peer());
  service_->Publish(SimBond());
  EXPECT_THAT(ManagedPaths(client),
              UnorderedElementsAre(adapter_, connection_, bond_));
}

// The policy keeps signals from strangers only while the name is owned.
TEST_F(ObjectsTest, EmitsNothingUnlessItOwnsItsName) {
  Client& client = NewClient();
  client.Listen();
  service_->ReleaseName();
  auto adapter = SimAdapter();
  adapter.scanning = true;
  service_->Publish(adapter);
  service_->EmitPairingCompleted(link_, {});
  service_->RemoveConnection(link_);
  ASSERT_TRUE(service_->AcquireName());
  service_->RemoveBond("sim0", Peer());
  Settle();
  ASSERT_EQ(client.heard().size(), 1u);
  EXPECT_EQ(client.heard()[0].texts[0], bond_);
}

TEST_F(ObjectsTest, LeavesAForeignOwnerTheName) {
  testing::StrictMock<MockOperations> other_operations;
  auto other = Service::Connect(
      {.bus = bus_.address(), .name = "org.bondd", .version = ""},
      other_operations);
  ASSERT_TRUE(other);
  const auto acquired = (*other)->AcquireName();
  ASSERT_FALSE(acquired);
  EXPECT_EQ(acquired.error().code, ErrorCode::kBusy);
  EXPECT_THAT(acquired.error().message,
              testing::HasSubstr("is another bondd running"));
}

TEST(ServiceTest, SaysWhichBusItCannotReach) {
  testing::StrictMock<MockOperations> operations;
  const auto service = Service::Connect(
      {.bus = "unix:path=/nonexistent/bus", .name = "org.bondd", .version = ""},
      operations);
  ASSERT_FALSE(service);
  EXPECT_EQ(service.error().code, ErrorCode::kClosed);
  EXPECT_THAT(service.error().message,
              testing::HasSubstr("unix:path=/nonexistent/bus"));
}

}  // namespace
}  // namespace bondd::dbus::test
