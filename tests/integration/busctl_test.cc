// The first thing that the README tells people to type.

#include <gtest/gtest.h>

#include "tests/integration/fixture.h"

namespace bondd::integration {
namespace {

class BusctlTest : public DaemonTest {};

TEST_F(BusctlTest, InitiatesPairingAsTheReadmePrintsIt) {
  Start({.io_capability = smp::IoCapability::kNoInputNoOutput});
  kernel_.StartAdvertising();
  TemporaryFolder folder;
  Process busctl({"busctl", "--timeout=120", "call", "org.bondd", AdapterPath(),
                  "org.bondd.Adapter1", "InitiatePairing", "ssa{sv}",
                  kernel_.address().ToString(), "public", "0"},
                 folder.path() / "output",
                 TestBed::SystemBusIs(bed_.bus_address()));

  Await([&] { return busctl.ExitStatus().has_value(); }, "busctl");

  EXPECT_EQ(busctl.ExitStatus(), 0) << busctl.Output();
  const std::string output = busctl.Output();
  EXPECT_EQ(output.find("a{sv}"), 0u) << output;
  EXPECT_NE(output.find(R"("Status" s "ok")"), std::string::npos) << output;
  EXPECT_NE(output.find(R"("Method" s "JustWorks")"), std::string::npos)
      << output;
  EXPECT_EQ(Connection("Encrypted"), true);
  EXPECT_TRUE(IsBonded());
}

TEST_F(BusctlTest, PrintsTheReasonOfAFailure) {
  Start({.io_capability = smp::IoCapability::kNoInputNoOutput});
  kernel_.StartAdvertising();
  TemporaryFolder folder;
  // What two devices without input and output can't reach.
  Process busctl({"busctl", "--timeout=120", "call", "org.bondd", AdapterPath(),
                  "org.bondd.Adapter1", "InitiatePairing", "ssa{sv}",
                  kernel_.address().ToString(), "public", "2", "IoCapability",
                  "s", "DisplayYesNo", "RequireLevel", "y", "4"},
                 folder.path() / "output",
                 TestBed::SystemBusIs(bed_.bus_address()));

  Await([&] { return busctl.ExitStatus().has_value(); }, "busctl");

  EXPECT_NE(busctl.ExitStatus(), 0);
  EXPECT_NE(busctl.Output().find("AuthenticationRequirements"),
            std::string::npos)
      << busctl.Output();
  EXPECT_FALSE(IsBonded());
}

}  // namespace
}  // namespace bondd::integration
