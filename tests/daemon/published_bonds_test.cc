// More bonds than have an object on the bus.

#include <fcntl.h>
#include <fmt/format.h>

#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

constexpr int kObjects = 1024;

class PublishedBondsTest : public PairTest {
 protected:
  Words MoreArguments() override {
    return {"--config", world_.Write("many.conf", "[Bonds]\nMaxBonds=2000\n")};
  }

  std::unique_ptr<Call> Import() {
    auto call = TransferBonds(central_, kCentralPath, "ImportBonds",
                              world_.folder.path() / "bonds", "json", O_RDONLY);
    EXPECT_FALSE(call->failed()) << call->message();
    return call;
  }

  // The number-th of many peers; the higher, the later it was used.
  static std::string AddressOf(int number) {
    return fmt::format("02:00:00:00:{:02X}:{:02X}", number / 256, number % 256);
  }
  static std::string PathOf(int number) {
    return fmt::format("{}/bond_public_02000000{:04X}", kCentralPath, number);
  }

  // Bonds 1 to `count`, made of the one that there is.
  void ImportMany(int count) {
    Json all = Exported(kCentralPath);
    const Json bond = all["bonds"].at(0);
    all["bonds"] = Json::array();
    for (int i = 1; i <= count; ++i) {
      Json copy = bond;
      copy["address"] = AddressOf(i);
      copy["created"] = i;
      copy["last_used"] = i;
      all["bonds"].push_back(copy);
    }
    world_.Write("bonds", all.dump());
    EXPECT_EQ(Import()->values().at(0).size(), static_cast<size_t>(count));
  }

  size_t Objects() {
    const Json objects = central_.Objects();
    size_t count = 0;
    for (const auto& [path, object] : objects.items()) {
      count += path.starts_with("/org/bondd/sim0/bond_") ? 1 : 0;
    }
    return count;
  }
};

TEST_F(PublishedBondsTest, OneThatIsFoundTakesTheObjectOfTheLeastRecentlyUsed) {
  PairWell();
  ImportMany(kObjects + 2);
  Restart();
  // The one that was paired is the latest.
  EXPECT_EQ(Objects(), size_t{kObjects});
  EXPECT_FALSE(central_.Objects().contains(PathOf(3)));
  EXPECT_TRUE(central_.Objects().contains(PathOf(4)));
  const auto found = central_.Finish(kCentralPath, kAdapter, "FindBond", "ss",
                                     Json::array({AddressOf(1), "public"}));
  ASSERT_FALSE(found->failed()) << found->message();
  EXPECT_EQ(found->values().at(0), PathOf(1));
  Await([&] { return Objects() == size_t{kObjects}; });
  EXPECT_TRUE(central_.Objects().contains(PathOf(1)));
  EXPECT_FALSE(central_.Objects().contains(PathOf(4)));
  EXPECT_TRUE(central_.Objects().contains(PathOf(5)));
  // It is a bond as before.
  EXPECT_TRUE(IsBonded(kCentralPath, AddressOf(4)));
}

}  // namespace
}  // namespace bondd::daemon::test
