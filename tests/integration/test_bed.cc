#include "tests/integration/test_bed.h"

#include <charconv>
#include <fstream>
#include <iterator>
#include <regex>
#include <stdexcept>
#include <string_view>

namespace bondd::integration {
namespace {

// The shipped policy, for the user that bondd runs as here.
std::string PolicyFor(const Options& options) {
  std::ifstream in(options.policy);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.empty()) {
    throw std::runtime_error("no policy at " + options.policy.string());
  }
  const std::string user = options.user.empty() ? "root" : options.user;
  return std::regex_replace(text, std::regex("user=\"bondd\""),
                            "user=\"" + user + "\"");
}

std::unique_ptr<TestBed>& TheBed() {
  static std::unique_ptr<TestBed> bed;
  return bed;
}

}  // namespace

TestBed& TestBed::Get() { return *TheBed(); }
void TestBed::Set(std::unique_ptr<TestBed> bed) { TheBed() = std::move(bed); }

TestBed::TestBed(Options options) : options_(std::move(options)) {
  const bool guest = !options_.guest_mgmt.empty();
  mgmt_ = std::make_unique<MgmtClient>(
      loop_,
      guest ? ConnectTo(options_.guest_mgmt) : MgmtClient::OpenControlChannel(),
      guest);
  if (guest) {
    radio_ = std::make_unique<SimulatedRadio>(
        loop_, *mgmt_, options_.guest_console, folder_.path() / "air");
  } else if (options_.emulator) {
    auto emulated = std::make_unique<EmulatedRadio>(
        loop_, *mgmt_, options_.logs / "emulator.log");
    emulator_ = emulated.get();
    radio_ = std::move(emulated);
  } else {
    radio_ = std::make_unique<Radio>();
  }
  const std::filesystem::path policy = folder_.path() / "policy.conf";
  std::ofstream(policy) << PolicyFor(options_);
  bus_ = std::make_unique<test::PrivateBus>(
      bondd::test::kSystemBusPolicy +
      std::string("<include>" + policy.string() + "</include>"));
  if (bus_->address().empty()) throw std::runtime_error("no bus");
}

std::vector<std::string> TestBed::SystemBusIs(const std::string& address) {
  return {"DBUS_SYSTEM_BUS_ADDRESS=" + address};
}

std::string TestBed::adapter_name() const {
  return options_.bondd_adapter == "sim" ? "sim0" : options_.bondd_adapter;
}

uint16_t TestBed::kernel_index() const {
  const std::string_view name = options_.kernel_adapter;
  uint16_t index = 0;
  if (!name.starts_with("hci") ||
      std::from_chars(name.data() + 3, name.data() + name.size(), index).ptr !=
          name.data() + name.size()) {
    throw std::runtime_error("not the name of an adapter: " +
                             options_.kernel_adapter);
  }
  return index;
}

}  // namespace bondd::integration
