#include "smp/pdu.h"

#include <utility>

namespace bondd::smp {

namespace {

constexpr uint8_t kEncKey = 0x01;
constexpr uint8_t kIdKey = 0x02;
constexpr uint8_t kSignKey = 0x04;

uint8_t ToOctet(KeyDistribution keys) {
  uint8_t octet = 0;
  if (keys.enc) octet |= kEncKey;
  if (keys.id) octet |= kIdKey;
  if (keys.sign) octet |= kSignKey;
  return octet;
}

KeyDistribution KeysOf(uint8_t octet) {
  return {.enc = (octet & kEncKey) != 0,
          .id = (octet & kIdKey) != 0,
          .sign = (octet & kSignKey) != 0};
}

template <typename SecretType>
SecretType ReadSecret(Reader& reader) {
  SecretType secret;
  const ByteView octets = reader.Take(SecretType::kSize);
  std::copy(octets.begin(), octets.end(), secret.Fill().begin());
  return secret;
}

PairingOctets ReadPairing(Code code, Reader& reader) {
  PairingOctets octets;
  octets[0] = std::to_underlying(code);
  const auto rest = reader.Array<6>();
  std::copy(rest.begin(), rest.end(), octets.begin() + 1);
  return octets;
}

// Reads the fields; the caller sees from the reader whether they were there.
std::optional<Pdu> ReadFields(Code code, Reader& reader) {
  switch (code) {
    case Code::kPairingRequest:
      return PairingRequest{ReadPairing(code, reader)};
    case Code::kPairingResponse:
      return PairingResponse{ReadPairing(code, reader)};
    case Code::kPairingConfirm:
      return PairingConfirm{ReadSecret<ConfirmValue>(reader)};
    case Code::kPairingRandom:
      return PairingRandom{ReadSecret<Nonce>(reader)};
    case Code::kPairingFailed:
      return PairingFailed{reader.U8()};
    case Code::kEncryptionInformation:
      return EncryptionInformation{ReadSecret<Ltk>(reader)};
    case Code::kCentralIdentification: {
      const uint16_t ediv = reader.U16();
      return CentralIdentification{ediv, reader.U64()};
    }
    case Code::kIdentityInformation:
      return IdentityInformation{ReadSecret<Irk>(reader)};
    case Code::kIdentityAddressInformation: {
      const uint8_t type = reader.U8();
      return IdentityAddressInformation{type, reader.Array<6>()};
    }
    case Code::kSigningInformation:
      return SigningInformation{ReadSecret<Csrk>(reader)};
    case Code::kSecurityRequest:
      return SecurityRequest{reader.U8()};
    case Code::kPairingPublicKey:
      return PairingPublicKey{reader.Array<64>()};
    case Code::kPairingDhKeyCheck:
      return PairingDhKeyCheck{ReadSecret<DhKeyCheck>(reader)};
    case Code::kPairingKeypressNotification:
      return KeypressNotification{reader.U8()};
  }
  return std::nullopt;
}

class Serializer {
 public:
  void operator()(const PairingRequest& pdu) { out_.Append(pdu.octets); }
  void operator()(const PairingResponse& pdu) { out_.Append(pdu.octets); }
  void operator()(const PairingConfirm& pdu) {
    Start(Code::kPairingConfirm).Append(pdu.value.Reveal());
  }
  void operator()(const PairingRandom& pdu) {
    Start(Code::kPairingRandom).Append(pdu.value.Reveal());
  }
  void operator()(const PairingFailed& pdu) {
    Start(Code::kPairingFailed).U8(pdu.reason);
  }
  void operator()(const EncryptionInformation& pdu) {
    Start(Code::kEncryptionInformation).Append(pdu.ltk.Reveal());
  }
  void operator()(const CentralIdentification& pdu) {
    Start(Code::kCentralIdentification).U16(pdu.ediv).U64(pdu.rand);
  }
  void operator()(const IdentityInformation& pdu) {
    Start(Code::kIdentityInformation).Append(pdu.irk.Reveal());
  }
  void operator()(const IdentityAddressInformation& pdu) {
    Start(Code::kIdentityAddressInformation)
        .U8(pdu.address_type)
        .Append(pdu.address);
  }
  void operator()(const SigningInformation& pdu) {
    Start(Code::kSigningInformation).Append(pdu.csrk.Reveal());
  }
  void operator()(const SecurityRequest& pdu) {
    Start(Code::kSecurityRequest).U8(pdu.auth_req);
  }
  void operator()(const PairingPublicKey& pdu) {
    Start(Code::kPairingPublicKey).Append(pdu.octets);
  }
  void operator()(const PairingDhKeyCheck& pdu) {
    Start(Code::kPairingDhKeyCheck).Append(pdu.value.Reveal());
  }
  void operator()(const KeypressNotification& pdu) {
    Start(Code::kPairingKeypressNotification).U8(pdu.type);
  }

  Bytes Finish() { return out_.Finish(); }

 private:
  Writer& Start(Code code) { return out_.U8(std::to_underlying(code)); }

  // Room for the longest PDU: growing would leave copies of keys behind.
  Writer out_{65};
};

std::string_view NameOf(Code code) {
  switch (code) {
    case Code::kPairingRequest:
      return "PairingRequest";
    case Code::kPairingResponse:
      return "PairingResponse";
    case Code::kPairingConfirm:
      return "PairingConfirm";
    case Code::kPairingRandom:
      return "PairingRandom";
    case Code::kPairingFailed:
      return "PairingFailed";
    case Code::kEncryptionInformation:
      return "EncryptionInformation";
    case Code::kCentralIdentification:
      return "CentralIdentification";
    case Code::kIdentityInformation:
      return "IdentityInformation";
    case Code::kIdentityAddressInformation:
      return "IdentityAddressInformation";
    case Code::kSigningInformation:
      return "SigningInformation";
    case Code::kSecurityRequest:
      return "SecurityRequest";
    case Code::kPairingPublicKey:
      return "PairingPublicKey";
    case Code::kPairingDhKeyCheck:
      return "PairingDhKeyCheck";
    case Code::kPairingKeypressNotification:
      return "PairingKeypressNotification";
  }
  return "Unknown";
}

}  // namespace

PairingOctets PairingFeatures::Encode(Code code) const {
  return {std::to_underlying(code),
          std::to_underlying(io_capability),
          static_cast<uint8_t>(oob),
          auth_req.ToOctet(),
          max_key_size,
          ToOctet(initiator_keys),
          ToOctet(responder_keys)};
}

std::optional<PairingFeatures> PairingFeatures::Decode(
    const PairingOctets& octets) {
  // [Vol 3, Part H] 3.5.1: values, and 7 to 16 octets of key size.
  constexpr uint8_t kLastOobFlag = 0x01;
  constexpr uint8_t kLeastKeySize = 7;
  constexpr uint8_t kGreatestKeySize = 16;
  const uint8_t io_capability = octets[1];
  const uint8_t oob = octets[2];
  const uint8_t key_size = octets[4];
  if (io_capability > std::to_underlying(IoCapability::kKeyboardDisplay) ||
      oob > kLastOobFlag || key_size < kLeastKeySize ||
      key_size > kGreatestKeySize) {
    return std::nullopt;
  }
  return PairingFeatures{
      .io_capability = static_cast<IoCapability>(io_capability),
      .oob = oob == kLastOobFlag,
      .auth_req = AuthReq::FromOctet(octets[3]),
      .max_key_size = key_size,
      .initiator_keys = KeysOf(octets[5]),
      .responder_keys = KeysOf(octets[6])};
}

std::expected<Pdu, ParseError> Parse(ByteView octets) {
  Reader reader(octets);
  const auto code = static_cast<Code>(reader.U8());
  std::optional<Pdu> pdu = ReadFields(code, reader);
  if (!pdu) return std::unexpected(ParseError::kUnknownCode);
  if (!reader.complete()) return std::unexpected(ParseError::kWrongLength);
  return std::move(*pdu);
}

Bytes Serialize(const Pdu& pdu) {
  Serializer serializer;
  std::visit(serializer, pdu);
  return serializer.Finish();
}

std::string_view PduName(ByteView octets) {
  return octets.empty() ? "Unknown" : NameOf(static_cast<Code>(octets[0]));
}

std::string_view PduName(const Pdu& pdu) {
  // The alternatives stand in the order of their codes, which begin at 1.
  return NameOf(static_cast<Code>(pdu.index() + 1));
}

}  // namespace bondd::smp
