#include "tests/integration/keys.h"

#include <algorithm>
#include <optional>

namespace bondd::integration {
namespace {

testing::AssertionResult No(const std::string& why) {
  return testing::AssertionFailure() << why;
}

const bonds::Bond* BondOf(const BothSides& sides) {
  return sides.bondd.store().Find(
      {sides.daemon_address, sides.kernel.address()});
}

bool Same(const std::optional<smp::LongTermKey>& ours,
          const KernelLongTermKey& kernels) {
  return ours && std::ranges::equal(ours->ltk.Reveal(), kernels.key) &&
         ours->ediv == kernels.ediv && ours->rand == kernels.rand;
}

bool SameSize(const bonds::Bond& bond, const KernelLongTermKey& kernels) {
  return bond.data.security.key_size == kernels.key_size;
}

}  // namespace

testing::AssertionResult HoldTheSameSecureConnectionsKey(
    const BothSides& sides, mgmt::LongTermKeyType type) {
  const bonds::Bond* bond = BondOf(sides);
  const std::vector<KernelLongTermKey>& keys = sides.kernel.long_term_keys();
  if (bond == nullptr) return No("bondd keeps no bond");
  if (keys.size() != 1) return No("the kernel has not exactly one key");
  if (keys[0].type != type) return No("the kernel's key is of another type");
  if (keys[0].peer != sides.daemon_address) return No("for somebody else");
  if (!SameSize(*bond, keys[0])) return No("the sizes of the keys differ");
  if (!Same(bond->data.local_ltk, keys[0]) ||
      !Same(bond->data.peer_ltk, keys[0])) {
    return No("the keys differ");
  }
  return testing::AssertionSuccess();
}

testing::AssertionResult HoldTheSameLegacyKeys(const BothSides& sides,
                                               smp::Role role,
                                               mgmt::LongTermKeyType type) {
  const bonds::Bond* bond = BondOf(sides);
  const std::vector<KernelLongTermKey>& keys = sides.kernel.long_term_keys();
  if (bond == nullptr) return No("bondd keeps no bond");
  if (keys.size() != 2) return No("the kernel has not exactly two keys");
  for (const KernelLongTermKey& key : keys) {
    if (key.type != type) return No("a kernel's key is of another type");
    if (!SameSize(*bond, key)) return No("the sizes of the keys differ");
    // The kernel uses as the central what bondd gave it.
    const bool from_bondd = key.as_central;
    if (!Same(from_bondd ? bond->data.local_ltk : bond->data.peer_ltk, key)) {
      return No(from_bondd ? "bondd's key differs"
                           : "the kernel's key differs");
    }
  }
  if (keys[0].as_central == keys[1].as_central) return No("one key twice");
  if (bond->data.role != role) return No("bondd keeps another role");
  return testing::AssertionSuccess();
}

testing::AssertionResult KernelKnowsTheIdentityOfBondd(const BothSides& sides) {
  const std::vector<KernelIdentity>& identities = sides.kernel.identities();
  if (identities.size() != 1) return No("the kernel has not one identity");
  if (identities[0].identity != sides.daemon_address) {
    return No("another identity address");
  }
  const bonds::LocalIdentity* own = sides.bondd.store().FindIdentity(
      sides.adapter_name, sides.daemon_address);
  if (own == nullptr) return No("bondd keeps no identity");
  if (!std::ranges::equal(own->irk.Reveal(), identities[0].irk)) {
    return No("another identity resolving key");
  }
  return testing::AssertionSuccess();
}

}  // namespace bondd::integration
