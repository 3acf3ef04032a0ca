// The published and derived numbers of tests/spec-vectors.json, and the
// examiners that hold one of them against the functions of smp/.

#ifndef BONDD_TESTS_SMP_SPEC_VECTORS_H_
#define BONDD_TESTS_SMP_SPEC_VECTORS_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "common/bytes.h"
#include "common/device_address.h"
#include "smp/crypto.h"
#include "smp/keys.h"

namespace bondd::smp::test {

using Json = nlohmann::json;

// In the order of the text.
Bytes FromHex(const std::string& text);

// Most significant octet first in the text, least significant first in memory.
Bytes FromPrinted(const std::string& text);

template <size_t N>
std::array<uint8_t, N> ToArray(const Bytes& octets) {
  std::array<uint8_t, N> out{};
  EXPECT_EQ(octets.size(), N);
  std::copy_n(octets.begin(), std::min(N, octets.size()), out.begin());
  return out;
}

template <typename SecretType>
SecretType SecretOf(const Bytes& octets) {
  const auto array = ToArray<SecretType::kSize>(octets);
  return SecretType(std::span<const uint8_t, SecretType::kSize>(array));
}

template <typename SecretType>
SecretType Printed(const Json& text) {
  return SecretOf<SecretType>(FromPrinted(text.get<std::string>()));
}

template <typename SecretType>
SecretType Wire(const Json& text) {
  return SecretOf<SecretType>(FromHex(text.get<std::string>()));
}

template <size_t N>
std::array<uint8_t, N> PrintedArray(const Json& text) {
  return ToArray<N>(FromPrinted(text.get<std::string>()));
}

template <size_t N>
std::array<uint8_t, N> WireArray(const Json& text) {
  return ToArray<N>(FromHex(text.get<std::string>()));
}

// Most significant octet first, as the file's outputs are.
std::string ToPrinted(ByteView octets);

// An octet of type, then the address as people write it.
DeviceAddress AddressOf(const Json& text);

using Examiner = std::function<void(const Json& vector)>;
// Whole pairings: "transcript_legacy" and "transcript_sc".
void ExamineLegacyTranscript(const Json& vector);
void ExamineSecureConnectionsTranscript(const Json& vector);
// Keys that must be refused, and those that must not.
void ExaminePublicKey(const Json& vector);

}  // namespace bondd::smp::test

#endif  // BONDD_TESTS_SMP_SPEC_VECTORS_H_
