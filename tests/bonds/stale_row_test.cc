// A row, or all of them, as they were before they were written last: well
// sealed, and yet not what was acknowledged.

#include <gtest/gtest.h>

#include <algorithm>

#include "bonds/key_file.h"
#include "bonds/rekey.h"
#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::Await;
using testing::BondWithPeer;
using testing::CountOf;
using testing::KeyOfPeer;
using testing::Must;
using testing::QuerySql;
using testing::RunSql;
using testing::SameBond;

// The length of a head's seal without the sum of the generations, and with it.
constexpr int64_t kWithoutSum = 12 + 16;
constexpr int64_t kWithSum = kWithoutSum + 8;

class StaleRowTest : public testing::StoreFixture {
 protected:
  StaleRowTest() { MakeStore(); }

  // The row that this transaction of MakeStore() wrote, for later.
  void KeepRow(int generation) {
    RunSql(File("bonds.db"),
           "ATTACH '" + Kept(generation) +
               "' AS kept; CREATE TABLE kept.bonds AS SELECT * FROM bonds "
               "WHERE generation = " +
               std::to_string(generation));
  }
  void PutRowBack(const char* name, int generation) {
    RunSql(File(name), "ATTACH '" + Kept(generation) +
                           "' AS kept; INSERT OR REPLACE INTO bonds "
                           "SELECT * FROM kept.bonds");
  }

  void ReplaceFirst() {
    Open();
    MustSave(BondWithPeer(1, 2));
    Close();
  }
  void ExpectFirstReplaced() {
    ASSERT_NE(store_->Find(KeyOfPeer(1)), nullptr);
    EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(1)), BondWithPeer(1, 2)));
    ExpectOthersThere();
    EXPECT_EQ(store_->Count(testing::AdapterAddress()), 3u);
  }
  void ExpectNoticeOfOldRow() {
    ASSERT_EQ(CountOf(notices_, NoticeKind::kRestored), 1u);
    const auto told =
        std::ranges::find(notices_, NoticeKind::kRestored, &Notice::kind);
    EXPECT_NE(told->message.find("older than it should be"), std::string::npos)
        << told->message;
    EXPECT_EQ(CountOf(notices_, NoticeKind::kRowSetAside), 0u);
  }
  void ExpectStaleFirstYields() {
    KeepRow(1);
    ReplaceFirst();
    PutRowBack("bonds.db", 1);
    OpenAndSettle();
    ExpectFirstReplaced();
    ExpectNoticeOfOldRow();
  }
  void ExpectQuietStart() {
    OpenAndSettle();
    EXPECT_TRUE(notices_.empty()) << notices_.front().message;
  }

  int64_t SealOfHead(const char* name) {
    return QuerySql(File(name), "SELECT length(sealed) FROM head");
  }
  // As a former bondd sealed it.
  void TakeSumOutOfHead(const char* name) {
    Sealer sealer = Must(Sealer::Make(*Must(ReadKeyFile(File("bonds.key")))));
    const auto column = [&](const std::string& of) {
      return static_cast<uint64_t>(
          QuerySql(File(name), "SELECT " + of + " FROM head"));
    };
    Writer associated;
    associated.U8('H')
        .U64(column("generation"))
        .U64(column("bonds"))
        .U64(column("identities"));
    const Bytes sealed = Must(sealer.Seal({}, associated.Finish()));
    auto database = Must(Database::Open(File(name)));
    auto update = Must(database.Prepare("UPDATE head SET sealed = ?"));
    Must(update.Bind(sealed).Run());
  }

 private:
  std::string Kept(int generation) const {
    return (templates_.path() / ("row" + std::to_string(generation))).native();
  }
};

TEST_F(StaleRowTest, YieldsToTheNewerBondOfTheCopy) {
  ExpectStaleFirstYields();
  ExpectQuietStart();
  ExpectFirstReplaced();
}

TEST_F(StaleRowTest, OfTheCopyIsMended) {
  KeepRow(1);
  ReplaceFirst();
  PutRowBack("bonds.copy", 1);
  OpenAndSettle();
  ExpectFirstReplaced();
  ASSERT_EQ(notices_.size(), 1u);
  EXPECT_EQ(notices_[0].kind, NoticeKind::kCopy);
  ExpectQuietStart();
  Close();
  std::filesystem::remove(File("bonds.db"));
  OpenAndSettle();
  ExpectFirstReplaced();
}

TEST_F(StaleRowTest, BringsNoSignCounterBack) {
  KeepRow(1);
  Open();
  Must(Await(*store_, store_->AcceptSignCounter(KeyOfPeer(1), 4711)));
  const uint32_t accepted = store_->Find(KeyOfPeer(1))->data.peer_sign_counter;
  EXPECT_GT(accepted, 4000u);
  Close();
  PutRowBack("bonds.db", 1);
  OpenAndSettle();
  ASSERT_NE(store_->Find(KeyOfPeer(1)), nullptr);
  EXPECT_GE(store_->Find(KeyOfPeer(1))->data.peer_sign_counter, accepted);
  ExpectNoticeOfOldRow();
  ExpectQuietStart();
  EXPECT_GE(store_->Find(KeyOfPeer(1))->data.peer_sign_counter, accepted);
}

TEST_F(StaleRowTest, IsNoMatchForANewerOneInEitherFile) {
  KeepRow(1);
  KeepRow(3);
  ReplaceFirst();
  Open();
  MustSave(BondWithPeer(3, 2));
  Close();
  PutRowBack("bonds.db", 1);
  PutRowBack("bonds.copy", 3);
  OpenAndSettle();
  EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(1)), BondWithPeer(1, 2)));
  EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(3)), BondWithPeer(3, 2)));
  ExpectNoticeOfOldRow();
  ExpectQuietStart();
}

TEST_F(StaleRowTest, OfARemovedBondStaysAwayThoughTheNumberOfRowsIsRight) {
  KeepRow(1);
  Open();
  Must(Await(*store_, store_->Remove(KeyOfPeer(1))));
  Close();
  PutRowBack("bonds.db", 1);
  RunSql(File("bonds.db"), "DELETE FROM bonds WHERE generation = 3");
  OpenAndSettle();
  EXPECT_EQ(store_->Find(KeyOfPeer(1)), nullptr);
  ExpectOthersThere();
  ExpectNoticeOfOldRow();
  ExpectQuietStart();
}

TEST_F(StaleRowTest, ThatIsTheSameInBothFilesIsToldOfOnce) {
  KeepRow(1);
  ReplaceFirst();
  PutRowBack("bonds.db", 1);
  PutRowBack("bonds.copy", 1);
  OpenAndSettle();
  // The newer one is nowhere any more.
  ExpectAllThere();
  ExpectNoticeOfOldRow();
  ExpectQuietStart();
}

TEST_F(StaleRowTest, CanNotBeToldWhereBothFilesAreOldAsAWhole) {
  KeepAsTemplate();
  ReplaceFirst();
  StartFromTemplate();
  ExpectQuietStart();
  ExpectAllThere();
}

TEST_F(StaleRowTest, IsFoundAfterAChangeOfTheKey) {
  Must(Rekey(Path(), {}));
  ExpectQuietStart();
  ExpectAllThere();
  Close();
  ExpectStaleFirstYields();
}

TEST_F(StaleRowTest, HeadsOfAFormerBonddAreTakenAndGetTheirSum) {
  for (const char* name : {"bonds.db", "bonds.copy"}) {
    EXPECT_EQ(SealOfHead(name), kWithSum);
    TakeSumOutOfHead(name);
    EXPECT_EQ(SealOfHead(name), kWithoutSum);
  }
  ExpectQuietStart();
  ExpectAllThere();
  Close();
  KeepRow(1);
  ReplaceFirst();
  for (const char* name : {"bonds.db", "bonds.copy"}) {
    EXPECT_EQ(SealOfHead(name), kWithSum);
  }
  ExpectQuietStart();
  ExpectFirstReplaced();
  Close();
  PutRowBack("bonds.db", 1);
  OpenAndSettle();
  ExpectFirstReplaced();
  ExpectNoticeOfOldRow();
}

}  // namespace
}  // namespace bondd::bonds
