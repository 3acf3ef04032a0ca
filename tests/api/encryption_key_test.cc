// Encryption with a key that the caller brings, as SM.initiate_encryption has
// it: taken from an export, with no bond left here.

#include <fcntl.h>

#include <fstream>

#include "common/unique_fd.h"
#include "tests/api/bed.h"

namespace bondd::api::test {
namespace {

class EncryptionKeyTest : public testing::Test {
 protected:
  // The octets of text in hexadecimal.
  static std::vector<int> Octets(const std::string& hex) {
    constexpr int kHexadecimal = 16;
    std::vector<int> octets;
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
      octets.push_back(std::stoi(hex.substr(i, 2), nullptr, kHexadecimal));
    }
    return octets;
  }

  // Pairs, and gives what the central exports of the peer's LTK as options of
  // InitiateEncryption. No bond is left with the central, and the link is up
  // and not encrypted.
  Json KeyOfAPairing(const Json& options) {
    bed_.PairWell(options);
    const std::string name = bed_.world_.folder.path() / "bonds";
    const UniqueFd file(
        ::open(name.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    bed_.Do(bed_.central_, kCentralPath, "ExportBonds", "hsa{sv}",
            Json::array({file.get(), "json", Json::object()}));
    const Json ltk =
        Json::parse(std::ifstream(name)).at("bonds").at(0).at("peer_ltk");
    bed_.Do(bed_.central_, kCentralPath, "RemoveBonding", "ss",
            Json::array({kPeripheralAddress, "public"}));
    bed_.Await([&] {
      return bed_.LinkOf(kCentralPath).empty() &&
             bed_.LinkOf(kPeripheralPath).empty();
    });
    bed_.Link();
    uint64_t rand = 0;
    const std::vector<int> octets = Octets(ltk.at("rand"));
    for (size_t i = octets.size(); i > 0; --i) {
      rand = rand << 8 | static_cast<uint64_t>(octets[i - 1]);
    }
    return {{"Ltk", Octets(ltk.at("key"))},
            {"Ediv", ltk.at("ediv")},
            {"Rand", rand}};
  }

  Json Encrypted(const Json& options) {
    const auto call =
        bed_.Finish(bed_.central_, "Connection1.InitiateEncryption", "a{sv}",
                    Json::array({options}));
    EXPECT_FALSE(call->failed()) << call->message();
    return call->failed() ? Json() : call->values().at(0);
  }

  bool EncryptedAtThePeer() {
    return bed_.central_.Property(bed_.LinkOf(kPeripheralPath), kConnection,
                                  "Encrypted");
  }

  Bed bed_;
};

TEST_F(EncryptionKeyTest, OfSecureConnectionsHasNoName) {
  const Json key = KeyOfAPairing(Json::object());
  EXPECT_EQ(key["Ediv"], 0);
  EXPECT_EQ(key["Rand"], 0);
  const Json result = Encrypted({{"Ltk", key["Ltk"]}});
  EXPECT_EQ(result["Encrypted"], true);
  EXPECT_EQ(result["SecurityLevel"], 2);
  EXPECT_EQ(result["KeySize"], 16);
  bed_.Await([&] { return EncryptedAtThePeer(); });
}

TEST_F(EncryptionKeyTest, OfLegacyPairingIsNamedByEdivAndRand) {
  Json key = KeyOfAPairing({{"SecureConnections", "off"}});
  EXPECT_NE(key["Rand"], 0);
  key["Level"] = 2;
  const Json result = Encrypted(key);
  EXPECT_EQ(result["Encrypted"], true);
  EXPECT_EQ(result["SecureConnections"], false);
  bed_.Await([&] { return EncryptedAtThePeer(); });
  // No bond comes of it.
  EXPECT_EQ(
      bed_.central_.Property(bed_.LinkOf(kCentralPath), kConnection, "Bond"),
      "/");
}

TEST_F(EncryptionKeyTest, OfAnotherNameIsMissing) {
  Json key = KeyOfAPairing({{"SecureConnections", "off"}});
  key["Rand"] = key["Rand"].get<uint64_t>() ^ 1;
  const auto call = bed_.Finish(bed_.central_, "Connection1.InitiateEncryption",
                                "a{sv}", Json::array({key}));
  EXPECT_EQ(call->error(), "org.bondd.Error.KeyMissing");
  EXPECT_FALSE(EncryptedAtThePeer());
}

}  // namespace
}  // namespace bondd::api::test
