// The bonds that are on their way to the disk.

#ifndef BONDD_BONDS_SAVES_H_
#define BONDD_BONDS_SAVES_H_

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "bonds/bond.h"
#include "bonds/request_id.h"
#include "bonds/writer.h"

namespace bondd::bonds {

// What the store knows of its saves until they are done: which bonds count as
// if they were there already, and which are to be taken back. Loop thread.
class Saves {
 public:
  struct Save {
    BondKey key;
    bool fresh = false;             // it takes no other bond's place
    std::optional<RequestId> undo;  // it is to be taken back
  };

  void Add(RequestId save, const BondKey& key, bool fresh);
  // The save is under way, and not void yet.
  void SetVoid(RequestId save, RequestId undo);
  // It is done. Nothing: it was none.
  std::optional<Save> End(RequestId save);

  bool Has(const BondKey& key) const;
  // One that comes while another of the same bond is under way waits for it,
  // and for its being taken back: what it replaces is what is left then.
  void Hold(Job save);
  // The first of those, which goes on now.
  std::optional<Job> TakeHeld(const BondKey& key);
  // A fresh one with this key is under way.
  bool HasFresh(const BondKey& key) const;
  // Several with one key count as one.
  size_t CountFresh() const;

 private:
  std::map<RequestId, Save> saves_;
  std::vector<Job> held_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_SAVES_H_
