// Real pairings between two Security Managers, with everything that can be
// changed about them changed: options, PDUs, their order and number, time, the
// users, the store, the link.

#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "smp/pdu.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/smp_oracle.h"
#include "tests/support/smp_checks.h"
#include "tests/support/smp_pair.h"

namespace bondd::smp::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Mood = ScriptedUser::Mood;

constexpr uint32_t kFixedPasskey = 271'828;

class Session {
 public:
  explicit Session(FuzzedDataProvider& input)
      : input_(input), pair_(AnyAddresses()) {
    Watch();
  }

  void Play() {
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      MakeUp(role);
      if (input_.ConsumeIntegralInRange(0, 3) == 3) ExchangeOobData(role);
    }
    // What is bonded already, one session in four.
    if (input_.ConsumeIntegralInRange(0, 3) == 0) {
      pair_.Pair();
      CheckBoth();
      Reconnect();
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
    ComeToRest();
    PairOnceMore();
  }

 private:
  void Watch() {
    central_.Watch(pair_.central());
    peripheral_.Watch(pair_.peripheral());
  }

  // As everywhere a link goes down before there is another one, and the store
  // has had its say.
  void Reconnect() {
    pair_.LoseLink();
    AnswerStores();
    pair_.Reconnect();
    Watch();
  }

  void AnswerStores() {
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      SmpEnd& end = pair_.end(role);
      if (end.manager.storing()) end.AnswerStore(input_.ConsumeBool());
    }
    pair_.Run();
  }

  // Nobody touches anything any more.
  void ComeToRest() {
    pair_.on_air = nullptr;
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      pair_.end(role).user.mood = Mood::kSilent;
    }
    AnswerStores();
    pair_.Advance(seconds(200));
    AnswerStores();
    CheckBoth();
    central_.CheckRest();
    peripheral_.CheckRest();
  }

  // Whatever has happened, on a new link the two can pair.
  void PairOnceMore() {
    Reconnect();
    pair_.withhold_acknowledgements = false;
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      ScriptedUser& user = pair_.end(role).user;
      user.mood = Mood::kAgrees;
      user.covers_bond = true;
      user.parameters = PairingParameters();
      user.parameters.bonding = false;
      user.parameters.initiator_keys = user.parameters.responder_keys = {};
    }
    pair_.Pair();
    CheckBoth();
    Check(pair_.central().Succeeded() && pair_.peripheral().Succeeded(),
          "there is always a next time");
  }

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
    ShowOobData(pair_, role);
    if (input_.ConsumeIntegralInRange(0, 7) != 7) return;
    pair_.end(Opposite(role)).user.parameters.oob_peer->random = Nonce();
  }

  KeyDistribution Keys() {
    const auto bits = input_.ConsumeIntegralInRange<uint8_t>(0, 7);
    return {
        .enc = (bits & 1) != 0, .id = (bits & 2) != 0, .sign = (bits & 4) != 0};
  }

  AssociationModel AnyModel() {
    return static_cast<AssociationModel>(input_.ConsumeIntegralInRange(0, 3));
  }

  void MakeUp(Role role) {
    ScriptedUser& user = pair_.end(role).user;
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
    if (input_.ConsumeIntegralInRange(0, 7) == 7) {
      p.methods = {};
      p.methods.Add(AnyModel());
      p.methods.Add(AnyModel());
    }
    p.fixed_passkey_allowed = input_.ConsumeBool();
    if (input_.ConsumeIntegralInRange(0, 7) == 7) p.passkey = kFixedPasskey;
    p.legacy_passkey_authenticated = input_.ConsumeIntegralInRange(0, 3) != 3;
    user.covers_bond = input_.ConsumeBool();
    if (input_.ConsumeBool()) {
      user.named = pair_.end(Opposite(role)).identity.address;
    }
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
        altered_ = true;
        Hand(Opposite(sender), pdu);
        return true;
      case 5:
        altered_ = true;
        pdu = AnyPdu();
        return true;
      case 6:
        altered_ = true;
        Hand(Opposite(sender), AnyPdu());
        return true;
      case 7:
        altered_ = true;
        Hand(sender, AnyPdu());
        return true;
      case 8:
        altered_ = true;
        std::swap(pdu, kept_);
        return !pdu.empty();
      case 9:
      case 10: {
        altered_ = true;
        const auto at =
            input_.ConsumeIntegralInRange<size_t>(0, pdu.size() - 1);
        pdu[at] ^= input_.ConsumeIntegral<uint8_t>();
        return true;
      }
      case 11:
        altered_ = true;
        pdu.pop_back();
        return true;
      case 12:
        ChangeMood(pair_.end(AnyRole()).user);
        return true;
      default:
        return true;
    }
  }

  // Past the air and its mutations.
  void Hand(Role to, const Bytes& pdu) { pair_.end(to).Give(PduReceived{pdu}); }

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

  Input EncryptWithGivenKey() {
    return Encrypt{LongTermKey{.ltk = Counting<Ltk>(9)},
                   {.authenticated = input_.ConsumeBool(),
                    .secure_connections = input_.ConsumeBool(),
                    .key_size = 16}};
  }

  void Step() {
    const Role role = AnyRole();
    SmpEnd& end = pair_.end(role);
    switch (input_.ConsumeIntegralInRange(0, 18)) {
      case 0:
        altered_ = true;
        Hand(role, AnyPdu());
        return pair_.Run();
      case 1:
        altered_ = true;
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
        end.AnswerStore(input_.ConsumeBool());
        return pair_.Run();
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
        return Reconnect();
      case 17:
        return pair_.Give(role, EncryptWithGivenKey());
      default:
        return ChangeMood(end.user);
    }
  }

  void CheckBoth() {
    for (const Role role : {Role::kInitiator, Role::kResponder}) {
      CheckEnd(pair_.end(role));
    }
    CheckAgreement(central_, peripheral_, altered_);
  }

  void CheckEnd(SmpEnd& end) {
    Check(!end.manager.security() || end.keys_given > 0,
          "a link is not secure without a key of ours");
    Check(!end.zero_key_given, "a key of zeros never reaches the controller");
    Check(end.manager.busy() || !end.manager.Deadline(),
          "who is idle waits for nothing");
    Check(pair_.linked() || !end.manager.busy() || end.manager.storing(),
          "what goes on ends with the link");
  }

  FuzzedDataProvider& input_;
  SmpPair pair_;
  SmpOracle central_{Role::kInitiator};
  SmpOracle peripheral_{Role::kResponder};
  Bytes kept_;
  bool altered_ = false;  // a PDU, somewhere on its way
};

}  // namespace
}  // namespace bondd::smp::test

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider input(data, size);
  bondd::smp::test::Session(input).Play();
  return 0;
}
