#include "bonds/migration.h"

#include <algorithm>
#include <list>
#include <string>
#include <string_view>
#include <utility>

#include "bonds/bond_codec.h"
#include "bonds/row_reader.h"
#include "bonds/row_writer.h"
#include "bonds/schema.h"

namespace bondd::bonds {

namespace {

struct UnsealedFile {
  Contents contents;
  std::vector<DamagedRow> damaged;
};

Result<void> DecodeUnsealed(const RowView& row, ByteView secrets, Bond& bond) {
  if (secrets.size() != kBondSecretsSize) {
    return Fail(ErrorCode::kCorrupt, "its secrets have a wrong length");
  }
  return DecodeBond(row, BondSecrets(secrets.first<kBondSecretsSize>()), bond);
}

Result<LocalIdentity> DecodeUnsealed(ByteView secrets) {
  if (secrets.size() != kIdentitySecretsSize) {
    return Fail(ErrorCode::kCorrupt, "its secrets have a wrong length");
  }
  return DecodeIdentity(IdentitySecrets(secrets.first<kIdentitySecretsSize>()));
}

// Whatever it is, it does not go to the quarantine in the open.
Result<Bytes> SealForQuarantine(ByteView secrets, Sealer& sealer) {
  constexpr uint8_t kQuarantine[] = {'Q'};
  return sealer.Seal(secrets, kQuarantine);
}

Result<void> ReadBonds(Database& database, Sealer& sealer, UnsealedFile& file) {
  Result<Statement> rows = database.Prepare(
      "SELECT adapter, identity, generation, name, last_used, attributes, "
      "secrets FROM bonds ORDER BY adapter, identity");
  if (!rows) return std::unexpected(std::move(rows.error()));
  while (true) {
    const Result<bool> more = rows->Step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    const RowView row = BondColumns(*rows);
    std::list<Bond>& bonds = file.contents.bonds;
    Bond& bond = bonds.emplace_back();
    Result<void> decoded = DecodeUnsealed(row, row.sealed, bond);
    if (decoded) {
      uint64_t& generation = file.contents.generation;
      generation = std::max(generation, bond.generation);
      continue;
    }
    bonds.pop_back();
    Result<Bytes> sealed = SealForQuarantine(row.sealed, sealer);
    if (!sealed) return std::unexpected(std::move(sealed.error()));
    file.damaged.push_back(DamagedRowOf(row, std::move(decoded.error().message),
                                        std::move(*sealed)));
  }
}

Result<void> ReadIdentities(Database& database, Sealer& sealer,
                            UnsealedFile& file) {
  Result<Statement> rows =
      database.Prepare("SELECT name, secrets FROM identities");
  if (!rows) return std::unexpected(std::move(rows.error()));
  while (true) {
    const Result<bool> more = rows->Step();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    const ByteView name = rows->Blob(0);
    Result<LocalIdentity> identity = DecodeUnsealed(rows->Blob(1));
    if (identity) {
      file.contents.identities.emplace(std::string(name.begin(), name.end()),
                                       std::move(*identity));
      continue;
    }
    Result<Bytes> sealed = SealForQuarantine(rows->Blob(1), sealer);
    if (!sealed) return std::unexpected(std::move(sealed.error()));
    file.damaged.push_back({.what = NameOfIdentity(name),
                            .reason = std::move(identity.error().message),
                            .adapter = {},
                            .identity = {},
                            .name = Owned(name),
                            .attributes = {},
                            .sealed = std::move(*sealed)});
  }
}

Result<void> Rewrite(Database& database, Sealer& sealer, UnsealedFile& file) {
  if (auto dropped =
          database.Execute("DROP TABLE bonds; DROP TABLE identities");
      !dropped) {
    return dropped;
  }
  if (auto created = CreateTables(database); !created) return created;
  ++file.contents.generation;
  if (auto head = ReplaceRows(database, file.contents, sealer); !head) {
    return std::unexpected(std::move(head.error()));
  }
  for (const DamagedRow& row : file.damaged) {
    if (auto put = PutQuarantineRow(database, row); !put) return put;
  }
  return {};
}

}  // namespace

Result<std::vector<DamagedRow>> SealUnsealedFile(Database& database,
                                                 Sealer& sealer) {
  UnsealedFile file;
  Result<Transaction> transaction = Transaction::Begin(database);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  Result<void> done = ReadBonds(database, sealer, file);
  if (done) done = ReadIdentities(database, sealer, file);
  if (done) done = Rewrite(database, sealer, file);
  if (done) done = transaction->Commit();
  // The log still has the pages as they were before.
  if (done) done = database.Checkpoint();
  if (!done) return std::unexpected(std::move(done.error()));
  return std::move(file.damaged);
}

}  // namespace bondd::bonds
