#include "bonds/schema.h"

#include <gtest/gtest.h>

#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::Must;
using testing::RunSql;

class SchemaTest : public ::testing::Test {
 protected:
  std::filesystem::path File() const { return directory_.path() / "test.db"; }

  Result<int64_t> Prepare() {
    Database database = Must(Database::Open(File()));
    return PrepareSchema(database);
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(SchemaTest, MakesTablesOnceAndKnowsThemAgain) {
  EXPECT_EQ(Must(Prepare()), kSchemaVersion);
  EXPECT_EQ(Must(Prepare()), kSchemaVersion);
}

TEST_F(SchemaTest, KnowsAnUnsealedFile) {
  std::filesystem::copy(UNSEALED_STORE, File());
  EXPECT_EQ(Must(Prepare()), kUnsealedSchemaVersion);
}

TEST_F(SchemaTest, TakesNoTablesThatAreNotExactlyItsOwn) {
  for (const char* sql :
       {"CREATE TABLE other(a)", "CREATE INDEX i ON bonds(name)",
        "DROP TABLE quarantine", "ALTER TABLE bonds ADD COLUMN more",
        "CREATE TRIGGER t AFTER INSERT ON bonds BEGIN DELETE FROM bonds; END",
        "PRAGMA application_id = 7", "PRAGMA user_version = 1"}) {
    std::filesystem::remove(File());
    Must(Prepare());
    RunSql(File(), sql);
    const auto version = Prepare();
    ASSERT_FALSE(version) << sql;
    EXPECT_EQ(version.error().code, ErrorCode::kCorrupt) << sql;
  }
}

TEST_F(SchemaTest, LeavesADatabaseOfSomebodyElseAlone) {
  RunSql(File(), "CREATE TABLE other(a)");
  EXPECT_FALSE(Prepare());
  EXPECT_EQ(testing::QuerySql(File(), "SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(SchemaTest, SaysThatAFileIsNewer) {
  Must(Prepare());
  RunSql(File(), "PRAGMA user_version = 3");
  const auto version = Prepare();
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, ErrorCode::kNotSupported);
}

}  // namespace
}  // namespace bondd::bonds
