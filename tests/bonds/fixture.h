// A state directory with a store in it that is opened, damaged and opened
// again.

#ifndef BONDD_TESTS_BONDS_FIXTURE_H_
#define BONDD_TESTS_BONDS_FIXTURE_H_

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bonds/bond_file.h"
#include "bonds/notice.h"
#include "bonds/opening.h"
#include "bonds/seal.h"
#include "bonds/state_directory.h"
#include "bonds/store.h"
#include "tests/bonds/support.h"

namespace bondd::bonds::testing {

// The value of a result that has to be one.
template <typename T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}
inline void Must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message);
}

inline Sealer SealerOf(uint8_t key) {
  return Must(Sealer::Make(KeyOf<SealKey>(key)));
}

// Runs SQL on a closed file, behind the store's back.
inline void RunSql(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* connection = nullptr;
  sqlite3_open(file.c_str(), &connection);
  char* error = nullptr;
  const int result =
      sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, &error);
  const std::string message = error == nullptr ? "" : error;
  sqlite3_free(error);
  sqlite3_close(connection);
  if (result != SQLITE_OK) throw std::runtime_error(message);
}

// The first column of the first row.
inline int64_t QuerySql(const std::filesystem::path& file,
                        const std::string& sql) {
  return Must(Must(Database::Open(file)).QueryInteger(sql));
}

inline size_t CountOf(const std::vector<Notice>& notices, NoticeKind kind) {
  return static_cast<size_t>(std::ranges::count(notices, kind, &Notice::kind));
}

class StoreFixture : public ::testing::Test {
 protected:
  const std::filesystem::path& Path() const { return directory_.path(); }
  std::filesystem::path File(const std::string& name) const {
    return Path() / name;
  }

  Result<std::unique_ptr<Store>> TryOpen() {
    return Store::Open(
        {.directory = Path(), .max_bonds = 1024, .credentials = credentials_});
  }

  void Open() {
    Close();
    store_ = Must(TryOpen());
    notices_ = store_->TakeNotices();
  }
  // Waits until the copy was checked, and adds what that told.
  void OpenAndSettle() {
    Open();
    store_->Drain();
    std::ranges::move(store_->TakeNotices(), std::back_inserter(notices_));
  }
  void Close() { store_.reset(); }

  void MustSave(Bond bond) {
    Must(Await(*store_, store_->Save(std::move(bond))));
  }

  // A closed store with three bonds of peers 1, 2, 3 and an identity.
  void MakeStore() {
    Open();
    MustSave(BondWithPeer(1));
    MustSave(LegacyBondWithPeer(2));
    MustSave(BondWithPeer(3));
    identity_ = Must(AwaitIdentity(*store_, "hci0"));
    Close();
  }
  // All but the bond of peer 1.
  void ExpectOthersThere() {
    ASSERT_NE(store_->Find(KeyOfPeer(2)), nullptr);
    ASSERT_NE(store_->Find(KeyOfPeer(3)), nullptr);
    EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(2)), LegacyBondWithPeer(2)));
    EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(3)), BondWithPeer(3)));
    EXPECT_TRUE(Must(AwaitIdentity(*store_, "hci0")) == identity_);
  }
  void ExpectAllThere() {
    ASSERT_NE(store_->Find(KeyOfPeer(1)), nullptr);
    EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(1)), BondWithPeer(1)));
    ExpectOthersThere();
    EXPECT_EQ(store_->Count(AdapterAddress()), 3u);
  }
  // One row lies in the quarantine, and the next start has nothing to tell.
  void ExpectOneInQuarantine() {
    Close();
    EXPECT_EQ(QuerySql(File("bonds.db"), "SELECT count(*) FROM quarantine"), 1);
    OpenAndSettle();
    ExpectAllThere();
    EXPECT_TRUE(notices_.empty());
  }

  // A state to start from again and again.
  std::filesystem::path Template() const { return templates_.path() / "state"; }

  void KeepAsTemplate() {
    Close();
    std::filesystem::copy(Path(), Template(),
                          std::filesystem::copy_options::recursive);
  }
  void StartFromTemplate() {
    Close();
    for (const auto& entry : std::filesystem::directory_iterator(Path())) {
      std::filesystem::remove_all(entry);
    }
    std::filesystem::copy(Template(), Path(),
                          std::filesystem::copy_options::recursive);
  }

  TemporaryDirectory directory_;
  TemporaryDirectory templates_;
  std::filesystem::path credentials_;
  std::unique_ptr<Store> store_;
  std::vector<Notice> notices_;
  LocalIdentity identity_;
};

}  // namespace bondd::bonds::testing

#endif  // BONDD_TESTS_BONDS_FIXTURE_H_
