// integration-tests --bondd PROGRAM --policy FILE [--bondd-adapter hci0]
//                   [--kernel-adapter hci1] [--user NAME] [--emulator]
//                   [--guest-mgmt SOCKET --guest-console SOCKET] [--logs DIR]
//
// bondd has one adapter, a kernel's own Bluetooth stack the other, and the two
// pair. Runs as root.

#include <gtest/gtest.h>

#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "tests/integration/test_bed.h"

namespace bondd::integration {
namespace {

Options Parse(int argc, char** argv) {
  Options options;
  const std::map<std::string, std::string*> texts = {
      {"--bondd-adapter", &options.bondd_adapter},
      {"--kernel-adapter", &options.kernel_adapter},
      {"--user", &options.user}};
  const std::map<std::string, std::filesystem::path*> paths = {
      {"--bondd", &options.bondd},
      {"--policy", &options.policy},
      {"--guest-mgmt", &options.guest_mgmt},
      {"--guest-console", &options.guest_console},
      {"--logs", &options.logs}};
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--emulator") {
      options.emulator = true;
      continue;
    }
    if (i + 1 == argc) throw std::runtime_error(name + " what?");
    if (const auto text = texts.find(name); text != texts.end()) {
      *text->second = argv[++i];
    } else if (const auto path = paths.find(name); path != paths.end()) {
      *path->second = argv[++i];
    } else {
      throw std::runtime_error("unknown option " + name);
    }
  }
  return options;
}

// Leaves out the suites about something that is not there: an adapter behind a
// user channel, one that can be unplugged, a kernel whose files can be written.
void LeaveOut(const Options& options) {
  std::string without;
  if (!options.emulator) without += ":EmulatorTest.*:UnpluggedAdapterTest.*";
  if (options.bondd_adapter == "sim") without += ":UserChannelTest.*";
  if (!options.guest_mgmt.empty()) without += ":KernelKeySizeTest.*";
  std::string filter = GTEST_FLAG_GET(filter);
  filter += filter.find('-') == std::string::npos ? "-" : ":";
  GTEST_FLAG_SET(filter, filter + without);
}

}  // namespace
}  // namespace bondd::integration

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  using bondd::integration::TestBed;
  try {
    const bondd::integration::Options options =
        bondd::integration::Parse(argc, argv);
    bondd::integration::LeaveOut(options);
    TestBed::Set(std::make_unique<TestBed>(options));
    const int status = RUN_ALL_TESTS();
    TestBed::Set(nullptr);
    return status;
  } catch (const std::exception& error) {
    fprintf(stderr, "integration-tests: %s\n", error.what());
    return 2;
  }
}
