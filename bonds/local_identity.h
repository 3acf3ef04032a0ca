// What makes an adapter the same one tomorrow.

#ifndef BONDD_BONDS_LOCAL_IDENTITY_H_
#define BONDD_BONDS_LOCAL_IDENTITY_H_

#include "common/device_address.h"
#include "common/error.h"
#include "smp/keys.h"

namespace bondd::bonds {

// Made once from the system's random source and stored before first use.
struct LocalIdentity {
  smp::Irk irk;
  // Static random; the identity of an adapter without a public address.
  DeviceAddress static_address;

  LocalIdentity Clone() const { return {irk.Clone(), static_address}; }
  friend bool operator==(const LocalIdentity&, const LocalIdentity&) = default;
};

Result<LocalIdentity> MakeLocalIdentity();

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_LOCAL_IDENTITY_H_
