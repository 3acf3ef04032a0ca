#include "tests/dbus/bus_test.h"
#include "tests/dbus/values.h"

namespace bondd::dbus::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::_;
using testing::Return;

const std::string kPublic = "public";

class AdapterTest : public BusTest {
 protected:
  void SetUp() override {
    BusTest::SetUp();
    client_ = &NewClient();
  }

  template <typename... Arguments>
  Outcome Call(const std::string& method, const Arguments&... arguments) {
    return Await(client_->Call(adapter_, "Adapter1." + method, arguments...));
  }

  Client* client_ = nullptr;
};

TEST_F(AdapterTest, ConnectsWithItsDefaultsAndAnswersWithThePath) {
  EXPECT_CALL(operations_, Connect(_, _, "sim0", Peer(), _))
      .WillOnce([&](CallId call, const Caller& caller, const std::string&,
                    const DeviceAddress&, const ConnectOptions& options) {
        EXPECT_EQ(caller.name, client_->name());
        EXPECT_EQ(caller.uid, ::geteuid());
        EXPECT_TRUE(options.encrypt);
        EXPECT_EQ(options.timeout, seconds(20));
        service_->Reply(call, ObjectPathValue{connection_});
      });
  const auto outcome =
      Call("Connect", std::string(kPeerText), kPublic, Options{});
  ASSERT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.Get<sdbus::ObjectPath>(), connection_);
}

TEST_F(AdapterTest, TakesTheOptionsOfConnect) {
  EXPECT_CALL(operations_, Connect(_, _, _, _, _))
      .WillOnce([&](CallId call, const Caller&, const std::string&,
                    const DeviceAddress& peer, const ConnectOptions& options) {
        EXPECT_EQ(peer.type, AddressType::kRandom);
        EXPECT_FALSE(options.encrypt);
        EXPECT_EQ(options.timeout, milliseconds(1500));
        service_->ReplyError(call, {"TimedOut", "nobody is there"});
      });
  const auto outcome =
      Call("Connect", std::string(kPeerText), std::string("random"),
           Options{{"Encrypt", S("no")}, {"TimeoutMs", U(1500)}});
  EXPECT_EQ(outcome.error, "TimedOut");
  EXPECT_EQ(outcome.message, "TimedOut: nobody is there");
}

TEST_F(AdapterTest, AnswersAPairingLaterWithItsResult) {
  CallId waiting{};
  EXPECT_CALL(
      operations_,
      InitiatePairing(_, _, testing::Matcher<const std::string&>("sim0"),
                      Peer(), _))
      .WillOnce([&](CallId call, const Caller&, const std::string&,
                    const DeviceAddress&, smp::PairingOptions options) {
        EXPECT_EQ(options.require_level, 3);
        waiting = call;
      });
  const auto outcome = client_->Call(adapter_, "Adapter1.InitiatePairing",
                                     std::string(kPeerText), kPublic,
                                     Options{{"RequireLevel", Y(3)}});
  Await([&] { return waiting != CallId{}; });
  Settle();
  EXPECT_FALSE(outcome->done);
  service_->Reply(waiting, Dictionary{{"Status", std::string("ok")},
                                      {"Peer", AddressPair{Peer()}},
                                      {"PairingRequest", Bytes{1, 3, 0}}});
  const auto result = Await(outcome).Get<Options>();
  EXPECT_EQ(result.at("Status").get<std::string>(), "ok");
  using Pair = sdbus::Struct<std::string, std::string>;
  EXPECT_EQ(result.at("Peer").get<Pair>(), Pair(kPeerText, "public"));
  EXPECT_EQ(result.at("PairingRequest").get<std::vector<uint8_t>>(),
            (std::vector<uint8_t>{1, 3, 0}));
}

TEST_F(AdapterTest, NamesTheSmpReasonInTheError) {
  EXPECT_CALL(
      operations_,
      InitiatePairing(_, _, testing::Matcher<const std::string&>(_), _, _))
      .WillOnce([&](CallId call, auto&&...) {
        service_->ReplyError(call,
                             {"Smp.ConfirmValueFailed", "remote, phase 2"});
      });
  const auto outcome =
      Call("InitiatePairing", std::string(kPeerText), kPublic, Options{});
  EXPECT_EQ(outcome.error, "Smp.ConfirmValueFailed");
  EXPECT_EQ(outcome.message, "Smp.ConfirmValueFailed: remote, phase 2");
}

TEST_F(AdapterTest, IgnoresASecondAnswerToOneCall) {
  EXPECT_CALL(operations_, RemoveAllBonds(_, "sim0"))
      .WillOnce([&](CallId call, const std::string&) {
        service_->Reply(call, uint32_t{3});
        service_->Reply(call, uint32_t{4});
        service_->ReplyError(call, {"StoreFailed", ""});
      });
  EXPECT_EQ(Call("RemoveAllBonds").Get<uint32_t>(), 3u);
}

TEST_F(AdapterTest, RefusesAnAddressThatIsNone) {
  for (const char* method : {"Connect", "InitiatePairing"}) {
    const auto outcome =
        Call(method, std::string("A1:B2:C3:D4:E5"), kPublic, Options{});
    EXPECT_EQ(outcome.error, "InvalidArguments");
    EXPECT_EQ(outcome.message,
              "InvalidArguments: address: is not of the form "
              "AA:BB:CC:DD:EE:FF");
  }
  EXPECT_EQ(Call("RemoveBonding", std::string(), kPublic).error,
            "InvalidArguments");
  EXPECT_EQ(
      Call("FindBond", std::string(kPeerText), std::string("static")).message,
      "InvalidArguments: type: is neither public nor random");
  EXPECT_EQ(Call("ClearRemoteOob", std::string("nobody"), kPublic).error,
            "InvalidArguments");
}

TEST_F(AdapterTest, ArmsAcceptanceForOnePeer) {
  EXPECT_CALL(operations_,
              AcceptPairing(_, testing::Matcher<const std::string&>("sim0"), _))
      .WillOnce([&](const Caller& caller, const std::string&,
                    ArmOptions options) -> ApiResult<void> {
        EXPECT_EQ(caller.name, client_->name());
        EXPECT_EQ(options.address, Peer());
        EXPECT_EQ(options.count, 5u);
        EXPECT_FALSE(options.duration);
        EXPECT_EQ(options.pairing.bonding, false);
        return {};
      });
  EXPECT_EQ(Call("AcceptPairing", Options{{"Address", S(kPeerText)},
                                          {"AddressType", S("public")},
                                          {"Count", U(5)},
                                          {"ForSeconds", U(0)},
                                          {"Bonding", B(false)}})
                .error,
            "");
}

TEST_F(AdapterTest, CancelsWhatIsArmed) {
  EXPECT_CALL(operations_, CancelAcceptPairing(_, "sim0"))
      .WillOnce(Return(ApiResult<void>()));
  EXPECT_EQ(Call("CancelAcceptPairing").error, "");
}

TEST_F(AdapterTest, AdvertisesAndScans) {
  EXPECT_CALL(operations_, StartAdvertising("sim0", _))
      .WillOnce([](const std::string&,
                   const AdvertisingOptions& options) -> ApiResult<void> {
        EXPECT_FALSE(options.connectable);
        EXPECT_EQ(options.name, "Lamp");
        EXPECT_EQ(options.interval, milliseconds(20));
        EXPECT_EQ(options.data, Octets(31));
        return {};
      });
  EXPECT_CALL(operations_, StopAdvertising("sim0"))
      .WillOnce(Return(ApiResult<void>()));
  EXPECT_CALL(operations_, StartScan("sim0", _))
      .WillOnce([](const std::string&,
                   const ScanOptions& options) -> ApiResult<void> {
        EXPECT_TRUE(options.active);
        EXPECT_EQ(options.duration, seconds(9));
        return ApiFail("InProgress", "");
      });
  EXPECT_CALL(operations_, StopScan("sim0"))
      .WillOnce(Return(ApiResult<void>()));
  EXPECT_EQ(Call("StartAdvertising", Options{{"Connectable", B(false)},
                                             {"Name", S("Lamp")},
                                             {"IntervalMs", U(20)},
                                             {"Data", Ay(31)}})
                .error,
            "");
  EXPECT_EQ(Call("StopAdvertising").error, "");
  const auto scan =
      Call("StartScan", Options{{"Active", B(true)}, {"Seconds", U(9)}});
  EXPECT_EQ(scan.error, "InProgress");
  EXPECT_EQ(scan.message, "InProgress");
  EXPECT_EQ(Call("StopScan").error, "");
}

TEST_F(AdapterTest, ListsWhatItHeardAndRepairsNamesThatAreNotUtf8) {
  EXPECT_CALL(operations_, GetScanResults("sim0"))
      .WillOnce(Return(
          std::vector<Dictionary>{{{"Address", std::string(kPeerText)},
                                   {"Name", std::string("caf\xE9\x00!", 6)},
                                   {"Rssi", int16_t{-60}}},
                                  {}}));
  const auto devices = Call("GetScanResults").Get<std::vector<Options>>();
  ASSERT_EQ(devices.size(), 2u);
  EXPECT_EQ(devices[0].at("Name").get<std::string>(),
            "caf\xEF\xBF\xBD\xEF\xBF\xBD!");
  EXPECT_EQ(devices[0].at("Rssi").get<int16_t>(), -60);
}

TEST_F(AdapterTest, AsksForABondInARole) {
  EXPECT_CALL(operations_,
              IsDeviceBonded("sim0", Peer(), BondRole::kPeripheral))
      .WillOnce(Return(true));
  EXPECT_TRUE(Call("IsDeviceBonded", std::string(kPeerText), kPublic,
                   std::string("peripheral"))
                  .Get<bool>());
  EXPECT_EQ(Call("IsDeviceBonded", std::string(kPeerText), kPublic,
                 std::string("slave"))
                .message,
            "InvalidArguments: role: is none of central, peripheral, any");
}

TEST_F(AdapterTest, FindsListsAndRemovesBonds) {
  EXPECT_CALL(operations_, FindBond("sim0", Peer())).WillOnce(Return(bond_));
  EXPECT_CALL(operations_, ListBonds("sim0", 5, 1024))
      .Times(2)
      .WillRepeatedly(
          Return(std::vector<Dictionary>{{{"Bond", ObjectPathValue{bond_}}}}));
  EXPECT_CALL(operations_, RemoveBonding(_, "sim0", Peer()))
      .WillOnce(
          [&](CallId call, auto&&...) { service_->Reply(call, NoValue{}); });
  EXPECT_EQ(Call("FindBond", std::string(kPeerText), kPublic)
                .Get<sdbus::ObjectPath>(),
            bond_);
  for (const uint32_t limit : {0u, 1'000'000u}) {
    const auto bonds =
        Call("ListBonds", uint32_t{5}, limit).Get<std::vector<Options>>();
    ASSERT_EQ(bonds.size(), 1u);
    EXPECT_EQ(bonds[0].at("Bond").get<sdbus::ObjectPath>(), bond_);
  }
  EXPECT_EQ(Call("RemoveBonding", std::string(kPeerText), kPublic).error, "");
}

TEST_F(AdapterTest, SaysThatABondDoesNotExist) {
  EXPECT_CALL(operations_, FindBond(_, _))
      .WillOnce(Return(ApiFail("DoesNotExist", "no such bond")));
  EXPECT_EQ(Call("FindBond", std::string(kPeerText), kPublic).message,
            "DoesNotExist: no such bond");
}

TEST_F(AdapterTest, MakesAndReleasesOobData) {
  EXPECT_CALL(operations_, GenerateOob(_, "sim0", _))
      .WillOnce(
          [&](const Caller& caller, const std::string&,
              const GenerateOobOptions& options) -> ApiResult<Dictionary> {
            EXPECT_EQ(caller.name, client_->name());
            EXPECT_TRUE(options.legacy);
            EXPECT_EQ(options.lifetime, seconds(30));
            return Dictionary{{"Confirm", Octets(16, 1)}, {"Id", uint32_t{9}}};
          });
  EXPECT_CALL(operations_, ReleaseOob(_, "sim0", 9))
      .WillOnce(Return(ApiResult<void>()));
  const auto data =
      Call("GenerateOob", Options{{"Legacy", B(true)}, {"ForSeconds", U(30)}})
          .Get<Options>();
  EXPECT_EQ(data.at("Confirm").get<std::vector<uint8_t>>(), Octets(16, 1));
  EXPECT_EQ(Call("ReleaseOob", data.at("Id").get<uint32_t>()).error, "");
}

TEST_F(AdapterTest, KeepsAndClearsAPeersOobData) {
  EXPECT_CALL(operations_, SetRemoteOob(_, "sim0", Peer(), _))
      .WillOnce([](const Caller&, const std::string&, const DeviceAddress&,
                   OobData data) -> ApiResult<void> {
        EXPECT_FALSE(data.tk);
        EXPECT_TRUE(data.sc);
        return {};
      });
  EXPECT_CALL(operations_, ClearRemoteOob(_, "sim0", Peer()))
      .WillOnce(Return(ApiResult<void>()));
  EXPECT_EQ(Call("SetRemoteOob", std::string(kPeerText), kPublic,
                 Options{{"Confirm", Ay(16)}, {"Random", Ay(16)}})
                .error,
            "");
  EXPECT_EQ(Call("ClearRemoteOob", std::string(kPeerText), kPublic).error, "");
  EXPECT_EQ(Call("SetRemoteOob", std::string(kPeerText), kPublic,
                 Options{{"Confirm", Ay(16)}})
                .message,
            "InvalidArguments: Random: is missing the random value");
}

// Options that one method or another has to refuse, with the key that its
// error names.
struct Refusal {
  const char* method;
  Options options;
  const char* key;
};

TEST_F(AdapterTest, NamesTheKeyThatItRefuses) {
  const std::vector<Refusal> refusals = {
      {"AcceptPairing", {{"MaxKeySize", Y(17)}}, "MaxKeySize"},
      {"AcceptPairing", {{"MaxKeySize", U(16)}}, "MaxKeySize"},
      {"AcceptPairing", {{"Count", U(0)}}, "Count"},
      {"AcceptPairing", {{"Address", S(kPeerText)}}, "AddressType"},
      {"AcceptPairing", {{"Colour", S("red")}}, "Colour"},
      {"AcceptPairing", {{"Passkey", U(1000000)}}, "Passkey"},
      {"AcceptPairing", {{"Passkey", I(1)}}, "Passkey"},
      {"StartAdvertising", {{"Data", Ay(32)}}, "Data"},
      {"StartAdvertising", {{"IntervalMs", U(19)}}, "IntervalMs"},
      {"StartAdvertising", {{"Name", S("two\nlines")}}, "Name"},
      {"StartScan", {{"Seconds", U(0)}}, "Seconds"},
      {"StartScan", {{"Active", S("yes")}}, "Active"},
      {"GenerateOob", {{"ForSeconds", U(0)}}, "ForSeconds"},
      {"GenerateOob", {{"Id", U(1)}}, "Id"},
  };
  for (const auto& refusal : refusals) {
    const auto outcome = Call(refusal.method, refusal.options);
    EXPECT_EQ(outcome.error, "InvalidArguments") << refusal.method;
    EXPECT_THAT(outcome.message,
                testing::StartsWith(std::string("InvalidArguments: ") +
                                    refusal.key + ": "));
  }
}

TEST_F(AdapterTest, AnswersAWrongSignatureOnTheBusLibrarysGround) {
  EXPECT_EQ(Call("Connect", std::string(kPeerText)).error,
            "org.freedesktop.DBus.Error.InvalidArgs");
  EXPECT_EQ(Call("NoSuchMethod").error,
            "org.freedesktop.DBus.Error.UnknownMethod");
}

}  // namespace
}  // namespace bondd::dbus::test
