// The Lower Tester of the conformance cases: a scripted peer that speaks raw
// PDUs and plays the link layer to one Security Manager, the IUT. It has its
// own idea of the protocol, so that both sides can't be wrong in the same way.

#ifndef BONDD_TESTS_SUPPORT_SMP_LOWER_TESTER_H_
#define BONDD_TESTS_SUPPORT_SMP_LOWER_TESTER_H_

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "smp/crypto.h"
#include "smp/negotiation.h"
#include "tests/support/smp_checks.h"

namespace bondd::smp::test {

class LowerTester {
 public:
  explicit LowerTester(Role iut_role, PairingParameters parameters = {});

  // --- The script, step by step. Each exchanges what belongs to it and checks
  // what the IUT says.
  void Features();
  void PublicKeys();
  void Comparison();
  void Rounds(uint32_t passkey, int count = 20);
  void OobRandoms();
  void DhKeyChecks();
  void Legacy(const Tk& tk);
  void EncryptLink();
  void Keys();
  // All of them, as the features want it.
  void Pair();
  // Only phase 2, as far as the key.
  void Authenticate();
  // One exchange of Confirm and Random in which ours is not what the IUT has
  // to accept: its nonce is own_nonce.
  void ExchangeWrong(ConfirmValue confirm);
  // Secure Connections' rounds with a passkey that is not the IUT's, as far as
  // the first bit in which the two differ.
  void RoundsWithWrong(uint32_t passkey);
  // Since the script began the IUT has reported one success, nothing more
  // comes, and its store has the bond with the keys of this pairing, or what
  // it had before where there is no bonding.
  void ExpectPaired(AssociationModel model, SecurityProperties security);
  // The IUT sends this reason, reports it once, and its bonds are to the octet
  // what they were before.
  void ExpectFailed(PairingFailedReason reason);
  // The same of a reason that the IUT was told, to which it says nothing.
  void ExpectTold(PairingFailedReason reason);
  void ExpectSilence();
  // From here on the IUT is the one of `earlier`, on a new link: it has kept
  // its bonds, its users and its randomness.
  void Continue(LowerTester& earlier);

  // --- Single PDUs.
  void Send(const Pdu& pdu) { SendOctets(Serialize(pdu)); }
  void SendOctets(Bytes octets) { iut.Give(PduReceived{std::move(octets)}); }
  void SendFailed(PairingFailedReason reason);
  void SendKeys(KeyDistribution keys);
  void ExpectKeys(KeyDistribution keys);
  // Sends the Pairing Request or Response that the features make.
  void SendFeatures();
  // The IUT's next PDU, which has to be one of this kind.
  template <typename T>
  T Expect() {
    std::optional<Pdu> pdu = NextPdu();
    T* expected = pdu ? std::get_if<T>(&*pdu) : nullptr;
    EXPECT_NE(expected, nullptr)
        << "the IUT sent " << (pdu ? PduName(*pdu) : "nothing");
    return expected ? std::move(*expected) : T();
  }
  // Starts what makes the IUT send a Pairing Request.
  void StartIut();
  // As far as the Lower Tester's features are there, whose answer is not
  // looked at.
  void BeginWithFeatures();
  // The confirm value of a round, or of the comparison.
  ConfirmValue Confirm(const Nonce& nonce, uint8_t z) const;
  // That of legacy pairing, ours or the IUT's: whoever has this nonce.
  ConfirmValue LegacyConfirm(const Tk& tk, const Nonce& nonce) const;
  // Shown by the IUT, or else what is typed there.
  uint32_t Passkey() const;

  // Is the Lower Tester the initiator?
  bool initiates() const { return iut_role_ == Role::kResponder; }
  Nonce RandomNonce();

 private:
  void Begin();
  void ExpectEnded(PairingFailedReason reason, bool told);
  void ExpectBond(AssociationModel model, const SecurityProperties& security);
  std::optional<Pdu> NextPdu();
  ConfirmValue PeerConfirm(const Nonce& nonce, uint8_t z) const;

  Role iut_role_;
  LinkInfo link_;
  SeededRandom random_{4711};
  // What the IUT had when the script began.
  BondsInMemory bonds_before_;
  size_t reports_before_ = 0;
  size_t keys_before_ = 0;
  size_t stored_before_ = 0;

 public:
  SmpEnd iut;

  // What the Lower Tester puts on the air.
  PairingFeatures features;
  uint8_t reserved_auth_req = 0;  // or-ed into its AuthReq
  uint8_t reserved_keys = 0;      // or-ed into both its key distributions
  uint32_t passkey = 19'655;      // typed at the IUT when it asks
  LongTermKey own_ltk{Counting<Ltk>(0x31), 0x5AA5, 0x1122334455667788};
  Irk own_irk = Counting<Irk>(0x51);
  Csrk own_csrk = Counting<Csrk>(0x71);

  // What has been exchanged.
  PairingOctets request{};
  PairingOctets response{};
  Negotiated negotiated;
  std::optional<KeyPair> key;
  std::optional<PublicKey> peer_key;
  Nonce own_nonce;
  Nonce peer_nonce;
  Nonce own_r;
  Nonce peer_r;
  Ltk ltk;
  std::vector<Nonce> nonces_of_iut;
  std::optional<LongTermKey> ltk_of_iut;
};

// A passkey as the TK of legacy pairing.
Tk PasskeyTk(uint32_t passkey);

}  // namespace bondd::smp::test

#endif  // BONDD_TESTS_SUPPORT_SMP_LOWER_TESTER_H_
