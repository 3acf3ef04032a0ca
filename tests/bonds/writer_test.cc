#include "bonds/writer.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "bonds/opening.h"
#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using testing::BondWithPeer;
using testing::KeyOfPeer;

class WriterTest : public ::testing::Test {
 protected:
  WriterTest() {
    auto directory = StateDirectory::Open(temporary_.path());
    if (!directory) throw std::runtime_error(directory.error().message);
    directory_.emplace(std::move(*directory));
    auto opened = OpenStore(*directory_, {});
    if (!opened) throw std::runtime_error(opened.error().message);
    auto started = Writer::Start(std::move(opened->ledger));
    if (!started) throw std::runtime_error(started.error().message);
    writer_ = std::move(*started);
  }

  bool Readable() {
    pollfd poll_fd{.fd = writer_->fd(), .events = POLLIN, .revents = 0};
    return ::poll(&poll_fd, 1, 0) == 1;
  }

  static Job Put(uint64_t id, uint32_t peer) {
    return {RequestId{id}, PutBond{BondWithPeer(peer)}};
  }

  testing::TemporaryDirectory temporary_;
  std::optional<StateDirectory> directory_;
  std::unique_ptr<Writer> writer_;
};

TEST_F(WriterTest, AnswersInTheOrderOfTheJobs) {
  for (uint64_t id = 1; id <= 5; ++id) writer_->Submit(Put(id, 1));
  writer_->Drain();
  const std::vector<Done> done = writer_->TakeDone();
  ASSERT_EQ(done.size(), 5u);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(done[i].id, RequestId{i + 1});
    EXPECT_TRUE(done[i].outcome);
  }
}

TEST_F(WriterTest, GivesBackTheValueThatItWrote) {
  writer_->Submit(Put(1, 7));
  writer_->Drain();
  const std::vector<Done> done = writer_->TakeDone();
  ASSERT_EQ(done.size(), 1u);
  const auto* change = std::get_if<Change>(&done[0].work);
  ASSERT_NE(change, nullptr);
  const auto* put = std::get_if<PutBond>(change);
  ASSERT_NE(put, nullptr);
  EXPECT_TRUE(testing::SameBond(put->bond, BondWithPeer(7)));
}

TEST_F(WriterTest, IsReadableWhileThereAreAnswers) {
  EXPECT_FALSE(Readable());
  writer_->Submit(Put(1, 1));
  writer_->Drain();
  EXPECT_TRUE(Readable());
  writer_->TakeDone();
  EXPECT_FALSE(Readable());
  EXPECT_TRUE(writer_->TakeDone().empty());
}

TEST_F(WriterTest, SaysWhatCouldNotBeDoneAndGoesOn) {
  writer_->Submit({RequestId{1}, RemoveBond{KeyOfPeer(1)}});
  writer_->Submit(Put(2, 1));
  writer_->Drain();
  const std::vector<Done> done = writer_->TakeDone();
  ASSERT_EQ(done.size(), 2u);
  EXPECT_FALSE(done[0].outcome);
  EXPECT_TRUE(done[1].outcome);
}

TEST_F(WriterTest, PassesOnAnswersThatNeededNoDisk) {
  writer_->Answer({RequestId{1}, 1, RemoveBond{KeyOfPeer(1)},
                   Fail(ErrorCode::kLimit, "no")});
  EXPECT_TRUE(Readable());
  const std::vector<Done> done = writer_->TakeDone();
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].outcome.error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace bondd::bonds
