#include "bonds/database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

class DatabaseTest : public ::testing::Test {
 protected:
  std::filesystem::path File() const { return directory_.path() / "test.db"; }

  Database MustOpen() {
    Result<Database> database = Database::Open(File());
    if (!database) throw std::runtime_error(database.error().message);
    return std::move(*database);
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(DatabaseTest, KeepsWhatWasCommitted) {
  {
    Database database = MustOpen();
    auto transaction = Transaction::Begin(database);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(database.Execute("CREATE TABLE t(a);INSERT INTO t VALUES(7)"));
    ASSERT_TRUE(transaction->Commit());
  }
  Database database = MustOpen();
  EXPECT_EQ(database.QueryInteger("SELECT a FROM t").value(), 7);
}

TEST_F(DatabaseTest, UndoesWhatWasNotCommitted) {
  Database database = MustOpen();
  ASSERT_TRUE(database.Execute("CREATE TABLE t(a)"));
  {
    auto transaction = Transaction::Begin(database);
    ASSERT_TRUE(database.Execute("INSERT INTO t VALUES(7)"));
  }
  EXPECT_EQ(database.QueryInteger("SELECT count(*) FROM t").value(), 0);
}

TEST_F(DatabaseTest, CarriesIntegersAndOctetsBothWays) {
  Database database = MustOpen();
  ASSERT_TRUE(database.Execute("CREATE TABLE t(a, b, c)"));
  const Bytes octets = {0, 1, 255};
  auto insert = database.Prepare("INSERT INTO t VALUES(?, ?, ?)");
  ASSERT_TRUE(insert);
  ASSERT_TRUE(insert->Bind(-5).Bind(octets).Bind(ByteView()).Run());
  EXPECT_EQ(database.changes(), 1);
  auto select = database.Prepare("SELECT a, b, c FROM t");
  ASSERT_TRUE(select);
  ASSERT_TRUE(select->Step().value());
  EXPECT_EQ(select->Integer(0), -5);
  EXPECT_TRUE(std::ranges::equal(select->Blob(1), octets));
  EXPECT_TRUE(select->Blob(2).empty());
  EXPECT_FALSE(select->Step().value());
  // An empty octet string is not NULL.
  EXPECT_EQ(
      database.QueryInteger("SELECT count(*) FROM t WHERE c IS NULL").value(),
      0);
}

TEST_F(DatabaseTest, RunsAStatementAnyNumberOfTimes) {
  Database database = MustOpen();
  ASSERT_TRUE(database.Execute("CREATE TABLE t(a)"));
  auto insert = database.Prepare("INSERT INTO t VALUES(?)");
  for (const int64_t value : {1, 2, 3}) ASSERT_TRUE(insert->Bind(value).Run());
  EXPECT_EQ(database.QueryInteger("SELECT sum(a) FROM t").value(), 6);
}

TEST_F(DatabaseTest, TellsAFileThatIsNoDatabaseAndLeavesItAlone) {
  const std::string text(5000, 'x');
  std::ofstream(File()) << text;
  const auto database = Database::Open(File());
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(database.error().message.find(File().native()), std::string::npos);
  std::ifstream file(File());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text);
}

TEST_F(DatabaseTest, MakesItsFilesPrivateWhateverTheUmaskIs) {
  const mode_t previous = ::umask(0);
  Database database = MustOpen();
  ASSERT_TRUE(database.Execute("CREATE TABLE t(a)"));
  ::umask(previous);
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(directory_.path())) {
    struct stat status {};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 2);  // the database and its write-ahead log
}

TEST_F(DatabaseTest, DoesNotFollowALinkOutOfTheDirectory) {
  const std::filesystem::path target = directory_.path() / "target";
  std::filesystem::create_symlink(target, File());
  EXPECT_FALSE(Database::Open(File()));
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_F(DatabaseTest, SaysThatADirectoryIsNoDatabase) {
  std::filesystem::create_directory(File());
  EXPECT_FALSE(Database::Open(File()));
}

TEST_F(DatabaseTest, SharesItsFileWithNobody) {
  Database database = MustOpen();
  ASSERT_TRUE(database.Execute("CREATE TABLE t(a)"));
  const auto second = Database::Open(File());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
}

TEST_F(DatabaseTest, SaysWhichStatementOfOursTheFileDoesNotKnow) {
  Database database = MustOpen();
  const auto statement = database.Prepare("SELECT a FROM absent");
  ASSERT_FALSE(statement);
  EXPECT_EQ(statement.error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace bondd::bonds
