// The cryptography of the link layer: the session key and the AES-CCM that
// every PDU of an encrypted link goes through.

#ifndef BONDD_SIM_LINK_ENCRYPTION_H_
#define BONDD_SIM_LINK_ENCRYPTION_H_

#include <memory>
#include <optional>

#include "common/bytes.h"
#include "common/error.h"
#include "common/secret.h"
#include "hci/events.h"

namespace bondd::sim {

// [Vol 3, Part H] 2.2.1: the security function e, everything least significant
// octet first. False when the cryptography library fails.
bool EncryptBlock(std::span<const uint8_t, 16> key,
                  std::span<const uint8_t, 16> plaintext,
                  std::span<uint8_t, 16> encrypted);

// Most significant octet first, unlike keys in HCI and SMP.
using SessionKey = Secret<struct SessionKeyTag, 16>;

// Both halves of what the two ends contribute, each least significant octet
// first, as on the air.
struct SessionSeed {
  std::array<uint8_t, 8> central_diversifier{};     // SKDm
  std::array<uint8_t, 8> peripheral_diversifier{};  // SKDs
  std::array<uint8_t, 4> central_iv{};              // IVm
  std::array<uint8_t, 4> peripheral_iv{};           // IVs
};

// Fails with kCrypto only.
Result<SessionKey> ComputeSessionKey(const hci::LinkKey128& long_term_key,
                                     const SessionSeed& seed);

// Which way the PDUs of one cipher go.
enum class AirDirection : uint8_t {
  kPeripheralToCentral = 0,
  kCentralToPeripheral = 1,
};

// Seals or opens the PDUs of one direction, in their order: it counts them.
// Each end of an encrypted link has two, one to send and one to receive with.
class LinkCipher {
 public:
  static constexpr size_t kMicLength = 4;

  LinkCipher(SessionKey key, const SessionSeed& seed, AirDirection direction);

  // The payload, which is not empty, encrypted, and the MIC after it. Fails
  // with kCrypto only.
  Result<Bytes> Seal(uint8_t llid, ByteView payload);

  // Nothing when the MIC does not verify.
  std::optional<Bytes> Open(uint8_t llid, ByteView sealed);

 private:
  using Nonce = std::array<uint8_t, 13>;
  Nonce NextNonce();

  SessionKey key_;
  std::array<uint8_t, 8> iv_{};
  AirDirection direction_;
  uint64_t packet_counter_ = 0;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_LINK_ENCRYPTION_H_
