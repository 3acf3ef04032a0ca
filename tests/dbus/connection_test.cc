#include "tests/dbus/bus_test.h"
#include "tests/dbus/values.h"

namespace bondd::dbus::test {
namespace {

using testing::_;
using testing::ElementsAre;
using testing::Key;
using testing::Return;

using AddressAndType = sdbus::Struct<std::string, std::string>;

class ConnectionTest : public BusTest {
 protected:
  void SetUp() override {
    BusTest::SetUp();
    client_ = &NewClient();
  }

  template <typename... Arguments>
  Outcome Call(const std::string& method, const Arguments&... arguments) {
    return Await(
        client_->Call(connection_, "Connection1." + method, arguments...));
  }
  template <typename T>
  T Get(const std::string& property) {
    return Await(client_->Get(connection_, "Connection1." + property))
        .Get<sdbus::Variant>()
        .get<T>();
  }

  Client* client_ = nullptr;
};

TEST_F(ConnectionTest, PairsWithTheGivenOptionsAndTheCaller) {
  EXPECT_CALL(
      operations_,
      InitiatePairing(_, _, testing::Matcher<const ConnectionRef&>(link_), _))
      .WillOnce([&](CallId call, const Caller& caller, const ConnectionRef&,
                    smp::PairingOptions options) {
        EXPECT_EQ(caller.name, client_->name());
        EXPECT_EQ(options.io_capability, smp::IoCapability::kDisplayYesNo);
        EXPECT_EQ(options.agent, "/agent");
        service_->Reply(call, Dictionary{{"Status", std::string("ok")}});
      });
  const auto outcome = Call(
      "InitiatePairing",
      Options{{"IoCapability", S("DisplayYesNo")}, {"Agent", O("/agent")}});
  EXPECT_EQ(outcome.Get<Options>().at("Status").get<std::string>(), "ok");
}

TEST_F(ConnectionTest, PassesOnThatTheRoleIsWrong) {
  EXPECT_CALL(
      operations_,
      InitiatePairing(_, _, testing::Matcher<const ConnectionRef&>(_), _))
      .WillOnce([&](CallId call, auto&&...) {
        service_->ReplyError(call, {"WrongRole", "this side is peripheral"});
      });
  EXPECT_EQ(Call("InitiatePairing", Options{}).message,
            "WrongRole: this side is peripheral");
}

TEST_F(ConnectionTest, SendsASecurityRequest) {
  EXPECT_CALL(operations_, SendSecurityRequest(_, _, link_, _))
      .WillOnce([&](CallId call, const Caller&, const ConnectionRef&,
                    smp::PairingOptions options) {
        EXPECT_EQ(options.mitm, smp::MitmOption::kYes);
        service_->Reply(call, Dictionary{});
      });
  EXPECT_EQ(Call("SendSecurityRequest", Options{{"Mitm", S("yes")}}).error, "");
}

TEST_F(ConnectionTest, ArmsTheLink) {
  EXPECT_CALL(
      operations_,
      AcceptPairing(_, testing::Matcher<const ConnectionRef&>(link_), _))
      .WillOnce([](const Caller&, const ConnectionRef&,
                   ArmOptions options) -> ApiResult<void> {
        EXPECT_EQ(options.pairing.passkey, 123456u);
        return {};
      });
  EXPECT_EQ(Call("AcceptPairing", Options{{"Passkey", U(123456)}}).error, "");
}

TEST_F(ConnectionTest, KeepsTheAdaptersKeysOutOfArmingALink) {
  for (const auto& [key, value] : Options{{"Address", S(kPeerText)},
                                          {"AddressType", S("public")},
                                          {"Count", U(1)},
                                          {"ForSeconds", U(1)}}) {
    EXPECT_EQ(Call("AcceptPairing", Options{{key, value}}).message,
              "InvalidArguments: " + key + ": unknown key");
  }
}

TEST_F(ConnectionTest, EncryptsWithAGivenKey) {
  EXPECT_CALL(operations_, InitiateEncryption(_, _, link_, _))
      .WillOnce([&](CallId call, const Caller&, const ConnectionRef&,
                    EncryptionOptions options) {
        EXPECT_EQ(options.level, 3);
        ASSERT_TRUE(options.key);
        EXPECT_EQ(options.key->ediv, 0x1234);
        EXPECT_EQ(options.key->rand, 99u);
        EXPECT_EQ(options.key->ltk.Reveal()[0], 0x5A);
        service_->ReplyError(call, {"KeyMissing", ""});
      });
  EXPECT_EQ(Call("InitiateEncryption", Options{{"Level", Y(3)},
                                               {"Ltk", Ay(16)},
                                               {"Ediv", Q(0x1234)},
                                               {"Rand", T(99)}})
                .error,
            "KeyMissing");
}

TEST_F(ConnectionTest, EncryptsWithTheStoredBondOtherwise) {
  EXPECT_CALL(operations_, InitiateEncryption(_, _, link_, _))
      .WillOnce([&](CallId call, const Caller&, const ConnectionRef&,
                    EncryptionOptions options) {
        EXPECT_FALSE(options.key);
        EXPECT_FALSE(options.level);
        service_->Reply(call, Dictionary{{"Encrypted", true}});
      });
  EXPECT_TRUE(Call("InitiateEncryption", Options{})
                  .Get<Options>()
                  .at("Encrypted")
                  .get<bool>());
}

TEST_F(ConnectionTest, HandsTheUsersRepliesOn) {
  const ApiResult<void> ok;
  EXPECT_CALL(operations_, SetPasskey(_, link_, 999999)).WillOnce(Return(ok));
  EXPECT_CALL(operations_, PasskeyNegativeReply(_, link_)).WillOnce(Return(ok));
  EXPECT_CALL(operations_, ConfirmNumber(_, link_, false)).WillOnce(Return(ok));
  EXPECT_CALL(operations_, AcceptRequest(_, link_, _)).WillOnce(Return(ok));
  EXPECT_CALL(operations_,
              RejectRequest(_, link_, smp::PairingFailedReason::kBusy))
      .WillOnce(Return(ok));
  EXPECT_CALL(operations_, SetOob(_, link_, _))
      .WillOnce([](const Caller&, const ConnectionRef&,
                   smp::PeerOobData data) -> ApiResult<void> {
        EXPECT_EQ(data.confirm.Reveal()[15], 1);
        EXPECT_EQ(data.random.Reveal()[15], 2);
        return {};
      });
  EXPECT_CALL(operations_, SetOobLegacy(_, link_, _)).WillOnce(Return(ok));
  EXPECT_CALL(operations_,
              SendKeypress(_, link_, smp::KeypressType::kDigitErased))
      .WillOnce(Return(ok));
  EXPECT_CALL(operations_, CancelPairing(_, link_)).WillOnce(Return(ok));
  EXPECT_EQ(Call("SetPasskey", uint32_t{999999}).error, "");
  EXPECT_EQ(Call("PasskeyNegativeReply").error, "");
  EXPECT_EQ(Call("ConfirmNumber", false).error, "");
  EXPECT_EQ(Call("AcceptRequest", Options{}).error, "");
  EXPECT_EQ(Call("RejectRequest", uint8_t{0x10}).error, "");
  EXPECT_EQ(Call("SetOob", Octets(16, 1), Octets(16, 2)).error, "");
  EXPECT_EQ(Call("SetOobLegacy", Octets(16)).error, "");
  EXPECT_EQ(Call("SendKeypress", std::string("digit-erased")).error, "");
  EXPECT_EQ(Call("CancelPairing").error, "");
}

TEST_F(ConnectionTest, PassesOnWhyAReplyIsRefused) {
  EXPECT_CALL(operations_, ConfirmNumber(_, link_, true))
      .WillOnce(Return(ApiFail("BadState", "nothing asked for it")));
  EXPECT_CALL(operations_, GetPrompt(_, link_))
      .WillOnce(Return(ApiFail("NotAuthorized", "not the owner")));
  EXPECT_EQ(Call("ConfirmNumber", true).message,
            "BadState: nothing asked for it");
  EXPECT_EQ(Call("GetPrompt").error, "NotAuthorized");
}

TEST_F(ConnectionTest, RefusesRepliesThatAreOutOfRange) {
  EXPECT_EQ(Call("SetPasskey", uint32_t{1000000}).message,
            "InvalidArguments: passkey: is not in 0..999999");
  EXPECT_EQ(Call("RejectRequest", uint8_t{0}).message,
            "InvalidArguments: reason: is not in 1..16");
  EXPECT_EQ(Call("RejectRequest", uint8_t{0x11}).error, "InvalidArguments");
  EXPECT_EQ(Call("SetOob", Octets(15), Octets(16)).message,
            "InvalidArguments: confirm: is not of 16 octets");
  EXPECT_EQ(Call("SetOob", Octets(16), Octets(17)).message,
            "InvalidArguments: random: is not of 16 octets");
  EXPECT_EQ(Call("SetOobLegacy", Octets(0)).message,
            "InvalidArguments: tk: is not of 16 octets");
  EXPECT_EQ(Call("SendKeypress", std::string("pressed")).error,
            "InvalidArguments");
  EXPECT_EQ(Call("InitiateEncryption", Options{{"Ediv", Q(1)}}).message,
            "InvalidArguments: Ltk: is missing beside Ediv and Rand");
  EXPECT_EQ(Call("InitiateEncryption", Options{{"Level", Y(5)}}).message,
            "InvalidArguments: Level: is not in 1..4");
}

TEST_F(ConnectionTest, ShowsThePromptToWhoAsks) {
  EXPECT_CALL(operations_, GetPrompt(_, link_))
      .WillOnce(Return(Dictionary{{"Prompt", std::string("number-comparison")},
                                  {"Number", uint32_t{42}}}));
  const auto prompt = Call("GetPrompt").Get<Options>();
  EXPECT_EQ(prompt.at("Number").get<uint32_t>(), 42u);
}

TEST_F(ConnectionTest, AnswersADisconnectThatRemovesItsOwnObject) {
  EXPECT_CALL(operations_, Disconnect(_, link_))
      .WillOnce([&](CallId call, const ConnectionRef& link) {
        service_->EmitDisconnected(link, 0x16);
        service_->RemoveConnection(link);
        service_->Reply(call, NoValue{});
      });
  client_->Listen();
  EXPECT_EQ(Call("Disconnect").error, "");
  EXPECT_THAT(client_->HeardNames(),
              ElementsAre(connection_ + " org.bondd.Connection1 Disconnected",
                          root_ + " org.freedesktop.DBus.ObjectManager "
                                  "InterfacesRemoved"));
  EXPECT_EQ(client_->heard()[0].number, 0x16u);
  EXPECT_EQ(Call("CancelPairing").error,
            "org.freedesktop.DBus.Error.UnknownObject");
}

TEST_F(ConnectionTest, IsOfLevelOneWithoutEncryption) {
  auto connection = SimConnection();
  connection.security = {
      .authenticated = true, .secure_connections = true, .key_size = 16};
  service_->Publish(connection);
  EXPECT_EQ(Get<uint16_t>("Handle"), 0x40);
  EXPECT_EQ(Get<std::string>("Role"), "central");
  EXPECT_EQ(Get<std::string>("OnAirAddress"), kPeerText);
  EXPECT_EQ(Get<std::string>("OnAirAddressType"), "public");
  EXPECT_EQ(Get<AddressAndType>("Peer"), AddressAndType(kPeerText, "public"));
  EXPECT_EQ(Get<sdbus::ObjectPath>("Bond"), "/");
  EXPECT_FALSE(Get<bool>("Encrypted"));
  EXPECT_FALSE(Get<bool>("Authenticated"));
  EXPECT_FALSE(Get<bool>("SecureConnections"));
  EXPECT_EQ(Get<uint8_t>("KeySize"), 0);
  EXPECT_EQ(Get<uint8_t>("SecurityLevel"), 1);
  EXPECT_EQ(Get<std::string>("PairingState"), "idle");
  EXPECT_EQ(Get<std::string>("Prompt"), "none");
  EXPECT_TRUE(Get<Options>("LastPairing").empty());
}

TEST_F(ConnectionTest, TellsWhatEncryptionGaveInOneSignal) {
  client_->Listen();
  auto connection = SimConnection();
  connection.encrypted = true;
  connection.security = {
      .authenticated = true, .secure_connections = true, .key_size = 16};
  service_->Publish(connection);
  Settle();
  ASSERT_EQ(client_->heard().size(), 1u);
  const auto& values = client_->heard()[0].values;
  EXPECT_THAT(values, ElementsAre(Key("Authenticated"), Key("Encrypted"),
                                  Key("KeySize"), Key("SecureConnections"),
                                  Key("SecurityLevel")));
  EXPECT_EQ(values.at("SecurityLevel").get<uint8_t>(), 4);
}

TEST_F(ConnectionTest, EmitsItsSignals) {
  client_->Listen();
  const Dictionary features{{"Method", std::string("JustWorks")}};
  service_->EmitPairingRequested(link_, features);
  service_->EmitSecurityRequested(link_, features);
  service_->EmitKeypress(link_, smp::KeypressType::kCleared);
  service_->EmitKeysReceived(link_, {"enc"}, {"enc", "id"});
  service_->EmitPairingCompleted(link_, features);
  service_->EmitPduTraced(link_, "sent", "PairingRequest", 77);
  service_->EmitDeviceFound("sim0", features);
  Settle();
  std::vector<std::string> members;
  for (const auto& signal : client_->heard()) members.push_back(signal.member);
  ASSERT_THAT(members,
              ElementsAre("PairingRequested", "SecurityRequested", "Keypress",
                          "KeysReceived", "PairingCompleted", "PduTraced",
                          "DeviceFound"));
  EXPECT_EQ(client_->heard()[0].values.at("Method").get<std::string>(),
            "JustWorks");
  EXPECT_THAT(client_->heard()[2].texts, ElementsAre("cleared"));
  EXPECT_THAT(client_->heard()[3].texts, ElementsAre("enc", "enc", "id"));
  EXPECT_THAT(client_->heard()[5].texts, ElementsAre("sent", "PairingRequest"));
  EXPECT_EQ(client_->heard()[5].number, 77u);
}

TEST_F(ConnectionTest, EmitsNothingForALinkThatIsGone) {
  service_->RemoveConnection(link_);
  Settle();
  client_->Listen();
  service_->EmitKeypress(link_, smp::KeypressType::kCleared);
  service_->EmitDeviceFound("sim9", {});
  service_->RemoveConnection(link_);
  Settle();
  EXPECT_TRUE(client_->heard().empty());
}

}  // namespace
}  // namespace bondd::dbus::test
