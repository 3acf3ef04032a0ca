#include "tests/fuzz/smp_oracle.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "tests/fuzz/check.h"

namespace bondd::smp::test {

namespace {

using KeyOctets = SmpOracle::KeyOctets;

KeyOctets OctetsOf(const Ltk& key) {
  KeyOctets octets;
  std::ranges::copy(key.Reveal(), octets.begin());
  return octets;
}

bool IsDebugKey(const PairingPublicKey& pdu) {
  const auto key = PublicKey::Validate(pdu.octets);
  return key && key->IsDebugKey();
}

// What a key PDU of its own kind holds is part of the distribution.
bool IsKey(const Pdu& pdu) {
  return std::holds_alternative<EncryptionInformation>(pdu) ||
         std::holds_alternative<CentralIdentification>(pdu) ||
         std::holds_alternative<IdentityInformation>(pdu) ||
         std::holds_alternative<IdentityAddressInformation>(pdu) ||
         std::holds_alternative<SigningInformation>(pdu);
}

bool Answers(const UserReply& reply, const Prompt& question) {
  const auto pair = [&]<typename R, typename Q>() {
    return std::holds_alternative<R>(reply) &&
           std::holds_alternative<Q>(question);
  };
  const auto* oob = std::get_if<OobPrompt>(&question);
  return std::holds_alternative<Refuse>(reply) ||
         pair.template operator()<AcceptConsent, ConsentPrompt>() ||
         pair.template operator()<AcceptReplace, ReplacePrompt>() ||
         pair.template operator()<EnterPasskey, PasskeyInputPrompt>() ||
         pair.template operator()<ConfirmNumber, NumberComparisonPrompt>() ||
         (oob != nullptr &&
          (oob->secure_connections
               ? std::holds_alternative<GiveOob>(reply)
               : std::holds_alternative<GiveOobLegacy>(reply)));
}

bool NotAbove(const SecurityProperties& a, const SecurityProperties& b) {
  return b.NotWeakerThan(a);
}

SmpOracle::KeyOctets Masked(const Ltk& key, uint8_t size) {
  KeyOctets octets = OctetsOf(key);
  std::fill(octets.begin() + size, octets.end(), uint8_t{0});
  return octets;
}

}  // namespace

void SmpOracle::Watch(SmpEnd& end) {
  end_ = &end;
  end.on_input = [this](const Input& input) { OnInput(input); };
  end.on_outputs = [this](const Outputs& outputs) { OnOutputs(outputs); };
  linked_ = true;
  pairing_.reset();
  offered_.reset();
  worth_.reset();
  told_.reset();
  last_prompt_.reset();
  prompt_settled_ = true;
  unacknowledged_ = 0;
  std::erase_if(known_, [](const Known& known) { return !known.bond; });
}

void SmpOracle::CheckRest() const {
  Check(!end_->manager.busy(), "in the end nothing is going on");
  Check(!end_->manager.Deadline(), "in the end nothing is waited for");
  Check(end_->manager.state() == PairingState::kIdle, "in the end all is idle");
  Check(!pairing_, "each pairing has a report");
  Check(prompt_settled_, "a question is answered or withdrawn");
}

// --- What enters.

void SmpOracle::OnInput(const Input& input) {
  const SecurityManager& manager = end_->manager;
  was_linked_ = linked_;
  was_dead_ = manager.dead();
  was_pairing_ = pairing_ && !pairing_->stored;
  was_failed_pdu_ = false;
  was_key_request_ = std::holds_alternative<LongTermKeyRequest>(input);
  failed_sent_ = pdus_sent_ = key_answers_ = 0;
  reason_sent_.reset();
  given_worth_.reset();
  failure_reported_ = false;
  if (const auto* received = std::get_if<PduReceived>(&input)) {
    OnReceived(*received);
  } else if (const auto* reply = std::get_if<UserReply>(&input)) {
    OnReply(*reply);
  } else if (const auto* start = std::get_if<StartPairing>(&input)) {
    if (!manager.busy() && !was_dead_) {
      parameters_ = start->parameters.Clone();
      covers_bond_ = true;
      named_.reset();
    }
  } else if (const auto* encrypt = std::get_if<Encrypt>(&input)) {
    if (encrypt->key) given_worth_ = encrypt->security;
  } else if (const auto* change = std::get_if<EncryptionChange>(&input)) {
    if (linked_ && change->status == 0) {
      worth_ = change->encrypted ? offered_ : std::nullopt;
      offered_.reset();
    }
  } else if (const auto* count = std::get_if<PdusAcknowledged>(&input)) {
    unacknowledged_ -= std::min(count->count, unacknowledged_);
  } else if (std::holds_alternative<LinkLost>(input)) {
    linked_ = false;
    worth_.reset();
  }
}

void SmpOracle::OnReply(const UserReply& reply) {
  const PromptId prompt =
      std::visit([](const auto& r) { return r.prompt; }, reply);
  if (prompt != last_prompt_ || prompt_settled_) return;
  if (!Answers(reply, end_->asked.back().question)) return;
  prompt_settled_ = true;
  if (const auto* consent = std::get_if<AcceptConsent>(&reply)) {
    parameters_ = consent->parameters.Clone();
    covers_bond_ = consent->covers_bond;
    named_ = consent->named;
  }
  if (pairing_ && std::holds_alternative<AcceptReplace>(reply)) {
    pairing_->replace_agreed = true;
  }
}

void SmpOracle::OnReceived(const PduReceived& input) {
  was_failed_pdu_ = !input.pdu.empty() && input.pdu[0] == 0x05;
  auto pdu = Parse(input.pdu);
  if (!pdu) return;
  if (const auto* request = std::get_if<PairingRequest>(&*pdu)) {
    if (!was_pairing_) last_request_ = request->octets;
  }
  if (!pairing_ || pairing_->stored) return;
  if (const auto* response = std::get_if<PairingResponse>(&*pdu)) {
    if (!pairing_->response) pairing_->response = response->octets;
  } else if (const auto* key = std::get_if<PairingPublicKey>(&*pdu)) {
    if (!IsDebugKey(*key)) return;
    pairing_->debug_key = true;
    Check(parameters_.debug_keys != DebugKeysOption::kReject || !pairing_->key,
          "a debug key is refused before there is a key");
  } else if (IsKey(*pdu)) {
    pairing_->received.push_back(std::move(*pdu));
  }
}

// --- What leaves.

void SmpOracle::OnOutputs(const Outputs& outputs) {
  for (const Output& output : outputs) Take(output);
  Check(failed_sent_ <= 1, "one Pairing Failed is enough");
  Check(!was_failed_pdu_ || pdus_sent_ == 0,
        "a Pairing Failed is not answered");
  Check(!was_dead_ || pdus_sent_ == 0, "after the timeout all is silence");
  Check(!was_pairing_ || failed_sent_ == 0 || failure_reported_,
        "a Pairing Failed ends the pairing that is going on");
  Check(key_answers_ == (was_key_request_ && was_linked_ ? 1u : 0u),
        "a Long Term Key Request has one answer, and nothing else has");
  const auto security = end_->manager.security();
  Check(security == told_, "the level is what was told");
  if (security) {
    Check(worth_ && NotAbove(*security, *worth_),
          "the level is not above the encryption's");
  }
}

void SmpOracle::Take(const Output& output) {
  if (const auto* send = std::get_if<SendPdu>(&output)) {
    OnSent(send->pdu);
  } else if (std::holds_alternative<PairingRequested>(output)) {
    Begin(last_request_);
  } else if (const auto* asked = std::get_if<AskUser>(&output)) {
    Check(!last_prompt_ || asked->prompt > *last_prompt_,
          "a question has a number of its own");
    last_prompt_ = asked->prompt;
    prompt_settled_ = false;
  } else if (const auto* moot = std::get_if<WithdrawPrompt>(&output)) {
    Check(moot->prompt == last_prompt_, "the open question is withdrawn");
    prompt_settled_ = true;
  } else if (const auto* start = std::get_if<StartEncryption>(&output)) {
    Check(role_ == Role::kInitiator, "the central starts encryption");
    TakeKey(start->key.ltk);
  } else if (const auto* answer =
                 std::get_if<AnswerLongTermKeyRequest>(&output)) {
    ++key_answers_;
    offered_.reset();
    if (answer->key) TakeKey(*answer->key);
  } else if (const auto* keys = std::get_if<KeysExchanged>(&output)) {
    Check(pairing_ && keys->local == OwnKeys() && keys->remote == PeerKeys(),
          "the keys that were agreed on are exchanged");
    pairing_->keys_exchanged = true;
  } else if (const auto* store = std::get_if<StoreBond>(&output)) {
    OnStoreBond(store->bond);
  } else if (const auto* ended = std::get_if<PairingEnded>(&output)) {
    OnReport(ended->report);
  } else if (const auto* changed = std::get_if<SecurityChanged>(&output)) {
    told_ = changed->security;
  }
}

void SmpOracle::OnSent(const Bytes& octets) {
  ++pdus_sent_;
  ++unacknowledged_;
  auto pdu = Parse(octets);
  Check(pdu.has_value(), "what is sent is well-formed");
  if (const auto* request = std::get_if<PairingRequest>(&*pdu)) {
    Begin(request->octets);
    CheckOwnFeatures(request->octets);
  } else if (const auto* response = std::get_if<PairingResponse>(&*pdu)) {
    Check(pairing_ && !pairing_->response, "there is one response");
    pairing_->response = response->octets;
    CheckOwnFeatures(response->octets);
  } else if (const auto* failed = std::get_if<PairingFailed>(&*pdu)) {
    ++failed_sent_;
    reason_sent_ = failed->reason;
  } else if (const auto* key = std::get_if<PairingPublicKey>(&*pdu)) {
    Check(pairing_.has_value(), "keys belong to a pairing");
    if (IsDebugKey(*key)) pairing_->debug_key = true;
  } else if (IsKey(*pdu)) {
    Check(pairing_ && pairing_->key && worth_, "keys go out encrypted");
    pairing_->sent.push_back(std::move(*pdu));
  }
}

void SmpOracle::Begin(const PairingOctets& request) {
  Check(!pairing_, "one pairing at a time");
  pairing_.emplace(Account{});
  pairing_->request = request;
  pairing_->bonds_before = end_->bonds.Clone();
}

void SmpOracle::TakeKey(const Ltk& key) {
  const KeyOctets octets = OctetsOf(key);
  if (given_worth_) {
    offered_ = std::exchange(given_worth_, std::nullopt);
    return;
  }
  if (pairing_ && !pairing_->stored) {
    Check(pairing_->response.has_value(), "a key comes of a pairing");
    Check(!pairing_->key || *pairing_->key == octets, "a pairing has one key");
    pairing_->key = octets;
    offered_ = Worth();
    Check(octets == Masked(key, offered_->key_size), "keys are masked");
    return;
  }
  const auto known = std::find_if(
      known_.rbegin(), known_.rend(),
      [&](const Known& candidate) { return candidate.key == octets; });
  Check(known != known_.rend(), "only what was agreed on is used as a key");
  offered_ = known->worth;
}

void SmpOracle::OnStoreBond(const BondData& bond) {
  Check(pairing_ && pairing_->keys_exchanged && !pairing_->stored,
        "a bond comes of a pairing whose keys are exchanged");
  Check(pairing_->sent.empty() || unacknowledged_ == 0,
        "the last key has arrived");
  Check(Agreed().bonding, "no bond without bonding");
  CheckKeys(bond);
  CheckReplacement(bond);
  pairing_->stored = true;
  for (const auto* key : {&bond.local_ltk, &bond.peer_ltk}) {
    if (!*key) continue;
    known_.push_back({OctetsOf((*key)->ltk), bond.security, bond.identity});
  }
}

void SmpOracle::OnReport(const PairingReport& report) {
  if (report.failure) {
    failure_reported_ = true;
    Check(!report.bonded, "what failed leaves no bond");
    const bool exchanged = pairing_ && pairing_->keys_exchanged;
    Check(
        exchanged || (report.keys_sent.empty() && report.keys_received.empty()),
        "keys are reported once all are exchanged");
    const auto& reason = report.failure->reason;
    Check(!reason || !reason_sent_ ||
              std::to_underlying(*reason) == *reason_sent_,
          "the peer is told the reason that is reported");
    if (pairing_) CheckBondsAsBefore(std::nullopt);
    std::erase_if(known_, [](const Known& known) { return known.fresh; });
    pairing_.reset();
    return;
  }
  if (report.by_encryption) {
    Check(!pairing_, "who encrypts does not pair");
    return;
  }
  OnSuccess(report);
  pairing_.reset();
}

// --- Accounts.

Negotiated SmpOracle::Agreed() const {
  const auto request = PairingFeatures::Decode(pairing_->request);
  const auto response = PairingFeatures::Decode(*pairing_->response);
  Check(request && response, "features that are agreed on are valid");
  return Negotiate(*request, *response);
}

SecurityProperties SmpOracle::Worth() const {
  SecurityProperties worth =
      SecurityOf(Agreed(), parameters_.legacy_passkey_authenticated);
  if (pairing_->debug_key) worth.authenticated = false;
  return worth;
}

KeyDistribution SmpOracle::OwnKeys() const {
  const Negotiated agreed = Agreed();
  return role_ == Role::kInitiator ? agreed.initiator_keys
                                   : agreed.responder_keys;
}

KeyDistribution SmpOracle::PeerKeys() const {
  const Negotiated agreed = Agreed();
  return role_ == Role::kInitiator ? agreed.responder_keys
                                   : agreed.initiator_keys;
}

}  // namespace bondd::smp::test
