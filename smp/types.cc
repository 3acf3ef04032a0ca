#include "smp/types.h"

#include <array>
#include <utility>

namespace bondd::smp {

namespace {

constexpr uint8_t kBondingFlags = 0x03;
constexpr uint8_t kBonding = 0x01;
constexpr uint8_t kMitm = 0x04;
constexpr uint8_t kSecureConnections = 0x08;
constexpr uint8_t kKeypress = 0x10;

template <typename Enum, size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<IoCapability, 5> kIoCapabilities = {{
    {IoCapability::kDisplayOnly, "DisplayOnly"},
    {IoCapability::kDisplayYesNo, "DisplayYesNo"},
    {IoCapability::kKeyboardOnly, "KeyboardOnly"},
    {IoCapability::kNoInputNoOutput, "NoInputNoOutput"},
    {IoCapability::kKeyboardDisplay, "KeyboardDisplay"},
}};

constexpr Names<AssociationModel, 4> kAssociationModels = {{
    {AssociationModel::kJustWorks, "JustWorks"},
    {AssociationModel::kNumericComparison, "NumericComparison"},
    {AssociationModel::kPasskeyEntry, "PasskeyEntry"},
    {AssociationModel::kOutOfBand, "OutOfBand"},
}};

constexpr Names<KeypressType, 5> kKeypressTypes = {{
    {KeypressType::kStarted, "started"},
    {KeypressType::kDigitEntered, "digit-entered"},
    {KeypressType::kDigitErased, "digit-erased"},
    {KeypressType::kCleared, "cleared"},
    {KeypressType::kCompleted, "completed"},
}};

constexpr Names<PairingFailedReason, 16> kReasons = {{
    {PairingFailedReason::kPasskeyEntryFailed, "PasskeyEntryFailed"},
    {PairingFailedReason::kOobNotAvailable, "OobNotAvailable"},
    {PairingFailedReason::kAuthenticationRequirements,
     "AuthenticationRequirements"},
    {PairingFailedReason::kConfirmValueFailed, "ConfirmValueFailed"},
    {PairingFailedReason::kPairingNotSupported, "PairingNotSupported"},
    {PairingFailedReason::kEncryptionKeySize, "EncryptionKeySize"},
    {PairingFailedReason::kCommandNotSupported, "CommandNotSupported"},
    {PairingFailedReason::kUnspecifiedReason, "UnspecifiedReason"},
    {PairingFailedReason::kRepeatedAttempts, "RepeatedAttempts"},
    {PairingFailedReason::kInvalidParameters, "InvalidParameters"},
    {PairingFailedReason::kDhKeyCheckFailed, "DhKeyCheckFailed"},
    {PairingFailedReason::kNumericComparisonFailed, "NumericComparisonFailed"},
    {PairingFailedReason::kBrEdrPairingInProgress, "BrEdrPairingInProgress"},
    {PairingFailedReason::kCrossTransportNotAllowed,
     "CrossTransportNotAllowed"},
    {PairingFailedReason::kKeyRejected, "KeyRejected"},
    {PairingFailedReason::kBusy, "Busy"},
}};

template <typename Enum, size_t N>
std::string_view NameOf(const Names<Enum, N>& names, Enum value) {
  for (const auto& [candidate, name] : names) {
    if (candidate == value) return name;
  }
  return "Unknown";
}

template <typename Enum, size_t N>
std::optional<Enum> ValueOf(const Names<Enum, N>& names,
                            std::string_view text) {
  for (const auto& [value, name] : names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

}  // namespace

KeyDistribution operator&(KeyDistribution a, KeyDistribution b) {
  return {.enc = a.enc && b.enc, .id = a.id && b.id, .sign = a.sign && b.sign};
}

uint8_t AuthReq::ToOctet() const {
  uint8_t octet = 0;
  if (bonding) octet |= kBonding;
  if (mitm) octet |= kMitm;
  if (secure_connections) octet |= kSecureConnections;
  if (keypress) octet |= kKeypress;
  return octet;
}

AuthReq AuthReq::FromOctet(uint8_t octet) {
  return {.bonding = (octet & kBondingFlags) == kBonding,
          .mitm = (octet & kMitm) != 0,
          .secure_connections = (octet & kSecureConnections) != 0,
          .keypress = (octet & kKeypress) != 0};
}

uint8_t SecurityProperties::Level() const {
  constexpr uint8_t kFullKeySize = 16;
  if (key_size == 0) return 1;
  if (!authenticated) return 2;
  return secure_connections && key_size == kFullKeySize ? 4 : 3;
}

bool SecurityProperties::NotWeakerThan(const SecurityProperties& other) const {
  return authenticated >= other.authenticated &&
         secure_connections >= other.secure_connections &&
         key_size >= other.key_size;
}

std::string_view ToString(IoCapability value) {
  return NameOf(kIoCapabilities, value);
}

std::string_view ToString(AssociationModel value) {
  return NameOf(kAssociationModels, value);
}

std::string_view ToString(PairingFailedReason value) {
  return NameOf(kReasons, value);
}

std::string_view ToString(KeypressType value) {
  return NameOf(kKeypressTypes, value);
}

std::vector<std::string> ToStrings(const AssociationModels& models) {
  std::vector<std::string> names;
  for (const auto& [model, name] : kAssociationModels) {
    if (models.Has(model)) names.emplace_back(name);
  }
  return names;
}

std::vector<std::string> ToStrings(KeyDistribution keys) {
  std::vector<std::string> names;
  if (keys.enc) names.emplace_back("enc");
  if (keys.id) names.emplace_back("id");
  if (keys.sign) names.emplace_back("sign");
  return names;
}

std::optional<IoCapability> ParseIoCapability(std::string_view text) {
  return ValueOf(kIoCapabilities, text);
}

std::optional<AssociationModel> ParseAssociationModel(std::string_view text) {
  return ValueOf(kAssociationModels, text);
}

std::optional<KeypressType> ParseKeypressType(std::string_view text) {
  return ValueOf(kKeypressTypes, text);
}

bool AddModel(std::string_view text, AssociationModels& models) {
  const auto model = ParseAssociationModel(text);
  if (model) models.Add(*model);
  return model.has_value();
}

bool AddKey(std::string_view text, KeyDistribution& keys) {
  if (text == "enc") {
    keys.enc = true;
  } else if (text == "id") {
    keys.id = true;
  } else if (text == "sign") {
    keys.sign = true;
  } else {
    return false;
  }
  return true;
}

}  // namespace bondd::smp
