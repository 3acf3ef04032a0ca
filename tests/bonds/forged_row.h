// A row that was sealed with the right key, whatever it says.

#ifndef BONDD_TESTS_BONDS_FORGED_ROW_H_
#define BONDD_TESTS_BONDS_FORGED_ROW_H_

#include <filesystem>
#include <string_view>

#include "bonds/key_file.h"
#include "bonds/row_writer.h"
#include "tests/bonds/fixture.h"

namespace bondd::bonds::testing {

// In both files of a closed store that is sealed with a key file, in place of
// the bond with this peer.
inline void PutForgedRow(const std::filesystem::path& state,
                         const DeviceAddress& peer, ByteView attributes,
                         ByteView secrets) {
  const auto key = Must(ReadKeyFile(state / "bonds.key"));
  Sealer sealer = Must(Sealer::Make(*key));
  const AddressOctets adapter = EncodeAddress(AdapterAddress());
  const AddressOctets identity = EncodeAddress(peer);
  Writer associated;
  associated.U8('B').Append(adapter).Append(identity).U64(1).Append(attributes);
  const Bytes sealed = Must(sealer.Seal(secrets, associated.Finish()));
  const std::string_view name = "Keyboard";
  for (const char* file : {"bonds.db", "bonds.copy"}) {
    auto database = Must(Database::Open(state / file));
    Must(PutRawBondRow(database, {.adapter = adapter,
                                  .identity = identity,
                                  .generation = 1,
                                  .name = AsBytes(name),
                                  .attributes = attributes,
                                  .sealed = sealed}));
  }
}

}  // namespace bondd::bonds::testing

#endif  // BONDD_TESTS_BONDS_FORGED_ROW_H_
