// The cryptographic functions of the Security Manager, under the names of the
// specification.
//
// Every octet string is in the order of transmission, least significant octet
// first, unlike the specification's sample data, which is printed most
// significant octet first.

#ifndef BONDD_SMP_CRYPTO_H_
#define BONDD_SMP_CRYPTO_H_

#include <array>
#include <cstdint>
#include <span>

#include "common/bytes.h"
#include "common/device_address.h"
#include "smp/keys.h"
#include "smp/p256.h"

namespace bondd::smp {

using Block = std::array<uint8_t, 16>;
using BlockView = std::span<const uint8_t, 16>;

// [Vol 3, Part H] 2.2.1: AES-128 of one block.
Block e(BlockView key, BlockView plaintext);

// [Vol 3, Part H] 2.2.5. The message too is least significant octet first:
// its last octet is the first one of the specification's m.
Block AesCmac(BlockView key, ByteView message);

// [Vol 3, Part H] 2.2.2: the hash part of a resolvable private address.
std::array<uint8_t, 3> ah(const Irk& irk, std::span<const uint8_t, 3> prand);
// Whether `irk` made this resolvable private address.
bool Resolves(const Irk& irk, const DeviceAddress& address);

// [Vol 3, Part H] 2.2.3. The requests are whole PDUs, code octet included.
ConfirmValue c1(const Tk& k, const Nonce& r, std::span<const uint8_t, 7> preq,
                std::span<const uint8_t, 7> pres,
                const DeviceAddress& initiator, const DeviceAddress& responder);

// [Vol 3, Part H] 2.2.4: r1 is the responder's random, r2 the initiator's.
Stk s1(const Tk& k, const Nonce& r1, const Nonce& r2);

// [Vol 3, Part H] 2.2.6
ConfirmValue f4(const PublicKey::Coordinate& u, const PublicKey::Coordinate& v,
                const Nonce& x, uint8_t z);

struct F5Keys {
  MacKey mac_key;
  Ltk ltk;
};
// [Vol 3, Part H] 2.2.7
F5Keys f5(const DhKey& w, const Nonce& n1, const Nonce& n2,
          const DeviceAddress& a1, const DeviceAddress& a2);

// The IOcapA and IOcapB of f6: octets 1 to 3 of the Pairing Request or
// Response, in the order of transmission (IO capability, OOB flag, AuthReq).
using IoCap = std::array<uint8_t, 3>;
// [Vol 3, Part H] 2.2.8
DhKeyCheck f6(const MacKey& w, const Nonce& n1, const Nonce& n2, const Nonce& r,
              const IoCap& io_cap, const DeviceAddress& a1,
              const DeviceAddress& a2);

// [Vol 3, Part H] 2.2.9: the six digits, 0..999999.
uint32_t g2(const PublicKey::Coordinate& u, const PublicKey::Coordinate& v,
            const Nonce& x, const Nonce& y);

// [Vol 3, Part H] 2.2.10 and 2.2.11
Block h6(BlockView w, std::span<const uint8_t, 4> key_id);
Block h7(BlockView salt, BlockView w);

// [Vol 3, Part H] 2.4.5: the signature of an ATT PDU, as it is appended to it:
// four octets of counter, eight of MAC.
std::array<uint8_t, 12> Sign(const Csrk& csrk, ByteView message,
                             uint32_t sign_counter);

// Wipes what the crypto library still holds of the keys that the functions
// above were last given on this thread.
void ForgetKeys();

// [Vol 3, Part H] 2.3.4: zeroes the most significant octets beyond `size`.
void MaskToSize(std::span<uint8_t, 16> key, uint8_t size);

}  // namespace bondd::smp

#endif  // BONDD_SMP_CRYPTO_H_
