#include "sim/link_encryption.h"

#include <openssl/evp.h>

namespace bondd::sim {

namespace {

struct ContextDeleter {
  void operator()(EVP_CIPHER_CTX* context) const {
    EVP_CIPHER_CTX_free(context);
  }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, ContextDeleter>;

std::unexpected<Error> CryptoError() {
  return Fail(ErrorCode::kCrypto,
              "the link-layer encryption of the simulated radio failed");
}

int Length(ByteView octets) { return static_cast<int>(octets.size()); }

// [Vol 6, Part E] 2.2: the first octet of the data channel PDU's header with
// NESN, SN and MD masked to zero, which leaves the LLID.
uint8_t AdditionalData(uint8_t llid) { return llid & 0x03; }

}  // namespace

bool EncryptBlock(std::span<const uint8_t, 16> key,
                  std::span<const uint8_t, 16> plaintext,
                  std::span<uint8_t, 16> encrypted) {
  // AES takes the most significant octet first.
  SessionKey reversed_key;
  std::reverse_copy(key.begin(), key.end(), reversed_key.Fill().begin());
  std::array<uint8_t, 16> block{};
  std::reverse_copy(plaintext.begin(), plaintext.end(), block.begin());
  const Context context(EVP_CIPHER_CTX_new());
  int written = 0;
  if (!context ||
      EVP_EncryptInit_ex(context.get(), EVP_aes_128_ecb(), nullptr,
                         reversed_key.Reveal().data(), nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
      EVP_EncryptUpdate(context.get(), encrypted.data(), &written, block.data(),
                        16) != 1) {
    return false;
  }
  std::reverse(encrypted.begin(), encrypted.end());
  return true;
}

Result<SessionKey> ComputeSessionKey(const hci::LinkKey128& long_term_key,
                                     const SessionSeed& seed) {
  // [Vol 6, Part B] 5.1.3.1: SKD = SKDs || SKDm, and the session key is
  // e(LTK, SKD).
  std::array<uint8_t, 16> diversifier{};
  std::copy(seed.central_diversifier.begin(), seed.central_diversifier.end(),
            diversifier.begin());
  std::copy(seed.peripheral_diversifier.begin(),
            seed.peripheral_diversifier.end(), diversifier.begin() + 8);
  SessionKey session_key;
  if (!EncryptBlock(long_term_key.Reveal(), diversifier, session_key.Fill())) {
    return CryptoError();
  }
  std::reverse(session_key.Fill().begin(), session_key.Fill().end());
  return session_key;
}

LinkCipher::LinkCipher(SessionKey key, const SessionSeed& seed,
                       AirDirection direction)
    : key_(std::move(key)), direction_(direction) {
  // [Vol 6, Part E] 2.1: IVm is the less significant half.
  std::copy(seed.central_iv.begin(), seed.central_iv.end(), iv_.begin());
  std::copy(seed.peripheral_iv.begin(), seed.peripheral_iv.end(),
            iv_.begin() + 4);
}

// [Vol 6, Part E] 2.1: a 39-bit packet counter, the direction bit, the IV.
LinkCipher::Nonce LinkCipher::NextNonce() {
  Nonce nonce{};
  for (size_t i = 0; i < 5; ++i) {
    nonce[i] = static_cast<uint8_t>(packet_counter_ >> (8 * i));
  }
  const auto direction = static_cast<uint8_t>(direction_);
  nonce[4] = static_cast<uint8_t>((nonce[4] & 0x7F) | direction << 7);
  std::copy(iv_.begin(), iv_.end(), nonce.begin() + 5);
  ++packet_counter_;
  return nonce;
}

Result<Bytes> LinkCipher::Seal(uint8_t llid, ByteView payload) {
  const Nonce nonce = NextNonce();
  const uint8_t additional_data = AdditionalData(llid);
  Bytes sealed(payload.size() + kMicLength);
  const Context owner(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* context = owner.get();
  int written = 0;
  if (context == nullptr ||
      EVP_EncryptInit_ex(context, EVP_aes_128_ccm(), nullptr, nullptr,
                         nullptr) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, nonce.size(),
                          nullptr) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kMicLength,
                          nullptr) != 1 ||
      EVP_EncryptInit_ex(context, nullptr, nullptr, key_.Reveal().data(),
                         nonce.data()) != 1 ||
      EVP_EncryptUpdate(context, nullptr, &written, nullptr, Length(payload)) !=
          1 ||
      EVP_EncryptUpdate(context, nullptr, &written, &additional_data, 1) != 1 ||
      EVP_EncryptUpdate(context, sealed.data(), &written, payload.data(),
                        Length(payload)) != 1 ||
      EVP_EncryptFinal_ex(context, sealed.data() + written, &written) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kMicLength,
                          sealed.data() + payload.size()) != 1) {
    return CryptoError();
  }
  return sealed;
}

std::optional<Bytes> LinkCipher::Open(uint8_t llid, ByteView sealed) {
  const Nonce nonce = NextNonce();
  if (sealed.size() <= kMicLength) return std::nullopt;
  const uint8_t additional_data = AdditionalData(llid);
  const ByteView encrypted = sealed.first(sealed.size() - kMicLength);
  Bytes mic(sealed.end() - kMicLength, sealed.end());
  Bytes payload(encrypted.size());
  const Context owner(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* context = owner.get();
  int written = 0;
  // The MIC is verified in the last of these calls.
  if (context == nullptr ||
      EVP_DecryptInit_ex(context, EVP_aes_128_ccm(), nullptr, nullptr,
                         nullptr) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, nonce.size(),
                          nullptr) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kMicLength,
                          mic.data()) != 1 ||
      EVP_DecryptInit_ex(context, nullptr, nullptr, key_.Reveal().data(),
                         nonce.data()) != 1 ||
      EVP_DecryptUpdate(context, nullptr, &written, nullptr,
                        Length(encrypted)) != 1 ||
      EVP_DecryptUpdate(context, nullptr, &written, &additional_data, 1) != 1 ||
      EVP_DecryptUpdate(context, payload.data(), &written, encrypted.data(),
                        Length(encrypted)) != 1) {
    return std::nullopt;
  }
  return payload;
}

}  // namespace bondd::sim
