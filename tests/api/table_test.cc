// Each method of the API, with its success and each of its errors, in the whole
// daemon; and that none is left out.

#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "tests/api/documented.h"
#include "tests/api/row.h"

namespace bondd::api::test {
namespace {

// The beds that rows share. Those that take long are begun before any test.
class SharedBeds : public testing::Environment {
 public:
  static Bed& Of(Stage stage) {
    auto& bed = beds_[stage];
    if (!bed) bed = MakeBed(stage);
    return *bed;
  }

  void SetUp() override {
    for (const Stage stage :
         {Stage::kOverdue, Stage::kStalledExport, Stage::kStalledImport}) {
      Of(stage);
    }
  }
  void TearDown() override { beds_.clear(); }

 private:
  inline static std::map<Stage, std::unique_ptr<Bed>> beds_;
};

const testing::Environment* const kSharedBeds =
    testing::AddGlobalTestEnvironment(new SharedBeds);

using RowTest = testing::TestWithParam<Row>;

void ExpectError(const Call& call, const Row& row) {
  EXPECT_EQ(call.error(), "org.bondd.Error." + row.error) << call.message();
  // busctl prints the message alone.
  EXPECT_THAT(call.message(), testing::StartsWith(row.error));
  EXPECT_THAT(call.message(), testing::HasSubstr(row.names));
}

TEST_P(RowTest, IsAnsweredAsTheXmlSays) {
  const Row& row = GetParam();
  std::unique_ptr<Bed> own;
  if (IsOwn(row.stage)) own = MakeBed(row.stage);
  Bed& bed = own ? *own : SharedBeds::Of(row.stage);
  const Json before = own ? Json() : bed.central_.Objects();
  const auto call = row.provoke(bed, row);
  ASSERT_TRUE(call->done());
  if (row.error.empty()) {
    EXPECT_EQ(call->error(), "") << call->message();
    return;
  }
  ExpectError(*call, row);
  if (own && row.stage != Stage::kEnding) {
    EXPECT_EQ(bed.Bonds(), bed.noted());
  }
  // What is overdue changes by its own time.
  if (!own && row.stage != Stage::kOverdue) {
    EXPECT_EQ(bed.central_.Objects(), before);
  }
}

std::string NameOf(const testing::TestParamInfo<Row>& info) {
  const Row& row = info.param;
  std::string name = row.method + "_" +
                     (row.error.empty() ? "Succeeds" : row.error) + "_" +
                     std::to_string(info.index);
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, RowTest, testing::ValuesIn(AllRows()), NameOf);

// Those of the rows whose error is there, or is not.
std::set<std::string> Provoked() {
  std::set<std::string> provoked;
  for (const Row& row : AllRows()) {
    if (row.error.empty()) continue;
    const std::string error =
        row.error.starts_with("Smp.") ? "Smp.*" : row.error;
    provoked.insert(row.method + " " + error);
  }
  return provoked;
}

TEST(CompletenessTest, EachErrorOfTheXmlIsProvokedAndNoOther) {
  EXPECT_THAT(Provoked(), testing::ContainerEq(ReadXml().errors));
}

TEST(CompletenessTest, EachMethodSucceedsAndEachPropertyCanBeSet) {
  std::set<std::string> succeeding;
  for (const Row& row : AllRows()) {
    if (row.error.empty()) succeeding.insert(row.method);
  }
  EXPECT_THAT(succeeding, testing::ContainerEq(ReadXml().methods));
}

// [Vol 3, Part H] 3.5.5, Table 3.7: 0x01 to 0x10, and what is none of these.
TEST(CompletenessTest, EachReasonOfThePeerHasItsError) {
  std::set<std::string> reasons;
  for (const Row& row : AllRows()) {
    if (row.error.starts_with("Smp.")) reasons.insert(row.error);
  }
  EXPECT_EQ(reasons.size(), 17u);
}

}  // namespace
}  // namespace bondd::api::test
