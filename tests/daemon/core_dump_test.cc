// Row 49 of the catalogue of attacks: nobody but root gets bondd's memory, in a
// core dump or by looking into the process.

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

#include "tests/daemon/pair.h"
#include "tests/daemon/written_keys.h"

namespace bondd::daemon::test {
namespace {

// Also where whoever starts it would have cores.
class CoreDumpTest : public PairTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(getrlimit(RLIMIT_CORE, &before_), 0);
    rlimit all = before_;
    all.rlim_cur = all.rlim_max;
    ASSERT_EQ(setrlimit(RLIMIT_CORE, &all), 0);
    PairTest::SetUp();
  }
  void TearDown() override { setrlimit(RLIMIT_CORE, &before_); }

  rlimit before_{};
};

TEST_F(CoreDumpTest, Row49_IsForbiddenWhateverTheLimitOfWhoeverStartsIt) {
  const std::string limits =
      ReadFile(fmt::format("/proc/{}/limits", bondd_->pid()));
  const size_t at = limits.find("Max core file size");
  ASSERT_NE(at, limits.npos);
  std::istringstream line(limits.substr(at + 18));
  std::string soft;
  std::string hard;
  line >> soft >> hard;
  EXPECT_EQ(soft, "0");
  EXPECT_EQ(hard, "0");
}

// That it is not to be had by raising the limit either is shown in the virtual
// machine, where that can be done (tests/vm/service.sh).
TEST_F(CoreDumpTest, Row49_IsNotWrittenWhenBonddCrashes) {
  PairWell();
  ASSERT_EQ(kill(bondd_->pid(), SIGABRT), 0);
  siginfo_t end{};
  Await([&] {
    return waitid(P_PID, static_cast<id_t>(bondd_->pid()), &end,
                  WEXITED | WNOHANG | WNOWAIT) == 0 &&
           end.si_pid == bondd_->pid();
  });
  // Not CLD_DUMPED.
  EXPECT_EQ(end.si_code, CLD_KILLED);
  EXPECT_EQ(end.si_status, SIGABRT);
}

// nobody: a bus knows only users that have a name.
constexpr uid_t kUser = 65534;

// Runs `body` in a process of that user, which has nothing of root's; what it
// gives, which fits an exit status.
int AsThatUser(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    const bool became = setgroups(0, nullptr) == 0 &&
                        setresgid(kUser, kUser, kUser) == 0 &&
                        setresuid(kUser, kUser, kUser) == 0;
    _exit(became ? body() : 255);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 254;
}

// 0 or the error.
int Opening(const std::string& file) {
  return AsThatUser([&] {
    return open(file.c_str(), O_RDONLY | O_CLOEXEC) >= 0 ? 0 : errno;
  });
}

Words CommandOfThatUser(const Words& command) {
  Words words = {"setpriv", fmt::format("--reuid={}", kUser),
                 fmt::format("--regid={}", kUser), "--clear-groups", "--"};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

// bondd as a service runs it, not as root.
class OtherUserTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path folder = world_.folder.path();
    // Wherever it was built, this one that user can read and run.
    std::filesystem::copy_file(getenv("BONDD"), folder / "bondd");
    std::filesystem::create_directory(world_.state());
    ASSERT_EQ(chown(world_.state().c_str(), kUser, kUser), 0);
    bondd_ = std::make_unique<integration::Process>(
        CommandOfThatUser({folder / "bondd", "--adapter", "sim", "--bus",
                           world_.bus.address(), "--state-dir", world_.state(),
                           "--config", world_.Write("bondd.conf", "")}),
        folder / "log");
    other_ = std::make_unique<integration::Process>(
        CommandOfThatUser({"sleep", "infinity"}), folder / "other");
    ASSERT_TRUE(world_.loop.RunUntil([&] {
      return client_.HasOwner("org.bondd") && OwnerOf(*other_) == kUser;
    })) << bondd_->Output();
  }

  static std::string File(const integration::Process& process,
                          const char* name) {
    return fmt::format("/proc/{}/{}", process.pid(), name);
  }
  static uid_t OwnerOf(const integration::Process& process) {
    struct stat status {};
    return stat(File(process, "environ").c_str(), &status) == 0 ? status.st_uid
                                                                : 0;
  }

  World world_;
  BusClient client_{world_.loop, world_.bus.address()};
  std::unique_ptr<integration::Process> bondd_;
  // Any program of the same user.
  std::unique_ptr<integration::Process> other_;
};

TEST_F(OtherUserTest, Row49_MemoryIsClosedToOtherProcessesOfTheSameUser) {
  // Else nothing would be shown.
  ASSERT_EQ(Opening(File(*other_, "environ")), 0);
  EXPECT_EQ(OwnerOf(*bondd_), 0u);
  for (const char* file : {"mem", "environ", "maps", "auxv"}) {
    EXPECT_EQ(Opening(File(*bondd_, file)), EACCES) << file;
  }
  EXPECT_EQ(AsThatUser([&] {
              return ptrace(PTRACE_SEIZE, bondd_->pid(), nullptr, nullptr) == 0
                         ? 0
                         : errno;
            }),
            EPERM);
  EXPECT_FALSE(bondd_->ExitStatus());
}

}  // namespace
}  // namespace bondd::daemon::test
