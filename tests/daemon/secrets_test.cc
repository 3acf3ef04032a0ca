// Row 49 of the catalogue of attacks. Where a key or a passkey must never be
// found: the log, the objects on the bus, the files.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <sstream>
#include <variant>

#include "tests/daemon/pair.h"
#include "tests/daemon/peer.h"
#include "tests/daemon/written_keys.h"

namespace bondd::daemon::test {
namespace {

class SecretsTest : public PairTest {
 protected:
  Words MoreArguments() override { return {"--log-level", "debug"}; }

  // Of both adapters, as their owners may export them.
  std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    for (const char* adapter : {kCentralPath, kPeripheralPath}) {
      const std::filesystem::path path = world_.folder.path() / "export";
      const int fd =
          open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
      central_.Must(adapter, kAdapter, "ExportBonds", "hsa{sv}",
                    Json::array({fd, "json", Json::object()}));
      close(fd);
      CollectKeys(Json::parse(ReadFile(path)), keys);
      std::filesystem::remove(path);
    }
    return keys;
  }

  void ExpectNoneIn(const std::vector<std::string>& keys,
                    const std::string& text, const std::string& where) {
    for (const std::string& key : keys) {
      for (const std::string& written : WaysToWrite(key)) {
        EXPECT_EQ(text.find(written), text.npos) << "a key is in " << where;
      }
    }
  }
};

TEST_F(SecretsTest, Row49_KeysAreInNoLogFileOrObject) {
  PairWell({{"InitiatorKeys", {"enc", "id", "sign"}},
            {"ResponderKeys", {"enc", "id", "sign"}}});
  const std::vector<std::string> keys = Keys();
  // LTK, two IRKs, two CSRKs, as each of the sides has them.
  ASSERT_GE(keys.size(), 8u);
  ExpectNoneIn(keys, central_.Objects().dump(), "an object");
  ASSERT_EQ(bondd_->Stop(), 0);
  ExpectNoneIn(keys, bondd_->Output(), "the log");
  size_t files = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(world_.state())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    ExpectNoneIn(keys, ReadFile(entry.path()), entry.path().filename());
  }
  EXPECT_GE(files, 3u);
}

TEST_F(SecretsTest, Row49_PasskeyIsInNoLogOrObject) {
  TestAgent shows(central_, "DisplayOnly");
  TestAgent types(peripheral_, "KeyboardOnly");
  Advertise();
  Accept();
  const auto call = StartPairing(central_, {{"SecureConnections", "off"}});
  Await([&] { return !shows.Asked("DisplayPasskey").empty(); });
  const uint32_t passkey = shows.Asked("DisplayPasskey").front().at(0);
  AwaitPrompt(kPeripheralPath, "passkey-input");
  const std::string shown = fmt::format("{:06}", passkey);
  EXPECT_EQ(central_.Objects().dump().find(shown), std::string::npos);
  EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "SetPasskey", "u",
                   Json::array({passkey})),
            "");
  Await([&] { return call->done(); });
  EXPECT_FALSE(call->failed()) << call->message();
  EXPECT_EQ(central_.Objects().dump().find(shown), std::string::npos);
  ASSERT_EQ(bondd_->Stop(), 0);
  EXPECT_EQ(bondd_->Output().find(shown), std::string::npos);
}

// Pairings that fail, and those with data of another channel.
class FailedSecretsTest : public SecretsTest {
 protected:
  void SetUp() override {
    SecretsTest::SetUp();
    Advertise();
    // Each attempt is to be heard at once.
    for (const char* adapter : {kCentralPath, kPeripheralPath}) {
      SetProperty(central_, adapter, "RepeatedAttempts",
                  {{"MaxAttempts", 255}});
    }
  }

  Json Generate(const Json& options = Json::object()) {
    return peripheral_
        .Must(kPeripheralPath, kAdapter, "GenerateOob", "a{sv}",
              Json::array({options}))
        .at(0);
  }
  void TellCentral(const Json& data) {
    Do(central_, kCentralPath, "SetRemoteOob", "ssa{sv}",
       Json::array({kPeripheralAddress, "public", data}));
  }

  // Ends the daemon in good order.
  void ExpectNotLogged(const std::vector<std::string>& keys) {
    ASSERT_EQ(bondd_->Stop(), 0);
    ExpectNoneIn(keys, bondd_->Output(), "the log");
  }
};

TEST_F(FailedSecretsTest, Row49_WrongPasskeyIsNotLoggedNorTheRightOne) {
  TestAgent shows(central_, "DisplayOnly");
  TestAgent types(peripheral_, "KeyboardOnly");
  Accept({{"Count", 2}});
  std::vector<std::string> passkeys;
  for (const char* secure_connections : {"off", "only"}) {
    const size_t before = shows.Asked("DisplayPasskey").size();
    const auto call =
        StartPairing(central_, {{"SecureConnections", secure_connections}});
    Await([&] { return shows.Asked("DisplayPasskey").size() > before; });
    const uint32_t shown = shows.Asked("DisplayPasskey").back().at(0);
    const uint32_t typed = (shown + 1) % 1'000'000;
    AwaitPrompt(kPeripheralPath, "passkey-input");
    EXPECT_EQ(OnLink(peripheral_, kPeripheralPath, "SetPasskey", "u",
                     Json::array({typed})),
              "");
    Await([&] { return call->done(); });
    EXPECT_EQ(call->error(), "org.bondd.Error.Smp.ConfirmValueFailed");
    passkeys.push_back(fmt::format("{:06}", shown));
    passkeys.push_back(fmt::format("{:06}", typed));
  }
  ASSERT_EQ(bondd_->Stop(), 0);
  for (const std::string& passkey : passkeys) {
    EXPECT_EQ(bondd_->Output().find(passkey), std::string::npos);
  }
}

TEST_F(FailedSecretsTest, Row49_NumberOfARefusedComparisonIsNotLogged) {
  TestAgent first(central_, "DisplayYesNo");
  TestAgent second(peripheral_, "DisplayYesNo");
  first.set_answer(Answer::kNone);
  Accept();
  const auto call = StartPairing(central_);
  const auto [number, other] = TypeAnotherNumber();
  Await([&] { return call->done(); });
  EXPECT_EQ(call->error(), "org.bondd.Error.Rejected");
  ASSERT_EQ(bondd_->Stop(), 0);
  for (const uint32_t told : {number, other}) {
    EXPECT_EQ(bondd_->Output().find(fmt::format("{:06}", told)),
              std::string::npos);
  }
}

TEST_F(FailedSecretsTest, Row49_OobDataIsNotLoggedWhetherItServesOrNot) {
  std::vector<std::string> keys;
  // The older data of the two fails the confirm check: the newer is in use.
  const Json foreign = Generate();
  const Json own = Generate();
  for (const Json& made : {foreign, own}) {
    keys.push_back(HexOf(made["Random"]));
    keys.push_back(HexOf(made["Confirm"]));
  }
  Accept();
  TellCentral({{"Confirm", foreign["Confirm"]}, {"Random", foreign["Random"]}});
  EXPECT_EQ(PairingError(), "Smp.ConfirmValueFailed");
  const Json legacy = Generate({{"Legacy", true}});
  keys.push_back(HexOf(legacy["Tk"]));
  TellCentral({{"Tk", legacy["Tk"]}});
  Accept();
  EXPECT_EQ(PairedBy({{"SecureConnections", "off"}})["Method"], "OutOfBand");
  for (const std::string& key : keys) ASSERT_EQ(key.size(), 32u);
  ExpectNotLogged(keys);
}

// The STK never leaves bondd: its peer on the air has the same.
class StkTest : public SecretsTest {
 protected:
  Words MoreArguments() override {
    Words words = SecretsTest::MoreArguments();
    words.insert(words.end(), {"--sim-listen", "unix:" + Socket().native()});
    return words;
  }
  std::filesystem::path Socket() const {
    return world_.folder.path() / "radio";
  }
};

TEST_F(StkTest, Row49_StkAndNoncesOfLegacyPairingAreNotLogged) {
  Peer peer(world_.loop, Socket());
  Await([&] { return peer.ready(); });
  peer.Advertise(Peer::Identity());
  const Json address =
      Json::array({Peer::Identity().ToString(), "random", {{"Encrypt", "no"}}});
  Do(central_, kCentralPath, "Connect", "ssa{sv}", address);
  Await([&] { return peer.linked(); });
  std::vector<std::string> keys;
  peer.end().on_outputs = [&](const smp::Outputs& outputs) {
    for (const smp::Output& output : outputs) {
      if (const auto* send = std::get_if<smp::SendPdu>(&output)) {
        const auto code = static_cast<smp::Code>(send->pdu.front());
        if (code != smp::Code::kPairingRandom) continue;
        keys.push_back(HexOf(Bytes(send->pdu.begin() + 1, send->pdu.end())));
      } else if (const auto* answer =
                     std::get_if<smp::AnswerLongTermKeyRequest>(&output)) {
        const auto octets = answer->key->Reveal();
        keys.push_back(HexOf(Bytes(octets.begin(), octets.end())));
      }
    }
  };
  EXPECT_EQ(OnLink(central_, kCentralPath, "InitiatePairing", "a{sv}",
                   Json::array({{{"SecureConnections", "off"}}})),
            "");
  Await([&] { return !peer.end().reports.empty(); });
  EXPECT_TRUE(peer.end().Succeeded());
  // Srand and the STK.
  ASSERT_EQ(keys.size(), 2u);
  ASSERT_EQ(bondd_->Stop(), 0);
  ExpectNoneIn(keys, bondd_->Output(), "the log");
}

}  // namespace
}  // namespace bondd::daemon::test
