// One Security Manager with a user, a bond store and a clock around it. SmpPair
// joins two of these; SmpLowerTester plays the other side to one.

#ifndef BONDD_TESTS_SUPPORT_SMP_END_H_
#define BONDD_TESTS_SUPPORT_SMP_END_H_

#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "smp/security_manager.h"
#include "tests/support/smp_fakes.h"

namespace bondd::smp::test {

// What the user does when asked; by default agrees to everything.
struct ScriptedUser {
  enum class Mood { kAgrees, kRefuses, kSilent };

  std::optional<UserReply> AnswerTo(const AskUser& asked) const;

  Mood mood = Mood::kAgrees;
  // Of the pairings that are agreed to.
  PairingParameters parameters;
  bool covers_bond = false;
  std::optional<DeviceAddress> named;
  // What is typed when a passkey is asked for; without it nothing is.
  std::function<std::optional<uint32_t>()> passkey;
  std::optional<Tk> tk;
  std::optional<PeerOobData> oob;
  // With which reason and cause it refuses.
  std::optional<PairingFailedReason> reason;
  FailureCause cause = FailureCause::kRefused;
};

class SmpEnd {
 public:
  SmpEnd(LinkInfo link, const DeviceAddress& identity, uint64_t seed);

  // Handles the input and all that the user and the store say to it.
  void Give(Input input);
  void Advance(Duration duration);
  // What the store says to a StoreBond that it did not answer: it can't say
  // that it has kept what it has not. Without one, it says so out of turn.
  void AnswerStore(bool ok);

  // See all that enters, before it is handled, and all that comes of it.
  std::function<void(const Input&)> on_input;
  std::function<void(const Outputs&)> on_outputs;

  // What is still to be carried out by whoever plays the link: SendPdu,
  // StartEncryption, AnswerLongTermKeyRequest and Disconnect.
  std::deque<Output> to_link;

  Time now{};
  SeededRandom random;
  SeededKeyPairs key_pairs;
  BondsInMemory bonds;
  LocalIdentity identity;
  SecurityManager manager;
  ScriptedUser user;
  bool store_works = true;
  bool store_answers = true;

  // What was said, in order.
  std::vector<AskUser> asked;
  std::vector<PromptId> withdrawn;
  std::vector<PairingReport> reports;
  std::vector<EncryptionEnded> encryptions;
  std::vector<std::optional<SecurityProperties>> levels;
  std::vector<KeysExchanged> keys;
  std::vector<KeypressReceived> keypresses;
  std::vector<PasskeyProgress> progress;
  std::vector<DeviceAddress> lost_by_peer;
  std::vector<DeviceAddress> discarded;
  std::vector<Disconnect> disconnects;
  std::vector<BondUsed> bonds_used;
  // Keys that were put out for the controller, and whether one was of zeros.
  size_t keys_given = 0;
  bool zero_key_given = false;
  size_t stored = 0;
  size_t requests_seen = 0;
  size_t security_requests_seen = 0;

  // The latest question of this kind.
  template <typename T>
  const T* Asked() const {
    for (auto it = asked.rbegin(); it != asked.rend(); ++it) {
      if (const T* prompt = std::get_if<T>(&it->question)) return prompt;
    }
    return nullptr;
  }
  // The latest report, which has to be there.
  const PairingReport& Report() const { return reports.at(reports.size() - 1); }
  bool Succeeded() const { return !reports.empty() && !Report().failure; }

 private:
  // What the latest StoreBond has done.
  struct Change {
    DeviceAddress identity;
    std::optional<BondData> replaced;
  };

  void Take(Output output);
  void TakeKey(const Ltk& key);
  void Store(BondData bond);
  void UndoStore();

  std::deque<Input> follow_ups_;
  bool kept_ = false;  // the latest bond
  std::optional<Change> change_;
};

}  // namespace bondd::smp::test

#endif  // BONDD_TESTS_SUPPORT_SMP_END_H_
