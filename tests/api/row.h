// The tables: a row for each method and each error that its XML names, and one
// at least for its success.

#ifndef BONDD_TESTS_API_ROW_H_
#define BONDD_TESTS_API_ROW_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tests/api/bed.h"

namespace bondd::api::test {

// What a row finds.
enum class Stage {
  // Shared by the rows that name them, which leave everything as it was:
  kIdle,      // sim0 and sim1
  kLinked,    // sim0 is the central of a link to sim1
  kBonded,    // that, encrypted with the key of a bond
  kAsked,     // sim0 has three links, and sim1 to sim3 ask their users
  kCrowded,   // as many calls wait as one user may have
  kDisabled,  // h40 has no command for advertising, scanning or connecting
  // Begun before the first row, as it takes long; its rows come last:
  kStalledExport,  // nobody reads what waits to be exported
  kStalledImport,  // nothing comes that could be imported
  kOverdue,        // pairings whose users never answer
  // A daemon of the row's own:
  kFresh,       // sim0 and sim1
  kRelayed,     // the same and h40
  kEnding,      // the same, told to end and waiting for h40
  kThree,       // sim0 to sim2
  kOnePairing,  // the same, with room for one pairing at once
  kFull,        // as many bonds as MaxBonds allows; sim2 has none
};

// All that the row changes is its own.
constexpr bool IsOwn(Stage stage) { return stage >= Stage::kFresh; }
// The same daemon for each row of the stage.
std::unique_ptr<Bed> MakeBed(Stage stage);

inline const Json kNothing = Json::object();
// As many as a key has.
inline const Json kOctets(std::vector<int>(16, 7));

struct Row;
// Makes the call, and gives it when it is done.
using Provoke = std::function<std::unique_ptr<Call>(Bed&, const Row&)>;

struct Row {
  Stage stage;
  // "Adapter1.Connect", or "set Adapter1.Privacy".
  std::string method;
  // Without "org.bondd.Error."; empty = the call succeeds.
  std::string error;
  // What the message has to name besides: the key, or the reason.
  std::string names;
  Provoke provoke;
};

void PrintTo(const Row& row, std::ostream* out);

// The call with these arguments, by the central's user, at the object that
// Bed::PathOf() names or at `path`.
Provoke With(const std::string& signature = "",
             const Json& arguments = Json::array(),
             const std::string& path = "");
// The same on the link of an adapter.
Provoke OnLinkOf(const std::string& adapter, const std::string& signature = "",
                 const Json& arguments = Json::array());
// The call with nothing but a dictionary.
Provoke Dictionary(const Json& options, const std::string& path = "");

// sim0 pairs with this peripheral, whose user is asked for what the prompt says
// and not answered: "number-comparison", "passkey-input" (with the central
// showing) or "consent". Returns with the prompt; the call is among those that
// wait.
void AskFor(Bed& bed, const std::string& prompt, int peripheral = 1);

using Rows = std::vector<Row>;

Rows RootRows();
Rows AdapterRows();
Rows RadioRows();
Rows ConnectionRows();
Rows PromptRows();
Rows PairingRows();
Rows BondRows();
Rows LateRows();
Rows AllRows();

}  // namespace bondd::api::test

#endif  // BONDD_TESTS_API_ROW_H_
