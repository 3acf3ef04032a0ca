// What libcrypto holds in its contexts is wiped as well once a pairing has
// ended: all of its live memory is searched for the keys of that pairing.
//
// An executable of its own, as libcrypto takes its allocator before its first
// allocation only.

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <vector>

#include "smp/crypto.h"
#include "tests/support/smp_checks.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;
using Octets = std::vector<uint8_t>;

// Never destroyed: libcrypto frees memory after main().
std::map<void*, size_t>& Live() {
  static auto& live = *new std::map<void*, size_t>;
  return live;
}

void* Allocate(size_t size, const char*, int) {
  void* memory = std::malloc(size);
  if (memory != nullptr) Live()[memory] = size;
  return memory;
}
void Free(void* memory, const char*, int) {
  Live().erase(memory);
  std::free(memory);
}
void* Reallocate(void* memory, size_t size, const char* file, int line) {
  const size_t old_size = memory == nullptr ? 0 : Live().at(memory);
  void* moved = Allocate(size, file, line);
  if (moved == nullptr) return nullptr;
  if (memory != nullptr) {
    std::copy_n(static_cast<const uint8_t*>(memory), std::min(size, old_size),
                static_cast<uint8_t*>(moved));
    Free(memory, file, line);
  }
  return moved;
}

template <typename SecretType>
Octets OctetsOf(const SecretType& secret) {
  const auto octets = secret.Reveal();
  return {octets.begin(), octets.end()};
}

// In the order of transmission or, as libcrypto has it, the other way round.
bool LibraryHolds(const Octets& secret) {
  const Octets turned(secret.rbegin(), secret.rend());
  return std::ranges::any_of(Live(), [&](const auto& block) {
    const std::span memory(static_cast<const uint8_t*>(block.first),
                           block.second);
    return !std::ranges::search(memory, secret).empty() ||
           !std::ranges::search(memory, turned).empty();
  });
}

TEST(ForgetKeys, WipesTheLastKeyOfEachFunctionAndWhatItWasUsedOn) {
  const Octets key = OctetsOf(Counting<Ltk>(0x11));
  const Octets other = OctetsOf(Counting<Csrk>(0x31));
  Octets message = OctetsOf(Counting<Ltk>(0x51));
  e(std::span(key).first<16>(), std::span(key).first<16>());
  AesCmac(std::span(other).first<16>(), message);
  EXPECT_TRUE(LibraryHolds(key));
  EXPECT_TRUE(LibraryHolds(other));
  ForgetKeys();
  EXPECT_FALSE(LibraryHolds(key));
  EXPECT_FALSE(LibraryHolds(other));
  EXPECT_FALSE(LibraryHolds(message));
}

TEST(ForgetKeys, ChangesNothingThatIsComputedAfterwards) {
  const Ltk key = Counting<Ltk>(1);
  const Block encrypted = e(key.Reveal(), key.Reveal());
  const Block mac = AesCmac(key.Reveal(), key.Reveal());
  ForgetKeys();
  ForgetKeys();
  EXPECT_EQ(e(key.Reveal(), key.Reveal()), encrypted);
  EXPECT_EQ(AesCmac(key.Reveal(), key.Reveal()), mac);
}

// Everything follows from the seeds: the keys of Secure Connections can be
// computed from the outside.
struct Attempt {
  std::vector<Nonce> nonces;
  bool paired = false;
};

// Up to the PDU of this name by this side, which breaks the link.
Attempt PairUntil(const char* last, Role sender,
                  const PairingParameters& central,
                  const PairingParameters& peripheral) {
  Attempt run;
  SmpPair pair;
  Use(pair, central.Clone(), peripheral.Clone());
  bool cut = false;
  pair.on_air = [&](Role by, const Bytes& pdu) {
    auto value = Parse(pdu);
    if (auto* random = std::get_if<PairingRandom>(&*value)) {
      run.nonces.push_back(random->value.Clone());
    }
    cut = cut || (last != nullptr && by == sender && PduName(pdu) == last);
    return !cut;
  };
  pair.Pair();
  if (cut) pair.LoseLink();
  run.paired = pair.central().Succeeded();
  return run;
}

TEST(Wiping, LeavesNoTkInTheLibrary) {
  PairingParameters parameters = Legacy(kNoInputNoOutput);
  parameters.oob_legacy_tk = Counting<Tk>(0xA0);
  // The one whose key was used last.
  for (const char* last :
       {"PairingConfirm", "PairingRandom", static_cast<const char*>(nullptr)}) {
    for (const Role sender : {Role::kInitiator, Role::kResponder}) {
      const Attempt run = PairUntil(last, sender, parameters, parameters);
      EXPECT_EQ(run.paired, last == nullptr);
      EXPECT_FALSE(LibraryHolds(OctetsOf(Counting<Tk>(0xA0))));
    }
  }
}

TEST(Wiping, LeavesNoKeyOfSecureConnectionsInTheLibrary) {
  const PairingParameters parameters = With(kNoInputNoOutput);
  const Attempt whole =
      PairUntil(nullptr, Role::kInitiator, parameters, parameters);
  ASSERT_TRUE(whole.paired);
  ASSERT_EQ(whole.nonces.size(), 2u);
  const SmpPair::Addresses addresses;
  std::vector<Octets> secrets;
  {
    SmpPair pair;
    const KeyPair own = std::move(*pair.central().key_pairs.Take());
    const KeyPair peer = std::move(*pair.peripheral().key_pairs.Take());
    const DhKey dh_key = std::move(*own.ComputeDhKey(peer.public_key()));
    const F5Keys keys = f5(dh_key, whole.nonces[0], whole.nonces[1],
                           addresses.central, addresses.peripheral);
    secrets.push_back(OctetsOf(keys.mac_key));
    secrets.push_back(OctetsOf(keys.ltk));
    const Octets dh = OctetsOf(dh_key);
    secrets.emplace_back(dh.begin(), dh.begin() + 16);
    secrets.emplace_back(dh.begin() + 16, dh.end());
    f6(keys.mac_key, whole.nonces[0], whole.nonces[1], Nonce(), {},
       addresses.central, addresses.peripheral);
    EXPECT_TRUE(LibraryHolds(secrets.front()));
    ForgetKeys();
  }
  for (const char* last :
       {"PairingRandom", "PairingDhKeyCheck", "IdentityAddressInformation",
        static_cast<const char*>(nullptr)}) {
    for (const Role sender : {Role::kInitiator, Role::kResponder}) {
      PairUntil(last, sender, parameters, parameters);
      for (const Octets& secret : secrets) {
        EXPECT_FALSE(LibraryHolds(secret)) << (last ? last : "to the end");
      }
    }
  }
}

}  // namespace
}  // namespace bondd::smp::test

int main(int argc, char** argv) {
  using namespace bondd::smp::test;
  testing::InitGoogleTest(&argc, argv);
  if (CRYPTO_set_mem_functions(Allocate, Reallocate, Free) != 1) return 1;
  return RUN_ALL_TESTS();
}
