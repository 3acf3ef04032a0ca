#include "hci/h4_socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <utility>

#include "tests/hci/packets.h"
#include "tests/support/temporary_folder.h"

namespace bondd::hci::testing {
namespace {

// Longer than anything here can take; nothing is measured.
constexpr int kPatienceMilliseconds = 20000;

void Await(int fd, short events) {
  pollfd wait{fd, events, 0};
  ASSERT_EQ(::poll(&wait, 1, kPatienceMilliseconds), 1);
}

// The host's socket and the fd that plays the controller.
std::pair<std::unique_ptr<H4Socket>, UniqueFd> MakePair() {
  int fds[2];
  EXPECT_EQ(
      ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
      0);
  return {std::make_unique<H4Socket>(UniqueFd(fds[0]), "unix:test"),
          UniqueFd(fds[1])};
}

void Put(const UniqueFd& fd, const Bytes& octets) {
  ASSERT_EQ(::send(fd.get(), octets.data(), octets.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(octets.size()));
}

Bytes ResetPacket() {
  return Writer().U16(static_cast<uint16_t>(Opcode::kReset)).U8(0).Finish();
}

TEST(H4Socket, ReadsThePacketsThatTheOtherEndWrites) {
  auto [socket, other] = MakePair();
  Put(other, EncodeH4(PacketType::kEvent, HardwareErrorEvent(1)));
  Put(other, EncodeH4(PacketType::kEvent, HardwareErrorEvent(2)));
  EXPECT_EQ((*socket->Read())->payload, HardwareErrorEvent(1));
  EXPECT_EQ((*socket->Read())->payload, HardwareErrorEvent(2));
  EXPECT_EQ(*socket->Read(), std::nullopt);
}

TEST(H4Socket, WritesPacketsWithTheirIndicator) {
  auto [socket, other] = MakePair();
  ASSERT_TRUE(socket->Write(PacketType::kCommand, ResetPacket()).has_value());
  EXPECT_FALSE(socket->WantsWrite());
  Bytes got(64);
  got.resize(static_cast<size_t>(::recv(other.get(), got.data(), 64, 0)));
  EXPECT_EQ(got, EncodeH4(PacketType::kCommand, ResetPacket()));
}

TEST(H4Socket, TellsThatTheOtherEndHasClosed) {
  auto [socket, other] = MakePair();
  other.Close();
  EXPECT_EQ(socket->Read().error().code, ErrorCode::kClosed);
  EXPECT_EQ(socket->Write(PacketType::kCommand, ResetPacket()).error().code,
            ErrorCode::kClosed);
}

TEST(H4Socket, ReadsWhatCameBeforeTheOtherEndClosed) {
  auto [socket, other] = MakePair();
  Put(other, EncodeH4(PacketType::kEvent, HardwareErrorEvent(1)));
  other.Close();
  EXPECT_EQ((*socket->Read())->payload, HardwareErrorEvent(1));
  EXPECT_EQ(socket->Read().error().code, ErrorCode::kClosed);
}

TEST(H4Socket, TellsAStreamThatIsNoH4ByItsName) {
  auto [socket, other] = MakePair();
  Put(other, {'S', 'S', 'H', '-'});
  const auto packet = socket->Read();
  ASSERT_FALSE(packet.has_value());
  EXPECT_EQ(packet.error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(packet.error().message.starts_with("unix:test: "));
}

TEST(H4Socket, QueuesWhatTheOtherEndDoesNotReadYetAndLosesNothing) {
  auto [socket, other] = MakePair();
  size_t packets = 0;
  const Bytes acl = AclPacketOf(0x40, 0, Bytes(1000, 0x5A));
  while (!socket->WantsWrite()) {
    ASSERT_TRUE(socket->Write(PacketType::kAclData, acl).has_value());
    ++packets;
  }
  H4Framer framer(H4Direction::kHostToController);
  size_t arrived = 0;
  Bytes chunk(8192);
  while (arrived < packets) {
    const ssize_t got = ::recv(other.get(), chunk.data(), chunk.size(), 0);
    if (got > 0) framer.Feed(ByteView(chunk).first(static_cast<size_t>(got)));
    while (*framer.Next()) ++arrived;
    ASSERT_TRUE(socket->Flush().has_value());
    ASSERT_TRUE(got > 0 || arrived == packets);
  }
  EXPECT_FALSE(socket->WantsWrite());
}

TEST(H4Socket, GivesUpOnAnOtherEndThatReadsNothing) {
  auto [socket, other] = MakePair();
  const Bytes acl = AclPacketOf(0x40, 0, Bytes(4000));
  Result<void> written;
  // Far more than the backlog and the kernel's own buffers.
  for (size_t i = 0; written && i < 10 * kMaxH4Backlog / acl.size(); ++i) {
    written = socket->Write(PacketType::kAclData, acl);
  }
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::kTimedOut);
}

TEST(H4Socket, RefusesMalformedAddresses) {
  const std::string too_long = "unix:" + std::string(200, 'a');
  for (const std::string& address :
       {std::string(""), std::string("hci0"), std::string("unix:"), too_long,
        std::string("tcp:"), std::string("tcp:localhost"),
        std::string("tcp::1000"), std::string("tcp:localhost:"),
        std::string("tcp:localhost:http"), std::string("tcp:a.example:1")}) {
    const auto socket = H4Socket::Connect(address);
    ASSERT_FALSE(socket.has_value()) << address;
    EXPECT_EQ(socket.error().code, ErrorCode::kInvalidArgument) << address;
  }
}

class H4SocketServerTest : public ::testing::Test {
 protected:
  std::string path() const { return (folder_.path() / "h4").string(); }

  UniqueFd ListenUnix() {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address),
                     sizeof(address)),
              0);
    EXPECT_EQ(::listen(fd.get(), 1), 0);
    return fd;
  }

  // On a port that the kernel chooses.
  UniqueFd BindTcp(uint16_t& port) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(fd.get(), generic, length), 0);
    EXPECT_EQ(::getsockname(fd.get(), generic, &length), 0);
    port = ntohs(address.sin_port);
    return fd;
  }

  test::TemporaryFolder folder_;
};

TEST_F(H4SocketServerTest, ConnectsToAUnixSocket) {
  const UniqueFd server = ListenUnix();
  auto socket = H4Socket::Connect("unix:" + path());
  ASSERT_TRUE(socket.has_value());
  const UniqueFd other(::accept(server.get(), nullptr, nullptr));
  Put(other, EncodeH4(PacketType::kEvent, HardwareErrorEvent(1)));
  EXPECT_EQ((*(*socket)->Read())->payload, HardwareErrorEvent(1));
}

TEST_F(H4SocketServerTest, ConnectsToATcpPortAndQueuesMeanwhile) {
  uint16_t port = 0;
  const UniqueFd server = BindTcp(port);
  ASSERT_EQ(::listen(server.get(), 1), 0);
  auto socket = H4Socket::Connect(fmt::format("tcp:localhost:{}", port));
  ASSERT_TRUE(socket.has_value());
  ASSERT_TRUE(
      (*socket)->Write(PacketType::kCommand, ResetPacket()).has_value());
  const UniqueFd other(::accept(server.get(), nullptr, nullptr));
  Await((*socket)->fd(), POLLOUT);
  ASSERT_TRUE((*socket)->Flush().has_value());
  Await(other.get(), POLLIN);
  Bytes got(64);
  got.resize(static_cast<size_t>(::recv(other.get(), got.data(), 64, 0)));
  EXPECT_EQ(got, EncodeH4(PacketType::kCommand, ResetPacket()));
}

TEST_F(H4SocketServerTest, TellsThatNobodyListensOnAUnixSocket) {
  const auto socket = H4Socket::Connect("unix:" + path());
  ASSERT_FALSE(socket.has_value());
  EXPECT_EQ(socket.error().code, ErrorCode::kNotFound);
}

TEST_F(H4SocketServerTest, TellsThatNobodyListensOnATcpPort) {
  uint16_t port = 0;
  const UniqueFd nobody = BindTcp(port);
  auto socket = H4Socket::Connect(fmt::format("tcp:127.0.0.1:{}", port));
  if (!socket) return;  // refused at once
  Await((*socket)->fd(), POLLIN);
  EXPECT_EQ((*socket)->Read().error().code, ErrorCode::kClosed);
}

}  // namespace
}  // namespace bondd::hci::testing
