// What can be tested without a kernel that has Bluetooth; the rest is in
// tests/vm.

#include "hci/user_channel.h"

#include <errno.h>

#include "hci/h4.h"
#include "tests/hci/message_pair.h"
#include "tests/hci/packets.h"

namespace bondd::hci::testing {
namespace {

struct ErrorCase {
  int error_number;
  ErrorCode code;
  // The part of the message that helps.
  std::string_view remedy;
};

class UserChannelErrorTest : public ::testing::TestWithParam<ErrorCase> {};

TEST_P(UserChannelErrorTest, NamesTheAdapterAndTheRemedy) {
  const Error error = UserChannelError(GetParam().error_number, "hci7", "bind");
  EXPECT_EQ(error.code, GetParam().code);
  EXPECT_TRUE(error.message.starts_with("hci7: ")) << error.message;
  EXPECT_NE(error.message.find(GetParam().remedy), std::string::npos)
      << error.message;
}

INSTANTIATE_TEST_SUITE_P(
    Errno, UserChannelErrorTest,
    ::testing::Values(
        ErrorCase{EBUSY, ErrorCode::kBusy, "systemctl stop bluetooth"},
        ErrorCase{ENODEV, ErrorCode::kNotFound, "/sys/class/bluetooth"},
        ErrorCase{EPERM, ErrorCode::kPermissionDenied, "CAP_NET_ADMIN"},
        ErrorCase{EAFNOSUPPORT, ErrorCode::kNotSupported, "modprobe bluetooth"},
        ErrorCase{ERFKILL, ErrorCode::kBlocked, "rfkill unblock bluetooth"},
        ErrorCase{EMFILE, ErrorCode::kIo, "bind"}));

class UserChannelTest : public ::testing::Test {
 protected:
  MessagePair pair_;
  UserChannel channel_{std::move(pair_.ours), 7, false};
};

TEST_F(UserChannelTest, ReadsOnePacketOfEachMessage) {
  pair_.Put(EncodeH4(PacketType::kEvent, HardwareErrorEvent(1)));
  pair_.Put(EncodeH4(PacketType::kAclData, AclPacketOf(0x40, 0, Bytes(5))));
  const auto event = *channel_.Read();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->type, PacketType::kEvent);
  EXPECT_EQ(event->payload, HardwareErrorEvent(1));
  const auto acl = *channel_.Read();
  ASSERT_TRUE(acl.has_value());
  EXPECT_EQ(acl->type, PacketType::kAclData);
  EXPECT_FALSE(channel_.Read()->has_value());
}

TEST_F(UserChannelTest, WritesOneMessageWithTheIndicatorInFront) {
  const Bytes acl = AclPacketOf(0x40, 0, Bytes{1, 2, 3});
  ASSERT_TRUE(channel_.Write(PacketType::kAclData, acl).has_value());
  EXPECT_EQ(pair_.Get(), EncodeH4(PacketType::kAclData, acl));
}

TEST_F(UserChannelTest, TellsThatTheAdapterHasGone) {
  pair_.kernel.Close();
  EXPECT_EQ(channel_.Read().error().code, ErrorCode::kClosed);
  EXPECT_EQ(channel_.Write(PacketType::kAclData, AclPacketOf(0x40, 0, {}))
                .error()
                .code,
            ErrorCode::kClosed);
}

TEST_F(UserChannelTest, GivesUpOnAnAdapterThatTakesNothing) {
  const Bytes acl = AclPacketOf(0x40, 0, Bytes(1000));
  Result<void> written;
  for (int i = 0; written && i < 100'000; ++i) {
    written = channel_.Write(PacketType::kAclData, acl);
  }
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::kTimedOut);
}

}  // namespace
}  // namespace bondd::hci::testing
