#include "bonds/seal.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "common/wipe.h"

namespace bondd::bonds {

namespace {

std::unexpected<Error> CryptoFailure(const char* what) {
  return Fail(ErrorCode::kCrypto, what);
}

int LengthOf(ByteView octets) { return static_cast<int>(octets.size()); }

}  // namespace

void Sealer::ContextFreer::operator()(EVP_CIPHER_CTX* context) const {
  EVP_CIPHER_CTX_free(context);
}

Result<Sealer> Sealer::Make(const SealKey& key) {
  Context encrypt(EVP_CIPHER_CTX_new());
  Context decrypt(EVP_CIPHER_CTX_new());
  const EVP_CIPHER* const cipher = EVP_aes_256_gcm();
  if (!encrypt || !decrypt ||
      EVP_EncryptInit_ex2(encrypt.get(), cipher, key.Reveal().data(), nullptr,
                          nullptr) != 1 ||
      EVP_DecryptInit_ex2(decrypt.get(), cipher, key.Reveal().data(), nullptr,
                          nullptr) != 1) {
    return CryptoFailure("OpenSSL has no AES-256-GCM");
  }
  return Sealer(std::move(encrypt), std::move(decrypt));
}

Result<Bytes> Sealer::Seal(ByteView plaintext, ByteView associated) {
  Bytes sealed(plaintext.size() + kSealOverhead);
  uint8_t* const nonce = sealed.data();
  uint8_t* const ciphertext = nonce + kSealNonceSize;
  uint8_t* const tag = ciphertext + plaintext.size();
  EVP_CIPHER_CTX* const context = encrypt_.get();
  int length = 0;
  if (RAND_bytes(nonce, kSealNonceSize) != 1 ||
      EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce, nullptr) != 1 ||
      EVP_EncryptUpdate(context, nullptr, &length, associated.data(),
                        LengthOf(associated)) != 1 ||
      EVP_EncryptUpdate(context, ciphertext, &length, plaintext.data(),
                        LengthOf(plaintext)) != 1 ||
      EVP_EncryptFinal_ex(context, tag, &length) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kSealTagSize, tag) !=
          1) {
    return CryptoFailure("OpenSSL could not seal a row");
  }
  return sealed;
}

bool Sealer::Open(ByteView sealed, ByteView associated,
                  std::span<uint8_t> plaintext) {
  EVP_CIPHER_CTX* const context = decrypt_.get();
  const auto open = [&] {
    if (sealed.size() != plaintext.size() + kSealOverhead) return false;
    const ByteView nonce = sealed.first(kSealNonceSize);
    const ByteView ciphertext =
        sealed.subspan(kSealNonceSize, plaintext.size());
    std::array<uint8_t, kSealTagSize> tag;
    std::copy(sealed.end() - kSealTagSize, sealed.end(), tag.begin());
    // Not given with the nonce, where OpenSSL looks for more in them.
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG,
                                          tag.data(), tag.size()),
        OSSL_PARAM_construct_end()};
    int length = 0;
    return EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce.data(),
                               nullptr) == 1 &&
           EVP_CIPHER_CTX_set_params(context, parameters) == 1 &&
           EVP_DecryptUpdate(context, nullptr, &length, associated.data(),
                             LengthOf(associated)) == 1 &&
           EVP_DecryptUpdate(context, plaintext.data(), &length,
                             ciphertext.data(), LengthOf(ciphertext)) == 1 &&
           EVP_DecryptFinal_ex(context, plaintext.data() + plaintext.size(),
                               &length) == 1;
  };
  if (open()) return true;
  Wipe(plaintext);
  return false;
}

Result<SealKey> MakeSealKey() {
  SealKey key;
  if (RAND_priv_bytes(key.Fill().data(), SealKey::kSize) != 1) {
    return CryptoFailure("OpenSSL's random generator failed");
  }
  return key;
}

}  // namespace bondd::bonds
