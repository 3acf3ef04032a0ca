// kill -9 of the real bondd at every call by which it changes one of its files:
// after the next start each bond is the old one or the new one, whole, and what
// a client was told is so.

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include "tests/daemon/pair.h"

namespace bondd::daemon::test {
namespace {

constexpr std::chrono::seconds kEnd(10);
constexpr std::array kPaths = {kCentralPath, kPeripheralPath};

class KilledTest : public PairTest {
 protected:
  // Done by a bondd that is killed underneath, and what has to be so after it.
  using Work = std::function<void()>;
  using Check = std::function<void()>;

  void SetUp() override {}
  Words Environment() override { return environment_; }
  bool GivesUp() override { return bondd_ != nullptr && !bondd_->running(); }

  // What the daemon has on its disk now is there before each kill.
  void KeepAsTemplate() {
    if (bondd_ != nullptr) {
      ASSERT_EQ(bondd_->Stop(), 0) << bondd_->Output();
    }
    std::filesystem::copy(world_.state(), Template());
  }

  void PairAnew() {
    Advertise();
    Accept({{"Address", kCentralAddress}, {"AddressType", "public"}});
    PairedBy();
    AwaitCompleted(peripheral_, kPeripheralPath);
  }

  // Whether the user of this adapter was told of a bond.
  bool ToldOfBond(const std::string& adapter) const {
    const auto* completed =
        Completed(adapter == kCentralPath ? central_ : peripheral_, adapter);
    return completed != nullptr && completed->arguments.at(0)["Status"] == "ok";
  }
  // How many were killed after they had told somebody of a bond.
  int killed_after_told() const { return killed_after_told_; }

  // The key of the adapter's one bond; null without one.
  Json Ltk(const std::string& adapter) {
    const Json bonds = Exported(adapter).at("bonds");
    EXPECT_LE(bonds.size(), 1u);
    return bonds.empty() ? Json() : bonds.at(0).at("local_ltk");
  }

  void ExpectEncrypts() {
    Advertise();
    Do(central_, kCentralPath, "Connect", "ssa{sv}",
       Json::array({kPeripheralAddress, "public", Json::object()}));
    EXPECT_TRUE(Encrypted(kCentralPath));
  }

  // From the first call until `work` comes to its end unharmed.
  void KillEverywhere(const Work& work, const Check& check) {
    int n = 1 - EACH_POINT;
    bool killed = true;
    while (killed && !HasFailure()) {
      n += EACH_POINT;
      killed = KillAt(n, work);
      if (killed && std::ranges::any_of(kPaths, [this](const char* path) {
            return ToldOfBond(path);
          })) {
        ++killed_after_told_;
      }
      SCOPED_TRACE("killed at call " + std::to_string(n));
      Start();
      EXPECT_EQ(StoreNotices(), Json::array());
      check();
      ASSERT_EQ(bondd_->Stop(), 0) << bondd_->Output();
    }
    std::cout << "killed at " << n - 1 << " calls, each " << EACH_POINT
              << "th\n";
    EXPECT_GT(n, 10);
  }

 private:
  std::filesystem::path Template() const {
    return world_.folder.path() / "template";
  }

  // False when it came to its end before.
  bool KillAt(int n, const Work& work) {
    std::filesystem::remove_all(world_.state());
    if (std::filesystem::exists(Template())) {
      std::filesystem::copy(Template(), world_.state());
    }
    central_.ForgetSignals();
    peripheral_.ForgetSignals();
    environment_ = {"LD_PRELOAD=" KILL_AT_LIBRARY,
                    "KILL_AT=" + std::to_string(n),
                    "KILL_IN=" + world_.state().native()};
    try {
      work();
    } catch (const std::runtime_error&) {
      // Every wait for one that was killed is in vain. The bus may know of its
      // end before it is one.
      if (!world_.loop.RunUntil([&] { return GivesUp(); }, kEnd)) throw;
    }
    const int status = bondd_->Stop();
    environment_.clear();
    EXPECT_TRUE(status == 0 || status == 128 + SIGKILL) << status << "\n"
                                                        << bondd_->Output();
    // Thereby everything that it said to them has been heard.
    EXPECT_FALSE(central_.HasOwner("org.bondd"));
    EXPECT_FALSE(peripheral_.HasOwner("org.bondd"));
    return status != 0;
  }

  Words environment_;
  int killed_after_told_ = 0;
};

TEST_F(KilledTest, FirstBondOfAllIsThereOnceItWasTold) {
  KillEverywhere(
      [&] {
        Start();
        PairAnew();
      },
      [&] {
        bool all = true;
        for (const char* path : kPaths) {
          const bool there = !Ltk(path).is_null();
          EXPECT_TRUE(!ToldOfBond(path) || there) << path;
          all = all && there;
        }
        if (all) ExpectEncrypts();
      });
  EXPECT_GT(killed_after_told(), 0);
}

TEST_F(KilledTest, BondIsTheOldOneOrTheOneThatReplacesIt) {
  Start();
  PairAnew();
  const Json old = Ltk(kCentralPath);
  ASSERT_EQ(Ltk(kPeripheralPath), old);
  KeepAsTemplate();
  KillEverywhere(
      [&] {
        Start();
        PairAnew();
      },
      [&] {
        for (const char* path : kPaths) {
          const Json ltk = Ltk(path);
          ASSERT_FALSE(ltk.is_null()) << path;
          EXPECT_TRUE(!ToldOfBond(path) || ltk != old) << path;
        }
        if (Ltk(kCentralPath) == Ltk(kPeripheralPath)) {
          ExpectEncrypts();
        } else {
          EXPECT_TRUE(Ltk(kCentralPath) == old || Ltk(kPeripheralPath) == old);
        }
      });
  EXPECT_GT(killed_after_told(), 0);
}

TEST_F(KilledTest, RemovedBondIsGoneOnceThatWasTold) {
  Start();
  PairAnew();
  const Json old = Ltk(kCentralPath);
  KeepAsTemplate();
  bool told = false;
  KillEverywhere(
      [&] {
        told = false;
        Start();
        Do(central_, kCentralPath, "RemoveBonding", "ss",
           Json::array({kPeripheralAddress, "public"}));
        told = true;
      },
      [&] {
        EXPECT_EQ(Ltk(kPeripheralPath), old);
        const Json ltk = Ltk(kCentralPath);
        EXPECT_TRUE(ltk.is_null() || (ltk == old && !told));
        if (!ltk.is_null()) ExpectEncrypts();
      });
}

TEST_F(KilledTest, BondsAreThereWhereverTheChangeOfTheKeyWasCutOff) {
  Start();
  PairAnew();
  KeepAsTemplate();
  KillEverywhere(
      [&] {
        bondd_ =
            std::make_unique<Bondd>(world_, Words{"--rekey"}, Environment());
        bondd_->AwaitExit();
      },
      [&] { ExpectEncrypts(); });
}

TEST_F(KilledTest,
       BondsOfAFileOfVersionOneAreThereWhereverItsSealingWasCutOff) {
  std::filesystem::create_directory(world_.state());
  std::filesystem::permissions(world_.state(),
                               std::filesystem::perms::owner_all);
  std::filesystem::copy(UNSEALED_STORE, world_.state() / "bonds.db");
  KeepAsTemplate();
  Start();
  const Json bonds = Exported(kCentralPath).at("bonds");
  ASSERT_EQ(bonds.size(), 3u);
  ASSERT_EQ(bondd_->Stop(), 0);
  KillEverywhere([&] { Start(); },
                 [&] { EXPECT_EQ(Exported(kCentralPath).at("bonds"), bonds); });
}

}  // namespace
}  // namespace bondd::daemon::test
