#include "smp/association_model.h"

#include <array>
#include <utility>

namespace bondd::smp {

namespace {

constexpr Association kJustWorks = {};
constexpr Association kInitiatorDisplays = {AssociationModel::kPasskeyEntry,
                                            PasskeyRoles::kInitiatorDisplays};
constexpr Association kResponderDisplays = {AssociationModel::kPasskeyEntry,
                                            PasskeyRoles::kResponderDisplays};
constexpr Association kBothInput = {AssociationModel::kPasskeyEntry,
                                    PasskeyRoles::kBothInput};
constexpr Association kComparison = {AssociationModel::kNumericComparison,
                                     PasskeyRoles::kNone};

constexpr size_t kCapabilities = 5;
using Row = std::array<Association, kCapabilities>;
using Table = std::array<Row, kCapabilities>;

// [Vol 3, Part H] 2.3.5.1, Table 2.8. A row for each IO capability of the
// responder, a column for each of the initiator, in the order of their values:
// DisplayOnly, DisplayYesNo, KeyboardOnly, NoInputNoOutput, KeyboardDisplay.
constexpr Table kLegacy = {{
    {kJustWorks, kJustWorks, kResponderDisplays, kJustWorks,
     kResponderDisplays},
    {kJustWorks, kJustWorks, kResponderDisplays, kJustWorks,
     kResponderDisplays},
    {kInitiatorDisplays, kInitiatorDisplays, kBothInput, kJustWorks,
     kInitiatorDisplays},
    {kJustWorks, kJustWorks, kJustWorks, kJustWorks, kJustWorks},
    {kInitiatorDisplays, kInitiatorDisplays, kResponderDisplays, kJustWorks,
     kInitiatorDisplays},
}};

constexpr Table kSecureConnections = {{
    {kJustWorks, kJustWorks, kResponderDisplays, kJustWorks,
     kResponderDisplays},
    {kJustWorks, kComparison, kResponderDisplays, kJustWorks, kComparison},
    {kInitiatorDisplays, kInitiatorDisplays, kBothInput, kJustWorks,
     kInitiatorDisplays},
    {kJustWorks, kJustWorks, kJustWorks, kJustWorks, kJustWorks},
    {kInitiatorDisplays, kComparison, kResponderDisplays, kJustWorks,
     kComparison},
}};

}  // namespace

bool Association::Displays(Role role) const {
  return passkey_roles == (role == Role::kInitiator
                               ? PasskeyRoles::kInitiatorDisplays
                               : PasskeyRoles::kResponderDisplays);
}

Association FromIoCapabilities(IoCapability initiator, IoCapability responder,
                               bool secure_connections) {
  const Table& table = secure_connections ? kSecureConnections : kLegacy;
  return table[std::to_underlying(responder)][std::to_underlying(initiator)];
}

Association SelectAssociation(const PairingFeatures& initiator,
                              const PairingFeatures& responder,
                              bool secure_connections) {
  // Legacy pairing needs OOB data on both sides, Secure Connections on one.
  const bool oob = secure_connections ? initiator.oob || responder.oob
                                      : initiator.oob && responder.oob;
  if (oob) return {AssociationModel::kOutOfBand, PasskeyRoles::kNone};
  if (!initiator.auth_req.mitm && !responder.auth_req.mitm) return kJustWorks;
  return FromIoCapabilities(initiator.io_capability, responder.io_capability,
                            secure_connections);
}

}  // namespace bondd::smp
