// No key is left behind: wherever a pairing ends badly, the memory in which its
// phases lived holds none of the secrets of that pairing.

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <vector>

#include "tests/support/smp_checks.h"

namespace bondd::smp::test {
namespace {

using enum IoCapability;
using Octets = std::vector<uint8_t>;

// A Pairing is no allocation of its own but part of its Security Manager, and
// its phase is part of it: they are looked for in these octets.
bool Holds(const SecurityManager& manager, const Octets& secret) {
  const auto memory = std::as_bytes(std::span(&manager, 1));
  const auto found = std::search(
      memory.begin(), memory.end(), secret.begin(), secret.end(),
      [](std::byte a, uint8_t b) { return std::to_integer<uint8_t>(a) == b; });
  return found != memory.end();
}

struct Models {
  const char* name;
  bool legacy;
  IoCapability central;
  IoCapability peripheral;
  bool oob;
};
constexpr Models kModels[] = {
    {"LegacyJustWorks", true, kNoInputNoOutput, kNoInputNoOutput, false},
    {"LegacyOutOfBand", true, kNoInputNoOutput, kNoInputNoOutput, true},
    {"JustWorks", false, kNoInputNoOutput, kNoInputNoOutput, false},
    {"NumericComparison", false, kDisplayYesNo, kDisplayYesNo, false},
    {"Passkey", false, kDisplayOnly, kKeyboardOnly, false},
};

class Wiping : public testing::TestWithParam<Models> {
 protected:
  static void Prepare(SmpPair& pair) {
    const Models& model = GetParam();
    const auto parameters = model.legacy ? Legacy : With;
    Use(pair, parameters(model.central, MitmOption::kAuto),
        parameters(model.peripheral, MitmOption::kAuto));
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      PairingParameters& p = pair.end(role).user.parameters;
      p.initiator_keys.sign = p.responder_keys.sign = true;
      if (model.oob) p.oob_legacy_tk = Counting<Tk>(0xA0);
    }
  }

  template <typename SecretType>
  void Add(const SecretType& secret) {
    const auto octets = secret.Reveal();
    secrets_.emplace_back(octets.begin(), octets.end());
  }

  // Everything in a pairing follows from its seeds, so that the secrets of one
  // that is cut off can be learned from one that is not.
  void LearnSecrets() {
    SmpPair pair;
    Prepare(pair);
    pair.on_air = [&](Role, const Bytes& pdu) {
      const auto value = Parse(pdu);
      if (const auto* nonce = std::get_if<PairingRandom>(&*value)) {
        Add(nonce->value);
      } else if (const auto* check = std::get_if<PairingDhKeyCheck>(&*value)) {
        Add(check->value);
      }
      ++length_;
      return true;
    };
    pair.Pair();
    ASSERT_TRUE(pair.central().Succeeded());
    Add(pair.key());
    if (GetParam().oob) Add(Counting<Tk>(0xA0));
    const BondData& bond =
        *pair.central().bonds.FindBond(pair.peripheral().identity.address);
    Add(bond.peer_ltk->ltk);
    Add(bond.local_ltk->ltk);
    Add(*bond.peer_csrk);
    Add(*bond.local_csrk);
    // The link goes on with these keys.
    EXPECT_TRUE(Holds(pair.central().manager, secrets_.back()));
  }

  size_t CountHeld(SmpPair& pair) {
    size_t held = 0;
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      // Who was done before the other failed goes on with the keys.
      if (pair.end(role).Succeeded()) continue;
      for (const Octets& secret : secrets_) {
        held += Holds(pair.end(role).manager, secret) ? 1 : 0;
      }
      // Each one's own identity stays with it; the other's does not.
      const auto irk = pair.end(Opposite(role)).identity.irk.Reveal();
      held += Holds(pair.end(role).manager, Octets(irk.begin(), irk.end()));
    }
    return held;
  }

  std::vector<Octets> secrets_;
  size_t length_ = 0;
};

std::string NameOf(const testing::TestParamInfo<Models>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Models, Wiping, testing::ValuesIn(kModels), NameOf);

TEST_P(Wiping, LeavesNothingBehindWhereverTheLinkIsLost) {
  LearnSecrets();
  size_t held_before = 0;
  for (size_t cut = 0; cut < length_; ++cut) {
    SCOPED_TRACE(cut);
    SmpPair pair;
    Prepare(pair);
    pair.on_air = [&](Role, const Bytes&) {
      held_before += pair.pdus() == cut ? CountHeld(pair) : 0;
      return true;
    };
    pair.break_at = cut;
    pair.Pair();
    ASSERT_FALSE(pair.linked());
    EXPECT_EQ(CountHeld(pair), 0u);
  }
  // They were there while they were needed.
  EXPECT_GT(held_before, 0u);
}

TEST_P(Wiping, LeavesNothingBehindWhateverIsRefused) {
  LearnSecrets();
  for (size_t at = 0; at < length_; ++at) {
    SCOPED_TRACE(at);
    SmpPair pair;
    Prepare(pair);
    size_t count = 0;
    pair.on_air = [&](Role, Bytes& pdu) {
      if (count++ == at) pdu.push_back(0);
      return true;
    };
    pair.Pair();
    pair.Advance(std::chrono::seconds(61));
    EXPECT_FALSE(pair.central().Succeeded() && pair.peripheral().Succeeded());
    EXPECT_EQ(CountHeld(pair), 0u);
  }
}

TEST_P(Wiping, LeavesNothingBehindWhenTheTimeIsOver) {
  LearnSecrets();
  for (size_t at = 0; at < length_; ++at) {
    SCOPED_TRACE(at);
    SmpPair pair;
    Prepare(pair);
    size_t count = 0;
    pair.on_air = [&](Role, const Bytes&) { return count++ < at; };
    pair.Pair();
    pair.Advance(std::chrono::seconds(61));
    EXPECT_FALSE(pair.central().manager.busy());
    EXPECT_EQ(CountHeld(pair), 0u);
  }
}

Octets OctetsOf(uint32_t number) {
  Octets octets;
  for (int shift = 0; shift < 32; shift += 8) {
    octets.push_back(static_cast<uint8_t>(number >> shift));
  }
  return octets;
}

TEST(WipingWhatWasShown, LeavesNoPasskeyAndNoNumberBehind) {
  SmpPair passkey;
  Use(passkey, With(kDisplayOnly), With(kKeyboardOnly));
  passkey.Pair();
  ASSERT_TRUE(passkey.central().Succeeded());
  const auto* shown = passkey.central().Asked<PasskeyDisplayPrompt>();
  ASSERT_NE(shown, nullptr);
  EXPECT_FALSE(Holds(passkey.central().manager, OctetsOf(shown->passkey)));
  SmpPair comparison;
  Use(comparison, With(kDisplayYesNo), With(kDisplayYesNo));
  comparison.Pair();
  for (const Role role : {Role::kInitiator, Role::kResponder}) {
    SmpEnd& end = comparison.end(role);
    ASSERT_TRUE(end.Succeeded());
    const auto* compared = end.Asked<NumberComparisonPrompt>();
    ASSERT_NE(compared, nullptr);
    EXPECT_FALSE(Holds(end.manager, OctetsOf(compared->number)));
  }
}

}  // namespace
}  // namespace bondd::smp::test
