#include "daemon/controller_record.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace bondd::daemon {
namespace {

namespace fs = std::filesystem;

class ControllerRecordTest : public testing::Test {
 protected:
  // hci0 as sysfs would have it, on this device.
  std::string RecordOn(const std::string& device) {
    const fs::path hardware = folder_.path() / device;
    fs::create_directories(hardware / "bluetooth" / "hci0");
    fs::create_directory_symlink(hardware,
                                 hardware / "bluetooth" / "hci0" / "device");
    return Record(hardware / "bluetooth" / "hci0");
  }
  std::string Record(const fs::path& hci0) {
    fs::remove_all(devices_);
    fs::create_directories(devices_);
    fs::create_directory_symlink(hci0, devices_ / "hci0");
    std::string record =
        RecordOf(*config::AdapterSpec::Parse("hci0"), 15, devices_);
    const std::string base = fs::canonical(folder_.path());
    if (record.starts_with(base)) record.erase(0, base.size());
    return record;
  }

  test::OpenFolder folder_;
  const fs::path devices_ = folder_.path() / "class";
};

TEST_F(ControllerRecordTest, IsThePlaceOfTheDeviceAndItsMaker) {
  EXPECT_EQ(RecordOn("devices/platform/fe201000.serial/serial0-0"),
            "/devices/platform/fe201000.serial/serial0-0, manufacturer 15");
}

TEST_F(ControllerRecordTest, IsTheSameWhateverNumberTheUsbBusHas) {
  const std::string first = RecordOn("pci0/usb1/1-4/1-4.2/1-4.2:1.0");
  EXPECT_EQ(first, "/pci0/usb/4/4.2/4.2:1.0, manufacturer 15");
  EXPECT_EQ(RecordOn("pci0/usb12/12-4/12-4.2/12-4.2:1.0"), first);
  EXPECT_NE(RecordOn("pci0/usb1/1-3/1-3:1.0"), first);
}

TEST_F(ControllerRecordTest, IsTheFolderOfADeviceWithoutHardware) {
  const fs::path hci0 = folder_.path() / "virtual/bluetooth/hci7";
  fs::create_directories(hci0);
  EXPECT_EQ(Record(hci0), "/virtual/bluetooth, manufacturer 15");
}

TEST_F(ControllerRecordTest, IsTheSpecWhereNothingElseIsKnown) {
  for (const char* spec : {"hci0", "unix:/run/radio", "tcp:box:4000", "sim"}) {
    EXPECT_EQ(
        RecordOf(*config::AdapterSpec::Parse(spec), 2, folder_.path() / "none"),
        std::string(spec) + ", manufacturer 2");
  }
}

}  // namespace
}  // namespace bondd::daemon
