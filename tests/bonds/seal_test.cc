#include "bonds/seal.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using testing::KeyOf;

class SealTest : public ::testing::Test {
 protected:
  static Sealer SealerOf(uint8_t key) {
    Result<Sealer> sealer = Sealer::Make(KeyOf<SealKey>(key));
    if (!sealer) throw std::runtime_error(sealer.error().message);
    return std::move(*sealer);
  }

  Bytes SealOf(ByteView plaintext, ByteView associated) {
    Result<Bytes> sealed = sealer_.Seal(plaintext, associated);
    if (!sealed) throw std::runtime_error(sealed.error().message);
    return std::move(*sealed);
  }

  bool Opens(ByteView sealed, ByteView associated, size_t size = 5) {
    Bytes out(size, 0xEE);
    return sealer_.Open(sealed, associated, out);
  }

  Sealer sealer_ = SealerOf(1);
  const Bytes plaintext_ = {1, 2, 3, 4, 5};
  const Bytes associated_ = {7, 8, 9};
};

TEST_F(SealTest, OpensWhatItSealed) {
  const Bytes sealed = SealOf(plaintext_, associated_);
  EXPECT_EQ(sealed.size(), plaintext_.size() + kSealOverhead);
  Bytes out(plaintext_.size());
  ASSERT_TRUE(sealer_.Open(sealed, associated_, out));
  EXPECT_EQ(out, plaintext_);
}

TEST_F(SealTest, SealsNothingAtAll) {
  const Bytes sealed = SealOf({}, associated_);
  EXPECT_TRUE(Opens(sealed, associated_, 0));
  EXPECT_FALSE(Opens(sealed, {}, 0));
}

TEST_F(SealTest, OpensNothingInWhichOneBitIsAnother) {
  const Bytes sealed = SealOf(plaintext_, associated_);
  for (size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    Bytes flipped = sealed;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    EXPECT_FALSE(Opens(flipped, associated_)) << bit;
  }
}

TEST_F(SealTest, OpensNothingBesideOtherData) {
  const Bytes sealed = SealOf(plaintext_, associated_);
  EXPECT_FALSE(Opens(sealed, Bytes{7, 8}));
  EXPECT_FALSE(Opens(sealed, Bytes{7, 8, 9, 0}));
  EXPECT_FALSE(Opens(sealed, Bytes{7, 8, 8}));
}

TEST_F(SealTest, OpensNothingOfAnotherLength) {
  const Bytes sealed = SealOf(plaintext_, associated_);
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(Opens(ByteView(sealed).first(size), associated_)) << size;
  }
  Bytes longer = sealed;
  longer.push_back(0);
  EXPECT_FALSE(Opens(longer, associated_));
}

TEST_F(SealTest, OpensNothingThatAnotherKeySealed) {
  const Bytes sealed = SealOf(plaintext_, associated_);
  Sealer other = SealerOf(2);
  Bytes out(plaintext_.size());
  EXPECT_FALSE(other.Open(sealed, associated_, out));
}

TEST_F(SealTest, LeavesNothingOfWhatItWouldNotOpen) {
  Bytes sealed = SealOf(plaintext_, associated_);
  sealed.back() ^= 1;
  Bytes out(plaintext_.size(), 0xEE);
  EXPECT_FALSE(sealer_.Open(sealed, associated_, out));
  EXPECT_EQ(out, Bytes(plaintext_.size(), 0));
}

TEST_F(SealTest, UsesEachNonceOnce) {
  std::set<Bytes> nonces;
  for (int i = 0; i < 1000; ++i) {
    const Bytes sealed = SealOf(plaintext_, associated_);
    nonces.emplace(sealed.begin(), sealed.begin() + kSealNonceSize);
  }
  EXPECT_EQ(nonces.size(), 1000u);
}

TEST_F(SealTest, GoesOnAfterSomethingThatWouldNotOpen) {
  const Bytes sealed = SealOf(plaintext_, associated_);
  EXPECT_FALSE(Opens(Bytes(40, 0), associated_, 12));
  EXPECT_TRUE(Opens(sealed, associated_));
}

TEST(MakeSealKeyTest, MakesAnotherKeyEachTime) {
  const Result<SealKey> first = MakeSealKey();
  const Result<SealKey> second = MakeSealKey();
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(*first == *second);
  EXPECT_FALSE(first->IsZero());
}

}  // namespace
}  // namespace bondd::bonds
