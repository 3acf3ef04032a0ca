#include "smp/p256.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "common/wipe.h"

namespace bondd::smp {

namespace {

constexpr char kGroup[] = "P-256";
constexpr size_t kSize = PublicKey::kCoordinateSize;
constexpr uint8_t kUncompressed = 0x04;

// The point format of OpenSSL: 0x04, X, Y, most significant octet first.
using EncodedPoint = std::array<uint8_t, 1 + 2 * kSize>;

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

template <typename T, auto Free>
using Owned = std::unique_ptr<T, Freer<Free>>;

using EvpPkeyCtx = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using BigNumber = Owned<BIGNUM, BN_clear_free>;
using EcGroup = Owned<EC_GROUP, EC_GROUP_free>;
using EcPoint = Owned<EC_POINT, EC_POINT_free>;
using ParamBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Params = Owned<OSSL_PARAM, OSSL_PARAM_free>;

EvpPkey ShareKey(const EvpPkey& key) {
  EVP_PKEY_up_ref(key.get());
  return EvpPkey(key.get());
}

std::unexpected<Error> CryptoError(const char* what) {
  return Fail(ErrorCode::kCrypto, std::string("OpenSSL: ") + what);
}

// Nothing when OpenSSL refuses the values, as it does for a point that is not
// on the curve. `private_key` may be null.
EvpPkey ImportKey(const EncodedPoint& point, const BIGNUM* private_key) {
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                      kGroup, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                       point.data(), point.size()) != 1) {
    return nullptr;
  }
  if (private_key != nullptr &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY,
                             private_key) != 1) {
    return nullptr;
  }
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const EvpPkeyCtx context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  const int selection =
      private_key != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1) {
    return nullptr;
  }
  return EvpPkey(key);
}

// A context whose parameters are set once: generating on it takes half the
// time of EVP_EC_gen(). One per thread, as contexts can't be shared.
EVP_PKEY_CTX* GenerationContext() {
  thread_local const EvpPkeyCtx context = [] {
    EvpPkeyCtx made(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    if (!made || EVP_PKEY_keygen_init(made.get()) != 1 ||
        EVP_PKEY_CTX_set_ec_paramgen_curve_nid(made.get(),
                                               NID_X9_62_prime256v1) != 1) {
      made.reset();
    }
    return made;
  }();
  return context.get();
}

// [Vol 3, Part H] 2.3.5.6.1, most significant octet first, as printed there.
constexpr std::array<uint8_t, 32> kDebugPrivateKey = {
    0x3f, 0x49, 0xf6, 0xd4, 0xa3, 0xc5, 0x5f, 0x38, 0x74, 0xc9, 0xb3,
    0xe3, 0xd2, 0x10, 0x3f, 0x50, 0x4a, 0xff, 0x60, 0x7b, 0xeb, 0x40,
    0xb7, 0x99, 0x58, 0x99, 0xb8, 0xa6, 0xcd, 0x3c, 0x1a, 0xbd};
constexpr std::array<uint8_t, 32> kDebugPublicX = {
    0x20, 0xb0, 0x03, 0xd2, 0xf2, 0x97, 0xbe, 0x2c, 0x5e, 0x2c, 0x83,
    0xa7, 0xe9, 0xf9, 0xa5, 0xb9, 0xef, 0xf4, 0x91, 0x11, 0xac, 0xf4,
    0xfd, 0xdb, 0xcc, 0x03, 0x01, 0x48, 0x0e, 0x35, 0x9d, 0xe6};

}  // namespace

void EvpPkeyDeleter::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

PublicKey::PublicKey(const Coordinate& x, const Coordinate& y, EvpPkey key)
    : x_(x), y_(y), key_(std::move(key)) {}

std::optional<PublicKey> PublicKey::Validate(
    std::span<const uint8_t, 64> octets) {
  EncodedPoint point;
  point[0] = kUncompressed;
  const auto x = octets.first<kSize>();
  const auto y = octets.last<kSize>();
  std::reverse_copy(x.begin(), x.end(), point.begin() + 1);
  std::reverse_copy(y.begin(), y.end(), point.begin() + 1 + kSize);
  // The import checks range and curve equation; as the cofactor is 1, that is
  // the full validation.
  EvpPkey key = ImportKey(point, nullptr);
  if (!key) return std::nullopt;
  Coordinate x_octets;
  Coordinate y_octets;
  std::copy(x.begin(), x.end(), x_octets.begin());
  std::copy(y.begin(), y.end(), y_octets.begin());
  return PublicKey(x_octets, y_octets, std::move(key));
}

PublicKey PublicKey::Clone() const { return PublicKey(x_, y_, ShareKey(key_)); }

std::array<uint8_t, 64> PublicKey::Octets() const {
  std::array<uint8_t, 64> octets;
  std::copy(x_.begin(), x_.end(), octets.begin());
  std::copy(y_.begin(), y_.end(), octets.begin() + kSize);
  return octets;
}

bool PublicKey::IsDebugKey() const {
  return std::equal(x_.begin(), x_.end(), kDebugPublicX.rbegin());
}

KeyPair::KeyPair(EvpPkey key, PublicKey public_key)
    : key_(std::move(key)), public_key_(std::move(public_key)) {}

Result<KeyPair> KeyPair::FromEvp(EvpPkey key) {
  EncodedPoint point;
  size_t length = 0;
  if (EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                      point.data(), point.size(),
                                      &length) != 1 ||
      length != point.size() || point[0] != kUncompressed) {
    return CryptoError("no public key in a P-256 key pair");
  }
  PublicKey::Coordinate x;
  PublicKey::Coordinate y;
  std::reverse_copy(point.begin() + 1, point.begin() + 1 + kSize, x.begin());
  std::reverse_copy(point.begin() + 1 + kSize, point.end(), y.begin());
  PublicKey public_key(x, y, ShareKey(key));
  return KeyPair(std::move(key), std::move(public_key));
}

Result<KeyPair> KeyPair::Generate() {
  EVP_PKEY_CTX* context = GenerationContext();
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_generate(context, &key) != 1) {
    return CryptoError("generating a P-256 key pair failed");
  }
  return FromEvp(EvpPkey(key));
}

Result<KeyPair> KeyPair::FromPrivateKey(
    std::span<const uint8_t, 32> private_key) {
  const EcGroup group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  const BigNumber scalar(
      BN_lebin2bn(private_key.data(), private_key.size(), BN_secure_new()));
  if (!group || !scalar) return CryptoError("out of memory");
  if (BN_is_zero(scalar.get()) ||
      BN_cmp(scalar.get(), EC_GROUP_get0_order(group.get())) >= 0) {
    return CryptoError("the private key is out of range");
  }
  const EcPoint point(EC_POINT_new(group.get()));
  EncodedPoint encoded;
  if (!point ||
      EC_POINT_mul(group.get(), point.get(), scalar.get(), nullptr, nullptr,
                   nullptr) != 1 ||
      EC_POINT_point2oct(group.get(), point.get(),
                         POINT_CONVERSION_UNCOMPRESSED, encoded.data(),
                         encoded.size(), nullptr) != encoded.size()) {
    return CryptoError("computing a P-256 public key failed");
  }
  EvpPkey key = ImportKey(encoded, scalar.get());
  if (!key) return CryptoError("importing a P-256 key pair failed");
  return FromEvp(std::move(key));
}

Result<KeyPair> KeyPair::Debug() {
  std::array<uint8_t, 32> octets;
  std::reverse_copy(kDebugPrivateKey.begin(), kDebugPrivateKey.end(),
                    octets.begin());
  return FromPrivateKey(octets);
}

KeyPair KeyPair::Clone() const {
  return KeyPair(ShareKey(key_), public_key_.Clone());
}

Result<DhKey> KeyPair::ComputeDhKey(const PublicKey& peer) const {
  const EvpPkeyCtx context(
      EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  DhKey::Octets secret{};
  size_t length = secret.size();
  // The peer's key was validated when the PublicKey was made; without the 0
  // OpenSSL would do it again, for two thirds of the time of the whole.
  const bool derived =
      context && EVP_PKEY_derive_init(context.get()) == 1 &&
      EVP_PKEY_derive_set_peer_ex(context.get(), peer.key_.get(), 0) == 1 &&
      EVP_PKEY_derive(context.get(), secret.data(), &length) == 1 &&
      length == secret.size();
  DhKey dh_key;
  std::reverse_copy(secret.begin(), secret.end(), dh_key.Fill().begin());
  Wipe(secret);
  if (!derived) return CryptoError("P-256 key agreement failed");
  return dh_key;
}

}  // namespace bondd::smp
