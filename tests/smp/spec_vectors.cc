#include "tests/smp/spec_vectors.h"

#include <gtest/gtest.h>

#include "tests/support/smp_end.h"

namespace bondd::smp::test {

Bytes FromHex(const std::string& text) {
  Bytes octets;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    octets.push_back(
        static_cast<uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
  }
  return octets;
}

Bytes FromPrinted(const std::string& text) {
  Bytes octets = FromHex(text);
  std::reverse(octets.begin(), octets.end());
  return octets;
}

std::string ToPrinted(ByteView octets) {
  const Bytes turned(octets.rbegin(), octets.rend());
  return ToHex(turned);
}

DeviceAddress AddressOf(const Json& text) {
  const auto octets = PrintedArray<7>(text);
  DeviceAddress address{.type = static_cast<AddressType>(octets[6])};
  std::copy_n(octets.begin(), 6, address.octets.begin());
  return address;
}

void ExamineLegacyTranscript(const Json& v) {
  const Json& in = v["inputs"];
  const Json& out = v["output"];
  const Tk tk = Printed<Tk>(in["tk_be"]);
  const Nonce initiator = Wire<Nonce>(in["random_req"]);
  const Nonce responder = Wire<Nonce>(in["random_rsp"]);
  const auto confirm = [&](const Nonce& random) {
    return ToHex(c1(tk, random, WireArray<7>(in["pair_req"]),
                    WireArray<7>(in["pair_rsp"]), AddressOf(in["init_addr"]),
                    AddressOf(in["resp_addr"]))
                     .Reveal());
  };
  EXPECT_EQ(confirm(initiator), out["confirm_req"].get<std::string>());
  EXPECT_EQ(confirm(responder), out["confirm_rsp"].get<std::string>());
  EXPECT_EQ(ToPrinted(s1(tk, responder, initiator).Reveal()),
            out["stk_be"].get<std::string>());
}

namespace {

// One Secure Connections pairing of the file, as both of its sides see it.
struct Transcript {
  explicit Transcript(const Json& vector)
      : v(vector),
        in(v["inputs"]),
        out(v["output"]),
        initiator_key(
            PublicKey::Validate(WireArray<64>(in["public_key_req"])).value()),
        responder_key(
            PublicKey::Validate(WireArray<64>(in["public_key_rsp"])).value()),
        na(Wire<Nonce>(in["random_req"].back())),
        nb(Wire<Nonce>(in["random_rsp"].back())),
        a(AddressOf(in["init_addr"])),
        b(AddressOf(in["resp_addr"])) {}

  bool we_initiate() const { return in["our_role"] == "initiator"; }
  bool passkey() const { return in["model"] == "passkey"; }
  const PublicKey::Coordinate& ax() const { return initiator_key.x(); }
  const PublicKey::Coordinate& bx() const { return responder_key.x(); }

  const Json& v;
  const Json& in;
  const Json& out;
  PublicKey initiator_key;
  PublicKey responder_key;
  Nonce na;
  Nonce nb;
  DeviceAddress a;
  DeviceAddress b;
};

void ExamineConfirms(const Transcript& t) {
  if (!t.passkey()) {
    ASSERT_EQ(t.out["confirm_rsp"].size(), 1u);
    EXPECT_EQ(ToHex(f4(t.bx(), t.ax(), t.nb, 0).Reveal()),
              t.out["confirm_rsp"][0].get<std::string>());
    return;
  }
  const auto passkey = t.in["passkey"].get<uint32_t>();
  ASSERT_EQ(t.in["random_req"].size(), 20u);
  for (size_t i = 0; i < 20; ++i) {
    const auto bit = static_cast<uint8_t>(0x80 | ((passkey >> i) & 1));
    const auto na = Wire<Nonce>(t.in["random_req"][i].get<std::string>());
    const auto nb = Wire<Nonce>(t.in["random_rsp"][i].get<std::string>());
    EXPECT_EQ(ToHex(f4(t.ax(), t.bx(), na, bit).Reveal()),
              t.out["confirm_req"][i].get<std::string>());
    EXPECT_EQ(ToHex(f4(t.bx(), t.ax(), nb, bit).Reveal()),
              t.out["confirm_rsp"][i].get<std::string>());
  }
}

DhKey ExamineDhKey(const Transcript& t) {
  const auto own =
      KeyPair::FromPrivateKey(PrintedArray<32>(t.in["our_private_be"]));
  EXPECT_TRUE(own);
  const PublicKey& ours = t.we_initiate() ? t.initiator_key : t.responder_key;
  const PublicKey& theirs = t.we_initiate() ? t.responder_key : t.initiator_key;
  EXPECT_EQ(own->public_key().Octets(), ours.Octets());
  auto dh_key = own->ComputeDhKey(theirs);
  EXPECT_TRUE(dh_key);
  EXPECT_EQ(ToPrinted(dh_key->Reveal()), t.out["dhkey_be"].get<std::string>());
  return std::move(*dh_key);
}

Nonce PasskeyNonce(const Transcript& t) {
  Nonce r;
  if (!t.passkey()) return r;
  const auto passkey = t.in["passkey"].get<uint32_t>();
  for (size_t i = 0; i < 4; ++i) {
    r.Fill()[i] = static_cast<uint8_t>(passkey >> (8 * i));
  }
  return r;
}

IoCap IoCapOf(const Json& pdu) {
  const auto octets = WireArray<7>(pdu);
  return {octets[1], octets[2], octets[3]};
}

}  // namespace

void ExamineSecureConnectionsTranscript(const Json& v) {
  const Transcript t(v);
  ExamineConfirms(t);
  const DhKey dh_key = ExamineDhKey(t);
  const F5Keys keys = f5(dh_key, t.na, t.nb, t.a, t.b);
  EXPECT_EQ(ToPrinted(keys.mac_key.Reveal()),
            t.out["mackey_be"].get<std::string>());
  EXPECT_EQ(ToPrinted(keys.ltk.Reveal()), t.out["ltk_be"].get<std::string>());
  const Nonce r = PasskeyNonce(t);
  EXPECT_EQ(
      ToHex(f6(keys.mac_key, t.na, t.nb, r, IoCapOf(t.in["pair_req"]), t.a, t.b)
                .Reveal()),
      t.out["dhkey_check_req"].get<std::string>());
  EXPECT_EQ(
      ToHex(f6(keys.mac_key, t.nb, t.na, r, IoCapOf(t.in["pair_rsp"]), t.b, t.a)
                .Reveal()),
      t.out["dhkey_check_rsp"].get<std::string>());
  EXPECT_EQ(g2(t.ax(), t.bx(), t.na, t.nb),
            std::stoul(t.out["numeric_value"].get<std::string>()));
}

// The key reaches a responder whose own pair has the X that the record names.
void ExaminePublicKey(const Json& v) {
  const Json& in = v["inputs"];
  ASSERT_EQ(v["output"]["must_reject"], true);
  PairingPublicKey sent;
  const auto x = PrintedArray<32>(in["x"]);
  const auto y = PrintedArray<32>(in["y"]);
  std::copy(x.begin(), x.end(), sent.octets.begin());
  std::copy(y.begin(), y.end(), sent.octets.begin() + x.size());
  EXPECT_EQ(PublicKey::Validate(sent.octets).has_value(),
            v["output"]["on_curve"].get<bool>());

  const LinkInfo link{Role::kResponder, PublicAddress("00:00:00:00:00:02"),
                      PublicAddress("00:00:00:00:00:01")};
  SmpEnd end(link, link.local, 1);
  auto own = KeyPair::Debug();
  ASSERT_TRUE(own);
  ASSERT_EQ(ToPrinted(own->public_key().x()), in["local_x"].get<std::string>());
  end.key_pairs.next.push_back(std::move(*own));
  PairingFeatures features;
  features.auth_req.secure_connections = true;
  end.Give(PduReceived{
      Serialize(PairingRequest{features.Encode(Code::kPairingRequest)})});
  ASSERT_EQ(end.to_link.size(), 1u);
  end.to_link.clear();
  end.Give(PduReceived{Serialize(sent)});

  ASSERT_EQ(end.to_link.size(), 1u);
  const Bytes& answer = std::get<SendPdu>(end.to_link.front()).pdu;
  EXPECT_EQ(PduName(answer), "PairingFailed");
  ASSERT_EQ(end.reports.size(), 1u);
  // The same X is the debug key's here, which has a reason of its own.
  EXPECT_EQ(end.Report().failure->reason,
            v["output"]["on_curve"] == true
                ? PairingFailedReason::kInvalidParameters
                : PairingFailedReason::kDhKeyCheckFailed);
}

}  // namespace bondd::smp::test
