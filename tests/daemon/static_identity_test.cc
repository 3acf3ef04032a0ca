// A controller without a public address, as many USB dongles are: bondd gives
// it a static random one, once and for all.

#include "common/device_address.h"
#include "tests/daemon/dongle.h"
#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

class StaticIdentityTest : public testing::Test {
 protected:
  static constexpr char kPath[] = "/org/bondd/h40";

  // Starts bondd on the dongle and ends it; the address it had meanwhile.
  std::string AddressOfARun() {
    Bondd bondd(world_, {"--adapter", "unix:" + Socket().native()});
    EXPECT_TRUE(world_.loop.RunUntil([&] {
      return client_.HasOwner("org.bondd") && client_.Objects().contains(kPath);
    })) << bondd.Output();
    EXPECT_EQ(client_.Property(kPath, kAdapter, "AddressType"), "random");
    EXPECT_EQ(client_.Property(kPath, kAdapter, "Identity"),
              Json::array({Address(), "random"}));
    std::string address = Address();
    EXPECT_EQ(bondd.Stop(), 0);
    return address;
  }
  std::string Address() { return client_.Property(kPath, kAdapter, "Address"); }
  std::filesystem::path Socket() const {
    return world_.folder.path() / "dongle";
  }

  World world_;
  BusClient client_{world_.loop, world_.bus.address()};
  Dongle dongle_{world_.loop, Socket()};
};

TEST_F(StaticIdentityTest, IsMadeOnceAndStored) {
  const std::string address = AddressOfARun();
  const auto parsed = DeviceAddress::Parse(address, AddressType::kRandom);
  ASSERT_TRUE(parsed.has_value()) << address;
  EXPECT_TRUE(parsed->IsStaticRandom());
  EXPECT_EQ(AddressOfARun(), address);
}

}  // namespace
}  // namespace bondd::daemon::test
