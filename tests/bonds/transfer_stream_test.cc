// Descriptors of every kind, and other ends that do not behave.

#include "bonds/transfer_stream.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "bonds/transfer.h"
#include "tests/bonds/fault_shim.h"
#include "tests/bonds/served_file.h"
#include "tests/bonds/support.h"

namespace bondd::bonds {
namespace {

using std::chrono::milliseconds;
using testing::ReadWholeFile;
using testing::WriteWholeFile;

// For what has to come to its end by itself.
constexpr milliseconds kLong(60'000);
// For what would never come to its end.
constexpr milliseconds kShort(20);

struct Ends {
  UniqueFd out;
  UniqueFd in;
};

Ends Pipe(int flags = 0) {
  std::array<int, 2> ends = {-1, -1};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | flags), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}
Ends Sockets() {
  std::array<int, 2> ends = {-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()),
            0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::string TextOf(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i)
    text[i] = static_cast<char>(i * 7 + i / 256);
  return text;
}

class TransferStreamTest : public ::testing::Test {
 protected:
  // As the writer thread has it.
  TransferStreamTest() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, &previous_);
  }
  ~TransferStreamTest() override {
    const timespec no_time = {};
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    ::sigtimedwait(&signals, nullptr, &no_time);
    pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
  }

  UniqueFd OpenFile(int flags) {
    return UniqueFd(::open(File().c_str(), flags | O_CLOEXEC, 0600));
  }
  const std::filesystem::path& File() const { return file_; }

  static void ExpectRefused(int fd) {
    const auto read = ReadAll(fd, kShort);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument)
        << read.error().message;
    const auto written = WriteAll(fd, "text", kShort);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::kInvalidArgument)
        << written.error().message;
  }

  testing::TemporaryDirectory directory_;
  const std::filesystem::path file_ = directory_.path() / "file";
  sigset_t previous_;
};

TEST_F(TransferStreamTest, ReadsAndWritesFiles) {
  const std::string text = TextOf(300'000);
  EXPECT_TRUE(WriteAll(OpenFile(O_WRONLY | O_CREAT).get(), text, kLong));
  EXPECT_EQ(ReadWholeFile(File()), text);
  const auto read = ReadAll(OpenFile(O_RDONLY).get(), kLong);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, WipedText(text));
}

TEST_F(TransferStreamTest, ReadsAndWritesPipesAndSockets) {
  const std::string text = TextOf(1'000'000);
  for (auto* const make :
       {+[] { return Pipe(); }, +[] { return Pipe(O_NONBLOCK); }, +Sockets}) {
    Ends ends = make();
    Result<void> written;
    std::thread writer([&, in = std::move(ends.in)] {
      written = WriteAll(in.get(), text, kLong);
    });
    const auto read = ReadAll(ends.out.get(), kLong);
    writer.join();
    EXPECT_TRUE(written);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, WipedText(text));
  }
}

TEST_F(TransferStreamTest, LeavesTheFlagsAlone) {
  const Ends ends = Pipe();
  EXPECT_TRUE(WriteAll(ends.in.get(), "text", kLong));
  EXPECT_EQ(::fcntl(ends.in.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(TransferStreamTest, RefusesADescriptorThatIsOpenTheWrongWay) {
  WriteWholeFile(File(), "text");
  EXPECT_EQ(WriteAll(OpenFile(O_RDONLY).get(), "x", kShort).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(ReadAll(OpenFile(O_WRONLY).get(), kShort).error().code,
            ErrorCode::kInvalidArgument);
  const Ends ends = Pipe();
  EXPECT_EQ(WriteAll(ends.out.get(), "x", kShort).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(ReadAll(ends.in.get(), kShort).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(ReadWholeFile(File()), "text");
}

TEST_F(TransferStreamTest, RefusesWhatIsNoFilePipeOrStreamSocket) {
  WriteWholeFile(File(), "text");
  ExpectRefused(-1);
  ExpectRefused(UniqueFd(::open("/", O_RDONLY | O_DIRECTORY)).get());
  ExpectRefused(UniqueFd(::open("/dev/null", O_RDWR)).get());
  ExpectRefused(UniqueFd(::eventfd(0, 0)).get());
  ExpectRefused(OpenFile(O_PATH).get());
  ExpectRefused(UniqueFd(::socket(AF_UNIX, SOCK_DGRAM, 0)).get());
  ExpectRefused(UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET, 0)).get());
}

TEST_F(TransferStreamTest, RefusesASocketThatIsNotConnected) {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  EXPECT_EQ(ReadAll(fd.get(), kShort).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_FALSE(WriteAll(fd.get(), "x", kShort));
}

TEST_F(TransferStreamTest, GivesUpOnAReaderThatTakesNothing) {
  const std::string text = TextOf(1'000'000);
  for (const Ends& ends : {Pipe(), Sockets()}) {
    const auto written = WriteAll(ends.in.get(), text, kShort);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::kTimedOut);
  }
}

TEST_F(TransferStreamTest, GivesUpOnAWriterThatSaysNothing) {
  for (const Ends& ends : {Pipe(), Sockets()}) {
    EXPECT_EQ(::write(ends.in.get(), "te", 2), 2);
    const auto read = ReadAll(ends.out.get(), kShort);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::kTimedOut);
  }
}

TEST_F(TransferStreamTest, SurvivesAReaderThatIsGone) {
  for (auto* const make : {+[] { return Pipe(); }, +Sockets}) {
    Ends ends = make();
    ends.out.Close();
    const auto written = WriteAll(ends.in.get(), TextOf(1'000'000), kLong);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(written.error().message.find("Broken pipe"), std::string::npos);
  }
}

TEST_F(TransferStreamTest, SaysThatThereIsNoRoomForWhatItWrites) {
  for (const int error : {ENOSPC, EFBIG, EIO}) {
    const UniqueFd file = OpenFile(O_WRONLY | O_CREAT);
    const testing::FaultScope full({.fault = testing::Fault::kErrorSince,
                                    .at = 2,
                                    .error = error,
                                    .only = File().c_str()});
    const auto written = WriteAll(file.get(), TextOf(1'000'000), kLong);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(written.error().message.find(::strerror(error)),
              std::string::npos);
  }
}

TEST_F(TransferStreamTest, TakesAtMost64Mebioctets) {
  WriteWholeFile(File(), "");
  std::filesystem::resize_file(File(), kMaxTransferSize);
  EXPECT_TRUE(ReadAll(OpenFile(O_RDONLY).get(), kLong));
  std::filesystem::resize_file(File(), kMaxTransferSize + 1);
  const auto read = ReadAll(OpenFile(O_RDONLY).get(), kLong);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(read.error().message.find("64 MiB"), std::string::npos);
}

TEST_F(TransferStreamTest, DoesOtherThingsMeanwhile) {
  Ends ends = Pipe();
  const UniqueFd event(::eventfd(1, EFD_NONBLOCK));
  int runs = 0;
  // What it waits for comes about by what is done meanwhile.
  const Meanwhile meanwhile = {.fd = event.get(), .run = [&]() -> Result<void> {
                                 eventfd_t count = 0;
                                 ::eventfd_read(event.get(), &count);
                                 ++runs;
                                 EXPECT_EQ(::write(ends.in.get(), "text", 4),
                                           4);
                                 ends.in.Close();
                                 return {};
                               }};
  const auto read = ReadAll(ends.out.get(), kLong, meanwhile);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, "text");
  EXPECT_EQ(runs, 1);
}

TEST_F(TransferStreamTest, EndsWhenItIsToldSoMeanwhile) {
  const Ends ends = Pipe();
  const UniqueFd event(::eventfd(1, EFD_NONBLOCK));
  const auto read =
      ReadAll(ends.out.get(), kLong,
              {.fd = event.get(), .run = [] {
                 return Result<void>(Fail(ErrorCode::kClosed, "the end"));
               }});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "the end");
}

TEST_F(TransferStreamTest, RefusesAFileThatAProcessServesWithoutAskingThat) {
  const testing::ServedFile file;
  ASSERT_TRUE(file.mounted()) << "no file systems in user space";
  for (const int flags : {O_RDONLY, O_WRONLY, O_RDWR}) {
    const UniqueFd fd(::open(file.path().c_str(), flags | O_CLOEXEC));
    ASSERT_TRUE(fd);
    const int before = file.asked();
    Result<void> outcome;
    if (flags == O_RDONLY) {
      if (auto text = ReadAll(fd.get(), kLong); !text) {
        outcome = std::unexpected(text.error());
      }
    } else {
      outcome = WriteAll(fd.get(), "text", kLong);
    }
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(outcome.error().message.find("use a pipe"), std::string::npos)
        << outcome.error().message;
    EXPECT_EQ(file.asked(), before);
  }
}

}  // namespace
}  // namespace bondd::bonds
