// Every PDU code, of the right length and of wrong ones, in every state that a
// Security Manager rests in: while a user is asked, while the controller or
// the store is at work, between two PDUs. states.h says what each is answered
// with; afterwards the machine has to work as if nothing had been.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <variant>
#include <vector>

#include "tests/conformance/states.h"

namespace bondd::smp::test {
namespace {

using Reason = PairingFailedReason;

class EveryState : public testing::TestWithParam<State> {
 protected:
  static const State& state() { return GetParam(); }
  // Whether there is a pairing, which a malformed PDU ends.
  static bool pairing() { return std::strchr(state().effects, '8') != nullptr; }

  static char EffectOf(uint8_t code, bool right_length) {
    if (code < 0x01 || code > 0x0E) return '.';
    const char effect = state().effects[code - 1];
    // Whatever its length, a Pairing Failed says that the peer has given up.
    if (right_length || code == 0x05) return effect;
    return pairing() ? 'A' : '.';
  }

  static Bytes PduOf(const LowerTester& lt, uint8_t code, size_t size) {
    Bytes pdu(size, 0x03);
    if (code == 0x01 || code == 0x02) {
      const PairingOctets octets = lt.features.Encode(static_cast<Code>(code));
      std::copy_n(octets.begin(), std::min(size, octets.size()), pdu.begin());
    }
    if (code == 0x0B && size > 1) pdu[1] = 0x09;
    if (size > 0) pdu[0] = code;
    return pdu;
  }

  // What is refused for being out of turn is refused for nothing else.
  static void ExpectTaken(const std::vector<uint8_t>& reasons) {
    for (const uint8_t reason : reasons) {
      EXPECT_NE(reason, std::to_underlying(Reason::kCommandNotSupported));
      EXPECT_NE(reason, std::to_underlying(Reason::kUnspecifiedReason));
    }
  }

  void Inject(uint8_t code, size_t size, bool right_length) {
    const char effect = EffectOf(code, right_length);
    LowerTester lt(state().role);
    state().reach(lt);
    SmpEnd& iut = lt.iut;
    const size_t sent = iut.to_link.size();
    const size_t reports = iut.reports.size();
    const size_t asked = iut.asked.size();
    const PairingState before = iut.manager.state();
    lt.SendOctets(PduOf(lt, code, size));
    std::vector<uint8_t> reasons;
    size_t others = 0;
    for (size_t i = sent; i < iut.to_link.size(); ++i) {
      const auto* pdu = std::get_if<SendPdu>(&iut.to_link[i]);
      const bool failed = pdu != nullptr && pdu->pdu.front() == 0x05;
      if (failed) reasons.push_back(pdu->pdu.at(1));
      others += !failed && pdu != nullptr ? 1 : 0;
    }
    if (effect == 't') return ExpectTaken(reasons);
    EXPECT_EQ(others, 0u);
    const bool ends = std::strchr("e78A", effect) != nullptr;
    EXPECT_EQ(iut.reports.size(), reports + (ends ? 1 : 0));
    EXPECT_EQ(iut.asked.size(), asked + (effect == 'c' ? 1 : 0));
    EXPECT_EQ(iut.discarded.size(), effect == 'd' ? 1u : 0u);
    EXPECT_EQ(reasons, ReasonsOf(effect));
    if (ends) {
      EXPECT_EQ(iut.manager.state(), PairingState::kIdle);
    } else if (effect != 'c') {
      EXPECT_EQ(iut.manager.state(), before);
    }
    Drop(lt, sent);
    if (std::strchr(".rb", effect) != nullptr) state().go_on(lt);
    if (ends) ExpectToPairOnThisLink(lt);
    // One of the lengths will do.
    if (right_length) ExpectToPairOnTheNextLink(lt);
  }

  static std::vector<uint8_t> ReasonsOf(char effect) {
    switch (effect) {
      case '7':
      case 'r':
        return {0x07};
      case '8':
        return {0x08};
      case 'A':
        return {0x0A};
      case 'b':
        return {0x10};
      default:
        return {};
    }
  }

  // Who comes next is somebody else, whatever key he asks for.
  static void ExpectNoKeyForTheNext(LowerTester& lt) {
    SmpEnd next({state().role, lt.iut.identity.address,
                 RandomAddress("C7:00:00:00:00:77")},
                lt.iut.identity.address, 8);
    next.bonds = lt.iut.bonds.Clone();
    for (const LongTermKeyRequest& request :
         {LongTermKeyRequest{0, 0}, LongTermKeyRequest{5, 4}}) {
      next.Give(request);
    }
    next.Give(Encrypt{});
    EXPECT_EQ(next.keys_given, 0u);
    EXPECT_EQ(next.manager.security(), std::nullopt);
  }

  static void ExpectToPairOnThisLink(LowerTester& lt) {
    // What the controller was at comes to nothing, too.
    lt.iut.Give(EncryptionChange{0x06, false});
    Drop(lt, 0);
    if (lt.iut.disconnects.empty()) PairAnew(lt);
  }

  static void ExpectToPairOnTheNextLink(LowerTester& lt) {
    if (lt.iut.manager.storing()) lt.iut.Give(BondStored{true});
    lt.iut.Give(LinkLost{});
    LowerTester next(state().role);
    next.Continue(lt);
    PairAnew(next);
  }
};

TEST_P(EveryState, AnswersEveryPduAsTheTableSays) {
  for (const int code :
       {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B,
        0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0xFF}) {
    const size_t right = code >= 0x01 && code <= 0x0E ? kPduLengths[code] : 7;
    for (const size_t size : {right, right - 1, right + 1}) {
      SCOPED_TRACE(testing::Message() << "code " << code << " size " << size);
      const auto octet = static_cast<uint8_t>(code);
      Inject(octet, size, size == right);
    }
  }
}

TEST_P(EveryState, IsLeftByAnEmptyPduAsItWas) { Inject(0, 0, true); }

// 44. The link goes, and somebody else has its handle at once.
TEST_P(EveryState, Row44_EndsSilentlyWithTheLink) {
  LowerTester lt(state().role);
  state().reach(lt);
  lt.iut.to_link.clear();
  const size_t keys = lt.iut.keys_given;
  lt.iut.Give(LinkLost{});
  for (const LongTermKeyRequest& request :
       {LongTermKeyRequest{0, 0}, LongTermKeyRequest{5, 4}}) {
    lt.iut.Give(request);
  }
  lt.iut.Give(EncryptionChange{0, true});
  for (int code = 0; code <= 0x0E; ++code) {
    const auto octet = static_cast<uint8_t>(code);
    lt.SendOctets(PduOf(lt, octet, kPduLengths[code]));
  }
  lt.iut.Give(PdusAcknowledged{9});
  lt.iut.Give(Cancel{});
  lt.iut.Give(Encrypt{});
  lt.iut.Advance(std::chrono::seconds(60));
  EXPECT_TRUE(lt.iut.to_link.empty());
  EXPECT_EQ(lt.iut.keys_given, keys);
  EXPECT_EQ(lt.iut.manager.busy(), lt.iut.manager.storing());
  ExpectNoKeyForTheNext(lt);
}

std::string NameOf(const testing::TestParamInfo<State>& info) {
  return std::string(info.param.name) +
         (info.param.role == kCentral ? "_Central" : "_Peripheral");
}
INSTANTIATE_TEST_SUITE_P(States, EveryState,
                         testing::ValuesIn(States().begin(), States().end()),
                         NameOf);

}  // namespace
}  // namespace bondd::smp::test
