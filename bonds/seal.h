// What keeps a row secret and whole at rest: AES-256-GCM.

#ifndef BONDD_BONDS_SEAL_H_
#define BONDD_BONDS_SEAL_H_

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "common/bytes.h"
#include "common/error.h"
#include "common/secret.h"

namespace bondd::bonds {

using SealKey = Secret<struct SealKeyTag, 32>;

// A sealed string is a nonce of 12 octets, the ciphertext, a tag of 16 octets.
inline constexpr size_t kSealNonceSize = 12;
inline constexpr size_t kSealTagSize = 16;
inline constexpr size_t kSealOverhead = kSealNonceSize + kSealTagSize;

// Seals and opens with one key, in contexts that are set up once. It belongs
// to whoever works on the files: first the thread that opens the store, then
// the writer.
class Sealer {
 public:
  // kCrypto when OpenSSL can't do it.
  static Result<Sealer> Make(const SealKey& key);

  // A fresh nonce each time, from OpenSSL's random generator. Whoever opens it
  // has to know `associated`, which is not in the result.
  Result<Bytes> Seal(ByteView plaintext, ByteView associated);

  // False, with zeros in `plaintext`, unless `sealed` was made with this key
  // and this `associated`, of a text as long as `plaintext`.
  bool Open(ByteView sealed, ByteView associated, std::span<uint8_t> plaintext);

 private:
  struct ContextFreer {
    void operator()(EVP_CIPHER_CTX* context) const;
  };
  using Context = std::unique_ptr<EVP_CIPHER_CTX, ContextFreer>;

  Sealer(Context encrypt, Context decrypt)
      : encrypt_(std::move(encrypt)), decrypt_(std::move(decrypt)) {}

  Context encrypt_;
  Context decrypt_;
};

// A key from OpenSSL's random generator.
Result<SealKey> MakeSealKey();

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_SEAL_H_
