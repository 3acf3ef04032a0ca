// One end's part in starting, refusing, pausing and restarting the encryption
// of a link.

#ifndef BONDD_SIM_ENCRYPTION_PROCEDURE_H_
#define BONDD_SIM_ENCRYPTION_PROCEDURE_H_

#include <optional>

#include "common/bytes.h"
#include "hci/events.h"
#include "hci/spec.h"
#include "sim/link_encryption.h"
#include "sim/link_pdu.h"
#include "sim/scheduler.h"

namespace bondd::sim {

class Link;

// Goes through the encryption procedures with its counterpart by LL Control
// PDUs, and holds the two ciphers that come of them. Its Link hands it those
// PDUs and the host's commands, and passes every PDU through Seal and Open.
//
// [Vol 6, Part B] 5.1.3
class EncryptionProcedure {
 public:
  // The link owns the procedure and is borrowed.
  EncryptionProcedure(Link& link, Scheduler& scheduler)
      : link_(link), scheduler_(scheduler), response_timer_(scheduler) {}

  // While it goes on, the host's data and all other LL procedures wait.
  bool running() const { return state_ != State::kIdle; }
  // From here on until the end, a data PDU from the peer can only come from a
  // third party.
  bool ForbidsData() const;

  // LE Enable Encryption, at the central.
  hci::HciError Start(uint64_t rand, uint16_t ediv, hci::LinkKey128 key);
  // LE Long Term Key Request (Negative) Reply, at the peripheral.
  hci::HciError Answer(std::optional<hci::LinkKey128> key);

  // True when the PDU is one of this procedure's.
  static bool Handles(ControlOpcode opcode);
  void OnControl(ControlOpcode opcode, Reader& parameters);
  // A PDU of this procedure was acknowledged.
  void OnSent(ControlOpcode opcode);
  // LL_REJECT_IND or LL_REJECT_EXT_IND for this procedure.
  void OnRejected(hci::HciError reason);

  // Nothing on failure.
  std::optional<Bytes> Seal(Llid llid, ByteView payload);
  std::optional<Bytes> Open(Llid llid, ByteView received);

 private:
  enum class State {
    kIdle,
    // The central waits for...
    kPauseResponse,
    kEncryptionResponse,
    kStartRequest,
    kStartResponse,
    // The peripheral waits for...
    kPauseConfirmation,
    kEncryptionRequest,
    kLongTermKey,
    kStartRequestSent,
    kEncryptedStartResponse,
    kLastSent,
  };

  void Enter(State state);
  void SendEncryptionRequest();
  void OnEncryptionRequest(Reader& parameters);
  void OnEncryptionResponse(Reader& parameters);
  void OnStartRequest();
  void OnPauseResponse();
  void OnStartResponse();
  void RefuseKey();
  bool DeriveSessionKey(const hci::LinkKey128& key);
  void EncryptSending();
  void EncryptReceiving();
  void Finish(hci::HciError status);

  Link& link_;
  Scheduler& scheduler_;
  Timer response_timer_;
  State state_ = State::kIdle;
  // True when the link was encrypted before, so that this is a restart.
  bool refresh_ = false;
  uint64_t rand_ = 0;
  uint16_t ediv_ = 0;
  // The central's, from the command to the start.
  std::optional<hci::LinkKey128> key_;
  SessionSeed seed_;
  std::optional<SessionKey> session_key_;
  std::optional<LinkCipher> send_cipher_;
  std::optional<LinkCipher> receive_cipher_;
};

}  // namespace bondd::sim

#endif  // BONDD_SIM_ENCRYPTION_PROCEDURE_H_
