#include "tests/daemon/bondd.h"

#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace bondd::daemon::test {

namespace {

std::string Binary() {
  const char* binary = getenv("BONDD");
  if (binary == nullptr) {
    throw std::runtime_error(
        "the environment variable BONDD has to name the "
        "bondd to test");
  }
  return binary;
}

void AddUnlessThere(Words& command, const std::string& option,
                    const std::string& value) {
  if (std::ranges::find(command, option) != command.end()) return;
  command.push_back(option);
  command.push_back(value);
}

}  // namespace

std::filesystem::path World::Write(const std::string& name,
                                   const std::string& text) const {
  const std::filesystem::path path = folder.path() / name;
  std::ofstream(path) << text;
  return path;
}

Bondd::Bondd(World& world, const Words& arguments, const Words& environment)
    : world_(world) {
  Words command = {Binary()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  AddUnlessThere(command, "--bus", world.bus.address());
  AddUnlessThere(command, "--state-dir", world.state());
  // Not the one of the machine that runs the tests.
  AddUnlessThere(command, "--config", world.Write("bondd.conf", ""));
  size_t number = 0;
  std::filesystem::path log;
  do {
    log = world.folder.path() / ("log" + std::to_string(number++));
  } while (std::filesystem::exists(log));
  std::ofstream(log).flush();
  process_ = std::make_unique<Process>(command, log, environment);
}

int Bondd::AwaitExit() {
  if (!world_.loop.RunUntil([&] { return !running(); })) return -1;
  return *process_->ExitStatus();
}

int Bondd::Stop() {
  Ask();
  return AwaitExit();
}

size_t Bondd::Lines() const {
  return static_cast<size_t>(std::ranges::count(Output(), '\n'));
}

bool Bondd::Says(const std::string& text) const {
  return Output().find(text) != std::string::npos;
}

}  // namespace bondd::daemon::test
