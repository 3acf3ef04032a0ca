// P-256 for the Security Manager: key pairs, public keys that were checked,
// and the Diffie-Hellman key.
//
// A PublicKey can only be had from a key pair or by validation, so that
// whoever holds one need not check it again.

#ifndef BONDD_SMP_P256_H_
#define BONDD_SMP_P256_H_

#include <openssl/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "common/bytes.h"
#include "common/error.h"
#include "smp/keys.h"

namespace bondd::smp {

struct EvpPkeyDeleter {
  void operator()(EVP_PKEY* key) const;
};
using EvpPkey = std::unique_ptr<EVP_PKEY, EvpPkeyDeleter>;

class PublicKey {
 public:
  static constexpr size_t kCoordinateSize = 32;
  using Coordinate = std::array<uint8_t, kCoordinateSize>;

  // [Vol 3, Part H] 2.3.5.6.1: nothing for a point that is not on the curve,
  // the point at infinity, or a coordinate out of range. `octets` is X then Y,
  // each least significant octet first, as in the Pairing Public Key PDU.
  static std::optional<PublicKey> Validate(std::span<const uint8_t, 64> octets);

  PublicKey(PublicKey&&) = default;
  PublicKey& operator=(PublicKey&&) = default;
  PublicKey Clone() const;

  // Least significant octet first.
  const Coordinate& x() const { return x_; }
  const Coordinate& y() const { return y_; }
  std::array<uint8_t, 64> Octets() const;

  // [Vol 3, Part H] 2.3.5.6.1: the public key of the debug key pair.
  bool IsDebugKey() const;

 private:
  friend class KeyPair;
  PublicKey(const Coordinate& x, const Coordinate& y, EvpPkey key);

  Coordinate x_;
  Coordinate y_;
  EvpPkey key_;
};

class KeyPair {
 public:
  // A fresh pair from OpenSSL's random generator.
  static Result<KeyPair> Generate();
  // `private_key` is least significant octet first; kCrypto when it is out of
  // range.
  static Result<KeyPair> FromPrivateKey(
      std::span<const uint8_t, 32> private_key);
  // The specification's debug key pair.
  static Result<KeyPair> Debug();

  KeyPair(KeyPair&&) = default;
  KeyPair& operator=(KeyPair&&) = default;
  KeyPair Clone() const;

  const PublicKey& public_key() const { return public_key_; }

  // P256(own private key, peer's public key).
  Result<DhKey> ComputeDhKey(const PublicKey& peer) const;

 private:
  KeyPair(EvpPkey key, PublicKey public_key);
  static Result<KeyPair> FromEvp(EvpPkey key);

  EvpPkey key_;
  PublicKey public_key_;
};

}  // namespace bondd::smp

#endif  // BONDD_SMP_P256_H_
