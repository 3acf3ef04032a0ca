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

}  // namespace
}  // namespace bondd::integration

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  using bondd::integration::TestBed;
  try {
    TestBed::Set(
        std::make_unique<TestBed>(bondd::integration::Parse(argc, argv)));
    const int status = RUN_ALL_TESTS();
    TestBed::Set(nullptr);
    return status;
  } catch (const std::exception& error) {
    fprintf(stderr, "integration-tests: %s\n", error.what());
    return 2;
  }
}
