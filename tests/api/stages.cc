// How the stages of the rows come about.

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "hci/spec.h"
#include "tests/api/row.h"

namespace bondd::api::test {

namespace {

constexpr size_t kMaxCallsOfAUser = 64;

std::string Path(int number) {
  return "/org/bondd/sim" + std::to_string(number);
}
std::string Address(int number) {
  return "02:B0:DD:00:00:0" + std::to_string(number);
}

bool HandOn(hci::H4Direction, hci::Packet&) { return true; }
bool Swallow(hci::H4Direction, hci::Packet&) { return false; }

// [Vol 4, Part E] 6.27: all but the one for scan response data.
bool HideRadioCommands(hci::H4Direction, hci::Packet& packet) {
  constexpr size_t kCommands = 6;  // behind event, opcode and status
  constexpr size_t kOctet = 26;
  const auto opcode =
      static_cast<uint16_t>(hci::Opcode::kReadLocalSupportedCommands);
  Bytes& event = packet.payload;
  const bool answer =
      packet.type == hci::PacketType::kEvent &&
      event.size() > kCommands + kOctet &&
      event[0] == static_cast<uint8_t>(hci::EventCode::kCommandComplete) &&
      event[3] == (opcode & 0xFF) && event[4] == opcode >> 8;
  if (answer) event[kCommands + kOctet] = 0;
  return true;
}

void Crowd(Bed& bed) {
  bed.PairWell();
  for (size_t i = 0; i < kMaxCallsOfAUser; ++i) {
    bed.waiting.push_back(
        bed.Start(bed.central_, "Adapter1.Connect", "ssa{sv}",
                  Json::array({kNobody, "public", {{"TimeoutMs", 600'000}}})));
  }
}

void Fill(Bed& bed) {
  bed.PairWell();
  bed.Unlink();
}

void Stall(Bed& bed, const std::string& method) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  for (const int end : ends) bed.open.emplace_back(end);
  const bool reads = method.ends_with("ImportBonds");
  if (!reads) {
    bed.PairWell();
    // As full as it gets.
    const int size = ::fcntl(ends[1], F_SETPIPE_SZ, 4096);
    const std::string filling(static_cast<size_t>(size), ' ');
    if (::write(ends[1], filling.data(), filling.size()) != size) {
      throw std::runtime_error("pipe");
    }
  }
  bed.waiting.push_back(bed.Start(
      bed.central_, method, "hsa{sv}",
      Json::array({reads ? ends[0] : ends[1], "json", Json::object()})));
}

// The SMP timers of a pairing and of a Security Request begin to run.
void BeginOverdue(Bed& bed) {
  AskFor(bed, "number-comparison");
  bed.LinkFrom(Path(2), Path(3), Address(3));
  bed.Seat(bed.NewUser(), "NoInputNoOutput", Answer::kNone).make_default();
  bed.waiting.push_back(
      bed.Start(bed.peripheral_, "Connection1.SendSecurityRequest", "a{sv}",
                Json::array({Json::object()}), bed.LinkOf(Path(3))));
  bed.AwaitPrompt(Path(2), "consent");
}

Bed::Setting SettingOf(Stage stage) {
  const Words two = {"--adapter", "sim", "--adapter", "sim"};
  switch (stage) {
    case Stage::kAsked:
    case Stage::kOverdue:
      return {.arguments = two};
    case Stage::kThree:
      return {.arguments = {"--adapter", "sim"}};
    case Stage::kOnePairing:
      return {.arguments = {"--adapter", "sim"},
              .configuration = "[Pairing]\nMaxPairings=1\n"};
    case Stage::kFull:
      return {.arguments = {"--adapter", "sim"},
              .configuration = "[Bonds]\nMaxBonds=2\n"};
    case Stage::kDisabled:
      return {.relay = HideRadioCommands};
    case Stage::kRelayed:
    case Stage::kEnding:
      return {.relay = HandOn};
    default:
      return {};
  }
}

}  // namespace

void AskFor(Bed& bed, const std::string& prompt, int peripheral) {
  Json ours = {{"IoCapability", "DisplayYesNo"}};
  Json theirs = ours;
  if (prompt == "passkey-input") {
    ours = {{"IoCapability", "DisplayOnly"},
            {"SecureConnections", "off"},
            {"Keypress", true}};
    theirs = {{"IoCapability", "KeyboardOnly"}, {"Keypress", true}};
  }
  if (prompt == "consent") {
    bed.Seat(bed.NewUser(), "NoInputNoOutput", Answer::kNone).make_default();
    ours = {{"IoCapability", "NoInputNoOutput"}};
  } else {
    bed.Do(bed.peripheral_, Path(peripheral), "AcceptPairing", "a{sv}",
           Json::array({theirs}));
  }
  bed.Do(bed.peripheral_, Path(peripheral), "StartAdvertising", "a{sv}",
         Json::array({{{"IntervalMs", 20}}}));
  bed.waiting.push_back(
      bed.Start(bed.central_, "Adapter1.InitiatePairing", "ssa{sv}",
                Json::array({Address(peripheral), "public", ours})));
  bed.AwaitPrompt(Path(peripheral), prompt);
}

std::unique_ptr<Bed> MakeBed(Stage stage) {
  auto bed = std::make_unique<Bed>(SettingOf(stage));
  switch (stage) {
    case Stage::kLinked:
      bed->Link();
      break;
    case Stage::kBonded:
      bed->PairWell();
      break;
    case Stage::kAsked:
      AskFor(*bed, "number-comparison", 1);
      AskFor(*bed, "passkey-input", 2);
      AskFor(*bed, "consent", 3);
      break;
    case Stage::kCrowded:
      Crowd(*bed);
      break;
    case Stage::kStalledExport:
      Stall(*bed, "Adapter1.ExportBonds");
      break;
    case Stage::kStalledImport:
      Stall(*bed, "Adapter1.ImportBonds");
      break;
    case Stage::kOverdue:
      BeginOverdue(*bed);
      break;
    case Stage::kFull:
      Fill(*bed);
      break;
    case Stage::kEnding:
      bed->relay().set_hook(Swallow);
      bed->bondd_->Ask();
      bed->Await(
          [&] { return !bed->central_.Objects().contains(kCentralPath); });
      break;
    default:
      break;
  }
  if (stage != Stage::kEnding) bed->Note();
  return bed;
}

}  // namespace bondd::api::test
