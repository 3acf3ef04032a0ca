// What makes an adapter the same one tomorrow.

#ifndef BONDD_BONDS_LOCAL_IDENTITY_H_
#define BONDD_BONDS_LOCAL_IDENTITY_H_

#include <cstddef>
#include <string>

#include "common/device_address.h"
#include "common/error.h"
#include "smp/keys.h"

namespace bondd::bonds {

inline constexpr size_t kMaxControllerSize = 1024;

// Made once from the system's random source and stored before first use.
struct LocalIdentity {
  smp::Irk irk;
  // Static random; the identity of an adapter without a public address.
  DeviceAddress static_address;
  // What is known of the controller that this belongs to, as text; empty =
  // nothing yet. At most kMaxControllerSize octets.
  std::string controller = {};

  LocalIdentity Clone() const {
    return {irk.Clone(), static_address, controller};
  }
  friend bool operator==(const LocalIdentity&, const LocalIdentity&) = default;
};

Result<LocalIdentity> MakeLocalIdentity();

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_LOCAL_IDENTITY_H_
