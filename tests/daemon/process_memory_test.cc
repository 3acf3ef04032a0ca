// No key is left behind in the memory of bondd itself: what the store has
// removed or refused and what a pairing has used up is nowhere in the process.

#include <fcntl.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <variant>

#include "smp/crypto.h"
#include "smp/pdu.h"
#include "smp/signer.h"
#include "tests/daemon/pair.h"
#include "tests/daemon/peer.h"
#include "tests/daemon/process_image.h"
#include "tests/daemon/written_keys.h"

namespace bondd::daemon::test {
namespace {

constexpr char kPath[] = "/org/bondd/h40";
constexpr char kPeer[] = "the peer";

using Names = std::set<std::string>;

// 16 octets, least significant first, that nobody else uses.
Json KeyOf(int seed) {
  Json octets = Json::array();
  for (int i = 0; i < 16; ++i) octets.push_back((seed + i * 37) % 256);
  return octets;
}

// The radio is another process: a controller has to know keys for as long as it
// likes.
class ProcessMemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    radio_ = std::make_unique<Bondd>(
        world_,
        Words{"--adapter", "sim", "--bus-name", "org.radio", "--state-dir",
              world_.folder.path() / "radio", "--sim-listen", Socket("bondd"),
              "--sim-listen", Socket("peer")});
    Await([&] { return user_.HasOwner("org.radio"); });
    bondd_ =
        std::make_unique<Bondd>(world_, Words{"--adapter", Socket("bondd")});
    Await([&] {
      return user_.HasOwner("org.bondd") && user_.Objects().contains(kPath);
    });
    peer_ = std::make_unique<Peer>(world_.loop,
                                   world_.folder.path() / "peer.socket");
    Await([&] { return peer_->ready(); });
    peer_->parameters.initiator_keys.sign = true;
    peer_->parameters.responder_keys.sign = true;
  }

  std::string Socket(const std::string& name) const {
    return "unix:" + (world_.folder.path() / (name + ".socket")).native();
  }

  void Await(const std::function<bool()>& done) {
    if (!world_.loop.RunUntil(done)) {
      throw std::runtime_error("waited in vain; bondd said: " +
                               (bondd_ ? bondd_->Output() : ""));
    }
  }

  template <typename SecretType>
  void Learn(const std::string& name, const SecretType& secret) {
    const auto octets = secret.Reveal();
    keys_[name] = HexOf(Bytes(octets.begin(), octets.end()));
  }
  void LearnFrom(ByteView octets, const std::string& sender) {
    const auto pdu = smp::Parse(octets);
    if (!pdu) return;
    const bool own = sender == kPeer;
    if (const auto* ltk = std::get_if<smp::EncryptionInformation>(&*pdu)) {
      Learn("LTK of " + sender, ltk->ltk);
    } else if (const auto* irk = std::get_if<smp::IdentityInformation>(&*pdu)) {
      // bondd's own stays.
      if (own) Learn("IRK of " + sender, irk->irk);
    } else if (const auto* csrk = std::get_if<smp::SigningInformation>(&*pdu)) {
      Learn("CSRK of " + sender, csrk->csrk);
    } else if (const auto* point = std::get_if<smp::PairingPublicKey>(&*pdu)) {
      if (own) return;
      const auto valid = smp::PublicKey::Validate(point->octets);
      dh_key_ = *pair_->ComputeDhKey(*valid);
      Learn("DHKey", *dh_key_);
    } else if (const auto* random = std::get_if<smp::PairingRandom>(&*pdu)) {
      (own ? peer_nonce_ : bondd_nonce_) = random->value.Clone();
      if (own && dh_key_) LearnWhatFollows();
    }
  }
  // [Vol 3, Part H] 2.3.5.6.5
  void LearnWhatFollows() {
    const std::string address = user_.Property(kPath, kAdapter, "Address");
    const smp::F5Keys keys = smp::f5(
        *dh_key_, bondd_nonce_, peer_nonce_,
        *DeviceAddress::Parse(address, AddressType::kPublic), Peer::Identity());
    Learn("MacKey", keys.mac_key);
    Learn("LTK", keys.ltk);
  }

  void Connect() {
    peer_->Advertise(Peer::Identity());
    user_.Must(
        kPath, kAdapter, "Connect", "ssa{sv}",
        Json::array(
            {Peer::Identity().ToString(), "random", {{"Encrypt", "no"}}}));
    Await([&] { return peer_->linked(); });
    pair_ = *smp::KeyPair::Generate();
    peer_->end().key_pairs.next.push_back(pair_->Clone());
    peer_->end().on_input = [this](const smp::Input& input) {
      if (const auto* received = std::get_if<smp::PduReceived>(&input)) {
        LearnFrom(received->pdu, "bondd");
      }
    };
    peer_->end().on_outputs = [this](const smp::Outputs& outputs) {
      for (const smp::Output& output : outputs) {
        if (const auto* sent = std::get_if<smp::SendPdu>(&output)) {
          LearnFrom(sent->pdu, kPeer);
        } else if (const auto* answer =
                       std::get_if<smp::AnswerLongTermKeyRequest>(&output)) {
          if (answer->key) Learn("the link's key", *answer->key);
        }
      }
    };
  }

  std::unique_ptr<Call> StartPairing(Json options) {
    options["InitiatorKeys"] = options["ResponderKeys"] = {"enc", "id", "sign"};
    return user_.Start(
        kPath, kAdapter, "InitiatePairing", "ssa{sv}",
        Json::array({Peer::Identity().ToString(), "random", options}));
  }
  // A pairing by bondd; its link goes on.
  void Pair(const Json& options = Json::object()) {
    Connect();
    const auto call = StartPairing(options);
    Await([&] { return call->done() && !peer_->end().reports.empty(); });
    EXPECT_EQ(call->message(), "");
  }

  std::string Link() {
    const Json objects = user_.Objects();
    for (const auto& [path, interfaces] : objects.items()) {
      if (interfaces.contains(kConnection)) return path;
    }
    return "";
  }
  void AwaitPrompt(const std::string& prompt) {
    Await([&] {
      return user_.Property(Link(), kConnection, "Prompt") == prompt;
    });
  }

  void Part() {
    peer_->Disconnect();
    Await([&] { return !peer_->linked() && Link().empty(); });
  }

  void Remove() {
    user_.Must(kPath, kAdapter, "RemoveBonding", "ss",
               Json::array({Peer::Identity().ToString(), "random"}));
  }

  // The call, done.
  std::unique_ptr<Call> Transfer(const std::string& method,
                                 const std::string& file,
                                 const std::string& format, int flags) {
    return TransferBonds(user_, kPath, method, world_.folder.path() / file,
                         format, flags);
  }

  // The names of those that bondd has in its memory, in whatever way.
  Names Held() {
    const ProcessImage image(bondd_->pid());
    Names held;
    places_.clear();
    for (const auto& [name, key] : keys_) {
      for (const std::string& written : WaysToWrite(key)) {
        for (const std::string& place : image.Find(written)) {
          held.insert(name);
          places_ += name + " at " + place + "\n";
        }
      }
    }
    return held;
  }

  // Soon: an answer is on its way before what led to it is gone.
  void ExpectHeld(const Names& expected) {
    Names held;
    const bool as_expected = world_.loop.RunUntil(
        [&] { return (held = Held()) == expected; }, std::chrono::seconds(5));
    EXPECT_TRUE(as_expected) << testing::PrintToString(held) << "\n" << places_;
  }

  World world_;
  BusClient user_{world_.loop, world_.bus.address()};
  std::unique_ptr<Bondd> radio_;
  std::unique_ptr<Bondd> bondd_;
  std::unique_ptr<Peer> peer_;
  std::optional<smp::KeyPair> pair_;
  std::optional<smp::DhKey> dh_key_;
  smp::Nonce bondd_nonce_;
  smp::Nonce peer_nonce_;
  // By name, as hexadecimal digits.
  std::map<std::string, std::string> keys_;
  // Where those are that Held() has found.
  std::string places_;
};

TEST_F(ProcessMemoryTest, HoldsTheKeysOfABondUntilItIsRemoved) {
  Pair();
  ASSERT_EQ(keys_["LTK"], keys_["the link's key"]);
  smp::BondData bond = peer_->bond()->Clone();
  // [Vol 3, Part F] 3.4.5.4: a write of one octet to attribute 3.
  peer_->SendAtt(smp::SignWith(bond, Bytes{0xD2, 0x03, 0x00, 0x2A}));
  Await([&] { return bondd_->Says("signed write verified"); });
  ExpectHeld({"CSRK of bondd", "CSRK of the peer", "IRK of the peer", "LTK",
              "the link's key"});
  Part();
  Remove();
  ExpectHeld({});
}

TEST_F(ProcessMemoryTest, HoldsTheKeysOfALegacyBondUntilItIsRemoved) {
  Pair({{"SecureConnections", "off"}});
  // The link's is the STK.
  ASSERT_TRUE(keys_.contains("the link's key"));
  ExpectHeld({"CSRK of bondd", "CSRK of the peer", "IRK of the peer",
              "LTK of bondd", "LTK of the peer"});
  Part();
  Remove();
  ExpectHeld({});
}

TEST_F(ProcessMemoryTest, HoldsNoKeyOfABondThatWasReplaced) {
  Pair();
  Part();
  const auto old = keys_;
  Pair({{"Replace", "always"}});
  for (const auto& [name, key] : old) {
    // The peer's own keys are always the same.
    if (!name.ends_with(kPeer)) keys_["old " + name] = key;
  }
  ExpectHeld({"CSRK of bondd", "CSRK of the peer", "IRK of the peer", "LTK",
              "the link's key"});
}

TEST_F(ProcessMemoryTest, HoldsNoKeyOfALinkThatDidNotBond) {
  for (const char* secure_connections : {"only", "off"}) {
    Pair({{"Bonding", false}, {"SecureConnections", secure_connections}});
    ASSERT_TRUE(keys_.contains("the link's key"));
    Part();
    SCOPED_TRACE(secure_connections);
    ExpectHeld({});
  }
}

TEST_F(ProcessMemoryTest, HoldsNothingOfAPairingThatWasRefused) {
  peer_->parameters.io_capability = smp::IoCapability::kDisplayYesNo;
  Connect();
  const auto call = StartPairing({{"IoCapability", "DisplayYesNo"}});
  AwaitPrompt("number-comparison");
  ASSERT_TRUE(keys_.contains("MacKey"));
  user_.Must(Link(), kConnection, "ConfirmNumber", "b", Json::array({false}));
  Await([&] { return call->done(); });
  EXPECT_EQ(call->error(), "org.bondd.Error.Rejected");
  ExpectHeld({});
}

TEST_F(ProcessMemoryTest, HoldsNoOobDataThatWasUsed) {
  const Json tk = KeyOf(11);
  keys_["TK"] = HexOf(tk);
  std::ranges::copy(tk.get<Bytes>(),
                    peer_->parameters.oob_legacy_tk.emplace().Fill().begin());
  Pair({{"SecureConnections", "off"}, {"OobLegacyTk", tk}});
  ASSERT_EQ(peer_->end().Report().model, smp::AssociationModel::kOutOfBand);
  Part();
  Remove();
  ExpectHeld({});
}

TEST_F(ProcessMemoryTest, HoldsNoKeyThatACallerBrought) {
  Connect();
  keys_["given"] = HexOf(KeyOf(12));
  const auto call = user_.Finish(Link(), kConnection, "InitiateEncryption",
                                 "a{sv}", Json::array({{{"Ltk", KeyOf(12)}}}));
  EXPECT_EQ(call->error(), "org.bondd.Error.KeyMissing");
  ExpectHeld({});
}

TEST_F(ProcessMemoryTest, HoldsNothingOfWhatWasImportedAndRemovedOrRefused) {
  Pair({{"SecureConnections", "off"}});
  Part();
  for (const char* format : {"json", "bluez", "wireshark"}) {
    const auto call =
        Transfer("ExportBonds", format, format, O_WRONLY | O_CREAT);
    EXPECT_EQ(call->message(), "");
  }
  Remove();
  ExpectHeld({});
  for (const char* format : {"json", "bluez"}) {
    const auto call = Transfer("ImportBonds", format, format, O_RDONLY);
    EXPECT_EQ(call->message(), "");
    EXPECT_NE(Held(), Names{});
    Remove();
    SCOPED_TRACE(format);
    ExpectHeld({});
  }
  // The first bond is good.
  std::string text = ReadFile(world_.folder.path() / "json");
  world_.Write("json", text.insert(text.rfind(']'), ", {}"));
  EXPECT_EQ(Transfer("ImportBonds", "json", "json", O_RDONLY)->error(),
            "org.bondd.Error.InvalidArguments");
  ExpectHeld({});
}

TEST_F(ProcessMemoryTest, HoldsNoTextOfAPasskeyThatWasShown) {
  TestAgent agent(user_, "DisplayOnly");
  const ProcessImage before(bondd_->pid());
  peer_->parameters.io_capability = smp::IoCapability::kKeyboardOnly;
  Connect();
  const auto call = StartPairing({{"SecureConnections", "only"}});
  Await([&] {
    return !agent.Asked("DisplayPasskey").empty() &&
           peer_->end().Asked<smp::PasskeyInputPrompt>() != nullptr;
  });
  const uint32_t passkey = agent.Asked("DisplayPasskey").front().at(0);
  peer_->Give(smp::EnterPasskey{peer_->end().asked.back().prompt, passkey});
  Await([&] { return call->done(); });
  EXPECT_EQ(call->message(), "");
  // The number itself is no secret any more: each of its bits has been on the
  // air.
  EXPECT_EQ(ProcessImage(bondd_->pid()).Find(fmt::format("{:06}", passkey)),
            before.Find(fmt::format("{:06}", passkey)));
}

class SealKeyMemoryTest : public ProcessMemoryTest {
 protected:
  // One for sealing, one for opening: of what the key was read from nothing is
  // left.
  void ExpectInCiphersAlone(const std::string& key) const {
    constexpr size_t kKeySize = 32;
    constexpr size_t kCiphers = 2;
    ASSERT_GE(key.size(), kKeySize);
    const auto places =
        ProcessImage(bondd_->pid()).Find(key.substr(0, kKeySize));
    EXPECT_LE(places.size(), kCiphers) << testing::PrintToString(places);
  }
};

TEST_F(SealKeyMemoryTest, KeyOfTheKeyFileIsInItsCiphersAlone) {
  const std::filesystem::path file = world_.state() / "bonds.key";
  ExpectInCiphersAlone(ReadFile(file));
  // And where it was read, not made.
  ASSERT_EQ(bondd_->Stop(), 0);
  bondd_ = std::make_unique<Bondd>(world_, Words{"--adapter", Socket("bondd")});
  Await([&] { return user_.HasOwner("org.bondd"); });
  ExpectInCiphersAlone(ReadFile(file));
}

class CredentialMemoryTest : public SealKeyMemoryTest {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(world_.folder.path() / "credentials");
    file_ = world_.Write("credentials/bondd.key",
                         OctetsOf(HexOf(KeyOf(1)) + HexOf(KeyOf(2))));
    setenv("CREDENTIALS_DIRECTORY", file_.parent_path().c_str(), 1);
    SealKeyMemoryTest::SetUp();
  }
  void TearDown() override { unsetenv("CREDENTIALS_DIRECTORY"); }

  std::filesystem::path file_;
};

TEST_F(CredentialMemoryTest, KeyOfTheCredentialIsInItsCiphersAlone) {
  ExpectInCiphersAlone(ReadFile(file_));
  EXPECT_FALSE(std::filesystem::exists(world_.state() / "bonds.key"));
}

}  // namespace
}  // namespace bondd::daemon::test
