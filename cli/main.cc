#include <unistd.h>

#include <iostream>
#include <utility>

#include "cli/adapter_commands.h"
#include "cli/bond_commands.h"
#include "cli/command_line.h"
#include "cli/doctor.h"
#include "cli/link_commands.h"
#include "cli/monitor.h"
#include "cli/oob_commands.h"
#include "cli/pairing_commands.h"
#include "cli/reply_commands.h"
#include "cli/session.h"

namespace bondd::cli {

namespace {

CommandSpecs AllCommands() {
  CommandSpecs all;
  for (CommandSpecs group : {PairingCommands(), ReplyCommands(), LinkCommands(),
                             BondCommands(), OobCommands(), AdapterCommands(),
                             MonitorCommands(), DoctorCommands()}) {
    for (CommandSpec& spec : group) all.push_back(std::move(spec));
  }
  return all;
}

Outcome<int> Run(const CommandLine& line) {
  Loop loop;
  Terminal terminal(loop);
  std::unique_ptr<Bus> bus;
  if (line.command->needs_bus) {
    auto opened = Bus::Open(loop, line.bus, line.bus_name);
    if (!opened) return std::unexpected(opened.error());
    bus = std::move(*opened);
  }
  Session session{loop,         bus.get(), terminal,     Output(line.json),
                  line.adapter, line.bus,  line.bus_name};
  try {
    return line.command->run(session, line.arguments);
  } catch (const Json::exception&) {
    return Fail("org.freedesktop.DBus.Error.InconsistentMessage",
                "bondd has answered something that bondctl does not expect");
  }
}

int Main(const std::vector<std::string>& words) {
  const CommandSpecs specs = AllCommands();
  const auto line = ParseCommandLine(words, specs);
  if (!line) return line.error();
  const Outcome<int> status = Run(*line);
  if (status) return *status;
  std::cerr << "bondctl: " << Explain(status.error()) << std::endl;
  if (line->json) Output(true).Print(Describe(status.error()), "");
  return StatusOf(status.error());
}

}  // namespace

}  // namespace bondd::cli

int main(int argc, char** argv) {
  return bondd::cli::Main({argv + 1, argv + argc});
}
