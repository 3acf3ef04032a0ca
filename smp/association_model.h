// Which association model two Pairing Feature sets lead to, as data.

#ifndef BONDD_SMP_ASSOCIATION_MODEL_H_
#define BONDD_SMP_ASSOCIATION_MODEL_H_

#include "smp/pdu.h"
#include "smp/types.h"

namespace bondd::smp {

// Who shows and who types under Passkey Entry.
enum class PasskeyRoles : uint8_t {
  kNone,               // another model
  kInitiatorDisplays,  // the responder types
  kResponderDisplays,  // the initiator types
  kBothInput,          // both type the same number
};

struct Association {
  AssociationModel model = AssociationModel::kJustWorks;
  PasskeyRoles passkey_roles = PasskeyRoles::kNone;

  bool Displays(Role role) const;
  friend bool operator==(const Association&, const Association&) = default;
};

// [Vol 3, Part H] 2.3.5.1, Tables 2.6 to 2.8
Association SelectAssociation(const PairingFeatures& initiator,
                              const PairingFeatures& responder,
                              bool secure_connections);

// [Vol 3, Part H] 2.3.5.1, Table 2.8 alone: what the IO capabilities allow.
Association FromIoCapabilities(IoCapability initiator, IoCapability responder,
                               bool secure_connections);

}  // namespace bondd::smp

#endif  // BONDD_SMP_ASSOCIATION_MODEL_H_
