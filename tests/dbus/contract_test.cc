// Neither the XML nor what stands on the bus drifts from the contract.

#include "tests/dbus/contract.h"

#include <fstream>
#include <sstream>

#include "tests/dbus/bus_test.h"

namespace bondd::dbus::test {
namespace {

using testing::ContainerEq;
using testing::HasSubstr;

std::string TextOf(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(std::string(BONDD_SOURCE_ROOT) + "/" + file).rdbuf();
  return text.str();
}

class ContractTest : public BusTest {
 protected:
  std::string Introspect(const std::string& path) {
    return Await(NewClient().Call(
                     path, "org.freedesktop.DBus.Introspectable.Introspect"))
        .Get<std::string>();
  }
};

TEST_F(ContractTest, StandsInTheXml) {
  for (const std::string interface : {"Manager1", "AgentManager1", "Agent1",
                                      "Adapter1", "Connection1", "Bond1"}) {
    EXPECT_THAT(
        MembersIn(TextOf("dbus/org.bondd." + interface + ".xml"), interface),
        ContainerEq(ContractOf(interface)));
  }
}

TEST_F(ContractTest, StandsOnTheBus) {
  const std::map<std::string, std::string> places = {
      {"Manager1", root_},    {"AgentManager1", root_},
      {"Adapter1", adapter_}, {"Connection1", connection_},
      {"Bond1", bond_},
  };
  for (const auto& [interface, path] : places) {
    const std::string xml = Introspect(path);
    EXPECT_THAT(MembersIn(xml, interface), ContainerEq(ContractOf(interface)));
    for (const char* standard : {"Peer", "Introspectable", "Properties"}) {
      EXPECT_THAT(xml, HasSubstr(std::string("\"org.freedesktop.DBus.") +
                                 standard + "\""));
    }
  }
  EXPECT_THAT(Introspect(root_),
              HasSubstr("\"org.freedesktop.DBus.ObjectManager\""));
}

// Every method says above it what can go wrong.
TEST_F(ContractTest, ListsTheErrorsOfEachMethod) {
  for (const std::string interface :
       {"Manager1", "AgentManager1", "Adapter1", "Connection1", "Bond1"}) {
    std::istringstream lines(TextOf("dbus/org.bondd." + interface + ".xml"));
    std::string comment;
    bool in_comment = false;
    for (std::string line; std::getline(lines, line);) {
      if (line.find("<!--") != std::string::npos) {
        comment.clear();
        in_comment = true;
      }
      if (in_comment) comment += line + "\n";
      if (line.find("-->") != std::string::npos) in_comment = false;
      if (line.find("<method ") == std::string::npos) continue;
      EXPECT_THAT(comment, testing::AnyOf(HasSubstr("Errors: "),
                                          HasSubstr("No errors.")))
          << interface << line;
      comment.clear();
    }
  }
}

}  // namespace
}  // namespace bondd::dbus::test
