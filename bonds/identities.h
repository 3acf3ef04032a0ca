// Which adapter has which identity, as the loop thread knows it.

#ifndef BONDD_BONDS_IDENTITIES_H_
#define BONDD_BONDS_IDENTITIES_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bonds/change.h"
#include "bonds/index.h"
#include "bonds/local_identity.h"
#include "bonds/request_id.h"
#include "common/device_address.h"
#include "common/error.h"

namespace bondd::bonds {

// The Store hands the changes that come out of here to the writer and tells how
// they ended. What is on its way to the disk counts when the next adapter asks,
// but nobody gets it before it has arrived there.
class Identities {
 public:
  explicit Identities(std::map<std::string, LocalIdentity> stored);

  // The name that an adapter's identity is kept under: its public address, else
  // its SPEC. No SPEC is written like an address.
  static std::string NameOf(const std::string& spec,
                            const std::optional<DeviceAddress>& public_address);

  // Borrowed until the next call of what is not const. nullptr = there is none,
  // or it is on its way to the disk.
  const LocalIdentity* Find(const std::string& name) const;
  // What is on the disk under `spec` and belongs to nobody else, if anything.
  const LocalIdentity* FindFormer(const std::string& spec) const;
  // For an adapter that has none: that of its SPEC, if it may take that over,
  // else a new one. kCrypto: the random source failed.
  Result<PutIdentity> New(const std::string& spec,
                          const std::optional<DeviceAddress>& public_address,
                          const Index& bonds) const;

  // True when one of this name is on its way to the disk already: `request` is
  // answered together with that.
  bool Join(const std::string& name, RequestId request);
  // `change`, which was submitted as `request`, is for a name that has none. As
  // soon as it is on its way, nobody else finds what it is made instead of.
  void NoteSubmitted(RequestId request, const PutIdentity& change);
  // Without the disk, for as long as the store is open.
  void Use(PutIdentity change);
  // How a change ended that was submitted. If it can't be written now, it goes
  // to unsaved(), the adapter has its identity all the same, and `outcome` says
  // so; other failures undo it. Who joined it is to get the same answer.
  std::vector<RequestId> End(RequestId request, const PutIdentity& change,
                             Result<void>& outcome, bool disk_is_failing);
  // What is known of a controller is on the disk; one that is gone is passed
  // over.
  void SetController(const PutController& change);

  // In use, but not on the disk: to be submitted ahead of any bond, in this
  // order.
  const std::vector<PutIdentity>& unsaved() const { return unsaved_; }
  // Whether they are on their way.
  bool saving() const { return !saving_.empty(); }
  void NoteUnsavedSubmitted(RequestId request) { saving_.insert(request); }

 private:
  struct Coming {
    RequestId request;
    std::vector<RequestId> joined;
  };

  std::map<std::string, LocalIdentity> known_;
  std::map<std::string, Coming> coming_;  // of those known
  std::vector<PutIdentity> unsaved_;
  std::set<RequestId> saving_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_IDENTITIES_H_
