#include "tests/smp/spec_vectors.h"

#include <gtest/gtest.h>

#include <cctype>
#include <fstream>

namespace bondd::smp::test {
namespace {

constexpr size_t kVectors = 71;

Block Xor(const Block& a, const Block& b) {
  Block out;
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<uint8_t>(a[i] ^ b[i]);
  }
  return out;
}

void ExamineE(const Json& v) {
  const Block key = PrintedArray<16>(v["inputs"]["key"]);
  const Block plaintext = PrintedArray<16>(v["inputs"]["plaintext"]);
  EXPECT_EQ(ToPrinted(e(key, plaintext)), v["output"].get<std::string>());
}

void ExamineAesCmac(const Json& v) {
  const Block key = PrintedArray<16>(v["inputs"]["key"]);
  const Bytes message = FromPrinted(v["inputs"]["message"]);
  EXPECT_EQ(ToPrinted(AesCmac(key, message)), v["output"].get<std::string>());
}

// The subkeys stay inside of OpenSSL: they are seen through what they do to a
// whole block (K1) and to a padded one (K2).
void ExamineSubkeys(const Json& v) {
  const Block key = PrintedArray<16>(v["inputs"]["key"]);
  EXPECT_EQ(ToPrinted(e(key, Block{})), v["output"]["L"].get<std::string>());
  const Block k1 = PrintedArray<16>(v["output"]["K1"]);
  EXPECT_EQ(AesCmac(key, Block{}), e(key, k1));
  Block padding{};
  padding.back() = 0x80;
  const Block k2 = PrintedArray<16>(v["output"]["K2"]);
  EXPECT_EQ(AesCmac(key, {}), e(key, Xor(padding, k2)));
}

ConfirmValue C1Of(const Tk& k, const Nonce& r, const Json& in) {
  const auto address = [&](const char* octets, const char* type) {
    return DeviceAddress{
        .type = in[type] == 0 ? AddressType::kPublic : AddressType::kRandom,
        .octets = PrintedArray<6>(in[octets])};
  };
  return c1(k, r, PrintedArray<7>(in["preq"]), PrintedArray<7>(in["pres"]),
            address("ia", "iat"), address("ra", "rat"));
}

void ExamineC1(const Json& v) {
  const Json& in = v["inputs"];
  EXPECT_EQ(
      ToPrinted(
          C1Of(Printed<Tk>(in["k"]), Printed<Nonce>(in["r"]), in).Reveal()),
      v["output"].get<std::string>());
}

void ExamineC1Intermediate(const Json& v) {
  const Block k = {1, 2, 3, 4};
  const Block r = {5, 6, 7, 8};
  const Block p1 = PrintedArray<16>(v["output"]["p1"]);
  const Block p2 = PrintedArray<16>(v["output"]["p2"]);
  const Block expected = e(k, Xor(e(k, Xor(r, p1)), p2));
  EXPECT_EQ(ToPrinted(C1Of(Tk(k), Nonce(r), v["inputs"]).Reveal()),
            ToPrinted(expected));
}

void ExamineS1(const Json& v) {
  const Json& in = v["inputs"];
  const Stk stk = s1(Printed<Tk>(in["k"]), Printed<Nonce>(in["r1"]),
                     Printed<Nonce>(in["r2"]));
  EXPECT_EQ(ToPrinted(stk.Reveal()), v["output"].get<std::string>());
}

void ExamineAh(const Json& v) {
  const Json& in = v["inputs"];
  const Irk irk = Printed<Irk>(in["irk"]);
  EXPECT_EQ(ToPrinted(ah(irk, PrintedArray<3>(in["prand"]))),
            v["output"].get<std::string>());
  auto address =
      DeviceAddress::Parse(v["rpa"].get<std::string>(), AddressType::kRandom);
  ASSERT_TRUE(address);
  EXPECT_TRUE(Resolves(irk, *address));
  address->octets[0] ^= 1;
  EXPECT_FALSE(Resolves(irk, *address));
}

KeyPair PairOf(const Json& private_key) {
  auto pair = KeyPair::FromPrivateKey(PrintedArray<32>(private_key));
  EXPECT_TRUE(pair.has_value());
  return std::move(*pair);
}

std::string PointOf(const PublicKey& key) {
  return ToPrinted(key.x()) + ToPrinted(key.y());
}

void ExamineP256(const Json& v) {
  const Json& in = v["inputs"];
  const KeyPair a = PairOf(in["private_a"]);
  EXPECT_EQ(ToPrinted(a.public_key().x()), in["public_ax"].get<std::string>());
  EXPECT_EQ(ToPrinted(a.public_key().y()), in["public_ay"].get<std::string>());
  if (!in.contains("private_b")) {
    EXPECT_EQ(ToPrinted(a.ComputeDhKey(a.public_key())->Reveal()),
              v["output"].get<std::string>());
    return;
  }
  const KeyPair b = PairOf(in["private_b"]);
  EXPECT_EQ(PointOf(a.public_key()), v["output"]["pub_a"].get<std::string>());
  EXPECT_EQ(PointOf(b.public_key()), v["output"]["pub_b"].get<std::string>());
  EXPECT_EQ(ToPrinted(a.ComputeDhKey(b.public_key())->Reveal()),
            v["output"]["dhkey_a"].get<std::string>());
  EXPECT_EQ(ToPrinted(b.ComputeDhKey(a.public_key())->Reveal()),
            v["output"]["dhkey_b"].get<std::string>());
}

void ExamineDebugKey(const Json& v) {
  const auto debug = KeyPair::Debug();
  ASSERT_TRUE(debug);
  EXPECT_TRUE(debug->public_key().IsDebugKey());
  EXPECT_EQ(ToPrinted(debug->public_key().x()),
            v["output"]["x"].get<std::string>());
  EXPECT_EQ(ToPrinted(debug->public_key().y()),
            v["output"]["y"].get<std::string>());
  EXPECT_TRUE(PairOf(v["inputs"]["private"]).public_key().IsDebugKey());
}

void ExamineF4(const Json& v) {
  const Json& in = v["inputs"];
  const ConfirmValue value =
      f4(PrintedArray<32>(in["u"]), PrintedArray<32>(in["v"]),
         Printed<Nonce>(in["x"]), in["z"].get<uint8_t>());
  EXPECT_EQ(ToPrinted(value.Reveal()), v["output"].get<std::string>());
}

void ExamineF5(const Json& v) {
  const Json& in = v["inputs"];
  const F5Keys keys =
      f5(Printed<DhKey>(in["w"]), Printed<Nonce>(in["n1"]),
         Printed<Nonce>(in["n2"]), AddressOf(in["a1"]), AddressOf(in["a2"]));
  EXPECT_EQ(ToPrinted(keys.mac_key.Reveal()),
            v["output"]["mackey"].get<std::string>());
  EXPECT_EQ(ToPrinted(keys.ltk.Reveal()),
            v["output"]["ltk"].get<std::string>());
}

void ExamineF5Intermediate(const Json& v) {
  const Block salt = PrintedArray<16>(v["inputs"]["salt"]);
  EXPECT_EQ(ToPrinted(AesCmac(salt, FromPrinted(v["inputs"]["w"]))),
            v["output"].get<std::string>());
}

void ExamineF6(const Json& v) {
  const Json& in = v["inputs"];
  const DhKeyCheck check = f6(
      Printed<MacKey>(in["w"]), Printed<Nonce>(in["n1"]),
      Printed<Nonce>(in["n2"]), Printed<Nonce>(in["r"]),
      PrintedArray<3>(in["iocap"]), AddressOf(in["a1"]), AddressOf(in["a2"]));
  EXPECT_EQ(ToPrinted(check.Reveal()), v["output"].get<std::string>());
}

void ExamineG2(const Json& v) {
  const Json& in = v["inputs"];
  const uint32_t number =
      g2(PrintedArray<32>(in["u"]), PrintedArray<32>(in["v"]),
         Printed<Nonce>(in["x"]), Printed<Nonce>(in["y"]));
  EXPECT_EQ(number, v["output"]["value"].get<uint32_t>() % 1'000'000);
  EXPECT_EQ(std::to_string(number), v["output"]["display"].get<std::string>());
}

void ExamineH6(const Json& v) {
  const Block w = PrintedArray<16>(v["inputs"]["w"]);
  EXPECT_EQ(ToPrinted(h6(w, PrintedArray<4>(v["inputs"]["keyid"]))),
            v["output"].get<std::string>());
}

void ExamineH7(const Json& v) {
  const Block salt = PrintedArray<16>(v["inputs"]["salt"]);
  const Block w = PrintedArray<16>(v["inputs"]["w"]);
  EXPECT_EQ(ToPrinted(h7(salt, w)), v["output"].get<std::string>());
}

std::array<uint8_t, 4> KeyId(std::string_view text) {
  std::array<uint8_t, 4> id;
  std::reverse_copy(text.begin(), text.end(), id.begin());
  return id;
}

// [Vol 3, Part H] 2.4.2.4 and 2.4.2.5, by the functions that smp/ has.
Block Converted(const Json& v, const Block& key, std::string_view salt_id,
                std::string_view key_id) {
  const bool ct2 = v["name"].get<std::string>().starts_with("CT2=1");
  Block salt{};
  const auto id = KeyId(salt_id);
  std::copy(id.begin(), id.end(), salt.begin());
  const Block intermediate = ct2 ? h7(salt, key) : h6(key, id);
  return h6(intermediate, KeyId(key_id));
}

void ExamineLtkToLinkKey(const Json& v) {
  const Block ltk = PrintedArray<16>(v["inputs"]["ltk"]);
  EXPECT_EQ(ToPrinted(Converted(v, ltk, "tmp1", "lebr")),
            v["output"].get<std::string>());
}

void ExamineLinkKeyToLtk(const Json& v) {
  const Block link_key = PrintedArray<16>(v["inputs"]["link_key"]);
  EXPECT_EQ(ToPrinted(Converted(v, link_key, "tmp2", "brle")),
            v["output"].get<std::string>());
}

void ExamineMask(const Json& v) {
  Block key = PrintedArray<16>(v["inputs"]["key"]);
  MaskToSize(key, v["inputs"]["size"].get<uint8_t>());
  EXPECT_EQ(ToPrinted(key), v["output"].get<std::string>());
}

void ExamineSign(const Json& v) {
  const Json& in = v["inputs"];
  const auto signature = Sign(Wire<Csrk>(in["csrk"]), FromHex(in["message"]),
                              in["sign_counter"].get<uint32_t>());
  EXPECT_EQ(ToHex(signature), v["output"].get<std::string>());
}

const std::map<std::string, Examiner>& Examiners() {
  static const std::map<std::string, Examiner> examiners = {
      {"e", ExamineE},
      {"aes_cmac", ExamineAesCmac},
      {"aes_cmac_subkeys", ExamineSubkeys},
      {"c1", ExamineC1},
      {"c1_intermediate", ExamineC1Intermediate},
      {"s1", ExamineS1},
      {"ah", ExamineAh},
      {"p256", ExamineP256},
      {"p256_debug_key", ExamineDebugKey},
      {"f4", ExamineF4},
      {"f5", ExamineF5},
      {"f5_intermediate", ExamineF5Intermediate},
      {"f6", ExamineF6},
      {"g2", ExamineG2},
      {"h6", ExamineH6},
      {"h7", ExamineH7},
      {"ltk_to_link_key", ExamineLtkToLinkKey},
      {"link_key_to_ltk", ExamineLinkKeyToLtk},
      {"key_mask", ExamineMask},
      {"csrk_sign", ExamineSign},
      {"public_key_check", ExaminePublicKey},
      {"transcript_legacy", ExamineLegacyTranscript},
      {"transcript_sc", ExamineSecureConnectionsTranscript},
  };
  return examiners;
}

Json LoadVectors() {
  std::ifstream file(BONDD_SPEC_VECTORS);
  return Json::parse(file)["vectors"];
}

class SpecVectors : public testing::TestWithParam<size_t> {};

TEST_P(SpecVectors, Holds) {
  const Json vectors = LoadVectors();
  const Json& vector = vectors.at(GetParam());
  SCOPED_TRACE(vector["name"].get<std::string>());
  Examiners().at(vector["function"].get<std::string>())(vector);
}

INSTANTIATE_TEST_SUITE_P(All, SpecVectors, testing::Range<size_t>(0, kVectors));

TEST(SpecVectorsFile, HasExactlyTheVectorsThatAreExamined) {
  const Json vectors = LoadVectors();
  EXPECT_EQ(vectors.size(), kVectors);
  for (const Json& vector : vectors) {
    EXPECT_TRUE(Examiners().contains(vector["function"].get<std::string>()))
        << vector["function"];
  }
}

}  // namespace
}  // namespace bondd::smp::test
