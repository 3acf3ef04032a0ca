// No key is left behind: neither the memory in which a pairing's phases lived
// nor what its Security Manager has on the heap holds any of its secrets once
// it has ended, well or badly, but the keys that the link goes on with.
//
// Part of test-crypto-wipe, as it brings its own operator new.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <span>
#include <vector>

#include "smp/crypto.h"
#include "tests/support/smp_checks.h"

namespace bondd::smp::test {
namespace {

// In front of each block of the heap. Those that were allocated while a
// Security Manager was at work are in a ring for as long as they live.
struct alignas(std::max_align_t) Block {
  Block* previous = nullptr;
  Block* next = nullptr;
  size_t size = 0;
};

struct Heap {
  Block ring{&ring, &ring, 0};
  bool watched = false;
};

Heap& TheHeap() {
  static constinit Heap heap;
  return heap;
}

void* Allocate(size_t size) {
  void* memory = std::malloc(sizeof(Block) + size);
  if (memory == nullptr) return nullptr;
  auto* block = new (memory) Block{.size = size};
  Heap& heap = TheHeap();
  if (heap.watched) {
    block->previous = &heap.ring;
    block->next = heap.ring.next;
    block->next->previous = heap.ring.next = block;
  }
  return block + 1;
}

void Free(void* memory) {
  if (memory == nullptr) return;
  Block* block = static_cast<Block*>(memory) - 1;
  if (block->next != nullptr) {
    block->next->previous = block->previous;
    block->previous->next = block->next;
  }
  std::free(block);
}

void Watch(SmpEnd& end) {
  end.on_input = [](const Input&) { TheHeap().watched = true; };
  end.on_outputs = [](const Outputs&) { TheHeap().watched = false; };
}

using enum IoCapability;
using Octets = std::vector<uint8_t>;

bool Contains(std::span<const std::byte> memory, const Octets& secret) {
  return !std::ranges::search(memory, std::as_bytes(std::span(secret))).empty();
}

// A Pairing is no allocation of its own but part of its Security Manager, and
// its phase is part of it: they are looked for in these octets.
bool Holds(const SecurityManager& manager, const Octets& secret) {
  return Contains(std::as_bytes(std::span(&manager, 1)), secret);
}

bool HeapHolds(const Octets& secret) {
  const Block& ring = TheHeap().ring;
  for (const Block* block = ring.next; block != &ring; block = block->next) {
    const auto* memory = reinterpret_cast<const std::byte*>(block + 1);
    if (Contains({memory, block->size}, secret)) return true;
  }
  return false;
}

struct Models {
  const char* name;
  bool legacy;
  IoCapability central;
  IoCapability peripheral;
  bool oob;
};
constexpr Models kModels[] = {
    {"LegacyJustWorks", true, kNoInputNoOutput, kNoInputNoOutput, false},
    {"LegacyPasskey", true, kDisplayOnly, kKeyboardOnly, false},
    {"LegacyOutOfBand", true, kNoInputNoOutput, kNoInputNoOutput, true},
    {"JustWorks", false, kNoInputNoOutput, kNoInputNoOutput, false},
    {"NumericComparison", false, kDisplayYesNo, kDisplayYesNo, false},
    {"Passkey", false, kDisplayOnly, kKeyboardOnly, false},
    {"OutOfBand", false, kNoInputNoOutput, kNoInputNoOutput, true},
};

class Wiping : public testing::TestWithParam<Models> {
 protected:
  static void Prepare(SmpPair& pair) {
    const Models& model = GetParam();
    const auto parameters = model.legacy ? Legacy : With;
    Use(pair, parameters(model.central, MitmOption::kAuto),
        parameters(model.peripheral, MitmOption::kAuto));
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      PairingParameters& p = pair.end(role).user.parameters;
      p.initiator_keys.sign = p.responder_keys.sign = true;
      if (!model.oob) continue;
      if (model.legacy) {
        p.oob_legacy_tk = Counting<Tk>(0xA0);
      } else {
        ShowOobData(pair, role);
      }
    }
    Watch(pair.central());
    Watch(pair.peripheral());
  }

  template <typename SecretType>
  static void Add(const SecretType& secret, std::vector<Octets>& secrets) {
    const auto octets = secret.Reveal();
    secrets.emplace_back(octets.begin(), octets.end());
  }

  void LearnFromTheAir(const Bytes& pdu) {
    const auto value = Parse(pdu);
    if (const auto* nonce = std::get_if<PairingRandom>(&*value)) {
      Add(nonce->value, of_phase_2_);
      nonces_.push_back(nonce->value.Clone());
    } else if (const auto* confirm = std::get_if<PairingConfirm>(&*value)) {
      Add(confirm->value, of_phase_2_);
    } else if (const auto* check = std::get_if<PairingDhKeyCheck>(&*value)) {
      Add(check->value, of_phase_2_);
    }
    ++length_;
  }

  // What is never on the air, computed from the key pairs of the same seeds.
  void LearnSharedSecrets() {
    SmpPair pair;
    Prepare(pair);
    const auto pair_of = [](SmpEnd& end) {
      auto& oob = end.user.parameters.oob_local;
      return oob ? oob->key_pair.Clone() : std::move(*end.key_pairs.Take());
    };
    const KeyPair own = pair_of(pair.central());
    const KeyPair peer = pair_of(pair.peripheral());
    const DhKey dh_key = std::move(*own.ComputeDhKey(peer.public_key()));
    Add(dh_key, of_phase_2_);
    ASSERT_GE(nonces_.size(), 2u);
    const SmpPair::Addresses addresses;
    const F5Keys keys = f5(dh_key, nonces_.end()[-2], nonces_.end()[-1],
                           addresses.central, addresses.peripheral);
    Add(keys.mac_key, of_phase_2_);
    // All is as in the pairing that it was learned from.
    Octets ltk;
    std::ranges::copy(keys.ltk.Reveal(), std::back_inserter(ltk));
    EXPECT_TRUE(std::ranges::count(keys_, ltk) > 0);
  }

  // Everything in a pairing follows from its seeds, so that the secrets of one
  // that is cut off can be learned from one that is not.
  void LearnSecrets() {
    SmpPair pair;
    Prepare(pair);
    pair.on_air = [&](Role, const Bytes& pdu) {
      LearnFromTheAir(pdu);
      return true;
    };
    pair.Pair();
    ASSERT_TRUE(pair.central().Succeeded());
    // Legacy pairing ends with other keys than the STK.
    Add(pair.key(), GetParam().legacy ? of_pairing_ : keys_);
    if (GetParam().oob && GetParam().legacy) {
      Add(Counting<Tk>(0xA0), of_pairing_);
    } else if (GetParam().oob) {
      Add(pair.central().user.parameters.oob_peer->random, of_pairing_);
    }
    if (const auto* shown = pair.central().Asked<PasskeyDisplayPrompt>()) {
      Add(PasskeyAs<Tk>(shown->passkey), of_phase_2_);
    }
    const BondData& bond =
        *pair.central().bonds.FindBond(pair.peripheral().identity.address);
    Add(bond.peer_ltk->ltk, keys_);
    Add(bond.local_ltk->ltk, keys_);
    Add(*bond.peer_csrk, keys_);
    Add(*bond.local_csrk, keys_);
    if (!GetParam().legacy) LearnSharedSecrets();
  }

  static size_t CountIn(const SecurityManager& manager,
                        const std::vector<Octets>& secrets) {
    return static_cast<size_t>(
        std::ranges::count_if(secrets, [&](const Octets& secret) {
          return Holds(manager, secret) || HeapHolds(secret);
        }));
  }

  size_t CountHeld(SmpPair& pair) {
    size_t held = 0;
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      const SecurityManager& manager = pair.end(role).manager;
      held += CountIn(manager, of_phase_2_) + CountIn(manager, of_pairing_);
      // Who was done before the other failed goes on with the keys.
      if (pair.end(role).Succeeded()) continue;
      held += CountIn(manager, keys_);
      // Each one's own identity stays with it; the other's does not.
      const auto irk = pair.end(Opposite(role)).identity.irk.Reveal();
      held += Holds(manager, Octets(irk.begin(), irk.end())) ? 1 : 0;
    }
    return held;
  }

  // Nonces, confirm values, checks, the DHKey and the MacKey.
  std::vector<Octets> of_phase_2_;
  // The STK, and what the user or another channel has given.
  std::vector<Octets> of_pairing_;
  // What a link that is paired goes on with.
  std::vector<Octets> keys_;
  std::vector<Nonce> nonces_;
  size_t length_ = 0;
};

std::string NameOf(const testing::TestParamInfo<Models>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Models, Wiping, testing::ValuesIn(kModels), NameOf);

TEST_P(Wiping, ForgetsPhase2BeforeTheFirstKeyIsSent) {
  LearnSecrets();
  SmpPair pair;
  Prepare(pair);
  size_t held_before = 0;
  bool keys_sent = false;
  pair.on_air = [&](Role, const Bytes& pdu) {
    const size_t held = CountIn(pair.central().manager, of_phase_2_) +
                        CountIn(pair.peripheral().manager, of_phase_2_);
    keys_sent = keys_sent || PduName(pdu) == "IdentityInformation" ||
                PduName(pdu) == "EncryptionInformation";
    if (keys_sent) {
      EXPECT_EQ(held, 0u) << PduName(pdu);
    } else {
      held_before += held;
    }
    return true;
  };
  pair.Pair();
  EXPECT_TRUE(keys_sent);
  EXPECT_GT(held_before, 0u);
}

TEST_P(Wiping, LeavesNothingButTheKeysWhenAllIsWell) {
  LearnSecrets();
  SmpPair pair;
  Prepare(pair);
  pair.Pair();
  for (const Role role : {Role::kInitiator, Role::kResponder}) {
    ASSERT_TRUE(pair.end(role).Succeeded());
    // The link goes on with these keys.
    EXPECT_TRUE(Holds(pair.end(role).manager, keys_.back()));
  }
  EXPECT_EQ(CountHeld(pair), 0u);
  for (const Octets& key : keys_) EXPECT_FALSE(HeapHolds(key));
}

TEST_P(Wiping, LeavesNothingBehindWhereverTheLinkIsLost) {
  LearnSecrets();
  size_t held_before = 0;
  for (size_t cut = 0; cut < length_; ++cut) {
    SCOPED_TRACE(cut);
    SmpPair pair;
    Prepare(pair);
    pair.on_air = [&](Role, const Bytes&) {
      held_before += pair.pdus() == cut ? CountHeld(pair) : 0;
      return true;
    };
    pair.break_at = cut;
    pair.Pair();
    ASSERT_FALSE(pair.linked());
    EXPECT_EQ(CountHeld(pair), 0u);
  }
  // They were there while they were needed.
  EXPECT_GT(held_before, 0u);
}

TEST_P(Wiping, LeavesNothingBehindWhateverIsRefused) {
  LearnSecrets();
  for (size_t at = 0; at < length_; ++at) {
    SCOPED_TRACE(at);
    SmpPair pair;
    Prepare(pair);
    size_t count = 0;
    pair.on_air = [&](Role, Bytes& pdu) {
      if (count++ == at) pdu.push_back(0);
      return true;
    };
    pair.Pair();
    pair.Advance(std::chrono::seconds(61));
    EXPECT_FALSE(pair.central().Succeeded() && pair.peripheral().Succeeded());
    EXPECT_EQ(CountHeld(pair), 0u);
  }
}

TEST_P(Wiping, LeavesNothingBehindWhenTheTimeIsOver) {
  LearnSecrets();
  for (size_t at = 0; at < length_; ++at) {
    SCOPED_TRACE(at);
    SmpPair pair;
    Prepare(pair);
    size_t count = 0;
    pair.on_air = [&](Role, const Bytes&) { return count++ < at; };
    pair.Pair();
    pair.Advance(std::chrono::seconds(61));
    EXPECT_FALSE(pair.central().manager.busy());
    EXPECT_EQ(CountHeld(pair), 0u);
  }
}

Octets OctetsOf(uint32_t number) {
  Octets octets;
  for (int shift = 0; shift < 32; shift += 8) {
    octets.push_back(static_cast<uint8_t>(number >> shift));
  }
  return octets;
}

TEST(WipingWhatWasShown, LeavesNoPasskeyAndNoNumberBehind) {
  SmpPair passkey;
  Use(passkey, With(kDisplayOnly), With(kKeyboardOnly));
  passkey.Pair();
  ASSERT_TRUE(passkey.central().Succeeded());
  const auto* shown = passkey.central().Asked<PasskeyDisplayPrompt>();
  ASSERT_NE(shown, nullptr);
  EXPECT_FALSE(Holds(passkey.central().manager, OctetsOf(shown->passkey)));
  SmpPair comparison;
  Use(comparison, With(kDisplayYesNo), With(kDisplayYesNo));
  comparison.Pair();
  for (const Role role : {Role::kInitiator, Role::kResponder}) {
    SmpEnd& end = comparison.end(role);
    ASSERT_TRUE(end.Succeeded());
    const auto* compared = end.Asked<NumberComparisonPrompt>();
    ASSERT_NE(compared, nullptr);
    EXPECT_FALSE(Holds(end.manager, OctetsOf(compared->number)));
  }
}

}  // namespace
}  // namespace bondd::smp::test

// Of the whole executable.
void* operator new(size_t size) {
  void* memory = bondd::smp::test::Allocate(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return bondd::smp::test::Allocate(size);
}
void operator delete(void* memory) noexcept { bondd::smp::test::Free(memory); }
void operator delete(void* memory, size_t) noexcept {
  bondd::smp::test::Free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  bondd::smp::test::Free(memory);
}
