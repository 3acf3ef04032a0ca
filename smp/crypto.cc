#include "smp/crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <memory>

#include "common/wipe.h"

namespace bondd::smp {

namespace {

// OpenSSL's contexts, made once per thread and given a new key for each use:
// making one costs three times as much as the work it then does.
class Engine {
 public:
  Engine() {
    const Fetched<EVP_CIPHER, EVP_CIPHER_free> cipher(
        EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr));
    const Fetched<EVP_MAC, EVP_MAC_free> mac(
        EVP_MAC_fetch(nullptr, "CMAC", nullptr));
    aes_.reset(EVP_CIPHER_CTX_new());
    if (mac) cmac_.reset(EVP_MAC_CTX_new(mac.get()));
    std::array<char, 12> name = {"AES-128-CBC"};
    const std::array<OSSL_PARAM, 2> params = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, name.data(), 0),
        OSSL_PARAM_construct_end()};
    // AES missing from libcrypto leaves nothing that could be done.
    if (!cipher || !aes_ || !cmac_ ||
        EVP_EncryptInit_ex2(aes_.get(), cipher.get(), nullptr, nullptr,
                            nullptr) != 1 ||
        EVP_MAC_CTX_set_params(cmac_.get(), params.data()) != 1) {
      std::abort();
    }
  }

  // Both take and give most significant octet first, as AES is defined.
  // Padding is left on, for OpenSSL would turn it off anew with each key, at
  // the price of the encryption: what would be padded is never asked for.
  Block Encrypt(const Block& key, const Block& plaintext) {
    encrypted_ = true;
    Block out;
    int length = 0;
    Check(
        EVP_EncryptInit_ex2(aes_.get(), nullptr, key.data(), nullptr, nullptr));
    Check(EVP_EncryptUpdate(aes_.get(), out.data(), &length, plaintext.data(),
                            static_cast<int>(plaintext.size())));
    return out;
  }

  Block Cmac(const Block& key, ByteView message) {
    computed_ = true;
    Block out;
    size_t length = 0;
    Check(EVP_MAC_init(cmac_.get(), key.data(), key.size(), nullptr));
    Check(EVP_MAC_update(cmac_.get(), message.data(), message.size()));
    Check(EVP_MAC_final(cmac_.get(), out.data(), &length, out.size()));
    return out;
  }

  // Zeros take the place of the last key, and of the last block of what it was
  // used on: the contexts keep both.
  void Forget() {
    constexpr Block kZeros{};
    if (encrypted_) Encrypt(kZeros, kZeros);
    if (computed_) Cmac(kZeros, kZeros);
    encrypted_ = computed_ = false;
  }

 private:
  template <auto Free>
  struct Freer {
    template <typename T>
    void operator()(T* object) const {
      Free(object);
    }
  };
  template <typename T, auto Free>
  using Fetched = std::unique_ptr<T, Freer<Free>>;

  // Arguments are of fixed size: a failure is the library's, and going on
  // with a wrong key is not an option.
  static void Check(int result) {
    if (result != 1) std::abort();
  }

  std::unique_ptr<EVP_CIPHER_CTX, Freer<EVP_CIPHER_CTX_free>> aes_;
  std::unique_ptr<EVP_MAC_CTX, Freer<EVP_MAC_CTX_free>> cmac_;
  // Each has been used since the keys were forgotten.
  bool encrypted_ = false;
  bool computed_ = false;
};

Engine& ThreadEngine() {
  thread_local Engine engine;
  return engine;
}

Block Reversed(BlockView octets) {
  Block out;
  std::reverse_copy(octets.begin(), octets.end(), out.begin());
  return out;
}

// Puts a message together most significant octet first out of values that are
// kept the other way round, and wipes it afterwards.
template <size_t N>
class Message {
 public:
  Message() = default;
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() { Wipe(octets_); }

  Message& Add(std::span<const uint8_t> octets) {
    assert(used_ + octets.size() <= N);
    std::reverse_copy(octets.begin(), octets.end(), octets_.begin() + used_);
    used_ += octets.size();
    return *this;
  }
  Message& Add(uint8_t octet) {
    assert(used_ < N);
    octets_[used_++] = octet;
    return *this;
  }
  // 56 bits: the type in the most significant octet. [Vol 3, Part H] 2.2.7
  Message& Add(const DeviceAddress& address) {
    return Add(static_cast<uint8_t>(address.type)).Add(address.octets);
  }
  ByteView octets() const { return ByteView(octets_).first(used_); }

 private:
  std::array<uint8_t, N> octets_{};
  size_t used_ = 0;
};

// A key turned most significant octet first, and wiped afterwards.
class TurnedKey {
 public:
  explicit TurnedKey(BlockView key) : octets_(Reversed(key)) {}
  TurnedKey(const TurnedKey&) = delete;
  TurnedKey& operator=(const TurnedKey&) = delete;
  ~TurnedKey() { Wipe(octets_); }
  const Block& octets() const { return octets_; }

 private:
  Block octets_;
};

template <size_t N>
Block Cmac(BlockView key, const Message<N>& message) {
  const TurnedKey turned(key);
  return Reversed(ThreadEngine().Cmac(turned.octets(), message.octets()));
}

template <typename SecretType>
SecretType ToSecret(Block block) {
  SecretType secret{std::span<const uint8_t, 16>(block)};
  Wipe(block);
  return secret;
}

Block Xor(BlockView a, BlockView b) {
  Block out;
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<uint8_t>(a[i] ^ b[i]);
  }
  return out;
}

}  // namespace

Block e(BlockView key, BlockView plaintext) {
  const TurnedKey turned(key);
  return Reversed(ThreadEngine().Encrypt(turned.octets(), Reversed(plaintext)));
}

Block AesCmac(BlockView key, ByteView message) {
  Bytes turned(message.rbegin(), message.rend());
  const TurnedKey turned_key(key);
  const Block mac = Reversed(ThreadEngine().Cmac(turned_key.octets(), turned));
  Wipe(turned);
  return mac;
}

std::array<uint8_t, 3> ah(const Irk& irk, std::span<const uint8_t, 3> prand) {
  Block padded{};
  std::copy(prand.begin(), prand.end(), padded.begin());
  const Block hash = e(irk.Reveal(), padded);
  return {hash[0], hash[1], hash[2]};
}

bool Resolves(const Irk& irk, const DeviceAddress& address) {
  if (!address.IsResolvablePrivate()) return false;
  // ah() most significant octet first, for this runs over all bonds.
  const auto& octets = address.octets;
  Block padded{};
  std::reverse_copy(octets.begin() + 3, octets.end(), padded.end() - 3);
  const TurnedKey key(irk.Reveal());
  const Block hash = ThreadEngine().Encrypt(key.octets(), padded);
  return std::equal(hash.rbegin(), hash.rbegin() + 3, octets.begin());
}

ConfirmValue c1(const Tk& k, const Nonce& r, std::span<const uint8_t, 7> preq,
                std::span<const uint8_t, 7> pres,
                const DeviceAddress& initiator,
                const DeviceAddress& responder) {
  // p1 = pres || preq || rat' || iat', p2 = padding || ia || ra
  Block p1;
  p1[0] = static_cast<uint8_t>(initiator.type);
  p1[1] = static_cast<uint8_t>(responder.type);
  std::copy(preq.begin(), preq.end(), p1.begin() + 2);
  std::copy(pres.begin(), pres.end(), p1.begin() + 9);
  Block p2{};
  std::copy(responder.octets.begin(), responder.octets.end(), p2.begin());
  std::copy(initiator.octets.begin(), initiator.octets.end(), p2.begin() + 6);
  const Block inner = e(k.Reveal(), Xor(r.Reveal(), p1));
  return ToSecret<ConfirmValue>(e(k.Reveal(), Xor(inner, p2)));
}

Stk s1(const Tk& k, const Nonce& r1, const Nonce& r2) {
  // r' = r1' || r2': the least significant halves, r1's above r2's.
  Block halves;
  std::copy_n(r2.Reveal().begin(), 8, halves.begin());
  std::copy_n(r1.Reveal().begin(), 8, halves.begin() + 8);
  Stk stk = ToSecret<Stk>(e(k.Reveal(), halves));
  Wipe(halves);
  return stk;
}

ConfirmValue f4(const PublicKey::Coordinate& u, const PublicKey::Coordinate& v,
                const Nonce& x, uint8_t z) {
  Message<65> message;
  message.Add(u).Add(v).Add(z);
  return ToSecret<ConfirmValue>(Cmac(x.Reveal(), message));
}

F5Keys f5(const DhKey& w, const Nonce& n1, const Nonce& n2,
          const DeviceAddress& a1, const DeviceAddress& a2) {
  // SALT and keyID of [Vol 3, Part H] 2.2.7, least significant octet first.
  constexpr Block kSalt = {0xbe, 0x83, 0x60, 0x5a, 0xdb, 0x0b, 0x37, 0x60,
                           0x38, 0xa5, 0xf5, 0xaa, 0x91, 0x83, 0x88, 0x6c};
  constexpr std::array<uint8_t, 4> kKeyId = {0x65, 0x6c, 0x74, 0x62};
  constexpr std::array<uint8_t, 2> kLength = {0x00, 0x01};  // 256 bits

  Message<32> dh_key;
  dh_key.Add(w.Reveal());
  const MacKey t = ToSecret<MacKey>(Cmac(kSalt, dh_key));
  const auto derive = [&](uint8_t counter) {
    Message<53> message;
    message.Add(counter).Add(kKeyId).Add(n1.Reveal()).Add(n2.Reveal());
    message.Add(a1).Add(a2).Add(kLength);
    return Cmac(t.Reveal(), message);
  };
  return {ToSecret<MacKey>(derive(0)), ToSecret<Ltk>(derive(1))};
}

DhKeyCheck f6(const MacKey& w, const Nonce& n1, const Nonce& n2, const Nonce& r,
              const IoCap& io_cap, const DeviceAddress& a1,
              const DeviceAddress& a2) {
  Message<65> message;
  message.Add(n1.Reveal()).Add(n2.Reveal()).Add(r.Reveal());
  message.Add(io_cap).Add(a1).Add(a2);
  return ToSecret<DhKeyCheck>(Cmac(w.Reveal(), message));
}

uint32_t g2(const PublicKey::Coordinate& u, const PublicKey::Coordinate& v,
            const Nonce& x, const Nonce& y) {
  constexpr uint32_t kSixDigits = 1'000'000;
  Message<80> message;
  message.Add(u).Add(v).Add(y.Reveal());
  const Block mac = Cmac(x.Reveal(), message);
  return Reader(mac).U32() % kSixDigits;
}

Block h6(BlockView w, std::span<const uint8_t, 4> key_id) {
  return AesCmac(w, key_id);
}

Block h7(BlockView salt, BlockView w) { return AesCmac(salt, w); }

std::array<uint8_t, 12> Sign(const Csrk& csrk, ByteView message,
                             uint32_t sign_counter) {
  Writer signed_message;
  signed_message.Append(message).U32(sign_counter);
  const Block mac = AesCmac(csrk.Reveal(), signed_message.bytes());
  std::array<uint8_t, 12> signature;
  const ByteView counter = ByteView(signed_message.bytes()).last(4);
  std::copy(counter.begin(), counter.end(), signature.begin());
  std::copy(mac.begin() + 8, mac.end(), signature.begin() + 4);
  return signature;
}

void ForgetKeys() { ThreadEngine().Forget(); }

void MaskToSize(std::span<uint8_t, 16> key, uint8_t size) {
  assert(size <= key.size());
  std::fill(key.begin() + size, key.end(), uint8_t{0});
}

}  // namespace bondd::smp
