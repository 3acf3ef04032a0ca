// Real pairings between two Security Managers, with everything that can be
// changed about them changed: options, PDUs, their order and number, time, the
// users, the store, the link.

#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "smp/crypto.h"
#include "smp/pdu.h"
#include "tests/fuzz/check.h"
#include "tests/support/smp_pair.h"

namespace bondd::smp::test {
namespace {

using std::chrono::milliseconds;
using Mood = ScriptedUser::Mood;

class Session {
 public:
  explicit Session(FuzzedDataProvider& input)
      : input_(input), pair_(AnyAddresses()) {}

  void Play() {
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      MakeUp(pair_.end(role).user);
      if (input_.ConsumeIntegralInRange(0, 3) == 3) ExchangeOobData(role);
    }
    // What is bonded already, one session in four.
    if (input_.ConsumeIntegralInRange(0, 3) == 0) {
      pair_.Pair();
      CheckBoth();
      pair_.Reconnect();
    }
    pair_.on_air = [this](Role sender, Bytes& pdu) {
      return OnAir(sender, pdu);
    };
    pair_.Pair();
    CheckBoth();
    constexpr int kSteps = 64;
    for (int i = 0; i < kSteps && input_.remaining_bytes() > 0; ++i) {
      Step();
      CheckBoth();
    }
  }

 private:
  template <typename T>
  T OneOf(std::initializer_list<T> choices) {
    return choices
        .begin()[input_.ConsumeIntegralInRange<size_t>(0, choices.size() - 1)];
  }
  Role AnyRole() { return OneOf({Role::kInitiator, Role::kResponder}); }

  // Public, or one side or both with a private address that the other may be
  // able to resolve.
  SmpPair::Addresses AnyAddresses() {
    SmpPair::Addresses addresses;
    if (input_.ConsumeIntegralInRange(0, 3) == 3) {
      addresses.central = PrivateAddressOf(SmpPair().central().identity.irk);
    }
    if (input_.ConsumeIntegralInRange(0, 3) == 3) {
      addresses.peripheral =
          PrivateAddressOf(SmpPair().peripheral().identity.irk);
    }
    return addresses;
  }

  // Gives each side Secure Connections OOB data of the other, or wrong data.
  void ExchangeOobData(Role role) {
    auto key_pair = pair_.end(role).key_pairs.Take();
    Check(key_pair.has_value(), "there are key pairs");
    LocalOobData data{std::move(*key_pair), Counting<Nonce>(3)};
    const auto& x = data.key_pair.public_key().x();
    PeerOobData shown{f4(x, x, data.random, 0), data.random.Clone()};
    if (input_.ConsumeIntegralInRange(0, 7) == 7) shown.random = Nonce();
    pair_.end(Opposite(role)).user.parameters.oob_peer = std::move(shown);
    pair_.end(role).user.parameters.oob_local = std::move(data);
  }

  KeyDistribution Keys() {
    const auto bits = input_.ConsumeIntegralInRange<uint8_t>(0, 7);
    return {
        .enc = (bits & 1) != 0, .id = (bits & 2) != 0, .sign = (bits & 4) != 0};
  }

  void MakeUp(ScriptedUser& user) {
    PairingParameters& p = user.parameters;
    p.io_capability =
        static_cast<IoCapability>(input_.ConsumeIntegralInRange(0, 4));
    p.oob = OneOf({OobOption::kAuto, OobOption::kNo, OobOption::kYes});
    p.bonding = input_.ConsumeIntegralInRange(0, 3) != 3;
    p.mitm = OneOf({MitmOption::kAuto, MitmOption::kNo, MitmOption::kYes});
    p.secure_connections =
        OneOf({SecureConnectionsOption::kOn, SecureConnectionsOption::kOff,
               SecureConnectionsOption::kOnly});
    p.keypress = input_.ConsumeBool();
    p.initiator_keys = Keys();
    p.responder_keys = Keys();
    p.min_key_size = input_.ConsumeIntegralInRange<uint8_t>(7, 16);
    p.max_key_size = input_.ConsumeIntegralInRange<uint8_t>(p.min_key_size, 16);
    p.require_level = input_.ConsumeIntegralInRange<uint8_t>(1, 4);
    p.debug_keys = OneOf({DebugKeysOption::kReject, DebugKeysOption::kAccept,
                          DebugKeysOption::kUse});
    p.replace = OneOf({ReplaceOption::kNever, ReplaceOption::kAsk,
                       ReplaceOption::kNotWeaker, ReplaceOption::kAlways});
    if (input_.ConsumeBool()) p.oob_legacy_tk = Counting<Tk>(1);
    user.covers_bond = input_.ConsumeBool();
    user.tk = Counting<Tk>(1);
    ChangeMood(user);
  }

  void ChangeMood(ScriptedUser& user) {
    user.mood = OneOf({Mood::kAgrees, Mood::kAgrees, Mood::kAgrees,
                       Mood::kRefuses, Mood::kSilent});
  }

  // A PDU of any code, mostly of the right length.
  Bytes AnyPdu() {
    const auto code = input_.ConsumeIntegralInRange<uint8_t>(0, 0x0F);
    size_t size = code < std::size(kPduLengths) ? kPduLengths[code] : 3;
    size = std::max<size_t>(size, 1);
    if (input_.ConsumeIntegralInRange(0, 7) == 0) {
      size = input_.ConsumeIntegralInRange<size_t>(1, 70);
    }
    Bytes octets = input_.ConsumeBytes<uint8_t>(size);
    octets.resize(size);
    octets[0] = code;
    return octets;
  }

  // What becomes of a PDU on its way: mostly nothing, and nothing at all once
  // the input is used up (it reads as zeros then).
  bool OnAir(Role sender, Bytes& pdu) {
    switch (input_.ConsumeIntegralInRange(0, 31)) {
      case 1:
        return false;
      case 2:
        kept_ = pdu;
        return false;
      case 3:
        kept_ = pdu;
        return true;
      case 4:
        Hand(Opposite(sender), pdu);
        return true;
      case 5:
        pdu = AnyPdu();
        return true;
      case 6:
        Hand(Opposite(sender), AnyPdu());
        return true;
      case 7:
        Hand(sender, AnyPdu());
        return true;
      case 8:
        std::swap(pdu, kept_);
        return !pdu.empty();
      case 9:
      case 10: {
        const auto at =
            input_.ConsumeIntegralInRange<size_t>(0, pdu.size() - 1);
        pdu[at] ^= input_.ConsumeIntegral<uint8_t>();
        return true;
      }
      case 11:
        pdu.pop_back();
        return true;
      case 12:
        ChangeMood(pair_.end(AnyRole()).user);
        return true;
      default:
        return true;
    }
  }

  // Past the air and its mutations, with the rules on what may be answered.
  void Hand(Role to, const Bytes& pdu) {
    SmpEnd& end = pair_.end(to);
    const bool dead = end.manager.dead();
    const size_t before = end.to_link.size();
    end.Give(PduReceived{pdu});
    const bool failed = !pdu.empty() && pdu[0] == 0x05;
    if (!failed && !dead) return;
    for (size_t i = before; i < end.to_link.size(); ++i) {
      Check(!std::holds_alternative<SendPdu>(end.to_link[i]),
            "a Pairing Failed, and what comes after the timeout, is not "
            "answered");
    }
  }

  UserReply AnyReply(PromptId prompt) {
    switch (input_.ConsumeIntegralInRange(0, 7)) {
      case 0:
        return AcceptConsent{prompt,
                             pair_.end(AnyRole()).user.parameters.Clone(),
                             input_.ConsumeBool(), std::nullopt};
      case 1:
        return AcceptReplace{prompt};
      case 2:
        return EnterPasskey{
            prompt, input_.ConsumeIntegralInRange<uint32_t>(0, 999'999)};
      case 3:
        return ConfirmNumber{prompt};
      case 4:
        return GiveOobLegacy{prompt, Counting<Tk>(1)};
      case 5:
        return GiveOob{prompt, {Counting<ConfirmValue>(1), Counting<Nonce>(2)}};
      default:
        return Refuse{prompt, std::nullopt};
    }
  }

  void Step() {
    const Role role = AnyRole();
    SmpEnd& end = pair_.end(role);
    switch (input_.ConsumeIntegralInRange(0, 17)) {
      case 0:
        Hand(role, AnyPdu());
        return pair_.Run();
      case 1:
        Hand(role, kept_);
        return pair_.Run();
      case 2:
        return pair_.Advance(milliseconds(input_.ConsumeIntegral<uint16_t>()));
      case 3:
        return pair_.Give(
            role, LongTermKeyRequest{input_.ConsumeIntegral<uint8_t>(),
                                     input_.ConsumeIntegral<uint8_t>()});
      case 4:
        return pair_.Give(
            role, EncryptionChange{OneOf<uint8_t>({0x00, 0x06, 0x08, 0x3D}),
                                   input_.ConsumeBool()});
      case 5:
        return pair_.Give(role,
                          PdusAcknowledged{input_.ConsumeIntegral<uint8_t>()});
      case 6:
        return pair_.Give(role, Cancel{});
      case 7:
        return pair_.Give(role, SendKeypress{static_cast<KeypressType>(
                                    input_.ConsumeIntegralInRange(0, 4))});
      case 8:
        return pair_.Give(role, StartPairing{end.user.parameters.Clone()});
      case 9:
        return pair_.Give(role, RequestSecurity{end.user.parameters.Clone()});
      case 10:
        return pair_.Give(role, Encrypt{});
      case 11:
        if (end.asked.empty()) return;
        return pair_.Give(role, AnyReply(end.asked.back().prompt));
      case 12:
        return pair_.Give(role, BondStored{input_.ConsumeBool()});
      case 13:
        end.store_works = input_.ConsumeBool();
        end.store_answers = input_.ConsumeBool();
        return;
      case 14:
        pair_.withhold_acknowledgements = input_.ConsumeBool();
        return;
      case 15:
        return pair_.LoseLink();
      case 16:
        return pair_.Reconnect();
      default:
        return ChangeMood(end.user);
    }
  }

  void CheckBoth() {
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      CheckEnd(pair_.end(role));
    }
  }

  void CheckEnd(SmpEnd& end) {
    Check(!end.manager.security() || end.keys_given > 0,
          "a link is not secure without a key of ours");
    Check(!end.zero_key_given, "a key of zeros never reaches the controller");
    Check(end.manager.busy() || !end.manager.Deadline(),
          "who is idle waits for nothing");
    Check(pair_.linked() || !end.manager.busy() || end.manager.storing(),
          "what goes on ends with the link");
    for (const PairingReport& report : end.reports) CheckReport(report, end);
  }

  void CheckReport(const PairingReport& report, const SmpEnd& end) {
    if (report.failure) {
      Check(!report.bonded, "what failed leaves no bond");
      return;
    }
    const SecurityProperties& security = report.security;
    Check(security.key_size >= 7 && security.key_size <= 16,
          "a key has a size that there is");
    if (report.by_encryption) return;
    const PairingParameters& p = end.user.parameters;
    // A reply of AnyReply() may have brought the other user's.
    const PairingParameters& q = pair_.central().user.parameters;
    const PairingParameters& r = pair_.peripheral().user.parameters;
    Check(security.Level() >= std::min(q.require_level, r.require_level),
          "the level that was required is reached");
    Check(security.key_size >= std::min(q.min_key_size, r.min_key_size),
          "the key is as long as was required");
    const bool may_be_authenticated =
        report.model != AssociationModel::kJustWorks;
    Check(!security.authenticated || may_be_authenticated,
          "Just Works is not authenticated");
    Check(!report.bonded || p.bonding || q.bonding || r.bonding,
          "no bond without bonding");
  }

  FuzzedDataProvider& input_;
  SmpPair pair_;
  Bytes kept_;
};

}  // namespace
}  // namespace bondd::smp::test

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider input(data, size);
  bondd::smp::test::Session(input).Play();
  return 0;
}
