// kill -9 at every call that changes a file: whatever the store was doing, the
// old state or the new one is there afterwards, whole.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <iostream>
#include <optional>

#include "bonds/rekey.h"
#include "tests/bonds/fault_shim.h"
#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::Await;
using testing::AwaitAnswer;
using testing::BondWithPeer;
using testing::Fault;
using testing::FaultScope;
using testing::KeyOfPeer;
using testing::LegacyBondWithPeer;
using testing::Must;
using testing::SameBond;

// Memory that a child process shares with the test.
template <typename T>
class Shared {
 public:
  Shared()
      : value_(static_cast<volatile T*>(
            ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() { ::munmap(const_cast<T*>(value_), sizeof(T)); }

  void Set(T value) { *value_ = value; }
  T Get() const { return *value_; }

 private:
  volatile T* value_;
};

class CrashTest : public testing::StoreFixture {
 protected:
  // What the child does between opening and closing the store; true as soon as
  // it was told that it is done. The copy is written after that.
  using Work = std::function<bool(Store&)>;
  // Called with the store opened again; whether the work was acknowledged.
  using Check = std::function<void(bool acknowledged)>;

  // Runs `body` in a process that dies at the n-th call; false when it came to
  // its end before.
  bool DiesAt(int n, const std::function<void()>& body) {
    acknowledged_.Set(false);
    const pid_t child = ::fork();
    if (child == 0) {
      const FaultScope scope({.fault = Fault::kKill, .at = n});
      body();
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL
                                    : WEXITSTATUS(status) == 0)
        << "at call " << n;
    return WIFSIGNALED(status);
  }

  // From n = 1 until the work comes to its end unharmed. Gives how many points
  // there were.
  int KillEverywhere(const std::function<void()>& body, const Check& check) {
    int n = 1 - EACH_POINT;
    bool died = true;
    while (died && n < 10'000 && !HasFailure()) {
      StartFromTemplate();
      n += EACH_POINT;
      died = DiesAt(n, body);
      if (died && acknowledged_.Get()) ++died_acknowledged_;
      SCOPED_TRACE("killed at call " + std::to_string(n));
      // Twice: what the first start mended is there for good.
      for (int start = 0; start < 2; ++start) {
        OpenAndSettle();
        EXPECT_FALSE(store_->locked());
        check(acknowledged_.Get());
      }
    }
    std::cout << "killed at " << n - 1 << " calls, each " << EACH_POINT
              << "th, " << died_acknowledged_
              << " times after the work was acknowledged\n";
    return n - 1;
  }

  int KillEverywhereIn(const Work& work, const Check& check) {
    const int points = KillEverywhere(
        [&] {
          auto store = TryOpen();
          if (!store) ::_exit(1);
          if (work(**store)) acknowledged_.Set(true);
        },
        check);
    // While the copy is written and the files are closed.
    EXPECT_GT(died_acknowledged_, 0);
    return points;
  }

  // In any file of the store that is open.
  void ExpectNowhere(ByteView key) {
    const std::string_view octets(reinterpret_cast<const char*>(key.data()),
                                  key.size());
    for (const auto& entry : std::filesystem::directory_iterator(Path())) {
      const std::string content = testing::ReadWholeFile(entry.path());
      EXPECT_EQ(content.find(octets), std::string::npos) << entry.path();
    }
  }

  Shared<bool> acknowledged_;
  int died_acknowledged_ = 0;
};

TEST_F(CrashTest, KeepsANewBondOnceItIsAcknowledged) {
  MakeStore();
  KeepAsTemplate();
  const int points = KillEverywhereIn(
      [](Store& store) {
        return AwaitAnswer(store, store.Save(BondWithPeer(4))).has_value();
      },
      [&](bool acknowledged) {
        ExpectOthersThere();
        const Bond* found = store_->Find(KeyOfPeer(4));
        if (acknowledged) {
          ASSERT_NE(found, nullptr);
        }
        if (found != nullptr) {
          EXPECT_TRUE(SameBond(*found, BondWithPeer(4)));
        }
      });
  EXPECT_GT(points, 5);
}

TEST_F(CrashTest, KeepsTheFirstBondOfAll) {
  ASSERT_TRUE(std::filesystem::create_directory(Template()));
  const int points = KillEverywhereIn(
      [](Store& store) {
        return AwaitAnswer(store, store.Save(BondWithPeer(1))).has_value();
      },
      [&](bool acknowledged) {
        const Bond* found = store_->Find(KeyOfPeer(1));
        if (acknowledged) {
          ASSERT_NE(found, nullptr);
        }
        if (found != nullptr) {
          EXPECT_TRUE(SameBond(*found, BondWithPeer(1)));
        }
      });
  EXPECT_GT(points, 20);
}

TEST_F(CrashTest, KeepsTheOldOrTheNewBondWhenOneReplacesTheOther) {
  MakeStore();
  KeepAsTemplate();
  KillEverywhereIn(
      [](Store& store) {
        return AwaitAnswer(store, store.Save(BondWithPeer(1, 2))).has_value();
      },
      [&](bool acknowledged) {
        ExpectOthersThere();
        const Bond* found = store_->Find(KeyOfPeer(1));
        ASSERT_NE(found, nullptr);
        const bool is_new = SameBond(*found, BondWithPeer(1, 2));
        EXPECT_TRUE(is_new || SameBond(*found, BondWithPeer(1)));
        if (acknowledged) {
          EXPECT_TRUE(is_new);
        }
      });
}

TEST_F(CrashTest, KeepsTheOldOrTheNewBondWhenTheNewOneIsTakenBack) {
  MakeStore();
  KeepAsTemplate();
  KillEverywhereIn(
      [](Store& store) {
        const RequestId undo = store.Undo(store.Save(BondWithPeer(1, 2)));
        return AwaitAnswer(store, undo).has_value();
      },
      [&](bool acknowledged) {
        ExpectOthersThere();
        const Bond* found = store_->Find(KeyOfPeer(1));
        ASSERT_NE(found, nullptr);
        const bool is_old = SameBond(*found, BondWithPeer(1));
        EXPECT_TRUE(is_old || SameBond(*found, BondWithPeer(1, 2)));
        if (acknowledged) {
          EXPECT_TRUE(is_old);
        }
      });
}

TEST_F(CrashTest, RemovesABondWhollyOrNotAtAll) {
  MakeStore();
  KeepAsTemplate();
  KillEverywhereIn(
      [](Store& store) {
        return AwaitAnswer(store, store.Remove(KeyOfPeer(1))).has_value();
      },
      [&](bool acknowledged) {
        ExpectOthersThere();
        const Bond* found = store_->Find(KeyOfPeer(1));
        if (acknowledged) {
          EXPECT_EQ(found, nullptr);
        }
        if (found != nullptr) {
          EXPECT_TRUE(SameBond(*found, BondWithPeer(1)));
        }
      });
}

TEST_F(CrashTest, ImportsAllBondsOrNone) {
  MakeStore();
  testing::TemporaryDirectory outside;
  const std::filesystem::path file = outside.path() / "export";
  const auto opened = [&](int flags) {
    return UniqueFd(::open(file.c_str(), flags | O_CLOEXEC, 0600));
  };
  Open();
  MustSave(BondWithPeer(4));
  MustSave(BondWithPeer(1, 2));
  Must(Await(*store_, store_->Export({.fd = opened(O_WRONLY | O_CREAT),
                                      .adapter = testing::AdapterAddress()})));
  Must(Await(*store_, store_->Remove(KeyOfPeer(4))));
  MustSave(BondWithPeer(1));
  KeepAsTemplate();
  KillEverywhereIn(
      [&](Store& store) {
        return AwaitAnswer(store,
                           store.Import({.fd = opened(O_RDONLY),
                                         .adapter = testing::AdapterAddress()}))
            .has_value();
      },
      [&](bool acknowledged) {
        ExpectOthersThere();
        const bool imported = store_->Find(KeyOfPeer(4)) != nullptr;
        EXPECT_TRUE(imported || !acknowledged);
        ASSERT_NE(store_->Find(KeyOfPeer(1)), nullptr);
        EXPECT_TRUE(SameBond(*store_->Find(KeyOfPeer(1)),
                             BondWithPeer(1, imported ? 2 : 1)));
      });
}

TEST_F(CrashTest, KeepsAllBondsWhileTheKeyIsChanged) {
  MakeStore();
  KeepAsTemplate();
  const int points = KillEverywhere(
      [&] {
        if (!Rekey(Path(), {})) ::_exit(1);
      },
      [&](bool) { ExpectAllThere(); });
  EXPECT_GT(points, 10);
}

TEST_F(CrashTest, KeepsAllBondsWhileTheyMoveToTheCredential) {
  MakeStore();
  KeepAsTemplate();
  testing::TemporaryDirectory credentials;
  testing::WriteWholeFile(credentials.path() / "bondd.key",
                          std::string(32, 'k'));
  credentials_ = credentials.path();
  KillEverywhere(
      [&] {
        if (!Rekey(Path(), credentials_)) ::_exit(1);
      },
      [&](bool) { ExpectAllThere(); });
}

TEST_F(CrashTest, KeepsAllBondsWhileOneCredentialFollowsAnother) {
  const testing::TemporaryDirectory both;
  const testing::TemporaryDirectory next;
  const std::string old_key(32, 'k');
  const std::string new_key(32, 'n');
  testing::WriteWholeFile(both.path() / "bondd.key", old_key);
  credentials_ = both.path();
  MakeStore();
  KeepAsTemplate();
  testing::WriteWholeFile(both.path() / "bondd.key", new_key);
  testing::WriteWholeFile(both.path() / "bondd.key.old", old_key);
  testing::WriteWholeFile(next.path() / "bondd.key", new_key);
  const int points = KillEverywhere(
      [&] {
        if (!Rekey(Path(), both.path())) ::_exit(1);
      },
      [&](bool) {
        ExpectAllThere();
        // Done again, it leaves nothing that the old one is needed for.
        Close();
        Must(Rekey(Path(), both.path()));
        credentials_ = next.path();
        OpenAndSettle();
        EXPECT_FALSE(store_->locked());
        EXPECT_TRUE(notices_.empty());
        ExpectAllThere();
        EXPECT_FALSE(std::filesystem::exists(File("bonds.key")));
        credentials_ = both.path();
      });
  EXPECT_GT(points, 5);
}

TEST_F(CrashTest, KeepsAllBondsWhileAFileOfVersionOneIsSealed) {
  std::filesystem::create_directory(Template());
  std::filesystem::copy(UNSEALED_STORE, Template() / "bonds.db");
  StartFromTemplate();
  Open();
  std::vector<Bond> expected;
  for (const Bond* bond : store_->List(testing::AdapterAddress(), 0, 0)) {
    expected.push_back(bond->Clone());
  }
  ASSERT_EQ(expected.size(), 3u);
  KillEverywhereIn(
      [](Store&) { return true; },
      [&](bool) {
        const auto found = store_->List(testing::AdapterAddress(), 0, 0);
        ASSERT_EQ(found.size(), expected.size());
        for (size_t i = 0; i < found.size(); ++i) {
          EXPECT_TRUE(SameBond(*found[i], expected[i]));
        }
        const auto irk = testing::KeyOf<smp::Irk>(0x77);
        EXPECT_TRUE(Must(testing::AwaitIdentity(*store_, "hci0")).irk == irk);
        ExpectNowhere(irk.Reveal());
        ExpectNowhere(store_->List(testing::AdapterAddress(), 0, 1)
                          .front()
                          ->data.local_ltk->ltk.Reveal());
      });
}

TEST_F(CrashTest, NeverUsesASignCounterTwice) {
  MakeStore();
  KeepAsTemplate();
  KillEverywhereIn(
      [](Store& store) {
        auto counter = store.NextSignCounter(KeyOfPeer(1));
        while (!counter && testing::HasAnswer(store.fd(), 10'000)) {
          store.TakeCompletions();
          counter = store.NextSignCounter(KeyOfPeer(1));
        }
        return counter == BondWithPeer(1).data.local_sign_counter;
      },
      [&](bool used) {
        const uint32_t first = BondWithPeer(1).data.local_sign_counter;
        const uint32_t stored =
            store_->Find(KeyOfPeer(1))->data.local_sign_counter;
        if (used) {
          EXPECT_GT(stored, first);
        }
        EXPECT_GE(stored, first);
      });
}

TEST_F(CrashTest, TakesNoReceivedSignCounterTwice) {
  MakeStore();
  KeepAsTemplate();
  Bond expected = BondWithPeer(1);
  const uint32_t counter = expected.data.peer_sign_counter;
  const int points = KillEverywhereIn(
      [&](Store& store) {
        return AwaitAnswer(store,
                           store.AcceptSignCounter(KeyOfPeer(1), counter))
            .has_value();
      },
      [&](bool acknowledged) {
        ExpectOthersThere();
        const Bond* found = store_->Find(KeyOfPeer(1));
        ASSERT_NE(found, nullptr);
        const bool used = found->data.peer_sign_counter == counter + 1;
        EXPECT_TRUE(used || !acknowledged);
        expected.data.peer_sign_counter = counter + (used ? 1 : 0);
        EXPECT_TRUE(SameBond(*found, expected));
        if (used) {
          EXPECT_FALSE(
              Await(*store_, store_->AcceptSignCounter(KeyOfPeer(1), counter)));
        }
      });
  EXPECT_GT(points, 5);
}

// The last octets of its static address tell which one it is.
uint32_t NameOf(const LocalIdentity& identity) {
  uint32_t name = 0;
  std::memcpy(&name, identity.static_address.octets.data(), sizeof(name));
  return name;
}

TEST_F(CrashTest, KeepsTheFirstIdentityOnceItIsUsed) {
  MakeStore();
  KeepAsTemplate();
  Shared<uint32_t> used;
  std::optional<uint32_t> first_start;
  const int points = KillEverywhereIn(
      [&](Store& store) {
        const auto identity = testing::AwaitIdentity(store, "hci1");
        if (identity) used.Set(NameOf(*identity));
        return identity.has_value();
      },
      [&](bool acknowledged) {
        ExpectOthersThere();
        const uint32_t found =
            NameOf(Must(testing::AwaitIdentity(*store_, "hci1")));
        if (acknowledged) {
          EXPECT_EQ(found, used.Get());
        }
        // Of two starts after one kill the second has what the first had.
        if (first_start) {
          EXPECT_EQ(found, *first_start);
          first_start.reset();
        } else {
          first_start = found;
        }
      });
  EXPECT_GT(points, 5);
}

TEST_F(CrashTest, HandsAnIdentityToOneAdapterAndLosesItNever) {
  MakeStore();
  KeepAsTemplate();
  const DeviceAddress address = testing::PublicAddress(7);
  const int points = KillEverywhereIn(
      [&](Store& store) {
        return testing::AwaitIdentity(store, "hci0", address).has_value();
      },
      [&](bool) {
        EXPECT_TRUE(Must(testing::AwaitIdentity(*store_, "hci0", address)) ==
                    identity_);
        EXPECT_FALSE(Must(testing::AwaitIdentity(*store_, "hci0")) ==
                     identity_);
      });
  EXPECT_GT(points, 5);
}

TEST_F(CrashTest, MendsADamagedFileWhollyOrAgain) {
  MakeStore();
  testing::WriteWholeFile(File("bonds.db"), std::string(9000, 'x'));
  KeepAsTemplate();
  KillEverywhereIn([](Store&) { return true; },
                   [&](bool) { ExpectAllThere(); });
}

TEST_F(CrashTest, MendsADamagedCopyWhollyOrAgain) {
  MakeStore();
  testing::WriteWholeFile(File("bonds.copy"), std::string(9000, 'x'));
  KeepAsTemplate();
  KillEverywhereIn([](Store&) { return true; },
                   [&](bool) { ExpectAllThere(); });
}

}  // namespace
}  // namespace bondd::bonds
