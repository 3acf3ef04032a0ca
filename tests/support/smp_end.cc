#include "tests/support/smp_end.h"

#include <utility>
#include <variant>

namespace bondd::smp::test {

namespace {

class Answering {
 public:
  Answering(const ScriptedUser& user, PromptId prompt)
      : user_(user), prompt_(prompt) {}

  using Reply = std::optional<UserReply>;

  Reply operator()(const ConsentPrompt&) const {
    return AcceptConsent{prompt_, user_.parameters.Clone(), user_.covers_bond,
                         user_.named};
  }
  Reply operator()(const ReplacePrompt&) const {
    return AcceptReplace{prompt_};
  }
  Reply operator()(const PasskeyDisplayPrompt&) const { return std::nullopt; }
  Reply operator()(const PasskeyInputPrompt&) const {
    const auto typed = user_.passkey ? user_.passkey() : std::nullopt;
    if (!typed) return std::nullopt;
    return EnterPasskey{prompt_, *typed};
  }
  Reply operator()(const NumberComparisonPrompt&) const {
    return ConfirmNumber{prompt_};
  }
  Reply operator()(const OobPrompt& question) const {
    if (question.secure_connections && user_.oob) {
      return GiveOob{prompt_, user_.oob->Clone()};
    }
    if (!question.secure_connections && user_.tk) {
      return GiveOobLegacy{prompt_, user_.tk->Clone()};
    }
    return std::nullopt;
  }

 private:
  const ScriptedUser& user_;
  PromptId prompt_;
};

LocalIdentity IdentityOf(const DeviceAddress& address, uint64_t seed) {
  // Octets that count up are in many a table of characters: tests look for this
  // key in memory.
  constexpr uint8_t kStep = 37;
  Irk irk;
  auto octet = static_cast<uint8_t>(seed * 16 + 1);
  for (uint8_t& each : irk.Fill()) {
    each = octet;
    octet = static_cast<uint8_t>(octet + kStep);
  }
  return {address, std::move(irk)};
}

}  // namespace

std::optional<UserReply> ScriptedUser::AnswerTo(const AskUser& asked) const {
  if (mood == Mood::kSilent) return std::nullopt;
  if (mood == Mood::kRefuses) return Refuse{asked.prompt, reason, cause};
  return std::visit(Answering(*this, asked.prompt), asked.question);
}

SmpEnd::SmpEnd(LinkInfo link, const DeviceAddress& address, uint64_t seed)
    : random(seed),
      key_pairs(seed + 1000),
      identity(IdentityOf(address, seed)),
      manager(link, Sources{random, key_pairs, bonds}, identity.Clone()) {}

void SmpEnd::Give(Input input) {
  follow_ups_.push_back(std::move(input));
  while (!follow_ups_.empty()) {
    Input next = std::move(follow_ups_.front());
    follow_ups_.pop_front();
    if (on_input) on_input(next);
    Outputs outputs = manager.Handle(std::move(next), now);
    if (on_outputs) on_outputs(outputs);
    for (Output& output : outputs) Take(std::move(output));
  }
}

void SmpEnd::Advance(Duration duration) {
  const Time end = now + duration;
  for (auto due = manager.Deadline(); due && *due <= end;
       due = manager.Deadline()) {
    now = std::max(now, *due);
    Give(TimerDue{});
  }
  now = end;
}

void SmpEnd::AnswerStore(bool ok) {
  if (manager.storing()) {
    ok = ok && kept_;
    if (!ok) UndoStore();
  }
  Give(BondStored{ok});
}

void SmpEnd::Store(BondData bond) {
  ++stored;
  kept_ = store_works;
  change_.reset();
  if (kept_) {
    const BondData* old = bonds.FindBond(bond.identity);
    change_ =
        Change{bond.identity, old ? std::optional(old->Clone()) : std::nullopt};
    bonds.Put(std::move(bond));
  }
  if (store_answers) follow_ups_.push_back(BondStored{kept_});
}

void SmpEnd::UndoStore() {
  if (!change_) return;
  bonds.Remove(change_->identity);
  if (change_->replaced) bonds.Put(std::move(*change_->replaced));
  change_.reset();
}

void SmpEnd::TakeKey(const Ltk& key) {
  ++keys_given;
  zero_key_given = zero_key_given || key.IsZero();
}

void SmpEnd::Take(Output output) {
  if (auto* question = std::get_if<AskUser>(&output)) {
    auto reply = user.AnswerTo(*question);
    if (reply) follow_ups_.push_back(std::move(*reply));
    asked.push_back(std::move(*question));
  } else if (auto* store = std::get_if<StoreBond>(&output)) {
    Store(std::move(store->bond));
  } else if (const auto* discard = std::get_if<DiscardBond>(&output)) {
    UndoStore();
    discarded.push_back(discard->identity);
  } else if (auto* ended = std::get_if<PairingEnded>(&output)) {
    reports.push_back(std::move(ended->report));
  } else if (const auto* encryption = std::get_if<EncryptionEnded>(&output)) {
    encryptions.push_back(*encryption);
  } else if (const auto* changed = std::get_if<SecurityChanged>(&output)) {
    levels.push_back(changed->security);
  } else if (const auto* exchanged = std::get_if<KeysExchanged>(&output)) {
    keys.push_back(*exchanged);
  } else if (const auto* keypress = std::get_if<KeypressReceived>(&output)) {
    keypresses.push_back(*keypress);
  } else if (const auto* digits = std::get_if<PasskeyProgress>(&output)) {
    progress.push_back(*digits);
  } else if (const auto* lost = std::get_if<PeerLostKeys>(&output)) {
    lost_by_peer.push_back(lost->identity);
  } else if (const auto* used = std::get_if<BondUsed>(&output)) {
    bonds_used.push_back(*used);
  } else if (const auto* moot = std::get_if<WithdrawPrompt>(&output)) {
    withdrawn.push_back(moot->prompt);
  } else if (std::holds_alternative<PairingRequested>(output)) {
    ++requests_seen;
  } else if (std::holds_alternative<SecurityRequested>(output)) {
    ++security_requests_seen;
  } else {
    if (const auto* bye = std::get_if<Disconnect>(&output)) {
      disconnects.push_back(*bye);
    } else if (const auto* start = std::get_if<StartEncryption>(&output)) {
      TakeKey(start->key.ltk);
    } else if (const auto* answer =
                   std::get_if<AnswerLongTermKeyRequest>(&output)) {
      if (answer->key) TakeKey(*answer->key);
    }
    to_link.push_back(std::move(output));
  }
}

}  // namespace bondd::smp::test
