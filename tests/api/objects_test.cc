// The objects of the whole daemon: what they have, how they come and go, and
// what they say when they change.

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "tests/api/bed.h"
#include "tests/api/documented.h"

namespace bondd::api::test {
namespace {

bool HandOn(hci::H4Direction, hci::Packet&) { return true; }

class ObjectsTest : public testing::Test {
 protected:
  explicit ObjectsTest(Bed::Setting setting = {}) : bed_(std::move(setting)) {}

  // Whether a signal of this kind has told of the interface or property.
  bool Heard(const std::string& member, const std::string& path,
             const std::string& name) const {
    const auto& signals = bed_.central_.signals();
    return std::ranges::any_of(signals, [&](const auto& signal) {
      if (signal.member != member) return false;
      const Json& arguments = signal.arguments;
      if (member == "PropertiesChanged") {
        return signal.path == path && arguments.at(1).contains(name);
      }
      // InterfacesAdded has the interfaces in a dictionary, the other a list.
      if (arguments.at(0) != path) return false;
      const Json& interfaces = arguments.at(1);
      return interfaces.is_object()
                 ? interfaces.contains(name)
                 : std::ranges::find(interfaces, Json(name)) !=
                       interfaces.end();
    });
  }
  void AwaitSignal(const std::string& member, const std::string& path,
                   const std::string& name) {
    bed_.Await([&] { return Heard(member, path, name); });
  }

  void AwaitMember(const std::string& member) {
    bed_.Await([&] {
      return std::ranges::any_of(
          bed_.central_.signals(),
          [&](const auto& signal) { return signal.member == member; });
    });
  }

  // What GetAll says of the properties of one interface.
  Json AllOf(const std::string& path, const std::string& interface) {
    return bed_.central_
        .Must(path, kProperties, "GetAll", "s",
              Json::array({"org.bondd." + interface}))
        .at(0);
  }

  Json Get(const std::string& path, const std::string& interface,
           const std::string& name) {
    return bed_.central_.Property(path, "org.bondd." + interface, name);
  }

  Bed bed_;
};

TEST_F(ObjectsTest, HaveThePropertiesOfTheXmlAndNoOthers) {
  bed_.PairWell();
  std::set<std::string> there;
  for (const std::string interface :
       {"Manager1", "Adapter1", "Connection1", "Bond1"}) {
    const std::string path = bed_.PathOf(interface);
    const Json all = AllOf(path, interface);
    for (const auto& [name, value] : all.items()) {
      there.insert(interface + "." + name);
      EXPECT_EQ(Get(path, interface, name), value) << name;
    }
  }
  EXPECT_THAT(there, testing::ContainerEq(ReadXml().properties));
}

TEST_F(ObjectsTest, KeepWhatIsSetAndTellEverybody) {
  bed_.PairWell();
  struct Setting {
    const char* interface;
    const char* name;
    Json value;
  };
  const std::vector<Setting> settings = {
      {"Adapter1", "Pairable", false},
      {"Adapter1", "Trace", true},
      {"Adapter1", "PairingDefaults", {{"Mitm", "yes"}}},
      {"Adapter1", "RepeatedAttempts", {{"First", 100}, {"Max", 200}}},
      {"Bond1", "Name", "lamp"},
  };
  for (const Setting& setting : settings) {
    const std::string path = bed_.PathOf(setting.interface);
    const auto call = bed_.Finish(
        bed_.peripheral_,
        std::string("set ") + setting.interface + "." + setting.name, "",
        Json::array({setting.value}));
    EXPECT_EQ(call->error(), "") << setting.name << call->message();
    AwaitSignal("PropertiesChanged", path, setting.name);
    const Json now = Get(path, setting.interface, setting.name);
    if (!setting.value.is_object()) {
      EXPECT_EQ(now, setting.value) << setting.name;
      continue;
    }
    for (const auto& [key, value] : setting.value.items()) {
      EXPECT_EQ(now[key], value) << setting.name << " " << key;
    }
  }
}

// Neither what is set nor what only can be read.
TEST_F(ObjectsTest, AreNotWrittenWhereTheyCanOnlyBeRead) {
  bed_.PairWell();
  for (const char* property : {"Manager1.Version", "Adapter1.Powered",
                               "Connection1.Encrypted", "Bond1.Debug"}) {
    const auto call = bed_.Finish(bed_.central_, std::string("set ") + property,
                                  "", Json::array({true}));
    EXPECT_EQ(call->error(), "org.freedesktop.DBus.Error.PropertyReadOnly")
        << property;
  }
}

TEST_F(ObjectsTest, OfLinksAndBondsComeAndGoWithWhatTheyStandFor) {
  bed_.PairWell();
  const std::string link = bed_.LinkOf(kCentralPath);
  const std::string bond = bed_.PathOf("Bond1");
  EXPECT_TRUE(Heard("InterfacesAdded", link, kConnection));
  EXPECT_TRUE(Heard("InterfacesAdded", bond, kBond));
  EXPECT_TRUE(Heard("PropertiesChanged", link, "Encrypted"));
  EXPECT_TRUE(Heard("PropertiesChanged", link, "Bond"));
  EXPECT_TRUE(Heard("PropertiesChanged", link, "LastPairing"));
  bed_.Finish(bed_.central_, "Bond1.Remove", "", Json::array());
  AwaitSignal("InterfacesRemoved", bond, kBond);
  AwaitSignal("InterfacesRemoved", link, kConnection);
  const Json objects = bed_.central_.Objects();
  EXPECT_FALSE(objects.contains(bond));
  EXPECT_FALSE(objects.contains(link));
}

TEST_F(ObjectsTest, TellThatTheyAdvertiseAndScan) {
  bed_.Advertise();
  AwaitSignal("PropertiesChanged", kPeripheralPath, "Advertising");
  bed_.Do(bed_.central_, kCentralPath, "StartScan", "a{sv}",
          Json::array({Json::object()}));
  AwaitSignal("PropertiesChanged", kCentralPath, "Scanning");
  EXPECT_EQ(Get(kCentralPath, "Adapter1", "Scanning"), true);
}

// A link's life in which each of them has its time.
TEST_F(ObjectsTest, EmitEachSignalOfTheXml) {
  bed_.SetProperty(bed_.peripheral_, kPeripheralPath, "RepeatedAttempts",
                   {{"MaxAttempts", 255}});
  bed_.SetProperty(bed_.central_, kCentralPath, "Trace", true);
  bed_.Do(bed_.central_, kCentralPath, "StartScan", "a{sv}",
          Json::array({Json::object()}));
  bed_.Advertise();
  AwaitMember("DeviceFound");
  bed_.Link();
  // Nobody agrees to pair.
  bed_.Finish(bed_.peripheral_, "Connection1.SendSecurityRequest", "a{sv}",
              Json::array({Json::object()}), bed_.LinkOf(kPeripheralPath));
  AwaitMember("SecurityRequested");
  bed_.Accept({{"IoCapability", "KeyboardOnly"}, {"Keypress", true}});
  const auto pairing =
      bed_.Start(bed_.central_, "Connection1.InitiatePairing", "a{sv}",
                 Json::array({{{"IoCapability", "DisplayOnly"},
                               {"SecureConnections", "off"},
                               {"Keypress", true}}}));
  bed_.AwaitPrompt(kPeripheralPath, "passkey-input");
  bed_.OnLink(bed_.peripheral_, kPeripheralPath, "SendKeypress", "s",
              Json::array({"started"}));
  AwaitMember("Keypress");
  const Json shown = bed_.PromptOf(bed_.central_, kCentralPath)["Passkey"];
  bed_.OnLink(bed_.peripheral_, kPeripheralPath, "SetPasskey", "u",
              Json::array({shown}));
  bed_.Await([&] { return pairing->done(); });
  EXPECT_FALSE(pairing->failed()) << pairing->message();
  bed_.Unlink();
  AwaitMember("Disconnected");
  std::set<std::string> heard;
  for (const auto& signal : bed_.central_.signals()) {
    const bool link = signal.path.find("/conn_") != std::string::npos;
    if (signal.member.starts_with("Interfaces") ||
        signal.member == "PropertiesChanged") {
      continue;
    }
    heard.insert((link ? "Connection1." : "Adapter1.") + signal.member);
  }
  EXPECT_THAT(heard, testing::ContainerEq(ReadXml().signals));
}

class RelayedObjectsTest : public ObjectsTest {
 protected:
  RelayedObjectsTest() : ObjectsTest({.relay = HandOn}) {}
};

TEST_F(RelayedObjectsTest, OfAnAdapterThatVanishesGoWithAllThatItHad) {
  bed_.Advertise();
  bed_.Accept();
  bed_.Do(bed_.central_, kRelayedPath, "InitiatePairing", "ssa{sv}",
          Json::array({kPeripheralAddress, "public", Json::object()}));
  const std::string link = bed_.LinkOf(kRelayedPath);
  const std::string bond =
      std::string(kRelayedPath) + "/bond_public_02B0DD000001";
  EXPECT_TRUE(Heard("InterfacesAdded", kRelayedPath, kAdapter));
  EXPECT_TRUE(bed_.central_.Objects().contains(bond));
  bed_.central_.ForgetSignals();
  bed_.relay().Unplug();
  AwaitSignal("InterfacesRemoved", kRelayedPath, kAdapter);
  AwaitSignal("PropertiesChanged", kRootPath, "Adapters");
  EXPECT_TRUE(Heard("InterfacesRemoved", link, kConnection));
  EXPECT_TRUE(Heard("InterfacesRemoved", bond, kBond));
  const auto remove =
      bed_.Finish(bed_.central_, "Bond1.Remove", "", Json::array(), bond);
  EXPECT_EQ(remove->error(), "org.freedesktop.DBus.Error.UnknownObject");
  EXPECT_EQ(Get(kRootPath, "Manager1", "Adapters"),
            Json::array({kCentralPath, kPeripheralPath}));
  // The others go on.
  EXPECT_EQ(Get(kCentralPath, "Adapter1", "Powered"), true);
}

}  // namespace
}  // namespace bondd::api::test
