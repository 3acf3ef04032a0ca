// The enumerations and small values of the Security Manager, under the names
// that the specification gives them.

#ifndef BONDD_SMP_TYPES_H_
#define BONDD_SMP_TYPES_H_

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bondd::smp {

// The side that sends the Pairing Request: always the central.
enum class Role : uint8_t { kInitiator, kResponder };

inline Role Opposite(Role role) {
  return role == Role::kInitiator ? Role::kResponder : Role::kInitiator;
}

// [Vol 3, Part H] 3.5.1, Table 3.4
enum class IoCapability : uint8_t {
  kDisplayOnly = 0x00,
  kDisplayYesNo = 0x01,
  kKeyboardOnly = 0x02,
  kNoInputNoOutput = 0x03,
  kKeyboardDisplay = 0x04,
};

// [Vol 3, Part H] 3.5.5, Table 3.7
enum class PairingFailedReason : uint8_t {
  kPasskeyEntryFailed = 0x01,
  kOobNotAvailable = 0x02,
  kAuthenticationRequirements = 0x03,
  kConfirmValueFailed = 0x04,
  kPairingNotSupported = 0x05,
  kEncryptionKeySize = 0x06,
  kCommandNotSupported = 0x07,
  kUnspecifiedReason = 0x08,
  kRepeatedAttempts = 0x09,
  kInvalidParameters = 0x0A,
  kDhKeyCheckFailed = 0x0B,
  kNumericComparisonFailed = 0x0C,
  kBrEdrPairingInProgress = 0x0D,
  kCrossTransportNotAllowed = 0x0E,
  kKeyRejected = 0x0F,
  kBusy = 0x10,
};

// [Vol 3, Part H] 2.3.5.1
enum class AssociationModel : uint8_t {
  kJustWorks,
  kNumericComparison,
  kPasskeyEntry,
  kOutOfBand,
};

// The association models that a pairing may use.
class AssociationModels {
 public:
  static AssociationModels All() {
    AssociationModels models;
    models.models_.set();
    return models;
  }

  void Add(AssociationModel model) { models_.set(Index(model)); }
  bool Has(AssociationModel model) const { return models_[Index(model)]; }
  bool empty() const { return models_.none(); }
  bool Intersects(const AssociationModels& other) const {
    return (models_ & other.models_).any();
  }
  friend bool operator==(const AssociationModels&,
                         const AssociationModels&) = default;

 private:
  static size_t Index(AssociationModel model) {
    return static_cast<size_t>(model);
  }

  std::bitset<4> models_;
};

// [Vol 3, Part H] 3.5.6, Table 3.8
enum class KeypressType : uint8_t {
  kStarted = 0,
  kDigitEntered = 1,
  kDigitErased = 2,
  kCleared = 3,
  kCompleted = 4,
};

// [Vol 3, Part H] 3.6.1. The LinkKey bit is never set: bondd is LE only.
struct KeyDistribution {
  bool enc = false;
  bool id = false;
  bool sign = false;

  bool empty() const { return !enc && !id && !sign; }
  friend bool operator==(const KeyDistribution&,
                         const KeyDistribution&) = default;
};

KeyDistribution operator&(KeyDistribution a, KeyDistribution b);

// [Vol 3, Part H] 3.5.1, Figure 3.3. Reserved bits are sent as 0.
struct AuthReq {
  bool bonding = false;
  bool mitm = false;
  bool secure_connections = false;
  bool keypress = false;

  uint8_t ToOctet() const;
  static AuthReq FromOctet(uint8_t octet);
  friend bool operator==(const AuthReq&, const AuthReq&) = default;
};

// What an encrypted link, or the key of a bond, is worth.
struct SecurityProperties {
  bool authenticated = false;       // MITM protection was had
  bool secure_connections = false;  // the key is an LE Secure Connections key
  uint8_t key_size = 0;             // octets, 7..16

  // [Vol 3, Part C] 10.2.1, LE security mode 1: 2, 3 or 4.
  uint8_t Level() const;
  // At least as good in each of the three.
  bool NotWeakerThan(const SecurityProperties& other) const;
  friend bool operator==(const SecurityProperties&,
                         const SecurityProperties&) = default;
};

// The names used on D-Bus, in configuration and in files.
std::string_view ToString(IoCapability value);         // "DisplayYesNo"
std::string_view ToString(AssociationModel value);     // "NumericComparison"
std::string_view ToString(PairingFailedReason value);  // "ConfirmValueFailed"
std::string_view ToString(KeypressType value);         // "digit-entered"
std::vector<std::string> ToStrings(KeyDistribution keys);  // "enc", "id", ...
std::vector<std::string> ToStrings(const AssociationModels& models);
std::optional<IoCapability> ParseIoCapability(std::string_view text);
std::optional<AssociationModel> ParseAssociationModel(std::string_view text);
std::optional<KeypressType> ParseKeypressType(std::string_view text);
// One of "enc", "id", "sign" added to `keys`; false on any other text.
bool AddKey(std::string_view text, KeyDistribution& keys);
// A model's name added to `models`; false on any other text.
bool AddModel(std::string_view text, AssociationModels& models);

}  // namespace bondd::smp

#endif  // BONDD_SMP_TYPES_H_
