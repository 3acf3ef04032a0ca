// What the tests of bonds/ share: a directory that goes away, bonds to keep
// and a way to wait for the writer.

#ifndef BONDD_TESTS_BONDS_SUPPORT_H_
#define BONDD_TESTS_BONDS_SUPPORT_H_

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bonds/bond.h"
#include "bonds/store.h"
#include "common/bytes.h"
#include "smp/crypto.h"
#include "tests/support/temporary_folder.h"

namespace bondd::bonds::testing {

class TemporaryDirectory : public test::TemporaryFolder {
 public:
  TemporaryDirectory() : TemporaryFolder(Base()) {}

 private:
  // In memory if possible: what has to last is tested with disks of its own.
  static std::filesystem::path Base() {
    const std::filesystem::path memory = "/dev/shm";
    if (::access(memory.c_str(), W_OK) == 0) return memory;
    return std::filesystem::temp_directory_path();
  }
};

inline std::string ReadWholeFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Mode 0600, whatever the umask is.
inline void WriteWholeFile(const std::filesystem::path& path,
                           std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
  std::filesystem::permissions(path, std::filesystem::perms::owner_read |
                                         std::filesystem::perms::owner_write);
}

template <typename Key>
Key KeyOf(uint8_t first) {
  std::array<uint8_t, Key::kSize> octets;
  for (size_t i = 0; i < octets.size(); ++i) {
    octets[i] = static_cast<uint8_t>(first + 7 * i);
  }
  return Key(std::span<const uint8_t, Key::kSize>(octets));
}

inline DeviceAddress PublicAddress(uint32_t number) {
  DeviceAddress address{.type = AddressType::kPublic, .octets = {}};
  for (size_t i = 0; i < 4; ++i) {
    address.octets[i] = static_cast<uint8_t>(number >> (8 * i));
  }
  address.octets[5] = 0xA0;
  return address;
}

inline DeviceAddress AdapterAddress() {
  return *DeviceAddress::Parse("02:B0:DD:00:00:00", AddressType::kPublic);
}

inline BondKey KeyOfPeer(uint32_t number) {
  return {AdapterAddress(), PublicAddress(number)};
}

// A Secure Connections bond with every kind of key that may come with one;
// `flavour` makes its keys others.
inline Bond BondWithPeer(uint32_t number, uint8_t flavour = 1) {
  Bond bond;
  bond.adapter = AdapterAddress();
  smp::BondData& data = bond.data;
  data.identity = PublicAddress(number);
  data.role = smp::Role::kResponder;
  data.model = smp::AssociationModel::kNumericComparison;
  data.security = {
      .authenticated = true, .secure_connections = true, .key_size = 16};
  data.local_ltk = smp::LongTermKey{.ltk = KeyOf<smp::Ltk>(flavour)};
  data.peer_ltk = data.local_ltk->Clone();
  data.peer_irk =
      KeyOf<smp::Irk>(static_cast<uint8_t>(flavour + 16 + number * 3));
  data.local_identity_sent = true;
  data.local_csrk = KeyOf<smp::Csrk>(static_cast<uint8_t>(flavour + 32));
  data.peer_csrk = KeyOf<smp::Csrk>(static_cast<uint8_t>(flavour + 48));
  data.local_sign_counter = 5;
  data.peer_sign_counter = 9;
  bond.created = 1'700'000'000'000'000;
  bond.name = "Keyboard";
  return bond;
}

// Legacy Just Works: two different keys, named by EDIV and Rand.
inline Bond LegacyBondWithPeer(uint32_t number) {
  Bond bond = BondWithPeer(number);
  bond.data.model = smp::AssociationModel::kJustWorks;
  bond.data.security = {
      .authenticated = false, .secure_connections = false, .key_size = 16};
  bond.data.local_ltk = smp::LongTermKey{
      .ltk = KeyOf<smp::Ltk>(3), .ediv = 0x1234, .rand = 0x0102030405060708};
  bond.data.peer_ltk = smp::LongTermKey{
      .ltk = KeyOf<smp::Ltk>(4), .ediv = 0x4321, .rand = 0x1112131415161718};
  return bond;
}

// Everything of a bond but its generation.
inline bool SameBond(const Bond& a, const Bond& b) {
  return a.adapter == b.adapter && a.data.identity == b.data.identity &&
         a.data.role == b.data.role && a.data.model == b.data.model &&
         a.data.security == b.data.security && a.data.debug == b.data.debug &&
         a.data.local_ltk == b.data.local_ltk &&
         a.data.peer_ltk == b.data.peer_ltk &&
         a.data.peer_irk == b.data.peer_irk &&
         a.data.local_identity_sent == b.data.local_identity_sent &&
         a.data.local_csrk == b.data.local_csrk &&
         a.data.peer_csrk == b.data.peer_csrk &&
         a.data.local_sign_counter == b.data.local_sign_counter &&
         a.data.peer_sign_counter == b.data.peer_sign_counter &&
         a.created == b.created && a.last_used == b.last_used &&
         a.name == b.name && a.peer_lost_keys == b.peer_lost_keys;
}

// A resolvable private address that `irk` makes of `number`.
// [Vol 6, Part B] 1.3.2.2
inline DeviceAddress PrivateAddress(const smp::Irk& irk, uint16_t number) {
  const std::array<uint8_t, 3> prand = {
      static_cast<uint8_t>(number), static_cast<uint8_t>(number >> 8), 0x40};
  const std::array<uint8_t, 3> hash = smp::ah(irk, prand);
  return {.type = AddressType::kRandom,
          .octets = {hash[0], hash[1], hash[2], prand[0], prand[1], prand[2]}};
}

// What became of `request`, if that is known.
inline std::optional<Result<void>> TakeAnswer(Store& store, RequestId request) {
  std::optional<Result<void>> answer;
  for (Completion& completion : store.TakeCompletions()) {
    if (completion.request == request) answer = std::move(completion.outcome);
  }
  return answer;
}

// Waits for everything asked so far, the copy too, and gives what became of
// `request`.
inline Result<void> Await(Store& store, RequestId request) {
  store.Drain();
  if (auto answer = TakeAnswer(store, request)) return std::move(*answer);
  return Fail(ErrorCode::kNotFound, "the request was not answered");
}

// Whether there is an answer to be taken, after at most this many milliseconds.
inline bool HasAnswer(int store_fd, int milliseconds) {
  pollfd answer{.fd = store_fd, .events = POLLIN, .revents = 0};
  return ::poll(&answer, 1, milliseconds) == 1;
}

// As the loop thread has it: the copy is still to be written then.
inline Result<void> AwaitAnswer(Store& store, RequestId request) {
  while (HasAnswer(store.fd(), 10'000)) {
    if (auto answer = TakeAnswer(store, request)) return std::move(*answer);
  }
  return Fail(ErrorCode::kTimedOut, "the request was not answered");
}

// The identity, made if need be; other answers are lost. As the loop thread has
// it, too.
inline Result<LocalIdentity> AwaitIdentity(
    Store& store, const std::string& spec,
    const std::optional<DeviceAddress>& public_address = std::nullopt) {
  const auto there =
      AwaitAnswer(store, store.RequestIdentity(spec, public_address));
  if (!there) return std::unexpected(there.error());
  const LocalIdentity* identity = store.FindIdentity(spec, public_address);
  if (identity == nullptr) {
    return Fail(ErrorCode::kNotFound, "the identity is not there");
  }
  return identity->Clone();
}

}  // namespace bondd::bonds::testing

#endif  // BONDD_TESTS_BONDS_SUPPORT_H_
