#include "daemon/scan_results.h"

#include <gtest/gtest.h>

#include "tests/daemon/find_value.h"

namespace bondd::daemon {
namespace {

constexpr uint8_t kAdvInd = 0;
constexpr uint8_t kAdvNonconnInd = 3;
constexpr uint8_t kScanRsp = 4;
constexpr int8_t kRssi = -40;
constexpr size_t kMaxDevices = 256;

DeviceAddress Address(size_t number) {
  DeviceAddress address;
  address.octets[0] = static_cast<uint8_t>(number);
  address.octets[1] = static_cast<uint8_t>(number >> 8);
  return address;
}

hci::AdvertisingReport Report(size_t number, Bytes data = {},
                              uint8_t type = kAdvInd) {
  return {type, Address(number), std::move(data), kRssi};
}

Time At(int seconds) { return Time() + std::chrono::seconds(seconds); }

std::string NameIn(const dbus::Dictionary& dictionary) {
  const dbus::Value* name = test::FindValue(dictionary, "Name");
  return name == nullptr ? "" : std::get<std::string>(*name);
}

TEST(ScanResultsTest, FirstReportOfADeviceIsNews) {
  ScanResults results;
  EXPECT_TRUE(results.Add(Report(1), At(0)));
  EXPECT_FALSE(results.Add(Report(1), At(1)));
  EXPECT_EQ(results.List().size(), 1u);
}

TEST(ScanResultsTest, OtherAdvertisingDataIsNews) {
  ScanResults results;
  results.Add(Report(1, MakeAdvertisingData("before")), At(0));
  EXPECT_TRUE(results.Add(Report(1, MakeAdvertisingData("after")), At(1)));
  EXPECT_EQ(NameIn(results.List().at(0)), "after");
}

TEST(ScanResultsTest, ScanResponseDoesNotTakeAwayTheAdvertisedName) {
  ScanResults results;
  results.Add(Report(1, MakeAdvertisingData("lamp")), At(0));
  EXPECT_FALSE(results.Add(Report(1, {}, kScanRsp), At(1)));
  EXPECT_EQ(NameIn(results.List().at(0)), "lamp");
}

TEST(ScanResultsTest, ForgetsTheDeviceHeardLongestAgoWhenFull) {
  ScanResults results;
  for (size_t i = 0; i < kMaxDevices; ++i) {
    results.Add(Report(i), At(static_cast<int>(i)));
  }
  // Heard again: now the second is the oldest.
  results.Add(Report(0), At(1000));
  results.Add(Report(kMaxDevices), At(1001));
  const auto list = results.List();
  EXPECT_EQ(list.size(), kMaxDevices);
  const auto holds = [&](size_t number) {
    for (const auto& device : list) {
      if (std::get<std::string>(*test::FindValue(device, "Address")) ==
          Address(number).ToString()) {
        return true;
      }
    }
    return false;
  };
  EXPECT_TRUE(holds(0));
  EXPECT_FALSE(holds(1));
  EXPECT_TRUE(holds(kMaxDevices));
}

TEST(ScanResultsTest, ClearForgetsAll) {
  ScanResults results;
  results.Add(Report(1), At(0));
  results.Clear();
  EXPECT_TRUE(results.List().empty());
  EXPECT_TRUE(results.Add(Report(1), At(1)));
}

TEST(ScanResultsTest, DescribesWhatWasHeard) {
  const Bytes data = MakeAdvertisingData("lamp");
  const auto device = ScanResults::Describe(Report(1, data));
  EXPECT_EQ(std::get<std::string>(*test::FindValue(device, "Address")),
            "00:00:00:00:00:01");
  EXPECT_EQ(std::get<std::string>(*test::FindValue(device, "AddressType")),
            "public");
  EXPECT_TRUE(std::get<bool>(*test::FindValue(device, "Connectable")));
  EXPECT_EQ(std::get<int16_t>(*test::FindValue(device, "Rssi")), kRssi);
  EXPECT_EQ(std::get<Bytes>(*test::FindValue(device, "Data")), data);
}

TEST(ScanResultsTest, LeavesOutWhatIsNotKnown) {
  hci::AdvertisingReport report = Report(1, {}, kAdvNonconnInd);
  report.rssi = 127;
  const auto device = ScanResults::Describe(report);
  EXPECT_EQ(test::FindValue(device, "Rssi"), nullptr);
  EXPECT_EQ(test::FindValue(device, "Name"), nullptr);
  EXPECT_FALSE(std::get<bool>(*test::FindValue(device, "Connectable")));
}

TEST(AdvertisingDataTest, CarriesANameThatFits) {
  EXPECT_EQ(NameInAdvertisingData(MakeAdvertisingData("lamp")), "lamp");
}

TEST(AdvertisingDataTest, CutsALongNameAtThirtyOneOctets) {
  const std::string name(60, 'n');
  const Bytes data = MakeAdvertisingData(name);
  EXPECT_EQ(data.size(), 31u);
  EXPECT_EQ(NameInAdvertisingData(data), std::string(26, 'n'));
}

TEST(AdvertisingDataTest, NoNameGivesFlagsAlone) {
  const Bytes data = MakeAdvertisingData("");
  EXPECT_EQ(data.size(), 3u);
  EXPECT_EQ(NameInAdvertisingData(data), "");
}

TEST(AdvertisingDataTest, StopsAtAStructureLongerThanTheData) {
  Bytes data = MakeAdvertisingData("lamp");
  data.pop_back();
  EXPECT_EQ(NameInAdvertisingData(data), "");
}

TEST(AdvertisingDataTest, TakesNoNameThatCouldBreakTheBus) {
  Bytes data = MakeAdvertisingData("lamp");
  data.back() = 0xFF;
  EXPECT_EQ(NameInAdvertisingData(data), "");
  data.back() = 0x00;
  EXPECT_EQ(NameInAdvertisingData(data), "");
}

}  // namespace
}  // namespace bondd::daemon
