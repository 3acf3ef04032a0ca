#include "tests/dbus/bus_test.h"
#include "tests/dbus/values.h"

namespace bondd::dbus::test {
namespace {

using testing::_;
using testing::ElementsAre;
using testing::Key;
using testing::Return;

using AddressAndType = sdbus::Struct<std::string, std::string>;

class BondTest : public BusTest {
 protected:
  void SetUp() override {
    BusTest::SetUp();
    client_ = &NewClient();
  }

  template <typename T>
  T Get(const std::string& property) {
    return Await(client_->Get(bond_, "Bond1." + property))
        .Get<sdbus::Variant>()
        .get<T>();
  }

  Client* client_ = nullptr;
};

TEST_F(BondTest, TellsWhatWasPublished) {
  EXPECT_EQ(Get<AddressAndType>("Identity"),
            AddressAndType(kPeerText, "public"));
  EXPECT_EQ(Get<sdbus::ObjectPath>("Adapter"), adapter_);
  EXPECT_EQ(Get<std::string>("Name"), "Sensor");
  EXPECT_EQ(Get<std::string>("Role"), "central");
  EXPECT_EQ(Get<uint64_t>("Created"), 1'700'000'000'000'000u);
  EXPECT_EQ(Get<uint64_t>("LastUsed"), 0u);
  EXPECT_TRUE(Get<bool>("Authenticated"));
  EXPECT_TRUE(Get<bool>("SecureConnections"));
  EXPECT_EQ(Get<uint8_t>("KeySize"), 16);
  EXPECT_EQ(Get<std::string>("Method"), "NumericComparison");
  EXPECT_THAT(Get<std::vector<std::string>>("Keys"), ElementsAre("ltk", "irk"));
  EXPECT_FALSE(Get<bool>("Debug"));
  EXPECT_FALSE(Get<bool>("PeerLostKeys"));
}

TEST_F(BondTest, TellsWhatHasChanged) {
  client_->Listen();
  auto bond = SimBond();
  bond.peer_lost_keys = true;
  bond.last_used = 5;
  service_->Publish(bond);
  Settle();
  ASSERT_EQ(client_->heard().size(), 1u);
  EXPECT_EQ(client_->heard()[0].path, bond_);
  EXPECT_THAT(client_->heard()[0].values,
              ElementsAre(Key("LastUsed"), Key("PeerLostKeys")));
}

TEST_F(BondTest, IsRenamed) {
  EXPECT_CALL(operations_, SetBondName("sim0", Peer(),
                                       "K\xC3\xBC"
                                       "che"))
      .WillOnce(Return(ApiResult<void>()));
  EXPECT_EQ(Await(client_->Set(bond_, "Bond1.Name",
                               S("K\xC3\xBC"
                                 "che")))
                .error,
            "");
}

TEST_F(BondTest, RefusesNamesThatAreTooLongOrNoText) {
  EXPECT_EQ(Await(client_->Set(bond_, "Bond1.Name", S(std::string(249, 'x'))))
                .message,
            "InvalidArguments: Name: is longer than 248 octets");
  EXPECT_EQ(Await(client_->Set(bond_, "Bond1.Name", S("\x1B[2J"))).message,
            "InvalidArguments: Name: has control characters");
}

TEST_F(BondTest, IsRemovedWithinItsOwnMethod) {
  EXPECT_CALL(operations_, RemoveBonding(_, "sim0", Peer()))
      .WillOnce([&](CallId call, const std::string& adapter,
                    const DeviceAddress& identity) {
        service_->RemoveBond(adapter, identity);
        service_->Reply(call, NoValue{});
      });
  EXPECT_EQ(Await(client_->Call(bond_, "Bond1.Remove")).error, "");
  EXPECT_EQ(Await(client_->Call(bond_, "Bond1.Remove")).error,
            "org.freedesktop.DBus.Error.UnknownObject");
}

TEST_F(BondTest, StaysWhenTheStoreFails) {
  EXPECT_CALL(operations_, RemoveBonding(_, _, _))
      .WillOnce([&](CallId call, auto&&...) {
        service_->ReplyError(call, {"StoreFailed", "the disk is full"});
      });
  EXPECT_EQ(Await(client_->Call(bond_, "Bond1.Remove")).message,
            "StoreFailed: the disk is full");
  EXPECT_EQ(Get<std::string>("Name"), "Sensor");
}

}  // namespace
}  // namespace bondd::dbus::test
