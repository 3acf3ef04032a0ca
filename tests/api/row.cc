#include "tests/api/row.h"

#include <iterator>
#include <utility>

namespace bondd::api::test {

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.method << " " << (row.error.empty() ? "succeeds" : row.error)
       << " " << row.names;
}

Provoke With(const std::string& signature, const Json& arguments,
             const std::string& path) {
  return [=](Bed& bed, const Row& row) {
    return bed.Finish(bed.central_, row.method, signature, arguments, path);
  };
}

Provoke Dictionary(const Json& options, const std::string& path) {
  return With("a{sv}", Json::array({options}), path);
}

Provoke OnLinkOf(const std::string& adapter, const std::string& signature,
                 const Json& arguments) {
  return [=](Bed& bed, const Row& row) {
    return bed.Finish(bed.central_, row.method, signature, arguments,
                      bed.LinkOf(adapter));
  };
}

Rows AllRows() {
  Rows all;
  for (auto& rows : {RootRows(), AdapterRows(), RadioRows(), ConnectionRows(),
                     PromptRows(), PairingRows(), BondRows(), LateRows()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace bondd::api::test
