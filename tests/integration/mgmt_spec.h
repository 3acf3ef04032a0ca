// The numbers of the kernel's Bluetooth management interface, as far as the
// tests drive it. The names are those of its documentation.

#ifndef BONDD_TESTS_INTEGRATION_MGMT_SPEC_H_
#define BONDD_TESTS_INTEGRATION_MGMT_SPEC_H_

#include <cstdint>

namespace bondd::integration::mgmt {

inline constexpr uint16_t kNoIndex = 0xFFFF;

enum class Opcode : uint16_t {
  kReadIndexList = 0x0003,
  kReadControllerInformation = 0x0004,
  kSetPowered = 0x0005,
  kSetBondable = 0x0009,
  kSetLowEnergy = 0x000D,
  kLoadLongTermKeys = 0x0013,
  kDisconnect = 0x0014,
  kGetConnections = 0x0015,
  kSetIoCapability = 0x0018,
  kPairDevice = 0x0019,
  kCancelPairDevice = 0x001A,
  kUnpairDevice = 0x001B,
  kUserConfirmationReply = 0x001C,
  kUserConfirmationNegativeReply = 0x001D,
  kUserPasskeyReply = 0x001E,
  kUserPasskeyNegativeReply = 0x001F,
  kSetAdvertising = 0x0029,
  kSetBrEdr = 0x002A,
  kSetSecureConnections = 0x002D,
  kSetPrivacy = 0x002F,
  kLoadIdentityResolvingKeys = 0x0030,
  kGetConnectionInformation = 0x0031,
  kAddDevice = 0x0033,
  kRemoveDevice = 0x0034,
  kSetDefaultSystemConfiguration = 0x004C,
  // Not the kernel's: the relay in the guest (tests/vm/peer.cc) acts on these
  // itself, attaching the console to the kernel as a Bluetooth UART.
  kRelayAttach = 0xFF01,
  kRelayDetach = 0xFF02,
};

enum class EventCode : uint16_t {
  kCommandComplete = 0x0001,
  kCommandStatus = 0x0002,
  kIndexAdded = 0x0004,
  kIndexRemoved = 0x0005,
  kNewLongTermKey = 0x000A,
  kDeviceConnected = 0x000B,
  kDeviceDisconnected = 0x000C,
  kConnectFailed = 0x000D,
  kUserConfirmationRequest = 0x000F,
  kUserPasskeyRequest = 0x0010,
  kAuthenticationFailed = 0x0011,
  kPasskeyNotify = 0x0017,
  kNewIdentityResolvingKey = 0x0018,
  kNewSignatureResolvingKey = 0x0019,
};

enum class Status : uint8_t {
  kSuccess = 0x00,
  kNotConnected = 0x02,
  kFailed = 0x03,
  kConnectFailed = 0x04,
  kAuthenticationFailed = 0x05,
  kTimeout = 0x08,
  kCancelled = 0x10,
  kInvalidIndex = 0x11,
  // Not one of the kernel's: the reply has not come.
  kNone = 0xFF,
};

// The first bits of "current settings".
inline constexpr uint32_t kSettingPowered = 1u << 0;

// Advertising that can be connected to, whatever the setting Connectable is.
inline constexpr uint8_t kAdvertiseConnectable = 0x02;

// Set Default System Configuration: some of its values, two octets each, the
// intervals in units of 0.625 ms and 1.25 ms.
enum class SystemConfiguration : uint16_t {
  kAdvertisingMinInterval = 0x000A,
  kAdvertisingMaxInterval = 0x000B,
  kConnectionMinInterval = 0x0017,
  kConnectionMaxInterval = 0x0018,
};

// Add Device: connect whenever the device advertises.
inline constexpr uint8_t kActionAutoConnect = 0x02;

enum class LongTermKeyType : uint8_t {
  kUnauthenticated = 0,
  kAuthenticated = 1,
  kUnauthenticatedP256 = 2,
  kAuthenticatedP256 = 3,
  kDebugP256 = 4,
};

enum class SecureConnections : uint8_t { kOff = 0, kOn = 1, kOnly = 2 };

}  // namespace bondd::integration::mgmt

#endif  // BONDD_TESTS_INTEGRATION_MGMT_SPEC_H_
