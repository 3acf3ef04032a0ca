// What bondd has on the bus: adapters, links, bonds.

#ifndef BONDD_CLI_OBJECT_TREE_H_
#define BONDD_CLI_OBJECT_TREE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/bus.h"

namespace bondd::cli {

// The object of an adapter, a link or a bond as it is now.
struct Object {
  std::string path;
  Json properties;
};

// A copy of bondd's objects, kept up to date by its signals. Commands look up
// handles and addresses here; prompts and the monitor find out whose link it
// is without asking the daemon again.
class ObjectTree {
 public:
  // Reads all objects and follows them from now on. Again at will.
  Outcome<void> Load(Bus& bus);

  // Objects of `interface` ("Connection1") below `path`, in the order of
  // their paths.
  std::vector<Object> Below(std::string_view path,
                            std::string_view interface) const;
  // Null when the object is not there.
  Json Properties(const std::string& path, std::string_view interface) const;
  // "02:B0:DD:00:00:01" of a link's peer; its path when the link is unknown.
  std::string PeerOf(const std::string& connection) const;

 private:
  void Apply(const Signal& signal);

  std::unique_ptr<Listener> listener_;
  // Path, interface, property.
  Json objects_ = Json::object();
};

// "/org/bondd/sim0" of any path below it.
std::string AdapterOf(const std::string& path);
// The last part of a path.
std::string LastPart(const std::string& path);

}  // namespace bondd::cli

#endif  // BONDD_CLI_OBJECT_TREE_H_
