#include "tests/dbus/bus_test.h"

namespace bondd::dbus::test {
namespace {

using ManagerTest = BusTest;
using testing::_;
using testing::Return;

TEST_F(ManagerTest, TellsItsVersionAndAdapters) {
  Client& client = NewClient();
  EXPECT_EQ(Await(client.Get(root_, "Manager1.Version"))
                .Get<sdbus::Variant>()
                .get<std::string>(),
            "1.2.3");
  EXPECT_EQ(Await(client.Get(root_, "Manager1.Adapters"))
                .Get<sdbus::Variant>()
                .get<std::vector<sdbus::ObjectPath>>(),
            std::vector{sdbus::ObjectPath(adapter_)});
}

TEST_F(ManagerTest, HandsBothOptionSetsToPredict) {
  Client& client = NewClient();
  EXPECT_CALL(operations_, Predict(_, _))
      .WillOnce([](const smp::PairingOptions& local,
                   const smp::PairingOptions& peer) -> ApiResult<Dictionary> {
        EXPECT_EQ(local.mitm, smp::MitmOption::kYes);
        EXPECT_EQ(peer.max_key_size, 16);
        return Dictionary{{"Method", std::string("JustWorks")},
                          {"SecurityLevel", uint8_t{2}}};
      });
  const auto outcome =
      Await(client.Call(root_, "Manager1.Predict",
                        Options{{"Mitm", sdbus::Variant(std::string("yes"))}},
                        Options{{"MaxKeySize", sdbus::Variant(uint8_t{16})}}));
  ASSERT_EQ(outcome.error, "");
  const auto prediction = outcome.Get<Options>();
  EXPECT_EQ(prediction.at("Method").get<std::string>(), "JustWorks");
  EXPECT_EQ(prediction.at("SecurityLevel").get<uint8_t>(), 2);
}

TEST_F(ManagerTest, RefusesToPredictFromAnUnknownKey) {
  Client& client = NewClient();
  const auto outcome =
      Await(client.Call(root_, "Manager1.Predict", Options{},
                        Options{{"Colour", sdbus::Variant(true)}}));
  EXPECT_EQ(outcome.error, "InvalidArguments");
  EXPECT_EQ(outcome.message, "InvalidArguments: Colour: unknown key");
}

TEST_F(ManagerTest, PassesOnWhyAPredictionFails) {
  Client& client = NewClient();
  EXPECT_CALL(operations_, Predict(_, _))
      .WillOnce(Return(ApiFail("NotAchievable", "Mitm contradicts")));
  const auto outcome =
      Await(client.Call(root_, "Manager1.Predict", Options{}, Options{}));
  EXPECT_EQ(outcome.error, "NotAchievable");
  EXPECT_EQ(outcome.message, "NotAchievable: Mitm contradicts");
}

}  // namespace
}  // namespace bondd::dbus::test
