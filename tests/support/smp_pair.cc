#include "tests/support/smp_pair.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace bondd::smp::test {

namespace {

constexpr uint8_t kKeyMissing = 0x06;

// Bonds, user and randomness outlive a link.
void Inherit(SmpEnd& heir, SmpEnd& from) {
  heir.now = from.now;
  heir.random = from.random;
  heir.key_pairs = std::move(from.key_pairs);
  heir.bonds = std::move(from.bonds);
  heir.user = std::move(from.user);
}

}  // namespace

SmpPair::SmpPair(const Addresses& addresses) : addresses_(addresses) {
  MakeEnds();
}

void SmpPair::MakeEnds() {
  const Addresses& a = addresses_;
  central_ = std::make_unique<SmpEnd>(
      LinkInfo{Role::kInitiator, a.central, a.peripheral}, a.central_identity,
      1);
  peripheral_ = std::make_unique<SmpEnd>(
      LinkInfo{Role::kResponder, a.peripheral, a.central},
      a.peripheral_identity, 2);
}

void SmpPair::Reconnect() { Reconnect(addresses_); }

void SmpPair::Reconnect(const Addresses& addresses) {
  addresses_ = addresses;
  const auto central = std::move(central_);
  const auto peripheral = std::move(peripheral_);
  MakeEnds();
  Inherit(*central_, *central);
  Inherit(*peripheral_, *peripheral);
  linked_ = true;
  key_.reset();
  offered_.reset();
  trace_.clear();
  for (auto& typed : typed_) typed.clear();
}

void SmpPair::Pair() {
  Give(Role::kInitiator, StartPairing{central().user.parameters.Clone()});
}

void SmpPair::Give(Role role, Input input) {
  end(role).Give(std::move(input));
  Run();
}

void SmpPair::Run() {
  while (linked_) {
    const bool busy = Step(Role::kInitiator) || Step(Role::kResponder) ||
                      TypePasskey(Role::kInitiator) ||
                      TypePasskey(Role::kResponder);
    if (!busy) return;
  }
}

void SmpPair::Advance(Duration duration) {
  const Time until = central().now + duration;
  for (;;) {
    const auto due =
        Earlier(central().manager.Deadline(), peripheral().manager.Deadline());
    if (!linked_ || !due || *due > until) break;
    central().Advance(*due - central().now);
    peripheral().Advance(*due - peripheral().now);
    Run();
  }
  central().Advance(until - central().now);
  peripheral().Advance(until - peripheral().now);
}

void SmpPair::LoseLink() {
  if (!std::exchange(linked_, false)) return;
  key_.reset();
  for (SmpEnd* side : {&central(), &peripheral()}) {
    side->to_link.clear();
    side->Give(LinkLost{});
    side->to_link.clear();
  }
}

bool SmpPair::Step(Role role) {
  SmpEnd& side = end(role);
  if (side.to_link.empty()) return false;
  Output output = std::move(side.to_link.front());
  side.to_link.pop_front();
  if (auto* send = std::get_if<SendPdu>(&output)) {
    Carry(role, std::move(send->pdu));
  } else if (auto* start = std::get_if<StartEncryption>(&output)) {
    Encrypt(std::move(start->key));
  } else if (auto* answer = std::get_if<AnswerLongTermKeyRequest>(&output)) {
    AnswerWithKey(std::move(answer->key));
  } else {
    LoseLink();
  }
  return true;
}

void SmpPair::Carry(Role sender, Bytes pdu) {
  if (break_at && *break_at == trace_.size()) return LoseLink();
  trace_.push_back({sender, std::string(PduName(pdu))});
  const bool arrives = !on_air || on_air(sender, pdu);
  if (arrives) end(Opposite(sender)).Give(PduReceived{std::move(pdu)});
  if (!withhold_acknowledgements) end(sender).Give(PdusAcknowledged{1});
}

void SmpPair::Encrypt(LongTermKey key) {
  offered_ = std::move(key.ltk);
  peripheral().Give(LongTermKeyRequest{key.rand, key.ediv});
}

void SmpPair::AnswerWithKey(std::optional<Ltk> key) {
  if (!offered_) return;
  const Ltk offered = std::move(*offered_);
  offered_.reset();
  if (!key && key_) return LoseLink();  // a refused refresh
  if (!key) return central().Give(EncryptionChange{kKeyMissing, false});
  if (!(*key == offered)) return LoseLink();  // MIC failure
  key_ = std::move(*key);
  peripheral().Give(EncryptionChange{0, true});
  central().Give(EncryptionChange{0, true});
}

// A user who is asked for a passkey looks at the other side's screen.
bool SmpPair::TypePasskey(Role role) {
  SmpEnd& side = end(role);
  if (side.user.mood != ScriptedUser::Mood::kAgrees || side.user.passkey ||
      side.asked.empty()) {
    return false;
  }
  const AskUser& open = side.asked.back();
  if (!std::holds_alternative<PasskeyInputPrompt>(open.question)) return false;
  std::vector<PromptId>& typed = typed_[std::to_underlying(role)];
  if (std::find(typed.begin(), typed.end(), open.prompt) != typed.end()) {
    return false;
  }
  std::optional<uint32_t> passkey;
  const auto& other = end(Opposite(role)).asked;
  if (!other.empty()) {
    if (const auto* shown =
            std::get_if<PasskeyDisplayPrompt>(&other.back().question)) {
      passkey = shown->passkey;
    } else if (std::holds_alternative<PasskeyInputPrompt>(
                   other.back().question)) {
      passkey = agreed_passkey;
    }
  }
  if (!passkey) return false;
  typed.push_back(open.prompt);
  side.Give(EnterPasskey{open.prompt, *passkey});
  return true;
}

std::vector<std::string> SmpPair::SentBy(Role sender) const {
  std::vector<std::string> names;
  for (const Sent& sent : trace_) {
    if (sent.sender == sender) names.push_back(sent.name);
  }
  return names;
}

}  // namespace bondd::smp::test
