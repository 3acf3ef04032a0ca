#include "dbus/oob_options.h"

#include <utility>

#include "dbus/option_reader.h"

namespace bondd::dbus {

namespace {

// Assigned Numbers, 2.3: AD types that an LE out-of-band data block has.
constexpr uint8_t kSecurityManagerTk = 0x10;
constexpr uint8_t kLeDeviceAddress = 0x1B;
constexpr uint8_t kLeScConfirm = 0x22;
constexpr uint8_t kLeScRandom = 0x23;

template <typename T>
std::optional<T> SecretOf(ByteView octets) {
  if (octets.size() != T::kSize) return std::nullopt;
  return T(std::span<const uint8_t, T::kSize>(octets));
}

// Puts the two halves together; one without the other is an error.
void Join(OptionReader& reader, std::optional<smp::ConfirmValue> confirm,
          std::optional<smp::Nonce> random, std::string_view confirm_key,
          std::string_view random_key, OobData& data) {
  if (confirm && random) {
    data.sc = {std::move(*confirm), std::move(*random)};
  } else if (confirm) {
    reader.Fail(random_key, "is missing the random value");
  } else if (random) {
    reader.Fail(confirm_key, "is missing the confirm value");
  }
}

// [Core Specification Supplement, Part A] 1.16: the address's least
// significant octet first, then its type in bit 0.
bool IsAddressOf(ByteView structure, const DeviceAddress& peer) {
  Reader fields(structure);
  DeviceAddress address;
  address.octets = fields.Array<6>();
  const uint8_t type = fields.U8();
  address.type = (type & 1) ? AddressType::kRandom : AddressType::kPublic;
  return fields.complete() && address == peer;
}

// [Vol 3, Part C] 11: length (of type and data), type, data; a length of 0 ends
// the significant part.
void ReadAd(OptionReader& reader, ByteView ad, const DeviceAddress& peer,
            OobData& data) {
  std::optional<smp::ConfirmValue> confirm;
  std::optional<smp::Nonce> random;
  Reader rest(ad);
  while (rest.remaining() > 0) {
    const size_t length = rest.U8();
    if (length == 0) break;
    Reader structure(rest.Take(length));
    if (!rest.ok()) return reader.Fail("Ad", "ends within a structure");
    const uint8_t type = structure.U8();
    const ByteView value = structure.Rest();
    if (type == kLeDeviceAddress) {
      if (!IsAddressOf(value, peer)) {
        return reader.Fail("Ad", "is that of another address");
      }
    } else if (type == kSecurityManagerTk) {
      data.tk = SecretOf<smp::Tk>(value);
      if (!data.tk) return reader.Fail("Ad", "has a TK of a wrong size");
    } else if (type == kLeScConfirm) {
      confirm = SecretOf<smp::ConfirmValue>(value);
      if (!confirm) {
        return reader.Fail("Ad", "has a confirm value of a wrong size");
      }
    } else if (type == kLeScRandom) {
      random = SecretOf<smp::Nonce>(value);
      if (!random) {
        return reader.Fail("Ad", "has a random value of a wrong size");
      }
    }
  }
  Join(reader, std::move(confirm), std::move(random), "Ad", "Ad", data);
  if (!data.tk && !data.sc) reader.Fail("Ad", "holds no out-of-band data");
}

}  // namespace

ApiResult<GenerateOobOptions> ParseGenerateOob(const Dictionary& options) {
  constexpr uint32_t kDay = 86400;
  OptionReader reader(options);
  GenerateOobOptions parsed;
  parsed.legacy = reader.Boolean("Legacy").value_or(parsed.legacy);
  if (const auto duration = reader.U32("ForSeconds", 1, kDay)) {
    parsed.lifetime = std::chrono::seconds(*duration);
  }
  if (auto finished = reader.Finish(); !finished) {
    return std::unexpected(std::move(finished.error()));
  }
  return parsed;
}

ApiResult<OobData> ParseRemoteOob(const Dictionary& dictionary,
                                  const DeviceAddress& peer) {
  // The size of a whole out-of-band data block is far below this.
  constexpr size_t kMaxAd = 255;
  OptionReader reader(dictionary);
  OobData data;
  const auto ad = reader.Octets("Ad", 1, kMaxAd);
  data.tk = reader.Key<smp::Tk>("Tk");
  auto confirm = reader.Key<smp::ConfirmValue>("Confirm");
  auto random = reader.Key<smp::Nonce>("Random");
  if (ad && (data.tk || confirm || random)) {
    reader.Fail("Ad", "stands alone");
  } else if (ad) {
    ReadAd(reader, *ad, peer, data);
  } else {
    Join(reader, std::move(confirm), std::move(random), "Confirm", "Random",
         data);
  }
  if (auto finished = reader.Finish(); !finished) {
    return std::unexpected(std::move(finished.error()));
  }
  if (!data.tk && !data.sc) {
    return std::unexpected(InvalidArgument(
        "data", "has neither Confirm and Random nor Tk nor Ad"));
  }
  return data;
}

ApiResult<AgentOob> ParseAgentOob(const Dictionary& dictionary,
                                  bool secure_connections) {
  OptionReader reader(dictionary);
  AgentOob data;
  if (secure_connections) {
    auto confirm = reader.Key<smp::ConfirmValue>("Confirm");
    auto random = reader.Key<smp::Nonce>("Random");
    Join(reader, std::move(confirm), std::move(random), "Confirm", "Random",
         data);
  } else {
    data.tk = reader.Key<smp::Tk>("Tk");
  }
  if (auto finished = reader.Finish(); !finished) {
    return std::unexpected(std::move(finished.error()));
  }
  if (!data.tk && !data.sc) {
    return std::unexpected(InvalidArgument("data", "is empty"));
  }
  return data;
}

ApiResult<smp::PeerOobData> ParsePeerOob(ByteView confirm, ByteView random) {
  auto confirm_value = SecretOf<smp::ConfirmValue>(confirm);
  if (!confirm_value) {
    return std::unexpected(InvalidArgument("confirm", "is not of 16 octets"));
  }
  auto random_value = SecretOf<smp::Nonce>(random);
  if (!random_value) {
    return std::unexpected(InvalidArgument("random", "is not of 16 octets"));
  }
  return smp::PeerOobData{std::move(*confirm_value), std::move(*random_value)};
}

ApiResult<smp::Tk> ParseTk(ByteView tk) {
  auto value = SecretOf<smp::Tk>(tk);
  if (!value) {
    return std::unexpected(InvalidArgument("tk", "is not of 16 octets"));
  }
  return std::move(*value);
}

}  // namespace bondd::dbus
