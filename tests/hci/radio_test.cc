// Advertising, scanning and own addresses, through Controller.

#include "hci/radio.h"

#include <gmock/gmock.h>

#include "tests/hci/controller_fixture.h"

namespace bondd::hci::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kDisallowed = static_cast<uint8_t>(HciError::kCommandDisallowed);

class RadioTest : public ControllerTest {
 protected:
  void Advertise(const AdvertisingParameters& parameters = {}) {
    ASSERT_TRUE(controller_.StartAdvertising(parameters, now_).has_value());
    Run();
  }
  void Scan(const ScanParameters& parameters = {}) {
    ASSERT_TRUE(controller_.StartScan(parameters, now_).has_value());
    Run();
  }
  void SetRandomAddress(const DeviceAddress& address = OwnRandomAddress()) {
    controller_.SetRandomAddress(address, now_);
    Run();
  }
  // Of the last command of this kind since the last look.
  Bytes ParametersOf(Opcode opcode) {
    Bytes found;
    for (WrittenCommand& command : fake_.TakeCommands()) {
      if (command.opcode == opcode) found = std::move(command.parameters);
    }
    EXPECT_FALSE(found.empty());
    return found;
  }
  uint8_t AdvertisingTypeOf(const AdvertisingParameters& parameters) {
    Advertise(parameters);
    const Bytes told = ParametersOf(Opcode::kLeSetAdvertisingParameters);
    Reader reader(told);
    reader.U32();  // both intervals
    return reader.U8();
  }
};

// [Vol 4, Part E] 7.8.5
constexpr uint8_t kAdvInd = 0;
constexpr uint8_t kAdvScanInd = 2;
constexpr uint8_t kAdvNonconnInd = 3;

AdvertisingParameters WithData() {
  AdvertisingParameters parameters;
  parameters.data = {0x02, 0x01, 0x06};
  parameters.scan_response = {0x03, 0x09, 'b', 'd'};
  return parameters;
}

AdvertisingParameters NonConnectable() {
  AdvertisingParameters parameters;
  parameters.connectable = false;
  return parameters;
}

TEST_F(RadioTest, TellsTheControllerAllOfAdvertisingBeforeItEnablesIt) {
  StartUp();
  Advertise();
  EXPECT_THAT(
      fake_.TakeOpcodes(),
      ElementsAre(Opcode::kLeSetAdvertisingParameters,
                  Opcode::kLeSetAdvertisingData, Opcode::kLeSetScanResponseData,
                  Opcode::kLeSetAdvertisingEnable));
  EXPECT_TRUE(fake_.advertising());
}

TEST_F(RadioTest, TellsTheAdvertisingIntervalInUnitsOf625Microseconds) {
  StartUp();
  AdvertisingParameters parameters;
  parameters.interval = milliseconds(100);
  Advertise(parameters);
  const Bytes told = ParametersOf(Opcode::kLeSetAdvertisingParameters);
  Reader reader(told);
  EXPECT_EQ(reader.U16(), 160);
  EXPECT_EQ(reader.U16(), 160);
}

TEST_F(RadioTest, PadsAdvertisingDataToItsFixedLength) {
  StartUp();
  Advertise(WithData());
  const Bytes parameters = ParametersOf(Opcode::kLeSetAdvertisingData);
  Reader reader(parameters);
  const uint8_t length = reader.U8();
  const ByteView data = reader.Take(length);
  EXPECT_EQ(Bytes(data.begin(), data.end()), WithData().data);
  EXPECT_EQ(parameters.size(), 32u);
}

TEST_F(RadioTest, ChoosesTheAdvertisingTypeByWhatIsAskedFor) {
  StartUp();
  EXPECT_EQ(AdvertisingTypeOf({}), kAdvInd);
  EXPECT_EQ(AdvertisingTypeOf(NonConnectable()), kAdvNonconnInd);
  AdvertisingParameters scannable = NonConnectable();
  scannable.scan_response = WithData().scan_response;
  EXPECT_EQ(AdvertisingTypeOf(scannable), kAdvScanInd);
}

TEST_F(RadioTest, RefusesAdvertisingParametersOutOfRangeWithNothingDone) {
  StartUp();
  AdvertisingParameters too_fast;
  too_fast.interval = milliseconds(19);
  AdvertisingParameters too_slow;
  too_slow.interval = milliseconds(10241);
  AdvertisingParameters too_long;
  too_long.data = Bytes(32);
  AdvertisingParameters response_too_long;
  response_too_long.scan_response = Bytes(32);
  for (const auto& parameters :
       {too_fast, too_slow, too_long, response_too_long}) {
    const auto started = controller_.StartAdvertising(parameters, now_);
    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(started.error().code, ErrorCode::kInvalidArgument);
  }
  Run();
  EXPECT_THAT(fake_.TakeOpcodes(), IsEmpty());
}

TEST_F(RadioTest, RefusesScanParametersOutOfRangeWithNothingDone) {
  StartUp();
  const ScanParameters too_fast{false, milliseconds(2), milliseconds(2)};
  const ScanParameters too_slow{false, milliseconds(10241), milliseconds(3)};
  const ScanParameters wide{false, milliseconds(60), milliseconds(61)};
  for (const auto& parameters : {too_fast, too_slow, wide}) {
    const auto started = controller_.StartScan(parameters, now_);
    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(started.error().code, ErrorCode::kInvalidArgument);
  }
  Run();
  EXPECT_THAT(fake_.TakeOpcodes(), IsEmpty());
}

TEST_F(RadioTest, RefusesWhatTheControllerHasNoCommandsFor) {
  fake_.SetSupported(Opcode::kLeSetAdvertisingEnable, false);
  fake_.SetSupported(Opcode::kLeSetScanEnable, false);
  StartUp();
  EXPECT_EQ(controller_.StartAdvertising({}, now_).error().code,
            ErrorCode::kNotSupported);
  EXPECT_EQ(controller_.StartScan({}, now_).error().code,
            ErrorCode::kNotSupported);
}

TEST_F(RadioTest, RefusesToStartBeforeTheControllerIsReady) {
  EXPECT_EQ(controller_.StartAdvertising({}, now_).error().code,
            ErrorCode::kClosed);
  EXPECT_EQ(controller_.StartScan({}, now_).error().code, ErrorCode::kClosed);
}

TEST_F(RadioTest, StopsAdvertising) {
  StartUp();
  Advertise();
  fake_.TakeCommands();
  controller_.StopAdvertising(now_);
  Run();
  EXPECT_THAT(fake_.TakeOpcodes(),
              ElementsAre(Opcode::kLeSetAdvertisingEnable));
  EXPECT_FALSE(fake_.advertising());
}

TEST_F(RadioTest, ChangesAdvertisingThatIsOn) {
  StartUp();
  Advertise();
  fake_.TakeCommands();
  Advertise(WithData());
  EXPECT_THAT(
      fake_.TakeOpcodes(),
      ElementsAre(Opcode::kLeSetAdvertisingEnable,
                  Opcode::kLeSetAdvertisingParameters,
                  Opcode::kLeSetAdvertisingData, Opcode::kLeSetScanResponseData,
                  Opcode::kLeSetAdvertisingEnable));
}

TEST_F(RadioTest, BeginsAnewWhenAdvertisingIsChangedHalfWayThrough) {
  StartUp();
  fake_.Hold(Opcode::kLeSetScanResponseData);
  Advertise();
  Advertise(WithData());
  fake_.TakeCommands();
  fake_.Release(Opcode::kLeSetScanResponseData);
  Run();
  EXPECT_EQ(ParametersOf(Opcode::kLeSetAdvertisingData)[0],
            WithData().data.size());
  EXPECT_TRUE(fake_.advertising());
}

TEST_F(RadioTest, StopsAdvertisingThatWasUnwantedWhileItWasBeingEnabled) {
  StartUp();
  fake_.Hold(Opcode::kLeSetAdvertisingEnable);
  Advertise();
  controller_.StopAdvertising(now_);
  fake_.Release(Opcode::kLeSetAdvertisingEnable);
  Run();
  EXPECT_FALSE(fake_.advertising());
  ExpectNoEvent();
}

TEST_F(RadioTest, ReportsAdvertisingThatTheControllerRefuses) {
  StartUp();
  fake_.Refuse(Opcode::kLeSetAdvertisingEnable, kDisallowed);
  Advertise();
  const auto stopped = TakeOnly<AdvertisingStopped>();
  EXPECT_EQ(stopped->error.code, ErrorCode::kIo);
  EXPECT_NE(stopped->error.message.find("Command Disallowed (0x0C)"),
            std::string::npos);
}

TEST_F(RadioTest, ReportsAScanThatTheControllerRefuses) {
  StartUp();
  fake_.Refuse(Opcode::kLeSetScanParameters, kDisallowed);
  Scan();
  EXPECT_EQ(TakeOnly<ScanStopped>()->error.code, ErrorCode::kIo);
}

// After a link ----------------------------------------------------------------

TEST_F(RadioTest, ResumesAdvertisingAfterALinkCameUp) {
  StartUp();
  Advertise();
  fake_.ConnectAsPeripheral(kHandle, PeerAddress());
  Run();
  EXPECT_TRUE(fake_.advertising());
}

TEST_F(RadioTest, DoesNotResumeAdvertisingThatIsNoLongerWanted) {
  StartUp();
  Advertise();
  fake_.Hold(Opcode::kLeSetAdvertisingEnable);
  controller_.StopAdvertising(now_);
  fake_.ConnectAsPeripheral(kHandle, PeerAddress());
  fake_.Release(Opcode::kLeSetAdvertisingEnable);
  Run();
  EXPECT_FALSE(fake_.advertising());
}

TEST_F(RadioTest, ResumesAfterTheLinkWhereBothAtOnceAreNotSupported) {
  fake_.le_states = kNoCombinations;
  StartUp();
  BringUpPeripheralLink();
  EXPECT_FALSE(fake_.advertising());
  fake_.SendEvent(DisconnectionCompleteEvent(kHandle, 0x13));
  Run();
  EXPECT_TRUE(fake_.advertising());
}

TEST_F(RadioTest, ResumesAfterTheLinkWhereTheControllerRefusesBothAtOnce) {
  StartUp();
  Advertise();
  fake_.Refuse(Opcode::kLeSetAdvertisingEnable, kDisallowed);
  fake_.ConnectAsPeripheral(kHandle, PeerAddress());
  Run();
  EXPECT_TRUE(TakeOnly<LinkUp>().has_value());
  fake_.Accept(Opcode::kLeSetAdvertisingEnable);
  fake_.SendEvent(DisconnectionCompleteEvent(kHandle, 0x13));
  Run();
  EXPECT_TRUE(fake_.advertising());
}

// Scanning --------------------------------------------------------------------

TEST_F(RadioTest, ScansAndReportsWhatItHears) {
  StartUp();
  Scan();
  EXPECT_THAT(fake_.TakeOpcodes(), ElementsAre(Opcode::kLeSetScanParameters,
                                               Opcode::kLeSetScanEnable));
  fake_.SendEvent(
      AdvertisingReportEvent(OtherPeerAddress(), WithData().data, -60));
  Run();
  const auto report = TakeOnly<AdvertisingReport>();
  EXPECT_EQ(report->address, OtherPeerAddress());
  EXPECT_EQ(report->data, WithData().data);
  EXPECT_EQ(report->rssi, -60);
}

TEST_F(RadioTest, TellsTheScanParametersAsTheyWereAskedFor) {
  StartUp();
  Scan({true, milliseconds(60), milliseconds(30)});
  const Bytes told = ParametersOf(Opcode::kLeSetScanParameters);
  Reader reader(told);
  EXPECT_EQ(reader.U8(), 1);
  EXPECT_EQ(reader.U16(), 96);
  EXPECT_EQ(reader.U16(), 48);
}

TEST_F(RadioTest, DropsReportsThatNobodyWants) {
  StartUp();
  fake_.SendEvent(AdvertisingReportEvent(PeerAddress(), {}, -60));
  Run();
  ExpectNoEvent();
}

TEST_F(RadioTest, StopsScanning) {
  StartUp();
  Scan();
  controller_.StopScan(now_);
  Run();
  EXPECT_FALSE(fake_.scanning());
}

// At the same time
// --------------------------------------------------------------

TEST_F(RadioTest, ScansAndAdvertisesAtOnceWhereTheControllerCan) {
  StartUp();
  Advertise();
  Scan();
  EXPECT_TRUE(fake_.advertising());
  EXPECT_TRUE(fake_.scanning());
}

TEST_F(RadioTest, PausesAdvertisingForAScanWhereTheControllerCantDoBoth) {
  fake_.le_states = kNoCombinations;
  StartUp();
  Advertise();
  Scan();
  EXPECT_FALSE(fake_.advertising());
  EXPECT_TRUE(fake_.scanning());
  controller_.StopScan(now_);
  Run();
  EXPECT_TRUE(fake_.advertising());
}

TEST_F(RadioTest, PausesAllForInitiatingWhereTheControllerCantCombine) {
  fake_.le_states = kNoCombinations;
  StartUp();
  Advertise();
  Scan();
  fake_.TakeCommands();
  controller_.Connect(PeerAddress(), kTimeout, now_);
  Run();
  EXPECT_THAT(fake_.TakeOpcodes(), ElementsAre(Opcode::kLeSetScanEnable,
                                               Opcode::kLeCreateConnection));
  EXPECT_FALSE(fake_.scanning());
  fake_.FailConnection(0x3E);
  Run();
  EXPECT_TRUE(TakeOnly<ConnectFailed>().has_value());
  EXPECT_TRUE(fake_.scanning());
}

TEST_F(RadioTest, ScansAndInitiatesAtOnceWhereTheControllerCan) {
  StartUp();
  Scan();
  controller_.Connect(PeerAddress(), kTimeout, now_);
  Run();
  EXPECT_TRUE(fake_.scanning());
  EXPECT_TRUE(fake_.initiating());
}

TEST_F(RadioTest, BelievesARefusalMoreThanTheReportedStates) {
  StartUp();
  Advertise();
  fake_.Hold(Opcode::kLeCreateConnection);
  controller_.Connect(PeerAddress(), kTimeout, now_);
  Run();
  fake_.Refuse(Opcode::kLeCreateConnection, kDisallowed);
  fake_.Release(Opcode::kLeCreateConnection);
  fake_.Hold(Opcode::kLeSetAdvertisingEnable);
  Run();
  fake_.Accept(Opcode::kLeCreateConnection);
  fake_.Release(Opcode::kLeSetAdvertisingEnable);
  Run();
  EXPECT_FALSE(fake_.advertising());
  EXPECT_TRUE(fake_.initiating());
  ExpectNoEvent();
}

// Own addresses
// -------------------------------------------------------------------

TEST_F(RadioTest, NeedsAnAddressBeforeAnythingElse) {
  fake_.public_address = DeviceAddress();
  StartUp();
  EXPECT_EQ(controller_.StartAdvertising({}, now_).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(controller_.StartScan({}, now_).error().code,
            ErrorCode::kInvalidArgument);
  controller_.Connect(PeerAddress(), kTimeout, now_);
  Run();
  EXPECT_EQ(TakeOnly<ConnectFailed>()->error.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(fake_.TakeOpcodes(), IsEmpty());
}

TEST_F(RadioTest, SetsTheRandomAddressBeforeItIsUsed) {
  fake_.public_address = DeviceAddress();
  StartUp();
  SetRandomAddress();
  EXPECT_EQ(fake_.random_address(), OwnRandomAddress());
  Advertise();
  const Bytes told = ParametersOf(Opcode::kLeSetAdvertisingParameters);
  Reader reader(told);
  reader.Take(5);  // intervals, type
  EXPECT_EQ(reader.U8(), kAddressTypeRandom);
}

TEST_F(RadioTest, ReportsTheAddressThatWasOnTheAirWithTheLink) {
  StartUp();
  SetRandomAddress();
  Advertise();
  fake_.ConnectAsPeripheral(kHandle, OtherPeerAddress());
  Run();
  const auto up = TakeOnly<LinkUp>();
  EXPECT_EQ(up->local, OwnRandomAddress());
  EXPECT_EQ(up->peer, OtherPeerAddress());
}

TEST_F(RadioTest, PausesEverythingToChangeTheRandomAddress) {
  StartUp();
  Advertise();
  Scan();
  controller_.Connect(PeerAddress(), kTimeout, now_);
  Run();
  // The fake controller notes a violation if anything is on at that time.
  SetRandomAddress();
  EXPECT_EQ(fake_.random_address(), OwnRandomAddress());
  EXPECT_TRUE(fake_.advertising());
  EXPECT_TRUE(fake_.scanning());
  EXPECT_TRUE(fake_.initiating());
  ExpectNoEvent();
}

TEST_F(RadioTest, DoesNothingWhenTheRandomAddressIsTheSame) {
  StartUp();
  SetRandomAddress();
  Advertise();
  fake_.TakeCommands();
  SetRandomAddress();
  EXPECT_THAT(fake_.TakeOpcodes(), IsEmpty());
}

TEST_F(RadioTest, TakesTheLastOfSeveralRandomAddresses) {
  StartUp();
  fake_.Hold(Opcode::kLeSetRandomAddress);
  SetRandomAddress(OtherPeerAddress());
  SetRandomAddress(OwnRandomAddress());
  fake_.Release(Opcode::kLeSetRandomAddress);
  Run();
  EXPECT_EQ(fake_.random_address(), OwnRandomAddress());
}

TEST_F(RadioTest, GivesUpOnAControllerThatRefusesTheRandomAddress) {
  StartUp();
  fake_.Refuse(Opcode::kLeSetRandomAddress, kDisallowed);
  SetRandomAddress();
  EXPECT_EQ(TakeOnly<Lost>()->error.code, ErrorCode::kIo);
}

}  // namespace
}  // namespace bondd::hci::testing
