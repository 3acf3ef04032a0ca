// A daemon that does what a test tells it.

#ifndef BONDD_TESTS_DBUS_MOCK_OPERATIONS_H_
#define BONDD_TESTS_DBUS_MOCK_OPERATIONS_H_

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "dbus/operations.h"

namespace bondd::dbus::test {

// Used strict, so that a call that should have been refused fails its test.
class MockOperations : public Operations {
 public:
  // Each mocked method adds to both, so they are compiled once.
  MockOperations();
  ~MockOperations() override;

  MOCK_METHOD(ApiResult<Dictionary>, Predict,
              (const smp::PairingOptions&, const smp::PairingOptions&),
              (override));

  MOCK_METHOD(void, Connect,
              (CallId, const Caller&, const std::string&, const DeviceAddress&,
               const ConnectOptions&),
              (override));
  MOCK_METHOD(void, InitiatePairing,
              (CallId, const Caller&, const std::string&, const DeviceAddress&,
               smp::PairingOptions),
              (override));
  MOCK_METHOD(void, RemoveBonding,
              (CallId, const std::string&, const DeviceAddress&), (override));
  MOCK_METHOD(void, RemoveAllBonds, (CallId, const std::string&), (override));
  MOCK_METHOD(void, Trust, (CallId, const Caller&, const std::string&),
              (override));
  MOCK_METHOD(void, ExportBonds,
              (CallId, const Caller&, const std::string&, UniqueFd, BondFormat,
               const ExportOptions&),
              (override));
  MOCK_METHOD(void, ImportBonds,
              (CallId, const Caller&, const std::string&, UniqueFd, BondFormat,
               const ImportOptions&),
              (override));
  MOCK_METHOD(ApiResult<void>, AcceptPairing,
              (const Caller&, const std::string&, ArmOptions), (override));
  MOCK_METHOD(ApiResult<void>, CancelAcceptPairing,
              (const Caller&, const std::string&), (override));
  MOCK_METHOD(ApiResult<void>, StartAdvertising,
              (const std::string&, const AdvertisingOptions&), (override));
  MOCK_METHOD(ApiResult<void>, StopAdvertising, (const std::string&),
              (override));
  MOCK_METHOD(ApiResult<void>, StartScan,
              (const std::string&, const ScanOptions&), (override));
  MOCK_METHOD(ApiResult<void>, StopScan, (const std::string&), (override));
  MOCK_METHOD(std::vector<Dictionary>, GetScanResults, (const std::string&),
              (override));
  MOCK_METHOD(bool, IsDeviceBonded,
              (const std::string&, const DeviceAddress&, BondRole), (override));
  MOCK_METHOD(ApiResult<std::string>, FindBond,
              (const std::string&, const DeviceAddress&), (override));
  MOCK_METHOD(std::vector<Dictionary>, ListBonds,
              (const std::string&, uint32_t, uint32_t), (override));
  MOCK_METHOD(ApiResult<void>, SetPairable, (const std::string&, bool),
              (override));
  MOCK_METHOD(ApiResult<void>, SetTrace, (const std::string&, bool),
              (override));
  MOCK_METHOD(ApiResult<void>, SetPairingDefaults,
              (const std::string&, smp::PairingOptions), (override));
  MOCK_METHOD(ApiResult<void>, SetPrivacy, (const std::string&, PrivacyMode),
              (override));
  MOCK_METHOD(ApiResult<void>, SetRepeatedAttempts,
              (const std::string&, const RepeatedAttemptsOptions&), (override));
  MOCK_METHOD(ApiResult<Dictionary>, GenerateOob,
              (const Caller&, const std::string&, const GenerateOobOptions&),
              (override));
  MOCK_METHOD(ApiResult<void>, ReleaseOob,
              (const Caller&, const std::string&, uint32_t), (override));
  MOCK_METHOD(ApiResult<void>, SetRemoteOob,
              (const Caller&, const std::string&, const DeviceAddress&,
               OobData),
              (override));
  MOCK_METHOD(ApiResult<void>, ClearRemoteOob,
              (const Caller&, const std::string&, const DeviceAddress&),
              (override));

  MOCK_METHOD(void, InitiatePairing,
              (CallId, const Caller&, const ConnectionRef&,
               smp::PairingOptions),
              (override));
  MOCK_METHOD(void, SendSecurityRequest,
              (CallId, const Caller&, const ConnectionRef&,
               smp::PairingOptions),
              (override));
  MOCK_METHOD(void, InitiateEncryption,
              (CallId, const Caller&, const ConnectionRef&, EncryptionOptions),
              (override));
  MOCK_METHOD(void, Disconnect, (CallId, const ConnectionRef&), (override));
  MOCK_METHOD(ApiResult<void>, AcceptPairing,
              (const Caller&, const ConnectionRef&, ArmOptions), (override));
  MOCK_METHOD(ApiResult<void>, SetPasskey,
              (const Caller&, const ConnectionRef&, uint32_t), (override));
  MOCK_METHOD(ApiResult<void>, PasskeyNegativeReply,
              (const Caller&, const ConnectionRef&), (override));
  MOCK_METHOD(ApiResult<void>, ConfirmNumber,
              (const Caller&, const ConnectionRef&, bool), (override));
  MOCK_METHOD(ApiResult<void>, AcceptRequest,
              (const Caller&, const ConnectionRef&, smp::PairingOptions),
              (override));
  MOCK_METHOD(ApiResult<void>, RejectRequest,
              (const Caller&, const ConnectionRef&, smp::PairingFailedReason),
              (override));
  MOCK_METHOD(ApiResult<void>, SetOob,
              (const Caller&, const ConnectionRef&, smp::PeerOobData),
              (override));
  MOCK_METHOD(ApiResult<void>, SetOobLegacy,
              (const Caller&, const ConnectionRef&, smp::Tk), (override));
  MOCK_METHOD(ApiResult<Dictionary>, GetPrompt,
              (const Caller&, const ConnectionRef&), (override));
  MOCK_METHOD(ApiResult<void>, SendKeypress,
              (const Caller&, const ConnectionRef&, smp::KeypressType),
              (override));
  MOCK_METHOD(ApiResult<void>, CancelPairing,
              (const Caller&, const ConnectionRef&), (override));

  MOCK_METHOD(ApiResult<void>, SetBondName,
              (const std::string&, const DeviceAddress&, const std::string&),
              (override));
  MOCK_METHOD(void, OnAgentAnswer, (QuestionId, AgentAnswer), (override));
  MOCK_METHOD(void, OnClientGone, (const std::string&), (override));
};

}  // namespace bondd::dbus::test

#endif  // BONDD_TESTS_DBUS_MOCK_OPERATIONS_H_
