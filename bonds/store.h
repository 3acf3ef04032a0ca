// The bond store as the loop thread sees it: all bonds in memory, changes
// handed to the writer thread, answers taken from an eventfd.
//
// What is in memory changes when the writer has committed it, never before:
// whatever Find() returns is on disk.

#ifndef BONDD_BONDS_STORE_H_
#define BONDD_BONDS_STORE_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bonds/bond.h"
#include "bonds/local_identity.h"
#include "bonds/notice.h"
#include "bonds/replacing.h"
#include "bonds/request_id.h"
#include "bonds/transfer.h"
#include "common/error.h"

namespace bondd::bonds {

struct Completion {
  RequestId request;
  Result<void> outcome;
  // Of an import, the bonds that it brought.
  std::vector<BondKey> imported = {};
};

struct StoreOptions {
  std::filesystem::path directory;  // the state directory; made if absent, 0700
  size_t max_bonds = 1024;
  // Where systemd put the credential bondd.key ($CREDENTIALS_DIRECTORY); empty
  // = nowhere. Without it the key that seals the bonds is a file in the state
  // directory, made when the first store is.
  std::filesystem::path credentials = {};
};

class Store {
 public:
  // Opens or makes `bonds.db` and `bonds.copy` under the directory and loads
  // all bonds; what is damaged is set aside and made good from the other file,
  // see TakeNotices(). What can't be written now is read all the same, and
  // CanStore() says why no bond can be made until it can. An error says which
  // path and why; nothing is lost then. kBusy: another bondd uses the
  // directory.
  static Result<std::unique_ptr<Store>> Open(const StoreOptions& options);

  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  // Drains the writer's queue.
  ~Store();

  // Why there are no bonds and none can be made, though the store is open: the
  // key is missing or another one. Nothing when all is well.
  const std::optional<Error>& locked() const;

  // Readable when TakeCompletions() or TakeNotices() has something.
  int fd() const;
  // In the order in which the requests were done; each request gets one. A
  // bond that is not valid or not there is answered here, too.
  std::vector<Completion> TakeCompletions();
  // What people should know of the files; after Open() what was found then.
  // Takes no completions.
  std::vector<Notice> TakeNotices();
  // Blocks until everything asked so far is done (for shutdown), but for what
  // goes on only with TakeCompletions().
  void Drain();

  // Whether a bond could be kept now: fails with the reason (kLimit, kNoSpace,
  // kCrypto, ...) before pairing spends effort on it. Does not wait for the
  // disk.
  Result<void> CanStore(const BondKey& key) const;

  // One transaction: replaces the bond of the same key, whose name it takes
  // over. Generation and `created` (when 0) are set by the store. kExists:
  // another one came in between and has to stay. One save of a bond is under
  // way at a time: the next goes on when TakeCompletions() tells of the last.
  RequestId Save(Bond bond, const Replacing& replacing = {});
  // Takes back a Save() that TakeCompletions() has not told of yet, once it
  // does: what was replaced is there again. kNotFound when there is nothing to
  // be taken back: it failed, or the bond was replaced or removed since.
  RequestId Undo(RequestId save);
  // Of the latest transaction that Find() knows of; it never goes down.
  uint64_t generation() const;
  RequestId Remove(const BondKey& key);
  RequestId RemoveAll(const DeviceAddress& adapter);
  RequestId SetName(const BondKey& key, std::string name);
  // The bond was used at `now`. Seen by Find() at once, written at most once a
  // minute; a bond that is gone is passed over.
  void Touch(const BondKey& key, uint64_t now);
  // Of the bond that Find() gives; one that is gone is passed over.
  void SetPeerLostKeys(const BondKey& key, bool lost);

  // The next counter to sign a PDU with, which is used up then: none is given
  // twice, not even after a crash. Nothing while more of them are reserved on
  // the disk: ask again after TakeCompletions(); nor without a local CSRK.
  std::optional<uint32_t> NextSignCounter(const BondKey& key);
  // A PDU came with this counter and a good signature: whether it is no
  // replay (else kInvalidArgument), and on the disk that it is used. Only then
  // may the PDU be acted on.
  RequestId AcceptSignCounter(const BondKey& key, uint32_t counter);

  // Both are served by the writer thread, one after the other, each for as long
  // as its request says; changes do not wait for them. kInvalidArgument: the
  // descriptor or what comes out of it is no good, nobody is at its other end
  // or there is no room, or it is more than 64 MiB; kTimedOut; kClosed: the
  // store is being closed; kLimit: MaxBonds; kBusy: too many of them wait;
  // kNotFound: there is no such bond. An import changes everything or nothing.
  RequestId Export(ExportRequest request);
  RequestId Import(ImportRequest request);
  // Before Drain() at shutdown: those that are left fail with kClosed.
  void EndTransfers();

  // Borrowed until the next call of TakeCompletions(). nullptr = no such bond.
  const Bond* Find(const BondKey& key) const;
  // By identity address, or by resolving a resolvable private address over the
  // IRKs of this adapter's bonds.
  const Bond* FindByAddress(const DeviceAddress& adapter,
                            const DeviceAddress& address) const;
  // Ordered by identity address; `limit` 0 = all from `offset` on.
  std::vector<const Bond*> List(const DeviceAddress& adapter, size_t offset,
                                size_t limit) const;
  size_t Count(const DeviceAddress& adapter) const;

  // Asks for the identity of the adapter with this public address, wherever it
  // is plugged in; of one without, for that kept under `spec` (its SPEC). It is
  // made and committed when there is none yet, and there for FindIdentity()
  // when the request was done well. A store that is locked makes one for as
  // long as it is open; one that can't be written stores it before the first
  // bond, once it can. Who asks for one that is on its way already is answered
  // when it is there; a store that is closed meanwhile stores it all the same.
  //
  // Former versions kept all of them under their SPEC: the first adapter with a
  // public address that comes under it takes that one over, and nobody else
  // gets it after that. One whose static address has bonds stays: it belongs to
  // an adapter without a public address. So does one on its way to the disk.
  RequestId RequestIdentity(
      const std::string& spec,
      const std::optional<DeviceAddress>& public_address = std::nullopt);
  // Borrowed until the next call of RequestIdentity() or TakeCompletions().
  // nullptr = none that may be used: there is none, or it is not on the disk.
  const LocalIdentity* FindIdentity(
      const std::string& spec,
      const std::optional<DeviceAddress>& public_address = std::nullopt) const;

  // What there is to know the controller of that identity by the next time it
  // comes. FindIdentity() tells it once it is committed.
  RequestId SetController(const std::string& spec,
                          const std::optional<DeviceAddress>& public_address,
                          std::string controller);

 private:
  class Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_STORE_H_
