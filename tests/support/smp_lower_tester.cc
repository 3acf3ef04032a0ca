#include "tests/support/smp_lower_tester.h"

#include <bit>
#include <utility>
#include <variant>

namespace bondd::smp::test {

namespace {

LinkInfo LinkOf(Role iut) {
  return {iut, PublicAddress("00:1B:DC:00:00:01"),
          RandomAddress("C7:00:00:00:00:02")};
}

IoCap IoCapOf(const PairingOctets& octets) {
  return {octets[1], octets[2], octets[3]};
}

}  // namespace

Tk PasskeyTk(uint32_t passkey) {
  Tk tk;
  for (size_t i = 0; i < 4; ++i) {
    tk.Fill()[i] = static_cast<uint8_t>(passkey >> (8 * i));
  }
  return tk;
}

LowerTester::LowerTester(Role iut_role, PairingParameters parameters)
    : iut_role_(iut_role), link_(LinkOf(iut_role)), iut(link_, link_.local, 7) {
  iut.user.parameters = std::move(parameters);
  iut.user.passkey = [this]() -> std::optional<uint32_t> { return passkey; };
  features.auth_req = {.bonding = true,
                       .mitm = false,
                       .secure_connections = true,
                       .keypress = false};
  features.initiator_keys = {.enc = true, .id = true, .sign = false};
  features.responder_keys = {.enc = true, .id = true, .sign = false};
}

std::optional<Pdu> LowerTester::NextPdu() {
  if (iut.to_link.empty()) return std::nullopt;
  auto* send = std::get_if<SendPdu>(&iut.to_link.front());
  if (send == nullptr) return std::nullopt;
  auto pdu = Parse(send->pdu);
  iut.to_link.pop_front();
  iut.Give(PdusAcknowledged{1});
  if (!pdu) return std::nullopt;
  return std::move(*pdu);
}

Nonce LowerTester::RandomNonce() {
  Nonce nonce;
  random_.Fill(nonce.Fill());
  return nonce;
}

void LowerTester::Begin() {
  bonds_before_ = iut.bonds.Clone();
  reports_before_ = iut.reports.size();
  keys_before_ = iut.keys.size();
  stored_before_ = iut.stored;
}

void LowerTester::Continue(LowerTester& earlier) {
  iut.now = earlier.iut.now;
  iut.random = earlier.iut.random;
  iut.key_pairs = std::move(earlier.iut.key_pairs);
  iut.bonds = std::move(earlier.iut.bonds);
  // Not its passkey, which is ours to say.
  iut.user.parameters = std::move(earlier.iut.user.parameters);
  iut.user.covers_bond = earlier.iut.user.covers_bond;
}

void LowerTester::StartIut() {
  Begin();
  iut.Give(StartPairing{iut.user.parameters.Clone()});
}

void LowerTester::BeginWithFeatures() {
  if (!initiates()) {
    StartIut();
    request = Expect<PairingRequest>().octets;
  }
  SendFeatures();
}

void LowerTester::SendFeatures() {
  if (initiates()) Begin();
  const Code code =
      initiates() ? Code::kPairingRequest : Code::kPairingResponse;
  PairingOctets octets = features.Encode(code);
  octets[3] |= reserved_auth_req;
  octets[5] |= reserved_keys;
  octets[6] |= reserved_keys;
  if (initiates()) {
    request = octets;
    Send(PairingRequest{octets});
  } else {
    response = octets;
    Send(PairingResponse{octets});
  }
}

void LowerTester::Features() {
  if (initiates()) {
    SendFeatures();
    response = Expect<PairingResponse>().octets;
  } else {
    StartIut();
    request = Expect<PairingRequest>().octets;
    SendFeatures();
  }
  // The IUT's own reserved bits are 0 whatever ours are.
  EXPECT_EQ((initiates() ? response : request)[3] & 0xE2, 0);
  const auto requested = PairingFeatures::Decode(request);
  const auto responded = PairingFeatures::Decode(response);
  ASSERT_TRUE(requested && responded);
  negotiated = Negotiate(*requested, *responded);
}

void LowerTester::PublicKeys() {
  if (!key) key = std::move(*KeyPair::Generate());
  const PairingPublicKey own{key->public_key().Octets()};
  PairingPublicKey theirs;
  if (initiates()) {
    Send(own);
    theirs = Expect<PairingPublicKey>();
  } else {
    theirs = Expect<PairingPublicKey>();
    Send(own);
  }
  peer_key = PublicKey::Validate(theirs.octets);
  ASSERT_TRUE(peer_key);
}

ConfirmValue LowerTester::Confirm(const Nonce& nonce, uint8_t z) const {
  return f4(key->public_key().x(), peer_key->x(), nonce, z);
}

ConfirmValue LowerTester::PeerConfirm(const Nonce& nonce, uint8_t z) const {
  return f4(peer_key->x(), key->public_key().x(), nonce, z);
}

void LowerTester::Comparison() {
  own_nonce = RandomNonce();
  if (initiates()) {
    const ConfirmValue commitment = Expect<PairingConfirm>().value.Clone();
    Send(PairingRandom{own_nonce.Clone()});
    peer_nonce = Expect<PairingRandom>().value;
    EXPECT_EQ(PeerConfirm(peer_nonce, 0), commitment);
  } else {
    Send(PairingConfirm{Confirm(own_nonce, 0)});
    peer_nonce = Expect<PairingRandom>().value;
    Send(PairingRandom{own_nonce.Clone()});
  }
  nonces_of_iut.push_back(peer_nonce.Clone());
}

void LowerTester::Rounds(uint32_t shared, int count) {
  for (int i = 0; i < count; ++i) {
    const auto bit = static_cast<uint8_t>(0x80 | (shared >> i & 1));
    own_nonce = RandomNonce();
    ConfirmValue commitment;
    if (initiates()) {
      Send(PairingConfirm{Confirm(own_nonce, bit)});
      commitment = Expect<PairingConfirm>().value;
      Send(PairingRandom{own_nonce.Clone()});
      peer_nonce = Expect<PairingRandom>().value;
    } else {
      commitment = Expect<PairingConfirm>().value;
      Send(PairingConfirm{Confirm(own_nonce, bit)});
      peer_nonce = Expect<PairingRandom>().value;
      Send(PairingRandom{own_nonce.Clone()});
    }
    EXPECT_EQ(PeerConfirm(peer_nonce, bit), commitment);
    nonces_of_iut.push_back(peer_nonce.Clone());
  }
  own_r = Nonce(PasskeyTk(shared).Reveal());
  peer_r = own_r.Clone();
}

void LowerTester::ExchangeWrong(ConfirmValue confirm) {
  if (!initiates()) Expect<PairingConfirm>();
  Send(PairingConfirm{std::move(confirm)});
  if (initiates()) {
    Expect<PairingConfirm>();
  } else {
    Expect<PairingRandom>();
  }
  Send(PairingRandom{own_nonce.Clone()});
}

void LowerTester::RoundsWithWrong(uint32_t wrong) {
  const int round = std::countr_zero(wrong ^ Passkey());
  ASSERT_LT(round, 20);
  Rounds(wrong, round);
  own_nonce = RandomNonce();
  const auto bit = static_cast<uint8_t>(0x80 | (wrong >> round & 1));
  ExchangeWrong(Confirm(own_nonce, bit));
}

void LowerTester::OobRandoms() {
  own_nonce = RandomNonce();
  if (initiates()) {
    Send(PairingRandom{own_nonce.Clone()});
    peer_nonce = Expect<PairingRandom>().value;
  } else {
    peer_nonce = Expect<PairingRandom>().value;
    Send(PairingRandom{own_nonce.Clone()});
  }
}

void LowerTester::DhKeyChecks() {
  const auto dh_key = key->ComputeDhKey(*peer_key);
  ASSERT_TRUE(dh_key);
  const Nonce& na = initiates() ? own_nonce : peer_nonce;
  const Nonce& nb = initiates() ? peer_nonce : own_nonce;
  const DeviceAddress& a = initiates() ? link_.peer : link_.local;
  const DeviceAddress& b = initiates() ? link_.local : link_.peer;
  const Nonce& ra = initiates() ? own_r : peer_r;
  const Nonce& rb = initiates() ? peer_r : own_r;
  F5Keys keys = f5(*dh_key, na, nb, a, b);
  const DhKeyCheck ea = f6(keys.mac_key, na, nb, rb, IoCapOf(request), a, b);
  const DhKeyCheck eb = f6(keys.mac_key, nb, na, ra, IoCapOf(response), b, a);
  if (initiates()) {
    Send(PairingDhKeyCheck{ea.Clone()});
    EXPECT_EQ(Expect<PairingDhKeyCheck>().value, eb);
  } else {
    EXPECT_EQ(Expect<PairingDhKeyCheck>().value, ea);
    Send(PairingDhKeyCheck{eb.Clone()});
  }
  MaskToSize(keys.ltk.Fill(), negotiated.key_size);
  ltk = std::move(keys.ltk);
}

ConfirmValue LowerTester::LegacyConfirm(const Tk& tk,
                                        const Nonce& nonce) const {
  return c1(tk, nonce, request, response,
            initiates() ? link_.peer : link_.local,
            initiates() ? link_.local : link_.peer);
}

void LowerTester::Legacy(const Tk& tk) {
  own_nonce = RandomNonce();
  ConfirmValue commitment;
  if (initiates()) {
    Send(PairingConfirm{LegacyConfirm(tk, own_nonce)});
    commitment = Expect<PairingConfirm>().value;
    Send(PairingRandom{own_nonce.Clone()});
    peer_nonce = Expect<PairingRandom>().value;
  } else {
    commitment = Expect<PairingConfirm>().value;
    Send(PairingConfirm{LegacyConfirm(tk, own_nonce)});
    peer_nonce = Expect<PairingRandom>().value;
    Send(PairingRandom{own_nonce.Clone()});
  }
  EXPECT_EQ(LegacyConfirm(tk, peer_nonce), commitment);
  nonces_of_iut.push_back(peer_nonce.Clone());
  const Stk stk = s1(tk, initiates() ? peer_nonce : own_nonce,
                     initiates() ? own_nonce : peer_nonce);
  ltk = Ltk(stk.Reveal());
  MaskToSize(ltk.Fill(), negotiated.key_size);
}

void LowerTester::EncryptLink() {
  if (initiates()) iut.Give(LongTermKeyRequest{0, 0});
  ASSERT_FALSE(iut.to_link.empty());
  if (initiates()) {
    const auto* answer =
        std::get_if<AnswerLongTermKeyRequest>(&iut.to_link.front());
    ASSERT_TRUE(answer && answer->key);
    EXPECT_EQ(*answer->key, ltk);
  } else {
    const auto* start = std::get_if<StartEncryption>(&iut.to_link.front());
    ASSERT_TRUE(start);
    EXPECT_EQ(start->key, (LongTermKey{ltk.Clone(), 0, 0}));
  }
  iut.to_link.pop_front();
  iut.Give(EncryptionChange{0, true});
}

void LowerTester::SendKeys(KeyDistribution keys) {
  if (keys.enc) {
    Send(EncryptionInformation{own_ltk.ltk.Clone()});
    Send(CentralIdentification{own_ltk.ediv, own_ltk.rand});
  }
  if (keys.id) {
    Send(IdentityInformation{own_irk.Clone()});
    Send(IdentityAddressInformation{std::to_underlying(link_.peer.type),
                                    link_.peer.octets});
  }
  if (keys.sign) Send(SigningInformation{own_csrk.Clone()});
}

void LowerTester::ExpectKeys(KeyDistribution keys) {
  if (keys.enc) {
    ltk_of_iut = LongTermKey{Expect<EncryptionInformation>().ltk.Clone(), 0, 0};
    const auto name = Expect<CentralIdentification>();
    ltk_of_iut->ediv = name.ediv;
    ltk_of_iut->rand = name.rand;
  }
  if (keys.id) {
    EXPECT_EQ(Expect<IdentityInformation>().irk, iut.identity.irk);
    EXPECT_EQ(Expect<IdentityAddressInformation>().address,
              iut.identity.address.octets);
  }
  if (keys.sign) Expect<SigningInformation>();
}

void LowerTester::Keys() {
  if (initiates()) {
    ExpectKeys(negotiated.responder_keys);
    SendKeys(negotiated.initiator_keys);
  } else {
    SendKeys(negotiated.responder_keys);
    ExpectKeys(negotiated.initiator_keys);
  }
}

uint32_t LowerTester::Passkey() const {
  const auto* shown = iut.Asked<PasskeyDisplayPrompt>();
  return shown ? shown->passkey : passkey;
}

void LowerTester::Authenticate() {
  const AssociationModel model = negotiated.association.model;
  const bool passkey_entry = model == AssociationModel::kPasskeyEntry;
  if (!negotiated.secure_connections) {
    return Legacy(passkey_entry ? PasskeyTk(Passkey()) : Tk());
  }
  PublicKeys();
  if (passkey_entry) {
    Rounds(Passkey());
  } else if (model == AssociationModel::kOutOfBand) {
    OobRandoms();
  } else {
    Comparison();
  }
  DhKeyChecks();
}

void LowerTester::Pair() {
  Features();
  Authenticate();
  EncryptLink();
  Keys();
}

void LowerTester::ExpectPaired(AssociationModel model,
                               SecurityProperties security) {
  ExpectSilence();
  ASSERT_EQ(iut.reports.size(), reports_before_ + 1);
  EXPECT_FALSE(iut.Report().failure.has_value());
  EXPECT_EQ(iut.Report().initiator, !initiates());
  EXPECT_EQ(iut.Report().model, model);
  EXPECT_EQ(iut.Report().security, security);
  EXPECT_EQ(iut.Report().request, request);
  EXPECT_EQ(iut.Report().response, response);
  EXPECT_EQ(iut.keys.size(), keys_before_ + 1);
  EXPECT_EQ(iut.manager.security(), security);
  EXPECT_FALSE(iut.manager.busy());
  EXPECT_EQ(iut.stored - stored_before_, negotiated.bonding ? 1u : 0u);
  EXPECT_EQ(iut.Report().bonded, negotiated.bonding);
  if (negotiated.bonding) {
    ExpectBond(model, security);
  } else {
    EXPECT_TRUE(iut.bonds == bonds_before_);
  }
}

// The keys that the Lower Tester knows, and what they are worth.
void LowerTester::ExpectBond(AssociationModel model,
                             const SecurityProperties& security) {
  const BondData* bond = iut.bonds.FindBond(link_.peer);
  ASSERT_NE(bond, nullptr);
  EXPECT_EQ(bond->security, security);
  EXPECT_EQ(bond->model, model);
  EXPECT_EQ(bond->role, iut_role_);
  const KeyDistribution keys =
      initiates() ? negotiated.initiator_keys : negotiated.responder_keys;
  if (negotiated.secure_connections) {
    EXPECT_EQ(bond->local_ltk, (LongTermKey{ltk.Clone(), 0, 0}));
    EXPECT_EQ(bond->peer_ltk, (LongTermKey{ltk.Clone(), 0, 0}));
  } else {
    EXPECT_EQ(bond->local_ltk.has_value(), ltk_of_iut.has_value());
    if (ltk_of_iut) {
      EXPECT_EQ(*bond->local_ltk, *ltk_of_iut);
    }
    EXPECT_EQ(bond->peer_ltk.has_value(), keys.enc);
    if (keys.enc) {
      EXPECT_EQ(*bond->peer_ltk, own_ltk);
    }
  }
  const bool has_irk = keys.id && !own_irk.IsZero();
  EXPECT_EQ(bond->peer_irk.has_value(), has_irk);
  if (has_irk) {
    EXPECT_EQ(*bond->peer_irk, own_irk);
  }
  EXPECT_EQ(bond->peer_csrk.has_value(), keys.sign);
  if (keys.sign) {
    EXPECT_EQ(*bond->peer_csrk, own_csrk);
  }
}

void LowerTester::ExpectFailed(PairingFailedReason reason) {
  EXPECT_EQ(Expect<PairingFailed>().reason, std::to_underlying(reason));
  ExpectEnded(reason, false);
}

void LowerTester::ExpectEnded(PairingFailedReason reason, bool told) {
  ExpectSilence();
  ASSERT_EQ(iut.reports.size(), reports_before_ + 1);
  const PairingReport& report = iut.Report();
  ASSERT_TRUE(report.failure.has_value());
  EXPECT_EQ(report.failure->reason, reason);
  EXPECT_EQ(report.failure->cause == FailureCause::kPeer, told);
  EXPECT_FALSE(report.bonded);
  EXPECT_TRUE(iut.bonds == bonds_before_);
  // Where the store refuses a bond, the keys had been exchanged.
  const bool exchanged = report.failure->cause == FailureCause::kStore;
  EXPECT_EQ(iut.keys.size(), keys_before_ + (exchanged ? 1 : 0));
  EXPECT_FALSE(iut.manager.busy());
  EXPECT_EQ(iut.manager.state(), PairingState::kIdle);
  EXPECT_EQ(iut.manager.Deadline(), std::nullopt);
}

void LowerTester::SendFailed(PairingFailedReason reason) {
  Send(PairingFailed{std::to_underlying(reason)});
}

void LowerTester::ExpectTold(PairingFailedReason reason) {
  ExpectEnded(reason, true);
}

void LowerTester::ExpectSilence() {
  for (const Output& output : iut.to_link) {
    const auto* send = std::get_if<SendPdu>(&output);
    EXPECT_EQ(send, nullptr) << PduName(send->pdu);
  }
}

}  // namespace bondd::smp::test
