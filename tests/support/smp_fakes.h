// What stands around a Security Manager in tests: repeatable randomness, key
// pairs that can be foretold, and bonds in memory.

#ifndef BONDD_TESTS_SUPPORT_SMP_FAKES_H_
#define BONDD_TESTS_SUPPORT_SMP_FAKES_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "smp/sources.h"

namespace bondd::smp::test {

// Gives the same octets for the same seed, or nothing once it is exhausted or
// has been asked as often as it may.
class SeededRandom : public RandomSource {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}
  bool Fill(std::span<uint8_t> out) override;

  bool exhausted = false;
  std::optional<size_t> draws_left;

 private:
  std::mt19937_64 engine_;
};

// Makes pairs of a seed, after those that were put in by hand.
class SeededKeyPairs : public KeyPairSource {
 public:
  explicit SeededKeyPairs(uint64_t seed) : random_(seed) {}
  Result<KeyPair> Take() override;

  std::deque<KeyPair> next;
  bool exhausted = false;
  // The X of all pairs that were taken.
  std::vector<PublicKey::Coordinate> taken;

 private:
  SeededRandom random_;
};

// As the bond store: by identity, or by an address that an IRK resolves.
class BondsInMemory : public BondLookup {
 public:
  const BondData* FindBond(const DeviceAddress& address) const override;
  void Put(BondData bond);
  void Remove(const DeviceAddress& identity) { bonds_.erase(identity); }
  size_t size() const { return bonds_.size(); }
  BondsInMemory Clone() const;
  // Whether all fields of all bonds are the same.
  bool operator==(const BondsInMemory& other) const;

 private:
  std::map<DeviceAddress, BondData> bonds_;
};

// "11:22:33:44:55:66" and the like; the text has to be an address.
DeviceAddress PublicAddress(std::string_view text);
DeviceAddress RandomAddress(std::string_view text);

// A resolvable private address of whoever has this IRK, always the same.
DeviceAddress PrivateAddressOf(const Irk& irk);

// The octets of each PDU, by its code; 0 where there is no such code.
inline constexpr size_t kPduLengths[] = {0,  7, 7,  17, 17, 2,  17, 11,
                                         17, 8, 17, 2,  65, 17, 2};

// A secret whose octets count up from `first`.
template <typename SecretType>
SecretType Counting(uint8_t first) {
  SecretType secret;
  for (uint8_t& octet : secret.Fill()) octet = first++;
  return secret;
}

// Whether all fields are the same.
bool SameBond(const BondData& a, const BondData& b);

}  // namespace bondd::smp::test

#endif  // BONDD_TESTS_SUPPORT_SMP_FAKES_H_
