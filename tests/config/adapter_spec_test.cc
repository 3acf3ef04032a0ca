#include <gtest/gtest.h>

#include "config/config.h"
#include "tests/config/support.h"

namespace bondd::config {
namespace {

using testing::Contains;
using testing::MessageOf;

TEST(AdapterSpecTest, TakesALocalAdapter) {
  const auto spec = AdapterSpec::Parse("hci12");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->kind, AdapterKind::kHci);
  EXPECT_EQ(spec->index, 12);
  EXPECT_EQ(spec->text, "hci12");
}

TEST(AdapterSpecTest, TakesTheSimulatedRadio) {
  const auto spec = AdapterSpec::Parse("sim");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->kind, AdapterKind::kSim);
}

TEST(AdapterSpecTest, TakesAUnixSocket) {
  const auto spec = AdapterSpec::Parse("unix:/run/h4:1");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->kind, AdapterKind::kUnixSocket);
  EXPECT_EQ(spec->path, "/run/h4:1");
}

TEST(AdapterSpecTest, TakesATcpSocketByNameOrAddress) {
  const auto by_name = AdapterSpec::Parse("tcp:localhost:9000");
  ASSERT_TRUE(by_name);
  EXPECT_EQ(by_name->kind, AdapterKind::kTcpSocket);
  EXPECT_EQ(by_name->host, "localhost");
  EXPECT_EQ(by_name->port, 9000);
  const auto by_address = AdapterSpec::Parse("tcp:[::1]:9000");
  ASSERT_TRUE(by_address);
  EXPECT_EQ(by_address->host, "::1");
}

TEST(AdapterSpecTest, RefusesWhatIsNoAdapter) {
  for (const char* text :
       {"", "hci", "hci-1", "hci01", "hci65536", "hci0x", "HCI0", "sim0",
        "unix:", "tcp:", "tcp:host", "tcp::1", "tcp:host:0", "tcp:host:65536",
        "tcp:::1:9000", "usb:1"}) {
    const auto spec = AdapterSpec::Parse(text);
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(Contains(MessageOf(spec), text)) << MessageOf(spec);
  }
}

TEST(AdapterSpecTest, RefusesAPathThatNoSocketCanHave) {
  EXPECT_TRUE(AdapterSpec::Parse("unix:/" + std::string(106, 'x')));
  EXPECT_FALSE(AdapterSpec::Parse("unix:/" + std::string(107, 'x')));
}

}  // namespace
}  // namespace bondd::config
