// The numbers of the Host Controller Interface, only those that are used here
// or in sim/.

#ifndef BONDD_HCI_SPEC_H_
#define BONDD_HCI_SPEC_H_

#include <cstddef>
#include <cstdint>

namespace bondd::hci {

// [Vol 4, Part E] 7.1, 7.3, 7.4, 7.8. The value is OGF << 10 | OCF.
enum class Opcode : uint16_t {
  // What a controller that only returns credits puts in its event.
  kNone = 0x0000,
  kDisconnect = 0x0406,
  kReadRemoteVersion = 0x041D,
  kSetEventMask = 0x0C01,
  kReset = 0x0C03,
  kReadTransmitPowerLevel = 0x0C2D,
  kReadLeHostSupport = 0x0C6C,
  kWriteLeHostSupport = 0x0C6D,
  kReadLocalVersion = 0x1001,
  kReadLocalSupportedCommands = 0x1002,
  kReadLocalSupportedFeatures = 0x1003,
  kReadLocalExtendedFeatures = 0x1004,
  kReadBufferSize = 0x1005,
  kReadBdAddr = 0x1009,
  kReadRssi = 0x1405,
  kLeSetEventMask = 0x2001,
  kLeReadBufferSize = 0x2002,
  kLeReadLocalSupportedFeatures = 0x2003,
  kLeSetRandomAddress = 0x2005,
  kLeSetAdvertisingParameters = 0x2006,
  kLeReadAdvertisingTxPower = 0x2007,
  kLeSetAdvertisingData = 0x2008,
  kLeSetScanResponseData = 0x2009,
  kLeSetAdvertisingEnable = 0x200A,
  kLeSetScanParameters = 0x200B,
  kLeSetScanEnable = 0x200C,
  kLeCreateConnection = 0x200D,
  kLeCreateConnectionCancel = 0x200E,
  kLeReadFilterAcceptListSize = 0x200F,
  kLeClearFilterAcceptList = 0x2010,
  kLeAddToFilterAcceptList = 0x2011,
  kLeRemoveFromFilterAcceptList = 0x2012,
  kLeConnectionUpdate = 0x2013,
  kLeSetHostChannelClassification = 0x2014,
  kLeReadChannelMap = 0x2015,
  kLeReadRemoteFeatures = 0x2016,
  kLeEncrypt = 0x2017,
  kLeRand = 0x2018,
  kLeEnableEncryption = 0x2019,
  kLeLongTermKeyRequestReply = 0x201A,
  kLeLongTermKeyRequestNegativeReply = 0x201B,
  kLeReadSupportedStates = 0x201C,
  kLeRemoteConnectionParameterReply = 0x2020,
  kLeRemoteConnectionParameterNegativeReply = 0x2021,
  kLeSetDataLength = 0x2022,
  kLeReadSuggestedDefaultDataLength = 0x2023,
  kLeWriteSuggestedDefaultDataLength = 0x2024,
  kLeAddToResolvingList = 0x2027,
  kLeRemoveFromResolvingList = 0x2028,
  kLeClearResolvingList = 0x2029,
  kLeReadResolvingListSize = 0x202A,
  kLeSetAddressResolutionEnable = 0x202D,
  kLeSetResolvablePrivateAddressTimeout = 0x202E,
  kLeReadMaximumDataLength = 0x202F,
};

// [Vol 4, Part E] 7.7
enum class EventCode : uint8_t {
  kDisconnectionComplete = 0x05,
  kEncryptionChange = 0x08,
  kReadRemoteVersionComplete = 0x0C,
  kCommandComplete = 0x0E,
  kCommandStatus = 0x0F,
  kHardwareError = 0x10,
  kNumberOfCompletedPackets = 0x13,
  kDataBufferOverflow = 0x1A,
  kEncryptionKeyRefreshComplete = 0x30,
  kLeMeta = 0x3E,
};

// [Vol 4, Part E] 7.7.65
enum class LeSubevent : uint8_t {
  kConnectionComplete = 0x01,
  kAdvertisingReport = 0x02,
  kConnectionUpdateComplete = 0x03,
  kReadRemoteFeaturesComplete = 0x04,
  kLongTermKeyRequest = 0x05,
  kRemoteConnectionParameterRequest = 0x06,
  kDataLengthChange = 0x07,
  kEnhancedConnectionComplete = 0x0A,
};

// [Vol 1, Part F] 1.3
enum class HciError : uint8_t {
  kSuccess = 0x00,
  kUnknownCommand = 0x01,
  kUnknownConnectionIdentifier = 0x02,
  kHardwareFailure = 0x03,
  kPinOrKeyMissing = 0x06,
  kMemoryCapacityExceeded = 0x07,
  kConnectionTimeout = 0x08,
  kConnectionLimitExceeded = 0x09,
  kConnectionAlreadyExists = 0x0B,
  kCommandDisallowed = 0x0C,
  kUnsupportedFeatureOrParameter = 0x11,
  kInvalidParameters = 0x12,
  kRemoteUserTerminatedConnection = 0x13,
  kTerminatedByLocalHost = 0x16,
  kUnsupportedRemoteFeature = 0x1A,
  kUnspecifiedError = 0x1F,
  kLinkLayerResponseTimeout = 0x22,
  kLinkLayerCollision = 0x23,
  kUnacceptableConnectionParameters = 0x3B,
  kAdvertisingTimeout = 0x3C,
  kMicFailure = 0x3D,
  kConnectionFailedToBeEstablished = 0x3E,
};

constexpr uint64_t Bit(unsigned number) { return uint64_t{1} << number; }

// [Vol 4, Part E] 7.3.1: bits of Event_Mask.
inline constexpr uint64_t kEventMask =
    Bit(4) |   // Disconnection Complete
    Bit(7) |   // Encryption Change
    Bit(15) |  // Hardware Error
    Bit(47) |  // Encryption Key Refresh Complete
    Bit(61);   // LE Meta

// [Vol 4, Part E] 7.8.1: bits of LE_Event_Mask.
inline constexpr uint64_t kLeMaskConnectionComplete = Bit(0);
inline constexpr uint64_t kLeMaskAdvertisingReport = Bit(1);
inline constexpr uint64_t kLeMaskLongTermKeyRequest = Bit(4);
inline constexpr uint64_t kLeMaskRemoteConnectionParameterRequest = Bit(5);
inline constexpr uint64_t kLeMaskEnhancedConnectionComplete = Bit(9);

// [Vol 2, Part C] 3.3: bits of LMP_Features page 0.
inline constexpr uint64_t kLmpBrEdrNotSupported = Bit(37);
inline constexpr uint64_t kLmpLeSupported = Bit(38);
inline constexpr uint64_t kLmpExtendedFeatures = Bit(63);

// [Vol 6, Part B] 4.6: bits of LE_Features.
inline constexpr uint64_t kLeFeatureEncryption = Bit(0);
inline constexpr uint64_t kLeFeatureConnectionParametersRequest = Bit(1);
inline constexpr uint64_t kLeFeatureExtendedReject = Bit(2);
inline constexpr uint64_t kLeFeaturePeripheralFeaturesExchange = Bit(3);
inline constexpr uint64_t kLeFeatureDataLengthExtension = Bit(5);
inline constexpr uint64_t kLeFeaturePrivacy = Bit(6);

// [Vol 4, Part E] 5.4.2: the largest connection handle.
inline constexpr uint16_t kMaxConnectionHandle = 0x0EFF;

// [Vol 4, Part E] 7.8.5: Own_Address_Type and LE Create Connection's
// Peer_Address_Type share these values.
inline constexpr uint8_t kAddressTypePublic = 0x00;
inline constexpr uint8_t kAddressTypeRandom = 0x01;

inline constexpr size_t kMaxAdvertisingDataLength = 31;

// [Vol 6, Part B] 2.4: what every LE link layer can carry in one PDU.
inline constexpr uint16_t kMinAclDataLength = 27;

}  // namespace bondd::hci

#endif  // BONDD_HCI_SPEC_H_
