// A controller without a public address, as many USB dongles are: bondd gives
// it a static random one, once and for all.

#include <poll.h>

#include "common/device_address.h"
#include "sim/h4_server.h"
#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

// A simulated controller behind a socket, served while the test waits.
class Dongle : private integration::Source {
 public:
  Dongle(Loop& loop, const std::filesystem::path& socket)
      : loop_(loop),
        server_(sim::H4Server::Listen(air_, socket, sim::ControllerOptions())
                    .value()) {
    loop_.Add(*this);
  }
  Dongle(const Dongle&) = delete;
  Dongle& operator=(const Dongle&) = delete;
  ~Dongle() override { loop_.Remove(*this); }

 private:
  // The host's, once there is one.
  int fd() const override { return server_->Interests().back().fd; }
  short events() const override { return POLLIN; }
  void Serve() override {
    const Time now = std::chrono::time_point_cast<Duration>(
        std::chrono::steady_clock::now());
    EXPECT_TRUE(server_->Service(now).has_value());
    air_.Advance(now);
    EXPECT_TRUE(server_->Service(now).has_value());
  }

  Loop& loop_;
  sim::Air air_;
  std::unique_ptr<sim::H4Server> server_;
};

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
