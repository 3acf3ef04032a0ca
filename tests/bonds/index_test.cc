#include "bonds/index.h"

#include <gtest/gtest.h>

#include <list>

#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using testing::AdapterAddress;
using testing::BondWithPeer;
using testing::KeyOfPeer;
using testing::PrivateAddress;
using testing::PublicAddress;

Bond BondOfOtherAdapter(uint32_t number) {
  Bond bond = BondWithPeer(number);
  bond.adapter = PublicAddress(0xFFFF);
  return bond;
}

TEST(IndexTest, FindsWhatWasPut) {
  Index index;
  index.Put(BondWithPeer(1));
  ASSERT_NE(index.Find(KeyOfPeer(1)), nullptr);
  EXPECT_EQ(std::as_const(index).Find(KeyOfPeer(2)), nullptr);
  EXPECT_EQ(index.Find({PublicAddress(0xFFFF), PublicAddress(1)}), nullptr);
}

TEST(IndexTest, CountsEachBondOnce) {
  Index index;
  index.Put(BondWithPeer(1));
  index.Put(BondWithPeer(1, 2));
  index.Put(BondWithPeer(2));
  index.Put(BondOfOtherAdapter(1));
  EXPECT_EQ(index.size(), 3u);
  EXPECT_EQ(index.Count(AdapterAddress()), 2u);
  index.Remove(KeyOfPeer(1));
  index.Remove(KeyOfPeer(1));
  EXPECT_EQ(index.size(), 2u);
  index.RemoveAdapter(AdapterAddress());
  index.RemoveAdapter(AdapterAddress());
  EXPECT_EQ(index.size(), 1u);
  EXPECT_EQ(index.Count(AdapterAddress()), 0u);
}

TEST(IndexTest, FindsByIdentityOrPrivateAddress) {
  Index index;
  index.Put(BondWithPeer(1));
  const DeviceAddress address =
      PrivateAddress(*BondWithPeer(1).data.peer_irk, 5);
  EXPECT_EQ(index.FindByAddress(AdapterAddress(), PublicAddress(1)),
            index.Find(KeyOfPeer(1)));
  EXPECT_EQ(index.FindByAddress(AdapterAddress(), address),
            index.Find(KeyOfPeer(1)));
  EXPECT_EQ(index.FindByAddress(AdapterAddress(), PublicAddress(2)), nullptr);
}

TEST(IndexTest, FindsABondUnderAPrivateAddressThatIsItsIdentity) {
  // A peer that distributed no identity is known by its address on the air.
  Index index;
  Bond bond = BondWithPeer(1);
  bond.data.peer_irk.reset();
  bond.data.identity = PrivateAddress(testing::KeyOf<smp::Irk>(99), 1);
  const DeviceAddress address = bond.data.identity;
  index.Put(std::move(bond));
  EXPECT_NE(index.FindByAddress(AdapterAddress(), address), nullptr);
}

TEST(IndexTest, TakesAnIdentityForItselfWhoeverItWasResolvedToBefore) {
  Index index;
  index.Put(BondWithPeer(1));
  const DeviceAddress address =
      PrivateAddress(*BondWithPeer(1).data.peer_irk, 5);
  EXPECT_NE(index.FindByAddress(AdapterAddress(), address), nullptr);
  Bond bond = BondWithPeer(2);
  bond.data.peer_irk.reset();
  bond.data.identity = address;
  index.Put(std::move(bond));
  const Bond* found = index.FindByAddress(AdapterAddress(), address);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->data.identity, address);
}

TEST(IndexTest, ResolvesNothingByAKeyThatIsGone) {
  Index index;
  const DeviceAddress address =
      PrivateAddress(*BondWithPeer(1).data.peer_irk, 5);
  index.Put(BondWithPeer(1));
  EXPECT_NE(index.FindByAddress(AdapterAddress(), address), nullptr);
  Bond without = BondWithPeer(1);
  without.data.peer_irk.reset();
  index.Put(std::move(without));
  EXPECT_EQ(index.FindByAddress(AdapterAddress(), address), nullptr);
  index.Put(BondWithPeer(1));
  index.Remove(KeyOfPeer(1));
  EXPECT_EQ(index.FindByAddress(AdapterAddress(), address), nullptr);
}

TEST(IndexTest, ResolvesByEachKeyThatIsLeftInWhateverOrderTheyGo) {
  Index index;
  const auto found = [&index](uint32_t number) {
    const smp::Irk irk = BondWithPeer(number).data.peer_irk->Clone();
    return index.FindByAddress(AdapterAddress(), PrivateAddress(irk, 5));
  };
  for (const uint32_t number : {1, 2, 3, 4}) index.Put(BondWithPeer(number));
  for (const uint32_t gone : {1, 3, 2, 4}) {
    EXPECT_EQ(found(gone), index.Find(KeyOfPeer(gone)));
    index.Remove(KeyOfPeer(gone));
    EXPECT_EQ(found(gone), nullptr);
    for (const uint32_t number : {1, 2, 3, 4}) {
      EXPECT_EQ(found(number), index.Find(KeyOfPeer(number)));
    }
  }
}

TEST(IndexTest, ListsAWindowOfOneAdaptersBonds) {
  Index index;
  for (const uint32_t number : {5, 3, 1, 4, 2}) index.Put(BondWithPeer(number));
  index.Put(BondOfOtherAdapter(9));
  const auto all = index.List(AdapterAddress(), 0, 0);
  ASSERT_EQ(all.size(), 5u);
  for (uint32_t i = 0; i < 5; ++i) {
    EXPECT_EQ(all[i]->data.identity, PublicAddress(i + 1));
  }
  EXPECT_EQ(index.List(AdapterAddress(), 3, 10).size(), 2u);
  EXPECT_TRUE(index.List(AdapterAddress(), 5, 10).empty());
  EXPECT_TRUE(index.List(PublicAddress(0xEEEE), 0, 0).empty());
}

TEST(IndexTest, KeepsTheOrderWhenBondsComeAndGo) {
  std::list<Bond> bonds;
  for (const uint32_t number : {1, 3, 5}) bonds.push_back(BondWithPeer(number));
  bonds.push_back(BondOfOtherAdapter(9));
  Index index(std::move(bonds));
  EXPECT_EQ(index.size(), 4u);
  index.Put(BondWithPeer(4));
  index.Put(BondWithPeer(3, 2));
  index.Remove(KeyOfPeer(1));
  index.Remove(KeyOfPeer(7));
  std::vector<DeviceAddress> listed;
  for (const Bond* bond : index.List(AdapterAddress(), 0, 0)) {
    listed.push_back(bond->data.identity);
  }
  EXPECT_EQ(listed, (std::vector{PublicAddress(3), PublicAddress(4),
                                 PublicAddress(5)}));
  EXPECT_EQ(index.size(), 4u);
}

TEST(IndexTest, TakesAtMost512OctetsForABond) {
  // The bond in its list, its entry in the table, its place in the order, and
  // its IRK and identity with the resolver.
  constexpr size_t kLinks = 2 * sizeof(void*);
  constexpr size_t kEntry = sizeof(DeviceAddress) + 1 + 8 + 4 * sizeof(void*);
  constexpr size_t kOrder = sizeof(void*);
  constexpr size_t kResolver = 16 + 7 + 1 + 5 * sizeof(void*);
  EXPECT_LE(sizeof(Bond) + kLinks + kEntry + kOrder + kResolver, 512u);
}

}  // namespace
}  // namespace bondd::bonds
