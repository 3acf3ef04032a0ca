// A disk that takes its time holds up nobody but those who wait for it.

#include <gtest/gtest.h>
#include <poll.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/bonds/fault_shim.h"
#include "tests/bonds/fixture.h"

namespace bondd::bonds {
namespace {

using testing::AdapterAddress;
using testing::BondWithPeer;
using testing::KeyOfPeer;
using testing::PrivateAddress;
using testing::PublicAddress;

// A door that the writer thread stands before until the test opens it.
class Door {
 public:
  void PassThrough() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void AwaitSomebody() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

class SlowDiskTest : public testing::StoreFixture {
 protected:
  bool Readable() {
    pollfd poll_fd{.fd = store_->fd(), .events = POLLIN, .revents = 0};
    return ::poll(&poll_fd, 1, 0) == 1;
  }
};

TEST_F(SlowDiskTest, LetsTheLoopGoOnWhileItWrites) {
  MakeStore();
  OpenAndSettle();
  Door door;
  const testing::HookScope hook([&] { door.PassThrough(); });
  const RequestId request = store_->Save(BondWithPeer(4));
  door.AwaitSomebody();

  // The disk does not move any more. All of this comes back all the same.
  EXPECT_NE(store_->Find(KeyOfPeer(1)), nullptr);
  EXPECT_NE(
      store_->FindByAddress(AdapterAddress(),
                            PrivateAddress(*BondWithPeer(3).data.peer_irk, 9)),
      nullptr);
  EXPECT_EQ(store_->List(AdapterAddress(), 0, 0).size(), 3u);
  EXPECT_TRUE(store_->CanStore(KeyOfPeer(5)));
  store_->Touch(KeyOfPeer(1), 1'700'000'000'000'000);
  store_->SetName(KeyOfPeer(1), "Mouse");
  store_->SetPeerLostKeys(KeyOfPeer(1), true);
  store_->Save(BondWithPeer(5));
  store_->Remove(KeyOfPeer(2));
  EXPECT_FALSE(Readable());
  EXPECT_TRUE(store_->TakeCompletions().empty());
  EXPECT_EQ(store_->Find(KeyOfPeer(4)), nullptr);

  door.Open();
  EXPECT_TRUE(testing::Await(*store_, request));
  EXPECT_EQ(store_->List(AdapterAddress(), 0, 0).size(), 4u);
  store_->Drain();
}

// The disk stands still, and one identity waits for it.
class SlowIdentityTest : public SlowDiskTest {
 protected:
  void SetUp() override {
    MakeStore();
    OpenAndSettle();
    hook_.emplace([this] { door_.PassThrough(); });
    request_ = store_->RequestIdentity("hci1");
    door_.AwaitSomebody();
  }
  void TearDown() override { Release(); }

  void Release() {
    door_.Open();
    hook_.reset();
  }
  // Opens the door and gives what was answered, in that order.
  std::vector<RequestId> Answered() {
    Release();
    store_->Drain();
    std::vector<RequestId> requests;
    for (const Completion& completion : store_->TakeCompletions()) {
      EXPECT_TRUE(completion.outcome) << completion.outcome.error().message;
      requests.push_back(completion.request);
    }
    return requests;
  }
  LocalIdentity Found(const std::string& spec,
                      const std::optional<DeviceAddress>& address = {}) {
    const LocalIdentity* identity = store_->FindIdentity(spec, address);
    EXPECT_NE(identity, nullptr) << spec;
    return identity == nullptr ? LocalIdentity() : identity->Clone();
  }

  Door door_;
  std::optional<testing::HookScope> hook_;
  RequestId request_{};
};

TEST_F(SlowIdentityTest, IsNotToBeHadBeforeItIsOnTheDisk) {
  EXPECT_EQ(store_->FindIdentity("hci1"), nullptr);
  EXPECT_TRUE(store_->TakeCompletions().empty());
  EXPECT_EQ(Answered(), std::vector{request_});
  const LocalIdentity identity = Found("hci1");
  EXPECT_FALSE(identity == identity_);
  OpenAndSettle();
  EXPECT_TRUE(Found("hci1") == identity);
}

TEST_F(SlowIdentityTest, OneThatIsThereIsAnsweredMeanwhile) {
  const RequestId known = store_->RequestIdentity("hci0");
  ASSERT_TRUE(testing::HasAnswer(store_->fd(), 0));
  const auto answer = testing::TakeAnswer(*store_, known);
  EXPECT_TRUE(answer && *answer);
  EXPECT_TRUE(Found("hci0") == identity_);
}

TEST_F(SlowIdentityTest, OneThatIsAskedForTwiceIsMadeOnce) {
  const RequestId again = store_->RequestIdentity("hci1");
  EXPECT_TRUE(store_->TakeCompletions().empty());
  EXPECT_EQ(Answered(), (std::vector{request_, again}));
  const LocalIdentity identity = Found("hci1");
  OpenAndSettle();
  EXPECT_TRUE(Found("hci1") == identity);
}

TEST_F(SlowIdentityTest, EachOfSeveralAdaptersGetsItsOwn) {
  const RequestId second = store_->RequestIdentity("hci2");
  const RequestId third = store_->RequestIdentity("hci1", PublicAddress(1));
  EXPECT_EQ(Answered(), (std::vector{request_, second, third}));
  EXPECT_FALSE(Found("hci1") == Found("hci2"));
  // It was made for one without a public address, so it is not taken over.
  EXPECT_FALSE(Found("hci1") == Found("hci1", PublicAddress(1)));
}

TEST_F(SlowIdentityTest, OneThatIsBeingTakenOverIsNobodyElses) {
  store_->RequestIdentity("hci0", PublicAddress(1));
  EXPECT_EQ(store_->FindIdentity("hci0"), nullptr);
  store_->RequestIdentity("hci0", PublicAddress(2));
  store_->RequestIdentity("hci0");
  EXPECT_EQ(Answered().size(), 4u);
  for (int start = 0; start < 2; ++start) {
    EXPECT_TRUE(Found("hci0", PublicAddress(1)) == identity_);
    EXPECT_FALSE(Found("hci0", PublicAddress(2)) == identity_);
    EXPECT_FALSE(Found("hci0") == identity_);
    OpenAndSettle();
  }
}

TEST_F(SlowIdentityTest, IsStoredEvenIfTheStoreIsClosedMeanwhile) {
  store_->RequestIdentity("hci2");
  Release();
  OpenAndSettle();
  EXPECT_NE(store_->FindIdentity("hci1"), nullptr);
  EXPECT_NE(store_->FindIdentity("hci2"), nullptr);
}

TEST_F(SlowDiskTest, AnswersBeforeTheCopyIsWritten) {
  MakeStore();
  OpenAndSettle();
  Door door;
  testing::FaultScope counting(
      {.fault = testing::Fault::kNone, .only = "bonds.copy"});
  const testing::HookScope hook([&] {
    if (counting.count() > 0) door.PassThrough();
  });
  const RequestId request = store_->Save(BondWithPeer(4));
  pollfd poll_fd{.fd = store_->fd(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&poll_fd, 1, -1), 1);
  const auto completions = store_->TakeCompletions();
  door.Open();
  store_->Drain();
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_EQ(completions[0].request, request);
  EXPECT_TRUE(completions[0].outcome);
}

TEST_F(SlowDiskTest, BringsChangesThatNeverEndToTheCopy) {
  MakeStore();
  OpenAndSettle();
  constexpr uint32_t kChanges = 200;
  Door first;
  Door copying;
  testing::FaultScope counting(
      {.fault = testing::Fault::kNone, .only = "bonds.copy"});
  const testing::HookScope hook([&] {
    first.PassThrough();
    if (counting.count() > 0) copying.PassThrough();
  });
  // All of them wait before the first is done: the queue is never empty.
  for (uint32_t i = 0; i < kChanges; ++i) store_->Save(BondWithPeer(10 + i));
  first.Open();
  copying.AwaitSomebody();
  const size_t done = store_->TakeCompletions().size();
  copying.Open();
  store_->Drain();
  EXPECT_GT(done, 0u);
  EXPECT_LT(done, kChanges / 2);
}

}  // namespace
}  // namespace bondd::bonds
