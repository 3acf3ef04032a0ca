#include "sim/link_encryption.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>

#include "sim/link_pdu.h"
#include "tests/support/sim_host.h"

namespace bondd::sim {
namespace {

// As the specification prints octets: "AA BB" or "AABB", first octet first.
Bytes FromHex(std::string_view text) {
  Bytes octets;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    uint8_t octet = 0;
    std::from_chars(text.data() + i, text.data() + i + 2, octet, 16);
    octets.push_back(octet);
  }
  return octets;
}

// Numbers are printed most significant octet first.
template <size_t N>
std::array<uint8_t, N> Number(std::string_view text) {
  const Bytes octets = FromHex(text);
  std::array<uint8_t, N> number{};
  std::reverse_copy(octets.begin(), octets.end(), number.begin());
  return number;
}

// [Vol 6, Part C] 1: the sample data of the encryption start procedure.
class SampleDataTest : public testing::Test {
 protected:
  static SessionSeed Seed() {
    return {.central_diversifier = Number<8>("ACBDCEDFE0F10213"),
            .peripheral_diversifier = Number<8>("0213243546576879"),
            .central_iv = Number<4>("BADCAB24"),
            .peripheral_iv = Number<4>("DEAFBABE")};
  }
  static SessionKey Key() {
    const auto key = Number<16>("4C68384139F574D836BCF34E9DFB01BF");
    return std::move(*ComputeSessionKey(hci::LinkKey128(key), Seed()));
  }
  static LinkCipher Cipher(AirDirection direction) {
    return LinkCipher(Key(), Seed(), direction);
  }
  static constexpr auto kControl = static_cast<uint8_t>(Llid::kControl);
  static constexpr auto kStart = static_cast<uint8_t>(Llid::kStart);
};

TEST_F(SampleDataTest, GivesTheSessionKey) {
  const SessionKey key = Key();
  const Bytes expected = FromHex("99AD1B5226A37E3E058E3B8E27C2C666");
  EXPECT_TRUE(std::equal(key.Reveal().begin(), key.Reveal().end(),
                         expected.begin(), expected.end()));
}

TEST_F(SampleDataTest, SealsTheStartResponseOfTheCentral) {
  LinkCipher cipher = Cipher(AirDirection::kCentralToPeripheral);
  const Bytes pdu = ControlPdu(ControlOpcode::kStartEncRsp).Finish();
  EXPECT_EQ(*cipher.Seal(kControl, pdu), FromHex("9FCDA7F448"));
}

TEST_F(SampleDataTest, SealsTheStartResponseOfThePeripheral) {
  LinkCipher cipher = Cipher(AirDirection::kPeripheralToCentral);
  const Bytes pdu = ControlPdu(ControlOpcode::kStartEncRsp).Finish();
  EXPECT_EQ(*cipher.Seal(kControl, pdu), FromHex("A34C13A415"));
}

TEST_F(SampleDataTest, SealsTheDataThatFollows) {
  LinkCipher cipher = Cipher(AirDirection::kCentralToPeripheral);
  cipher.Seal(kControl, ControlPdu(ControlOpcode::kStartEncRsp).bytes());
  const Bytes data =
      FromHex("1700636465666768696A6B6C6D6E6F707131323334353637383930");
  EXPECT_EQ(*cipher.Seal(kStart, data),
            FromHex("7A70D66415226DF26B17839A060405596BD6564F796B5B9CE6FF32"
                    "F75A6D33"));
}

TEST_F(SampleDataTest, OpensWhatWasSealedInItsOrder) {
  LinkCipher sender = Cipher(AirDirection::kCentralToPeripheral);
  LinkCipher receiver = Cipher(AirDirection::kCentralToPeripheral);
  for (const uint8_t octet : {1, 2, 3}) {
    EXPECT_EQ(receiver.Open(kStart, *sender.Seal(kStart, Bytes{octet})),
              Bytes{octet});
  }
}

TEST_F(SampleDataTest, DoesNotOpenWhatIsOutOfOrder) {
  LinkCipher sender = Cipher(AirDirection::kCentralToPeripheral);
  LinkCipher receiver = Cipher(AirDirection::kCentralToPeripheral);
  sender.Seal(kStart, Bytes{1});
  EXPECT_FALSE(receiver.Open(kStart, *sender.Seal(kStart, Bytes{2})));
}

TEST_F(SampleDataTest, DoesNotOpenWhatGoesTheOtherWay) {
  LinkCipher sender = Cipher(AirDirection::kCentralToPeripheral);
  LinkCipher receiver = Cipher(AirDirection::kPeripheralToCentral);
  EXPECT_FALSE(receiver.Open(kStart, *sender.Seal(kStart, Bytes{1})));
}

TEST_F(SampleDataTest, DoesNotOpenUnderAnotherLlid) {
  LinkCipher sender = Cipher(AirDirection::kCentralToPeripheral);
  LinkCipher receiver = Cipher(AirDirection::kCentralToPeripheral);
  EXPECT_FALSE(receiver.Open(kControl, *sender.Seal(kStart, Bytes{1})));
}

TEST_F(SampleDataTest, DoesNotOpenWhatWasAltered) {
  const Bytes plaintext = {1, 2, 3};
  for (size_t i = 0; i < plaintext.size() + LinkCipher::kMicLength; ++i) {
    LinkCipher sender = Cipher(AirDirection::kCentralToPeripheral);
    LinkCipher receiver = Cipher(AirDirection::kCentralToPeripheral);
    Bytes sealed = *sender.Seal(kStart, plaintext);
    sealed[i] ^= 0x80;
    EXPECT_FALSE(receiver.Open(kStart, sealed)) << i;
  }
}

TEST_F(SampleDataTest, DoesNotOpenWithAnotherKey) {
  LinkCipher sender = Cipher(AirDirection::kCentralToPeripheral);
  LinkCipher receiver(std::move(*ComputeSessionKey(test::KeyOf(7), Seed())),
                      Seed(), AirDirection::kCentralToPeripheral);
  EXPECT_FALSE(receiver.Open(kStart, *sender.Seal(kStart, Bytes{1})));
}

TEST_F(SampleDataTest, DoesNotOpenWhatIsTooShortForAMic) {
  LinkCipher receiver = Cipher(AirDirection::kCentralToPeripheral);
  EXPECT_FALSE(receiver.Open(kStart, Bytes(LinkCipher::kMicLength)));
  EXPECT_FALSE(receiver.Open(kStart, {}));
}

}  // namespace
}  // namespace bondd::sim
