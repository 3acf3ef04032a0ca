// The Python example of docs/, as a reader would start it.

#include <gtest/gtest.h>
#include <stdlib.h>

#include "tests/cli/bondctl.h"

namespace bondd::cli::test {
namespace {

using ExampleTest = BondctlTest;

TEST_F(ExampleTest, PairsThroughBondd) {
  const char* examples = getenv("EXAMPLES");
  ASSERT_NE(examples, nullptr);
  Advertise();
  Accept();
  // Debian's own interpreter: it has the packages that the example names.
  integration::Process example(
      {"/usr/bin/python3", std::string(examples) + "/pair.py",
       kPeripheralAddress, "--adapter", "sim0", "--bus", world_.bus.address()},
      world_.folder.path() / "example.log");
  Await([&] { return example.ExitStatus().has_value(); });
  EXPECT_EQ(*example.ExitStatus(), 0) << example.Output();
  EXPECT_TRUE(example.Output().starts_with("Paired: JustWorks, level 2"))
      << example.Output();
}

}  // namespace
}  // namespace bondd::cli::test
