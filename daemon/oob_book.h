// An adapter's out-of-band data: its own sets, which people carry to a peer,
// and what came of peers that way.
//
// D-Bus calls fill it. A link borrows from it what a pairing that begins may
// need, and says at the end whether that was used.

#ifndef BONDD_DAEMON_OOB_BOOK_H_
#define BONDD_DAEMON_OOB_BOOK_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>

#include "common/device_address.h"
#include "common/time_types.h"
#include "dbus/operations.h"
#include "smp/messages.h"
#include "smp/pairing_options.h"
#include "smp/sources.h"

namespace bondd::daemon {

// Names the pairing that borrows: the serial number of its link.
using Borrower = uint32_t;

class OobBook {
 public:
  static constexpr size_t kMaxOwn = 64;
  static constexpr size_t kMaxRemote = 256;

  // A new set with a key pair of its own: Confirm, Random, with `legacy` also
  // Tk, then Ad and Id. `identity` is the address that Ad tells.
  dbus::ApiResult<dbus::Dictionary> Generate(
      const dbus::Caller& caller, const dbus::GenerateOobOptions& options,
      const DeviceAddress& identity, smp::RandomSource& random,
      smp::KeyPairSource& key_pairs, Time now);
  dbus::ApiResult<void> Release(const dbus::Caller& caller, uint32_t id);
  dbus::ApiResult<void> SetRemote(const dbus::Caller& caller,
                                  const DeviceAddress& peer,
                                  dbus::OobData data);
  dbus::ApiResult<void> ClearRemote(const dbus::Caller& caller,
                                    const DeviceAddress& peer);

  // What is known of a pairing when its parameters are settled.
  struct Occasion {
    DeviceAddress on_air;
    DeviceAddress identity;
    // The peer's, where it has begun.
    std::optional<smp::PairingFeatures> request;
  };
  // Adds to `options` what they don't say themselves and the pairing can use:
  // the peer's data, and OobId with what belongs to it. The result is the data
  // of ours that the peer may have. DoesNotExist or Busy (another pairing has
  // it) when OobId names a set that this side can't do without.
  dbus::ApiResult<std::optional<smp::LocalOobData>> Lend(
      Borrower borrower, const Occasion& occasion, smp::PairingOptions& options,
      Time now);
  // The pairing has ended. What it used is used up.
  void GiveBack(Borrower borrower, const smp::PairingReport* report);

  bool Has(uint32_t id, Time now) const;
  // When a set of our own expires.
  std::optional<Time> Deadline() const;
  void Expire(Time now);
  void Clear();

 private:
  struct Own {
    uid_t owner;
    smp::LocalOobData data;
    std::optional<smp::Tk> tk;
    Time until;
    std::optional<Borrower> lent_to;
  };
  struct Remote {
    uid_t owner;
    dbus::OobData data;
  };
  struct Loan {
    std::optional<uint32_t> own;
    bool own_tk = false;
    std::optional<DeviceAddress> remote;
  };

  // Which set the pairing gets; nothing = none.
  dbus::ApiResult<std::optional<uint32_t>> Choose(
      Borrower borrower, const Occasion& occasion,
      std::optional<uint32_t> wanted, Time now) const;
  void LendRemote(const Occasion& occasion, smp::PairingOptions& options,
                  Loan& loan) const;
  const Remote* FindRemote(const Occasion& occasion) const;

  std::map<uint32_t, Own> own_;  // the newest last
  std::map<DeviceAddress, Remote> remote_;
  std::map<Borrower, Loan> loans_;
  uint32_t last_id_ = 0;
};

}  // namespace bondd::daemon

#endif  // BONDD_DAEMON_OOB_BOOK_H_
