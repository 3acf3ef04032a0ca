#include "common/secret.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <type_traits>
#include <utility>

namespace bondd {
namespace {

using Key = Secret<struct KeyTag, 16>;
using OtherKey = Secret<struct OtherKeyTag, 16>;

template <typename T>
concept Formattable = fmt::is_formattable<T>::value;
template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(Formattable<int>);
static_assert(!Formattable<Key>);
static_assert(!Streamable<Key>);
static_assert(!std::is_copy_constructible_v<Key>);
static_assert(!std::is_copy_assignable_v<Key>);
static_assert(!std::is_convertible_v<Key, OtherKey>);
static_assert(!std::is_constructible_v<OtherKey, Key>);

Key MakeKey() {
  Key key;
  for (size_t i = 0; i < 16; ++i) key.Fill()[i] = static_cast<uint8_t>(i + 1);
  return key;
}

TEST(Secret, ComparesByValue) {
  EXPECT_TRUE(MakeKey() == MakeKey());
  Key other = MakeKey();
  other.Fill()[15] ^= 1;
  EXPECT_FALSE(MakeKey() == other);
  EXPECT_TRUE(Key().IsZero());
  EXPECT_FALSE(MakeKey().IsZero());
}

TEST(Secret, LeavesNothingBehindWhenItIsMoved) {
  Key from = MakeKey();
  const std::span<const uint8_t, 16> octets = from.Reveal();
  const Key to = std::move(from);
  EXPECT_TRUE(to == MakeKey());
  for (const uint8_t octet : octets) EXPECT_EQ(octet, 0);
}

TEST(Secret, LeavesNothingBehindWhenItsLifeEnds) {
  alignas(Key) std::array<uint8_t, sizeof(Key)> place{};
  Key* key = new (place.data()) Key(MakeKey());
  EXPECT_NE(place[3], 0);
  key->~Key();
  for (const uint8_t octet : place) EXPECT_EQ(octet, 0);
}

TEST(Secret, SurvivesBeingMovedToItself) {
  Key key = MakeKey();
  Key& same = key;
  key = std::move(same);
  EXPECT_TRUE(key == MakeKey());
}

}  // namespace
}  // namespace bondd
