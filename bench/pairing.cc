// What a whole pairing costs, both roles in one process, beside the least that
// its cryptography alone costs with OpenSSL: measured in one run, interleaved,
// and told as a ratio, which is what can be compared between machines.

#include <benchmark/benchmark.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "smp/crypto.h"
#include "smp/security_manager.h"

namespace bondd::smp {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

// --- The floor: the same operations, with nothing around them.

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using CipherContext =
    std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX_free>>;

class Floor {
 public:
  Floor()
      : generator_(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)),
        importer_(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)),
        cipher_(EVP_CIPHER_CTX_new()) {
    Require(EVP_PKEY_keygen_init(generator_.get()) == 1);
    Require(EVP_PKEY_CTX_set_group_name(generator_.get(), "P-256") == 1);
    Require(EVP_PKEY_fromdata_init(importer_.get()) == 1);
    Require(EVP_EncryptInit_ex(cipher_.get(), EVP_aes_128_ecb(), nullptr,
                               nullptr, nullptr) == 1);
  }

  // One side's: a fresh pair, read out; the peer's key read in, which checks
  // that it is on the curve; the DHKey.
  void Agree() {
    EVP_PKEY* made = nullptr;
    Require(EVP_PKEY_generate(generator_.get(), &made) == 1);
    const Key own(made);
    std::array<uint8_t, 65> point;
    size_t length = 0;
    Require(EVP_PKEY_get_octet_string_param(
                own.get(), OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point.data(),
                point.size(), &length) == 1 ||
            EVP_PKEY_get_octet_string_param(own.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                            point.data(), point.size(),
                                            &length) == 1);
    const Key peer = Import(point);
    const KeyContext derive(EVP_PKEY_CTX_new(own.get(), nullptr));
    Require(EVP_PKEY_derive_init(derive.get()) == 1);
    Require(EVP_PKEY_derive_set_peer_ex(derive.get(), peer.get(), 0) == 1);
    std::array<uint8_t, 32> secret;
    length = secret.size();
    Require(EVP_PKEY_derive(derive.get(), secret.data(), &length) == 1);
  }

  // AES-CMAC over so many blocks, a new key each time; without blocks beyond
  // two it is what c1 and s1 take.
  void Mac(int blocks) {
    Require(EVP_EncryptInit_ex(cipher_.get(), nullptr, nullptr, key_.data(),
                               nullptr) == 1);
    int length = 0;
    for (int i = 0; i < blocks; ++i) {
      Require(EVP_EncryptUpdate(cipher_.get(), key_.data(), &length,
                                key_.data(), 16) == 1);
    }
  }

  void Draw() { Require(RAND_bytes(key_.data(), 16) == 1); }

 private:
  Key Import(const std::array<uint8_t, 65>& point) {
    std::string group = "P-256";
    std::array<uint8_t, 65> octets = point;
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                         group.data(), group.size()),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                          octets.data(), octets.size()),
        OSSL_PARAM_construct_end()};
    EVP_PKEY* key = nullptr;
    Require(EVP_PKEY_fromdata(importer_.get(), &key, EVP_PKEY_PUBLIC_KEY,
                              const_cast<OSSL_PARAM*>(parameters)) == 1);
    return Key(key);
  }

  KeyContext generator_;
  KeyContext importer_;
  CipherContext cipher_;
  std::array<uint8_t, 16> key_{};
};

// What both sides of a pairing do together.
struct Operations {
  int agreements;  // a key pair, a peer's key and a DHKey each
  int macs;        // f4, f6, g2; f5 is three of them
  int blocks;      // c1, s1: two blocks with one key
  int draws;       // nonces, passkeys, keys
};

// --- The pairing: two Security Managers and nothing between them.

class OpenSslRandom : public RandomSource {
 public:
  bool Fill(std::span<uint8_t> out) override {
    return RAND_bytes(out.data(), static_cast<int>(out.size())) == 1;
  }
};
class FreshKeyPairs : public KeyPairSource {
 public:
  Result<KeyPair> Take() override { return KeyPair::Generate(); }
};
class NoBonds : public BondLookup {
 public:
  const BondData* FindBond(const DeviceAddress&) const override {
    return nullptr;
  }
};

class Joined {
 public:
  Joined(const PairingParameters& central, const PairingParameters& peripheral)
      : parameters_{&central, &peripheral},
        managers_{
            SecurityManager({Role::kInitiator, kCentral, kPeripheral},
                            {random_, pairs_, bonds_}, {kCentral, {}}),
            SecurityManager({Role::kResponder, kPeripheral, kCentral},
                            {random_, pairs_, bonds_}, {kPeripheral, {}})} {}

  // Whether both have a bond in the end.
  bool Pair() {
    Give(0, StartPairing{parameters_[0]->Clone()});
    while (!queue_.empty()) {
      Pending next = std::move(queue_.front());
      queue_.pop_front();
      Give(next.side, std::move(next.input));
    }
    return paired_ == 2;
  }
  std::optional<AssociationModel> model() const { return model_; }

 private:
  static constexpr DeviceAddress kCentral{AddressType::kPublic,
                                          {1, 0, 0, 0, 0, 0}};
  static constexpr DeviceAddress kPeripheral{AddressType::kPublic,
                                             {2, 0, 0, 0, 0, 0}};
  struct Pending {
    size_t side;
    Input input;
  };
  struct Typing {
    size_t side;
    PromptId prompt;
  };

  void Give(size_t side, Input input) {
    for (Output& output : managers_[side].Handle(std::move(input), Time())) {
      Carry(side, output);
    }
  }

  void Carry(size_t side, Output& output) {
    const size_t other = 1 - side;
    if (auto* send = std::get_if<SendPdu>(&output)) {
      queue_.push_back({other, PduReceived{std::move(send->pdu)}});
      queue_.push_back({side, PdusAcknowledged{1}});
    } else if (const auto* asked = std::get_if<AskUser>(&output)) {
      Answer(side, *asked);
    } else if (std::holds_alternative<StartEncryption>(output)) {
      queue_.push_back({other, LongTermKeyRequest{}});
    } else if (std::holds_alternative<AnswerLongTermKeyRequest>(output)) {
      queue_.push_back({side, EncryptionChange{0, true}});
      queue_.push_back({other, EncryptionChange{0, true}});
    } else if (std::holds_alternative<StoreBond>(output)) {
      queue_.push_back({side, BondStored{true}});
    } else if (const auto* ended = std::get_if<PairingEnded>(&output)) {
      paired_ += ended->report.failure ? 0 : 1;
      model_ = ended->report.model;
    }
  }

  void Answer(size_t side, const AskUser& asked) {
    const PromptId id = asked.prompt;
    if (std::holds_alternative<ConsentPrompt>(asked.question)) {
      Reply(side, AcceptConsent{id, parameters_[side]->Clone(), false, {}});
    } else if (std::holds_alternative<NumberComparisonPrompt>(asked.question)) {
      Reply(side, ConfirmNumber{id});
    } else if (const auto* shown =
                   std::get_if<PasskeyDisplayPrompt>(&asked.question)) {
      shown_ = shown->passkey;
    } else if (std::holds_alternative<PasskeyInputPrompt>(asked.question)) {
      typing_ = Typing{side, id};
    }
    if (!shown_ || !typing_) return;
    Reply(typing_->side, EnterPasskey{typing_->prompt, *shown_});
    typing_.reset();
  }
  void Reply(size_t side, UserReply reply) {
    queue_.push_back({side, std::move(reply)});
  }

  OpenSslRandom random_;
  FreshKeyPairs pairs_;
  NoBonds bonds_;
  std::array<const PairingParameters*, 2> parameters_;
  std::array<SecurityManager, 2> managers_;
  std::deque<Pending> queue_;
  // One side's user may be asked before the other's has anything to read out.
  std::optional<uint32_t> shown_;
  std::optional<Typing> typing_;
  int paired_ = 0;
  std::optional<AssociationModel> model_;
};

// --- What is measured.

struct Model {
  const char* name;
  AssociationModel association;
  bool secure_connections;
  IoCapability central;
  IoCapability peripheral;
  Operations operations;
  bool oob = false;
};
constexpr Model kModels[] = {
    {"LegacyJustWorks",
     AssociationModel::kJustWorks,
     false,
     IoCapability::kNoInputNoOutput,
     IoCapability::kNoInputNoOutput,
     {0, 0, 6, 6}},
    {"LegacyPasskey",
     AssociationModel::kPasskeyEntry,
     false,
     IoCapability::kDisplayOnly,
     IoCapability::kKeyboardOnly,
     {0, 0, 6, 7}},
    {"JustWorks",
     AssociationModel::kJustWorks,
     true,
     IoCapability::kNoInputNoOutput,
     IoCapability::kNoInputNoOutput,
     {2, 12, 0, 2}},
    {"NumericComparison",
     AssociationModel::kNumericComparison,
     true,
     IoCapability::kDisplayYesNo,
     IoCapability::kDisplayYesNo,
     {2, 14, 0, 2}},
    {"Passkey",
     AssociationModel::kPasskeyEntry,
     true,
     IoCapability::kDisplayOnly,
     IoCapability::kKeyboardOnly,
     {2, 90, 0, 41}},
    {"LegacyOutOfBand",
     AssociationModel::kOutOfBand,
     false,
     IoCapability::kNoInputNoOutput,
     IoCapability::kNoInputNoOutput,
     {0, 0, 6, 7},
     true},
    // Both sides have the other's data. To make it, key pairs and all, counts.
    {"OutOfBand",
     AssociationModel::kOutOfBand,
     true,
     IoCapability::kNoInputNoOutput,
     IoCapability::kNoInputNoOutput,
     {2, 14, 0, 4},
     true},
};

PairingParameters ParametersOf(const Model& model, IoCapability capability) {
  PairingParameters parameters;
  parameters.io_capability = capability;
  if (!model.secure_connections) {
    parameters.secure_connections = SecureConnectionsOption::kOff;
  }
  return parameters;
}

void MeasureFloor(benchmark::State& state, const Model& model) {
  Floor floor;
  constexpr int kBlocksOfMac = 6;  // 65 octets, and one for the subkey
  for (auto _ : state) {
    const Operations& o = model.operations;
    for (int i = 0; i < o.agreements; ++i) floor.Agree();
    for (int i = 0; i < o.macs; ++i) floor.Mac(kBlocksOfMac);
    for (int i = 0; i < o.blocks; ++i) floor.Mac(2);
    for (int i = 0; i < o.draws; ++i) floor.Draw();
  }
}

// Secure Connections OOB data of `owner`, by the other way to `other`.
void ShowOobData(PairingParameters& owner, PairingParameters& other) {
  auto key_pair = KeyPair::Generate();
  Require(key_pair.has_value());
  LocalOobData data{std::move(*key_pair), {}};
  Require(OpenSslRandom().Fill(data.random.Fill()));
  const auto& x = data.key_pair.public_key().x();
  other.oob_peer = PeerOobData{f4(x, x, data.random, 0), data.random.Clone()};
  owner.oob_local = std::move(data);
}

void ExchangeOobData(const Model& model, PairingParameters& central,
                     PairingParameters& peripheral) {
  if (model.secure_connections) {
    ShowOobData(central, peripheral);
    ShowOobData(peripheral, central);
    return;
  }
  Tk tk;
  Require(OpenSslRandom().Fill(tk.Fill()));
  central.oob_legacy_tk = tk.Clone();
  peripheral.oob_legacy_tk = std::move(tk);
}

void MeasurePairing(benchmark::State& state, const Model& model) {
  PairingParameters central = ParametersOf(model, model.central);
  PairingParameters peripheral = ParametersOf(model, model.peripheral);
  for (auto _ : state) {
    if (model.oob) ExchangeOobData(model, central, peripheral);
    Joined joined(central, peripheral);
    Require(joined.Pair());
    Require(joined.model() == model.association);
  }
}

// Prints as the console does, then the medians side by side.
class Ratios : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.aggregate_name != "median") continue;
      medians_[run.run_name.function_name] = run.GetAdjustedCPUTime();
    }
    ConsoleReporter::ReportRuns(runs);
  }

  void Finalize() override {
    std::printf("\n%-20s %12s %12s %8s\n", "both roles, median", "floor us",
                "pairing us", "ratio");
    for (const Model& model : kModels) {
      const double floor = medians_["floor/" + std::string(model.name)];
      const double pairing = medians_["pairing/" + std::string(model.name)];
      if (floor <= 0 || pairing <= 0) continue;
      std::printf("%-20s %12.1f %12.1f %8.2f\n", model.name, floor, pairing,
                  pairing / floor);
    }
  }

 private:
  std::map<std::string, double> medians_;
};

}  // namespace
}  // namespace bondd::smp

int main(int argc, char** argv) {
  using namespace bondd::smp;
  for (const Model& model : kModels) {
    const std::string name = model.name;
    for (const bool whole : {false, true}) {
      benchmark::RegisterBenchmark(
          ((whole ? "pairing/" : "floor/") + name).c_str(),
          whole ? MeasurePairing : MeasureFloor, model)
          ->Unit(benchmark::kMicrosecond)
          ->Repetitions(9)
          ->ReportAggregatesOnly();
    }
  }
  std::vector<char*> arguments(argv, argv + argc);
  // Whatever else the machine does falls on the floor and the pairings alike.
  std::string interleaved = "--benchmark_enable_random_interleaving=true";
  arguments.insert(arguments.begin() + 1, interleaved.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  Ratios ratios;
  benchmark::RunSpecifiedBenchmarks(&ratios);
  benchmark::Shutdown();
  return 0;
}
