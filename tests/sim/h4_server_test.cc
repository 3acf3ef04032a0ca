#include "sim/h4_server.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "hci/spec.h"
#include "tests/support/sim_host.h"
#include "tests/support/temporary_folder.h"

namespace bondd::test {
namespace {

using hci::Opcode;
using hci::PacketType;
using sim::H4Server;

Bytes CommandPacket(Opcode opcode, ByteView parameters = {}) {
  return Writer()
      .U16(static_cast<uint16_t>(opcode))
      .U8(static_cast<uint8_t>(parameters.size()))
      .Append(parameters)
      .Finish();
}

// While it lives, the process gets no descriptor.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const UniqueFd next(::socket(AF_UNIX, SOCK_STREAM, 0));
    const rlimit now{static_cast<rlim_t>(next.get()), before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &now), 0);
  }
  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

class H4ServerTest : public testing::Test {
 protected:
  std::string Path() const { return folder_.path() / "air"; }

  void Listen() {
    auto server =
        H4Server::Listen(air_, Path(), {.public_address = PublicAddress(1)});
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }

  UniqueFd Attach() {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = Path();
    std::copy(path.begin(), path.end(), address.sun_path);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address),
                        sizeof(address)),
              0);
    return fd;
  }

  static void Send(const UniqueFd& fd, ByteView octets) {
    EXPECT_EQ(::send(fd.get(), octets.data(), octets.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(octets.size()));
  }
  static void SendCommand(const UniqueFd& fd, Opcode opcode) {
    Send(fd, hci::EncodeH4(PacketType::kCommand, CommandPacket(opcode)));
  }

  // What the loop does once.
  std::vector<sim::H4Notice> Turn() {
    auto notices = server_->Service(now_);
    EXPECT_TRUE(notices) << notices.error().message;
    air_.Advance(now_);
    auto more = server_->Service(now_);
    EXPECT_TRUE(more);
    notices->insert(notices->end(), more->begin(), more->end());
    return *notices;
  }

  // What the host has got.
  std::vector<hci::Packet> Receive(const UniqueFd& fd) {
    std::array<uint8_t, 4096> octets;
    hci::H4Framer framer(hci::H4Direction::kControllerToHost);
    std::vector<hci::Packet> packets;
    ssize_t count = 0;
    while ((count = ::recv(fd.get(), octets.data(), octets.size(), 0)) > 0) {
      framer.Feed(ByteView(octets).first(static_cast<size_t>(count)));
      while (auto packet = *framer.Next()) packets.push_back(*packet);
    }
    return packets;
  }

  static bool Closed(const UniqueFd& fd) {
    uint8_t octet = 0;
    return ::recv(fd.get(), &octet, 1, 0) == 0;
  }

  test::TemporaryFolder folder_;
  sim::Air air_;
  Time now_{};
  std::unique_ptr<H4Server> server_;
};

TEST_F(H4ServerTest, AnswersTheCommandsOfAHostThatAttaches) {
  Listen();
  const UniqueFd host = Attach();
  SendCommand(host, Opcode::kReset);
  const auto notices = Turn();
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_TRUE(notices[0].attached);
  const auto packets = Receive(host);
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].type, PacketType::kEvent);
  EXPECT_EQ(packets[0].payload[0],
            static_cast<uint8_t>(hci::EventCode::kCommandComplete));
}

TEST_F(H4ServerTest, TakesAStreamInAnyPieces) {
  Listen();
  const UniqueFd host = Attach();
  const Bytes octets =
      hci::EncodeH4(PacketType::kCommand, CommandPacket(Opcode::kReadBdAddr));
  for (const uint8_t octet : octets) {
    EXPECT_TRUE(Receive(host).empty());
    Send(host, Bytes{octet});
    Turn();
  }
  EXPECT_EQ(Receive(host).size(), 1u);
}

TEST_F(H4ServerTest, PutsTheHostOnTheAirWithTheOthers) {
  SimWorld world;
  SimHost scanner(world, {.public_address = PublicAddress(2)});
  auto server = H4Server::Listen(world.air(), Path(),
                                 {.public_address = PublicAddress(1)});
  ASSERT_TRUE(server);
  const UniqueFd host = Attach();
  Send(host,
       hci::EncodeH4(PacketType::kCommand,
                     CommandPacket(Opcode::kLeSetAdvertisingEnable, Bytes{1})));
  ASSERT_TRUE((*server)->Service(world.now()));
  scanner.Scan();
  world.RunFor(std::chrono::seconds(5));
  const auto reports = scanner.TakeReports();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports[0].address, PublicAddress(1));
}

TEST_F(H4ServerTest, OnlyItsOwnerMayConnect) {
  Listen();
  struct stat status {};
  ASSERT_EQ(::stat(Path().c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(H4ServerTest, TakesOneHostAfterTheOther) {
  Listen();
  UniqueFd first = Attach();
  const UniqueFd second = Attach();
  SendCommand(second, Opcode::kReset);
  Turn();
  EXPECT_TRUE(Receive(second).empty());
  first.Close();
  const auto notices = Turn();
  ASSERT_EQ(notices.size(), 2u);
  EXPECT_FALSE(notices[0].attached);
  EXPECT_EQ(notices[0].reason.code, ErrorCode::kClosed);
  EXPECT_TRUE(notices[1].attached);
  Turn();
  EXPECT_EQ(Receive(second).size(), 1u);
}

TEST_F(H4ServerTest, NextHostHasAFreshController) {
  Listen();
  UniqueFd first = Attach();
  Send(first,
       hci::EncodeH4(PacketType::kCommand,
                     CommandPacket(Opcode::kLeSetAdvertisingEnable, Bytes{1})));
  Turn();
  EXPECT_TRUE(air_.Deadline());
  first.Close();
  Turn();
  EXPECT_FALSE(air_.Deadline());
}

TEST_F(H4ServerTest, EndsAConnectionThatIsNoH4AndSaysWhy) {
  Listen();
  const UniqueFd host = Attach();
  Send(host, Bytes{0x77});
  const auto notices = Turn();
  ASSERT_EQ(notices.size(), 2u);
  EXPECT_FALSE(notices[1].attached);
  EXPECT_EQ(notices[1].reason.code, ErrorCode::kCorrupt);
  EXPECT_TRUE(Closed(host));
  EXPECT_FALSE(server_->attached());
}

TEST_F(H4ServerTest, PollsForAHostAndThenForItsData) {
  Listen();
  ASSERT_EQ(server_->Interests().size(), 1u);
  const int listener = server_->Interests()[0].fd;
  EXPECT_TRUE(server_->Interests()[0].readable);
  const UniqueFd host = Attach();
  Turn();
  ASSERT_EQ(server_->Interests().size(), 1u);
  EXPECT_NE(server_->Interests()[0].fd, listener);
  EXPECT_TRUE(server_->Interests()[0].readable);
  EXPECT_FALSE(server_->Interests()[0].writable);
}

TEST_F(H4ServerTest, TakesAHostInLaterWhenDescriptorsHaveRunOut) {
  Listen();
  const UniqueFd host = Attach();
  {
    const NoMoreDescriptors shortage;
    EXPECT_TRUE(Turn().empty());
  }
  // Not polled, or the loop would spin.
  EXPECT_TRUE(server_->Interests().empty());
  ASSERT_TRUE(server_->Deadline());
  EXPECT_GT(*server_->Deadline(), now_);
  EXPECT_TRUE(Turn().empty());
  now_ = *server_->Deadline();
  const auto notices = Turn();
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_TRUE(notices[0].attached);
  EXPECT_FALSE(server_->Deadline());
  EXPECT_EQ(server_->Interests().size(), 1u);
}

TEST_F(H4ServerTest, HostThatNeverReadsIsNotReadFromForever) {
  Listen();
  const UniqueFd host = Attach();
  const Bytes octets =
      hci::EncodeH4(PacketType::kCommand, CommandPacket(Opcode::kLeRand));
  Turn();
  size_t sent = 0;
  size_t idle_turns = 0;
  for (int turn = 0; turn < 10000 && idle_turns < 100; ++turn) {
    ++idle_turns;
    while (::send(host.get(), octets.data(), octets.size(), MSG_NOSIGNAL) > 0) {
      ++sent;
      idle_turns = 0;
    }
    Turn();
  }
  EXPECT_TRUE(server_->attached());
  EXPECT_FALSE(server_->Interests()[0].readable);
  EXPECT_TRUE(server_->Interests()[0].writable);
  // Once it reads, it has an answer to each.
  size_t answers = 0;
  for (int turn = 0; turn < 10000 && answers < sent; ++turn) {
    answers += Receive(host).size();
    Turn();
  }
  EXPECT_EQ(answers, sent);
}

TEST_F(H4ServerTest, ReplacesASocketThatNobodyListensOn) {
  Listen();
  const std::string aside = folder_.path() / "aside";
  // Its name outlives the server when it is moved.
  std::filesystem::rename(Path(), aside);
  server_.reset();
  std::filesystem::rename(aside, Path());
  Listen();
  const UniqueFd host = Attach();
}

TEST_F(H4ServerTest, LeavesASocketAloneThatSomebodyListensOn) {
  Listen();
  const auto second = H4Server::Listen(air_, Path(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  const UniqueFd host = Attach();
}

TEST_F(H4ServerTest, LeavesAloneWhatIsNoSocket) {
  std::ofstream(Path()) << "precious";
  const auto server = H4Server::Listen(air_, Path(), {});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(std::filesystem::file_size(Path()), 8u);
}

TEST_F(H4ServerTest, RefusesPathsThatNoSocketCanHave) {
  const auto too_long = H4Server::Listen(air_, std::string(108, 'x'), {});
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code, ErrorCode::kInvalidArgument);
  const auto empty = H4Server::Listen(air_, "", {});
  EXPECT_FALSE(empty);
  const auto nowhere = H4Server::Listen(air_, Path() + "/x", {});
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::kNotFound);
}

TEST_F(H4ServerTest, RemovesItsSocketWhenItGoes) {
  Listen();
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(Path()));
}

TEST_F(H4ServerTest, DoesNotRemoveTheSocketOfAnother) {
  Listen();
  std::filesystem::remove(Path());
  auto other = H4Server::Listen(air_, Path(), {});
  ASSERT_TRUE(other);
  server_.reset();
  EXPECT_TRUE(std::filesystem::exists(Path()));
}

}  // namespace
}  // namespace bondd::test
