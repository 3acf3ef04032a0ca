#include "smp/signer.h"

#include <limits>

#include "smp/crypto.h"

namespace bondd::smp {

namespace {

constexpr size_t kSignatureSize = 12;
// Never used: it would be followed by 0, a counter seen before.
constexpr uint32_t kLastCounter = std::numeric_limits<uint32_t>::max();

}  // namespace

Bytes SignWith(BondData& bond, ByteView message) {
  if (!bond.local_csrk || bond.local_sign_counter == kLastCounter) return {};
  const auto signature =
      Sign(*bond.local_csrk, message, bond.local_sign_counter++);
  ForgetKeys();
  Writer out(message.size() + signature.size());
  out.Append(message).Append(signature);
  return out.Finish();
}

bool VerifyWith(BondData& bond, ByteView signed_message) {
  if (!bond.peer_csrk || signed_message.size() < kSignatureSize) return false;
  const ByteView message =
      signed_message.first(signed_message.size() - kSignatureSize);
  const ByteView signature = signed_message.last(kSignatureSize);
  const uint32_t counter = Reader(signature).U32();
  if (counter < bond.peer_sign_counter || counter == kLastCounter) return false;
  const auto expected = Sign(*bond.peer_csrk, message, counter);
  // The bond may be gone before another key takes the place of this one.
  ForgetKeys();
  // In constant time.
  using Signature = Secret<struct SignatureTag, kSignatureSize>;
  if (!(Signature(signature.first<kSignatureSize>()) == Signature(expected))) {
    return false;
  }
  bond.peer_sign_counter = counter + 1;
  return true;
}

}  // namespace bondd::smp
