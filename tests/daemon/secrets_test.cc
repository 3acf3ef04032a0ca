// Where a key or a passkey must never be found: the log, the objects on the
// bus, the files, a core dump.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

std::string Read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// All strings of `value`, at any depth, that spell 16 octets.
void CollectKeys(const Json& value, std::vector<std::string>& keys) {
  if (value.is_structured()) {
    for (const Json& part : value) CollectKeys(part, keys);
    return;
  }
  if (!value.is_string()) return;
  const auto text = value.get<std::string>();
  if (text.size() == 32 &&
      text.find_first_not_of("0123456789abcdef") == text.npos) {
    keys.push_back(text);
  }
}

std::string OctetsOf(const std::string& hex) {
  std::string octets;
  for (size_t i = 0; i < hex.size(); i += 2) {
    octets += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return octets;
}

// A key in each way that it might be written down.
std::vector<std::string> WaysToWrite(const std::string& hex) {
  const std::string octets = OctetsOf(hex);
  std::vector<std::string> ways;
  for (const std::string& order :
       {octets, std::string(octets.rbegin(), octets.rend())}) {
    ways.push_back(order);
    for (const char* format : {"{:02x}", "{:02X}"}) {
      for (const char* between : {"", " ", ":"}) {
        std::string text;
        for (const char octet : order) {
          if (!text.empty()) text += between;
          text += fmt::format(fmt::runtime(format),
                              static_cast<unsigned char>(octet));
        }
        ways.push_back(text);
      }
    }
  }
  return ways;
}

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
      CollectKeys(Json::parse(Read(path)), keys);
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

TEST_F(SecretsTest, KeysAreInNoLogFileOrObject) {
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
    ExpectNoneIn(keys, Read(entry.path()), entry.path().filename());
  }
  EXPECT_GE(files, 3u);
}

TEST_F(SecretsTest, PasskeyIsInNoLogOrObject) {
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

// Also where whoever starts it would have cores.
class CoreDumpTest : public PairTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(getrlimit(RLIMIT_CORE, &before_), 0);
    rlimit all = before_;
    all.rlim_cur = all.rlim_max;
    ASSERT_EQ(setrlimit(RLIMIT_CORE, &all), 0);
    PairTest::SetUp();
  }
  void TearDown() override { setrlimit(RLIMIT_CORE, &before_); }

  rlimit before_{};
};

TEST_F(CoreDumpTest, IsForbiddenWhateverTheLimitOfWhoeverStartsIt) {
  const std::string limits =
      Read(fmt::format("/proc/{}/limits", bondd_->pid()));
  const size_t at = limits.find("Max core file size");
  ASSERT_NE(at, limits.npos);
  std::istringstream line(limits.substr(at + 18));
  std::string soft;
  std::string hard;
  line >> soft >> hard;
  EXPECT_EQ(soft, "0");
  EXPECT_EQ(hard, "0");
}

}  // namespace
}  // namespace bondd::daemon::test
