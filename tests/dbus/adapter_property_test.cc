#include "tests/dbus/bus_test.h"
#include "tests/dbus/values.h"

namespace bondd::dbus::test {
namespace {

using testing::_;
using testing::ElementsAre;
using testing::Return;

using AddressAndType = sdbus::Struct<std::string, std::string>;

class AdapterPropertyTest : public BusTest {
 protected:
  void SetUp() override {
    BusTest::SetUp();
    client_ = &NewClient();
  }

  template <typename T>
  T Get(const std::string& property) {
    return Await(client_->Get(adapter_, "Adapter1." + property))
        .Get<sdbus::Variant>()
        .get<T>();
  }
  Outcome Set(const std::string& property, const sdbus::Variant& value) {
    return Await(client_->Set(adapter_, "Adapter1." + property, value));
  }

  Client* client_ = nullptr;
};

TEST_F(AdapterPropertyTest, TellsWhatWasPublishedLast) {
  auto adapter = SimAdapter();
  adapter.address.type = AddressType::kRandom;
  adapter.pairing_defaults = {{"Mitm", std::string("yes")}};
  adapter.repeated_attempts = {{"First", uint32_t{500}}};
  adapter.advertising = true;
  service_->Publish(adapter);
  EXPECT_EQ(Get<std::string>("Address"), "02:B0:DD:00:00:00");
  EXPECT_EQ(Get<std::string>("AddressType"), "random");
  EXPECT_EQ(Get<AddressAndType>("Identity"),
            AddressAndType("02:B0:DD:00:00:00", "public"));
  EXPECT_EQ(Get<std::string>("Transport"), "sim");
  EXPECT_TRUE(Get<bool>("Powered"));
  EXPECT_TRUE(Get<bool>("Pairable"));
  EXPECT_EQ(Get<Options>("PairingDefaults").at("Mitm").get<std::string>(),
            "yes");
  EXPECT_EQ(Get<std::string>("Privacy"), "off");
  EXPECT_TRUE(Get<bool>("Advertising"));
  EXPECT_FALSE(Get<bool>("Scanning"));
  EXPECT_FALSE(Get<bool>("Trace"));
  EXPECT_EQ(Get<Options>("RepeatedAttempts").at("First").get<uint32_t>(), 500u);
}

TEST_F(AdapterPropertyTest, TellsAllChangesInOneSignal) {
  client_->Listen();
  auto adapter = SimAdapter();
  adapter.scanning = true;
  adapter.privacy = "device";
  adapter.pairable = false;
  service_->Publish(adapter);
  service_->Publish(adapter);
  Settle();
  ASSERT_EQ(client_->heard().size(), 1u);
  const auto& signal = client_->heard()[0];
  EXPECT_EQ(signal.member, "PropertiesChanged");
  EXPECT_THAT(signal.texts, ElementsAre("org.bondd.Adapter1"));
  EXPECT_THAT(signal.values,
              ElementsAre(testing::Key("Pairable"), testing::Key("Privacy"),
                          testing::Key("Scanning")));
  EXPECT_FALSE(signal.values.at("Pairable").get<bool>());
}

TEST_F(AdapterPropertyTest, TellsAChangeBeforeTheAnswerToWhoSetIt) {
  client_->Listen();
  EXPECT_CALL(operations_, SetPairable("sim0", false))
      .WillOnce([&](const std::string&, bool pairable) -> ApiResult<void> {
        auto adapter = SimAdapter();
        adapter.pairable = pairable;
        service_->Publish(adapter);
        return {};
      });
  EXPECT_EQ(Set("Pairable", B(false)).error, "");
  EXPECT_EQ(client_->heard().size(), 1u);
}

TEST_F(AdapterPropertyTest, HandsOnWhatIsSet) {
  EXPECT_CALL(operations_, SetTrace("sim0", true))
      .WillOnce(Return(ApiResult<void>()));
  EXPECT_CALL(operations_, SetPrivacy("sim0", PrivacyMode::kNetwork))
      .WillOnce(Return(ApiFail("NotSupported", "not yet")));
  EXPECT_CALL(operations_, SetPairingDefaults("sim0", _))
      .WillOnce([](const std::string&,
                   smp::PairingOptions options) -> ApiResult<void> {
        EXPECT_EQ(options.secure_connections,
                  smp::SecureConnectionsOption::kOnly);
        return {};
      });
  EXPECT_CALL(operations_, SetRepeatedAttempts("sim0", _))
      .WillOnce([](const std::string&,
                   const RepeatedAttemptsOptions& options) -> ApiResult<void> {
        EXPECT_EQ(options.first, std::chrono::milliseconds(100));
        EXPECT_FALSE(options.max);
        EXPECT_EQ(options.exponent, 3);
        return {};
      });
  EXPECT_EQ(Set("Trace", B(true)).error, "");
  EXPECT_EQ(Set("Privacy", S("network")).message, "NotSupported: not yet");
  EXPECT_EQ(Set("PairingDefaults",
                sdbus::Variant(Options{{"SecureConnections", S("only")}}))
                .error,
            "");
  EXPECT_EQ(Set("RepeatedAttempts",
                sdbus::Variant(Options{{"First", U(100)}, {"Exponent", Y(3)}}))
                .error,
            "");
}

TEST_F(AdapterPropertyTest, RefusesWhatIsNoValueOfAProperty) {
  EXPECT_EQ(Set("Privacy", S("full")).message,
            "InvalidArguments: Privacy: is none of off, device, network");
  EXPECT_EQ(Set("RepeatedAttempts", sdbus::Variant(Options{{"Exponent", Y(0)}}))
                .message,
            "InvalidArguments: Exponent: is not in 1..16");
  EXPECT_EQ(Set("RepeatedAttempts",
                sdbus::Variant(Options{{"First", U(9)}, {"Max", U(8)}}))
                .message,
            "InvalidArguments: Max: is less than First");
}

TEST_F(AdapterPropertyTest, KeepsWhatIsForOnePairingOutOfTheDefaults) {
  const Options passing = {{"Passkey", U(1)},
                           {"Oob", S("no")},
                           {"OobLegacyTk", Ay(16)},
                           {"OobPeerConfirm", Ay(16)},
                           {"OobPeerRandom", Ay(16)},
                           {"OobId", U(1)},
                           {"Agent", O("/agent")},
                           {"Address", S(kPeerText)},
                           {"AddressType", S("public")},
                           {"Count", U(1)},
                           {"ForSeconds", U(1)}};
  for (const auto& [key, value] : passing) {
    EXPECT_EQ(
        Set("PairingDefaults", sdbus::Variant(Options{{key, value}})).message,
        "InvalidArguments: " + key + ": unknown key");
  }
}

TEST_F(AdapterPropertyTest, LeavesReadOnlyPropertiesToTheBusLibrary) {
  EXPECT_EQ(Set("Powered", B(false)).error,
            "org.freedesktop.DBus.Error.PropertyReadOnly");
  EXPECT_EQ(Set("Pairable", S("no")).error,
            "org.freedesktop.DBus.Error.InvalidArgs");
}

}  // namespace
}  // namespace bondd::dbus::test
