#include "cli/doctor_checks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/integration/process.h"

namespace bondd::cli {
namespace {

namespace fs = std::filesystem;

// A system in a folder.
class DoctorChecksTest : public testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) {
    fs::create_directories((root() / name).parent_path());
    std::ofstream(root() / name) << text;
  }
  const fs::path& root() const { return folder_.path(); }

  static void ExpectProblem(const Finding& finding, const std::string& remedy) {
    EXPECT_EQ(finding.verdict, Verdict::kProblem) << finding.detail;
    EXPECT_NE(finding.remedy.find(remedy), std::string::npos) << finding.remedy;
  }

 private:
  integration::TemporaryFolder folder_;
};

TEST_F(DoctorChecksTest, FindsThePolicyInEitherPlace) {
  ExpectProblem(CheckPolicy(root()), "--prefix=/usr");
  Write("etc/dbus-1/system.d/org.bondd.conf", "");
  EXPECT_EQ(CheckPolicy(root()).verdict, Verdict::kOk);
}

TEST_F(DoctorChecksTest, NoticesAConfigurationWithoutAdapter) {
  Write("etc/bondd/bondd.conf", "[Adapters]\n#Use=hci0\n");
  EXPECT_EQ(CheckConfiguration(root()).verdict, Verdict::kNote);
  Write("etc/bondd/bondd.conf.d/local.conf", "[Adapters]\nUse = hci0\n");
  EXPECT_EQ(CheckConfiguration(root()).verdict, Verdict::kOk);
}

TEST_F(DoctorChecksTest, WarnsOfBluetoothdUnlessItLeavesAdaptersAlone) {
  Write("proc/1/comm", "systemd\n");
  EXPECT_EQ(CheckBluetoothd(root()).verdict, Verdict::kOk);
  Write("proc/612/comm", "bluetoothd\n");
  ExpectProblem(CheckBluetoothd(root()), "AutoEnable=false");
  Write("etc/bluetooth/main.conf", "[Policy]\n#AutoEnable=true\n");
  EXPECT_EQ(CheckBluetoothd(root()).verdict, Verdict::kProblem);
  Write("etc/bluetooth/main.conf", "[Policy]\nAutoEnable = false\n");
  EXPECT_EQ(CheckBluetoothd(root()).verdict, Verdict::kNote);
}

TEST_F(DoctorChecksTest, FindsBlockedAdaptersOnly) {
  EXPECT_TRUE(CheckRfkill(root()).empty());
  const auto add = [&](const std::string& name, const std::string& type,
                       const std::string& soft, const std::string& hard) {
    const std::string folder = "sys/class/rfkill/" + name + "/";
    Write(folder + "name", name + "\n");
    Write(folder + "type", type + "\n");
    Write(folder + "soft", soft + "\n");
    Write(folder + "hard", hard + "\n");
  };
  add("rfkill0", "wlan", "1", "0");
  add("rfkill1", "bluetooth", "0", "0");
  add("rfkill2", "bluetooth", "1", "0");
  add("rfkill3", "bluetooth", "0", "1");
  const auto findings = CheckRfkill(root());
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_EQ(findings[0].verdict, Verdict::kOk);
  ExpectProblem(findings[1], "rfkill unblock bluetooth");
  ExpectProblem(findings[2], "switch");
}

TEST_F(DoctorChecksTest, ReadsTheDaemonsCapabilityAndStateDirectory) {
  Write("proc/77/status",
        "Name:\tbondd\nUid:\t991\t991\t991\t991\n"
        "CapEff:\t0000000000001000\n");
  Write("proc/77/cmdline", std::string("bondd\0--state-dir\0/srv/bonds\0", 28));
  DaemonProcess daemon = ReadDaemonProcess(root(), 77);
  EXPECT_EQ(daemon.state_directory, "/srv/bonds");
  Write("proc/78/cmdline", std::string("bondd\0--state-dir=/srv/more\0", 27));
  EXPECT_EQ(ReadDaemonProcess(root(), 78).state_directory, "/srv/more");
  EXPECT_EQ(daemon.uid, 991u);
  EXPECT_EQ(CheckCapability(daemon).verdict, Verdict::kOk);
  Write("proc/77/status", "CapEff:\t0000000000000000\n");
  ExpectProblem(CheckCapability(ReadDaemonProcess(root(), 77)),
                "AmbientCapabilities");
  EXPECT_EQ(CheckCapability(ReadDaemonProcess(root(), 78)).verdict,
            Verdict::kNote);
}

TEST_F(DoctorChecksTest, LooksAtTheStateDirectory) {
  const fs::path place = root() / "var/lib/bondd";
  ExpectProblem(CheckStateDirectory(root(), "", std::nullopt), "systemd");
  fs::create_directories(place);
  fs::permissions(place, fs::perms(0755));
  ExpectProblem(CheckStateDirectory(root(), "", std::nullopt), "chmod 700");
  fs::permissions(place, fs::perms(0700));
  EXPECT_EQ(CheckStateDirectory(root(), "", std::nullopt).verdict,
            Verdict::kOk);
  EXPECT_EQ(CheckStateDirectory(root(), place, getuid()).verdict, Verdict::kOk);
  ExpectProblem(CheckStateDirectory(root(), place, getuid() + 1), "chown");
}

TEST_F(DoctorChecksTest, SaysWhereTheSealingKeyLives) {
  EXPECT_NE(CheckSealingKey(root(), "").detail.find("none can be seen"),
            std::string::npos);
  Write("var/lib/bondd/bonds.key", "");
  EXPECT_EQ(CheckSealingKey(root(), "").verdict, Verdict::kNote);
  Write("etc/credstore.encrypted/bondd.key", "");
  EXPECT_EQ(CheckSealingKey(root(), "").verdict, Verdict::kOk);
}

TEST_F(DoctorChecksTest, ListsLocalAdaptersWithoutTheirLinks) {
  for (const char* name : {"hci0", "hci0:64", "hci1"}) {
    fs::create_directories(root() / "sys/class/bluetooth" / name);
  }
  EXPECT_EQ(LocalAdapters(root()), (std::vector<std::string>{"hci0", "hci1"}));
}

TEST_F(DoctorChecksTest, AdapterThatIsNotThereIsNotUp) {
  EXPECT_FALSE(IsUp("hci60000"));
  EXPECT_FALSE(IsUp("hci99999"));
}

}  // namespace
}  // namespace bondd::cli
