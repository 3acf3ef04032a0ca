// Every pair of IO capabilities, in legacy pairing and in Secure Connections,
// with MITM wanted by either side, by both and by none: two Security Managers
// have to come to what Table 2.8 says, with equal keys and equal levels.

#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "tests/support/smp_checks.h"

namespace bondd::smp::test {
namespace {

// [Vol 3, Part H] 2.3.5.1, Table 2.8, written out once more and in another
// way than smp/association_model.cc has it: a letter each, a line for each
// capability of the responder, a column for each of the initiator, both in the
// order of the printed table.
//   J Just Works, N Numeric Comparison, i the initiator shows the passkey,
//   r the responder shows it, b both type it
struct PrintedTable {
  const char* rows[5];
};
constexpr PrintedTable kLegacy = {{
    "JJrJr",  // DisplayOnly
    "JJrJr",  // DisplayYesNo
    "iibJi",  // KeyboardOnly
    "JJJJJ",  // NoInputNoOutput
    "iirJi",  // KeyboardDisplay
}};
constexpr PrintedTable kSecureConnections = {{
    "JJrJr",
    "JNrJN",
    "iibJi",
    "JJJJJ",
    "iNrJN",
}};
constexpr IoCapability kOrder[] = {
    IoCapability::kDisplayOnly, IoCapability::kDisplayYesNo,
    IoCapability::kKeyboardOnly, IoCapability::kNoInputNoOutput,
    IoCapability::kKeyboardDisplay};

// Initiator's and responder's column, Secure Connections, each one's MITM.
using Case = std::tuple<int, int, bool, bool, bool>;

class Table28 : public testing::TestWithParam<Case> {
 protected:
  char Letter() const {
    const auto& [initiator, responder, sc, mitm_i, mitm_r] = GetParam();
    if (!mitm_i && !mitm_r) return 'J';
    return (sc ? kSecureConnections : kLegacy).rows[responder][initiator];
  }
  PairingParameters Parameters(int column, bool mitm) const {
    PairingParameters parameters =
        With(kOrder[column], mitm ? MitmOption::kYes : MitmOption::kNo);
    if (!std::get<2>(GetParam())) {
      parameters.secure_connections = SecureConnectionsOption::kOff;
    }
    return parameters;
  }
};

TEST_P(Table28, LeadsBothSidesToTheSameModelKeysAndLevel) {
  const auto& [initiator, responder, sc, mitm_i, mitm_r] = GetParam();
  SmpPair pair;
  Use(pair, Parameters(initiator, mitm_i), Parameters(responder, mitm_r));
  pair.Pair();

  const char letter = Letter();
  const AssociationModel model = letter == 'J' ? AssociationModel::kJustWorks
                                 : letter == 'N'
                                     ? AssociationModel::kNumericComparison
                                     : AssociationModel::kPasskeyEntry;
  ExpectPaired(pair, model,
               {.authenticated = letter != 'J',
                .secure_connections = sc,
                .key_size = 16});
  const bool i_shows = pair.central().Asked<PasskeyDisplayPrompt>() != nullptr;
  const bool r_shows =
      pair.peripheral().Asked<PasskeyDisplayPrompt>() != nullptr;
  const bool i_types = pair.central().Asked<PasskeyInputPrompt>() != nullptr;
  const bool r_types = pair.peripheral().Asked<PasskeyInputPrompt>() != nullptr;
  EXPECT_EQ(i_shows, letter == 'i');
  EXPECT_EQ(r_shows, letter == 'r');
  EXPECT_EQ(i_types, letter == 'r' || letter == 'b');
  EXPECT_EQ(r_types, letter == 'i' || letter == 'b');
}

std::string NameOf(const testing::TestParamInfo<Case>& info) {
  const auto& [initiator, responder, sc, mitm_i, mitm_r] = info.param;
  std::string name(ToString(kOrder[initiator]));
  name += "_";
  name += ToString(kOrder[responder]);
  name += sc ? "_SC" : "_Legacy";
  if (mitm_i) name += "_InitiatorMitm";
  if (mitm_r) name += "_ResponderMitm";
  return name;
}

INSTANTIATE_TEST_SUITE_P(Everything, Table28,
                         testing::Combine(testing::Range(0, 5),
                                          testing::Range(0, 5), testing::Bool(),
                                          testing::Bool(), testing::Bool()),
                         NameOf);

}  // namespace
}  // namespace bondd::smp::test
