// Every PDU code in every state, in both roles: the state is reached by a real
// pairing that stops at a PDU, then something else comes instead. The states in
// which no PDU is on its way (somebody is asked, the store is at work) have
// their table in tests/conformance/every_state_test.cc.

#include <gtest/gtest.h>

#include "tests/support/smp_checks.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;

struct Kind {
  const char* name;
  bool legacy;
  IoCapability central;
  IoCapability peripheral;
  bool oob = false;
};
constexpr Kind kKinds[] = {
    {"LegacyJustWorks", true, kNoInputNoOutput, kNoInputNoOutput},
    {"LegacyPasskey", true, kDisplayOnly, kKeyboardOnly},
    {"LegacyOutOfBand", true, kNoInputNoOutput, kNoInputNoOutput, true},
    {"JustWorks", false, kNoInputNoOutput, kNoInputNoOutput},
    {"NumericComparison", false, kDisplayYesNo, kDisplayYesNo},
    {"Passkey", false, kKeyboardOnly, kDisplayOnly},
    {"OutOfBand", false, kNoInputNoOutput, kNoInputNoOutput, true},
};

// What a PDU of this code is answered with that comes in the place of another.
std::optional<PairingFailedReason> AnswerTo(uint8_t code, bool right_length,
                                            Role target, bool pairing) {
  using Reason = PairingFailedReason;
  const bool known = code >= 0x01 && code <= 0x0E;
  // [Vol 3, Part H] 3.3; a Pairing Failed is never answered.
  if (!known || code == 0x05) return std::nullopt;
  if (!right_length) {
    return pairing ? std::optional(Reason::kInvalidParameters) : std::nullopt;
  }
  const bool central = target == Role::kInitiator;
  if (code == 0x01 && central) return Reason::kCommandNotSupported;
  if (code == 0x0B && !central) return Reason::kCommandNotSupported;
  // The central is busy with the pairing that it has begun itself.
  if (code == 0x0B || !pairing) return std::nullopt;
  return Reason::kUnspecifiedReason;
}

class EveryPdu : public testing::TestWithParam<std::tuple<int, Role>> {
 protected:
  const Kind& kind() const { return kKinds[std::get<0>(GetParam())]; }
  Role target() const { return std::get<1>(GetParam()); }

  void Prepare(SmpPair& pair) {
    const auto parameters = kind().legacy ? Legacy : With;
    Use(pair, parameters(kind().central, MitmOption::kAuto),
        parameters(kind().peripheral, MitmOption::kAuto));
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      PairingParameters& p = pair.end(role).user.parameters;
      p.initiator_keys.sign = p.responder_keys.sign = true;
      if (kind().oob) p.oob_legacy_tk = Counting<Tk>(1);
    }
    if (!kind().oob || kind().legacy) return;
    ShowOobData(pair, Role::kInitiator);
    ShowOobData(pair, Role::kResponder);
  }

  // Who sends the first, the second and so on.
  std::vector<Role> Senders() {
    SmpPair pair;
    Prepare(pair);
    std::vector<Role> senders;
    pair.on_air = [&](Role sender, Bytes&) {
      senders.push_back(sender);
      return true;
    };
    pair.Pair();
    EXPECT_TRUE(pair.central().Succeeded());
    return senders;
  }

  // Runs as far as the PDU of this number, which is meant for the target, and
  // which the other octets replace.
  void Inject(size_t at, const Bytes& octets) {
    SmpPair pair;
    Prepare(pair);
    size_t count = 0;
    bool same = false;
    std::vector<uint8_t> answers;
    pair.on_air = [&](Role sender, Bytes& pdu) {
      if (sender == target() && pdu[0] == 0x05) answers.push_back(pdu[1]);
      if (count++ == at) {
        same = pdu[0] == octets[0] && pdu.size() == octets.size();
        pdu = octets;
      }
      return true;
    };
    pair.Pair();
    pair.Advance(std::chrono::seconds(60));
    if (same) return;
    SmpEnd& end = pair.end(target());
    // Never half a result: each side has ended, or was never asked.
    EXPECT_EQ(pair.central().manager.state(), PairingState::kIdle);
    EXPECT_EQ(pair.peripheral().manager.state(), PairingState::kIdle);
    EXPECT_LE(end.reports.size(), 1u);
    EXPECT_EQ(end.bonds.size(), 0u);
    const bool right_length = octets[0] < std::size(kPduLengths) &&
                              octets.size() == kPduLengths[octets[0]];
    const auto expected = AnswerTo(octets[0], right_length, target(), at > 0);
    std::vector<uint8_t> expected_answers;
    if (expected) expected_answers.push_back(std::to_underlying(*expected));
    // Of what was ignored there is no more to be seen than that the PDU whose
    // place it took is missing, which may make the next one come too early.
    const bool ignored = !expected && octets[0] != 0x05;
    if (ignored && !answers.empty()) expected_answers.push_back(0x08);
    EXPECT_EQ(answers, expected_answers);
  }
};

TEST_P(EveryPdu, InThePlaceOfEveryOtherNeverGivesABond) {
  const std::vector<Role> senders = Senders();
  const size_t length = senders.size();
  // The rounds of Passkey Entry are all alike.
  for (size_t at = 0; at < length;
       at += (at > 12 && at + 16 < length) ? 7 : 1) {
    if (senders[at] == target()) continue;
    for (int code = 0; code <= 0x10; ++code) {
      const size_t right = code < 0x0F ? kPduLengths[code] : 5;
      for (const size_t size : {right, right + 1}) {
        Bytes octets(std::max<size_t>(size, 1), 0x03);
        octets[0] = static_cast<uint8_t>(code);
        SCOPED_TRACE(testing::Message()
                     << "at " << at << " code " << code << " size " << size);
        Inject(at, octets);
      }
    }
  }
}

std::string NameOf(const testing::TestParamInfo<std::tuple<int, Role>>& info) {
  return std::string(kKinds[std::get<0>(info.param)].name) +
         (std::get<1>(info.param) == Role::kInitiator ? "AtTheInitiator"
                                                      : "AtTheResponder");
}

INSTANTIATE_TEST_SUITE_P(States, EveryPdu,
                         testing::Combine(testing::Range(0, 7),
                                          testing::Values(Role::kInitiator,
                                                          Role::kResponder)),
                         NameOf);

TEST(EveryPduOutsideOfAPairing, IsDroppedOrRefusedAndAllocatesNoState) {
  for (const Role role : {Role::kInitiator, Role::kResponder}) {
    for (int code = 0; code <= 0xFF; ++code) {
      SmpPair pair;
      pair.end(role).user.mood = ScriptedUser::Mood::kSilent;
      const size_t right = code < 0x0F ? kPduLengths[code] : 5;
      Bytes octets(std::max<size_t>(right, 1), 0x03);
      octets[0] = static_cast<uint8_t>(code);
      pair.end(role).Give(PduReceived{std::move(octets)});
      const bool request = code == 0x01;
      const bool security_request = code == 0x0B;
      const bool busy = role == Role::kResponder ? false : security_request;
      EXPECT_EQ(pair.end(role).manager.busy(), busy) << code;
      // 0x01 above has a reserved IO capability or key size; each of the two
      // that belong to one role alone is refused in the other.
      const bool answered =
          request || (security_request && role == Role::kResponder);
      EXPECT_EQ(pair.end(role).to_link.size(), answered ? 1u : 0u) << code;
    }
  }
}

}  // namespace
}  // namespace bondd::smp::test
