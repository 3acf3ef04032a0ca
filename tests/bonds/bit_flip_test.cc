// One bit flips in one of the files: nothing crashes, no bond is lost and none
// is accepted that was not written.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::Await;
using testing::BondWithPeer;
using testing::KeyOfPeer;
using testing::LegacyBondWithPeer;
using testing::Must;
using testing::ReadWholeFile;
using testing::SameBond;
using testing::WriteWholeFile;

// Primes, so that every position within an octet has its turn.
struct Stride {
  size_t used = 29;
  size_t unused = 797;
};

// For a thorough night BONDS_FLIP_EACH says another.
Stride EachHowMany() {
  const char* const given = std::getenv("BONDS_FLIP_EACH");
  if (given == nullptr) return {};
  const size_t each = std::strtoul(given, nullptr, 10);
  return {.used = each, .unused = each};
}

class BitFlipTest : public testing::StoreFixture {
 protected:
  // A store as a power cut leaves it: its logs are not empty.
  void MakeInterruptedStore() {
    MakeStore();
    const pid_t child = ::fork();
    if (child == 0) {
      Open();
      MustSave(BondWithPeer(1, 2));
      MustSave(BondWithPeer(4));
      Must(Await(*store_, store_->Remove(KeyOfPeer(3))));
      store_->Touch(KeyOfPeer(1), 1'700'000'000'000'000);
      store_->Drain();
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_EQ(status, 0);
    KeepAsTemplate();
  }

  // Names and times are outside the seal, and may be others.
  static bool SameSealed(const Bond* found, Bond expected) {
    if (found == nullptr) return false;
    expected.name = found->name;
    expected.last_used = found->last_used;
    return SameBond(*found, expected);
  }

  void ExpectStateOfInterruptedStore() {
    EXPECT_FALSE(store_->locked());
    EXPECT_TRUE(SameSealed(store_->Find(KeyOfPeer(1)), BondWithPeer(1, 2)));
    EXPECT_TRUE(SameSealed(store_->Find(KeyOfPeer(2)), LegacyBondWithPeer(2)));
    EXPECT_EQ(store_->Find(KeyOfPeer(3)), nullptr);
    EXPECT_TRUE(SameSealed(store_->Find(KeyOfPeer(4)), BondWithPeer(4)));
    EXPECT_EQ(store_->Count(testing::AdapterAddress()), 3u);
    EXPECT_TRUE(Must(testing::AwaitIdentity(*store_, "hci0")) == identity_);
  }

  // Flips bits of the file, one at a time: every k-th, and more of them where
  // there is something, for most of a small file is unused space.
  void FlipEachBitOf(const std::string& name, Stride stride) {
    const std::string whole = ReadWholeFile(Template() / name);
    ASSERT_FALSE(whole.empty()) << name;
    size_t flips = 0;
    for (size_t bit = 0; bit < 8 * whole.size() && !HasFailure(); ++bit) {
      const bool used = whole[bit / 8] != 0;
      if (bit % (used ? stride.used : stride.unused) != 0) continue;
      SCOPED_TRACE(name + ", bit " + std::to_string(bit));
      StartFromTemplate();
      std::string flipped = whole;
      flipped[bit / 8] ^= static_cast<char>(1 << (bit % 8));
      WriteWholeFile(File(name), flipped);
      // What the first start mended is there for good.
      for (int start = 0; start < 2; ++start) {
        OpenAndSettle();
        ExpectStateOfInterruptedStore();
      }
      ++flips;
    }
    std::cout << name << ": " << flips << " of " << 8 * whole.size()
              << " bits, each " << stride.used << "th of octets in use, each "
              << stride.unused << "th of zeros\n";
  }
};

TEST_F(BitFlipTest, LosesNothingByAnyBitOfTheFile) {
  MakeInterruptedStore();
  FlipEachBitOf("bonds.db", EachHowMany());
}

TEST_F(BitFlipTest, LosesNothingByAnyBitOfItsLog) {
  MakeInterruptedStore();
  FlipEachBitOf("bonds.db-wal", EachHowMany());
}

TEST_F(BitFlipTest, LosesNothingByAnyBitOfTheCopy) {
  MakeInterruptedStore();
  FlipEachBitOf("bonds.copy", EachHowMany());
}

TEST_F(BitFlipTest, LosesNothingByAnyBitOfTheLogOfTheCopy) {
  MakeInterruptedStore();
  FlipEachBitOf("bonds.copy-wal", EachHowMany());
}

TEST_F(BitFlipTest, LosesNothingByAnyBitOfTheKeyFile) {
  MakeInterruptedStore();
  FlipEachBitOf("bonds.key", {.used = 1, .unused = 1});
}

}  // namespace
}  // namespace bondd::bonds
