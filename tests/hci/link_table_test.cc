#include "hci/link_table.h"

#include <gtest/gtest.h>

namespace bondd::hci {
namespace {

constexpr uint16_t kHandle = 0x0040;

TEST(LinkTable, FindsALinkByEitherName) {
  LinkTable table;
  const LinkId id = table.Add(kHandle, Role::kCentral, true).id;
  ASSERT_NE(table.Find(kHandle), nullptr);
  EXPECT_EQ(table.Find(kHandle)->id, id);
  EXPECT_EQ(table.Find(id), table.Find(kHandle));
  EXPECT_EQ(table.Find(uint16_t{0x0041}), nullptr);
}

TEST(LinkTable, ForgetsARemovedLink) {
  LinkTable table;
  Link& link = table.Add(kHandle, Role::kCentral, true);
  const LinkId id = link.id;
  table.Remove(link);
  EXPECT_EQ(table.Find(kHandle), nullptr);
  EXPECT_EQ(table.Find(id), nullptr);
  EXPECT_TRUE(table.empty());
}

TEST(LinkTable, GivesANewIdToAHandleThatIsUsedAgain) {
  LinkTable table;
  Link& first = table.Add(kHandle, Role::kCentral, true);
  const LinkId id = first.id;
  table.Remove(first);
  EXPECT_NE(table.Add(kHandle, Role::kCentral, true).id, id);
}

TEST(LinkTable, HidesLinksThatTheOwnerDoesNotKnow) {
  LinkTable table;
  const LinkId id = table.Add(kHandle, Role::kCentral, false).id;
  EXPECT_NE(table.Find(id), nullptr);
  EXPECT_EQ(table.FindReported(id), nullptr);
  EXPECT_EQ(table.FindReported(kHandle), nullptr);
}

TEST(LinkTable, ListsAllLinks) {
  LinkTable table;
  const LinkId one = table.Add(kHandle, Role::kCentral, true).id;
  const LinkId two = table.Add(0x0041, Role::kPeripheral, false).id;
  EXPECT_EQ(table.ids(), (std::vector<LinkId>{one, two}));
}

}  // namespace
}  // namespace bondd::hci
