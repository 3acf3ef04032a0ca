#include "bonds/row_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <string_view>
#include <utility>

#include "bonds/bond_codec.h"
#include "bonds/row_writer.h"

namespace bondd::bonds {

namespace {

std::string_view AsText(ByteView octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

struct SealedHead {
  Head head;
  Bytes sealed;
};

Result<std::optional<SealedHead>> ReadSealedHead(Database& database) {
  Result<Statement> rows = database.Prepare(
      "SELECT generation, bonds, identities, sealed FROM head");
  if (!rows) return std::unexpected(std::move(rows.error()));
  const Result<bool> row = rows->Step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return SealedHead{
      .head = {.generation = static_cast<uint64_t>(rows->Integer(0)),
               .bonds = static_cast<uint64_t>(rows->Integer(1)),
               .identities = static_cast<uint64_t>(rows->Integer(2))},
      .sealed = Owned(rows->Blob(3))};
}

// Gives each row of a statement to `take` until there are no more.
template <typename Take>
Result<void> ForEachRow(Database& database, std::string_view sql, Take take) {
  Result<Statement> rows = database.Prepare(sql);
  if (!rows) return std::unexpected(std::move(rows.error()));
  while (true) {
    const Result<bool> more = rows->Step();
    if (!more) return std::unexpected(more.error());
    if (!*more || !take(*rows)) return {};
  }
}

// Collects what a file holds, table by table.
class RowReader {
 public:
  RowReader(Database& database, Sealer& sealer)
      : database_(database), sealer_(sealer) {}

  LoadedFile Read() && {
    Note(QuickCheck(database_));
    Note(ForEachRow(database_, kSelectBonds, [this](const Statement& row) {
      TakeBond(BondColumns(row));
      return true;
    }));
    if (!in_order_) loaded_.faults.push_back("its rows are out of order");
    if (name_damaged_) {
      loaded_.faults.push_back("the name of a bond is damaged");
    }
    Note(ForEachRow(database_, "SELECT name, sealed FROM identities",
                    [this](const Statement& row) {
                      TakeIdentity(row.Blob(0), row.Blob(1));
                      return true;
                    }));
    TakeHead();
    return std::move(loaded_);
  }

 private:
  void Note(const Result<void>& outcome) {
    if (outcome) return;
    if (outcome.error().code != ErrorCode::kCorrupt) {
      loaded_.obstacle = outcome.error();
      return;
    }
    loaded_.faults.push_back(outcome.error().message);
    loaded_.readable = false;
  }

  void TakeBond(const RowView& row) {
    std::list<Bond>& bonds = loaded_.contents.bonds;
    const Bond* const previous = bonds.empty() ? nullptr : &bonds.back();
    Bond& bond = bonds.emplace_back();
    if (auto opened = OpenBond(row, sealer_, bond); !opened) {
      bonds.pop_back();
      loaded_.damaged.push_back(DamagedRowOf(
          row, std::move(opened.error().message), Owned(row.sealed)));
      return;
    }
    highest_ = std::max(highest_, bond.generation);
    loaded_.sum += bond.generation;
    if (bond.name.size() != row.name.size()) name_damaged_ = true;
    // Whoever looks for one of these would not find it.
    if (previous != nullptr && bond.key() <= previous->key()) {
      in_order_ = false;
    }
  }

  void TakeIdentity(ByteView name, ByteView sealed) {
    Result<LocalIdentity> identity =
        OpenIdentity(AsText(name), sealed, sealer_);
    if (identity) {
      loaded_.contents.identities.emplace(AsText(name), std::move(*identity));
      return;
    }
    loaded_.damaged.push_back({.what = NameOfIdentity(name),
                               .reason = std::move(identity.error().message),
                               .adapter = {},
                               .identity = {},
                               .name = Owned(name),
                               .attributes = {},
                               .sealed = Owned(sealed)});
  }

  void TakeHead() {
    Contents& contents = loaded_.contents;
    contents.generation = highest_;
    auto stored = ReadSealedHead(database_);
    if (!stored) {
      Note(std::unexpected(stored.error()));
    } else if (!*stored) {
      // A file that was just made has no head yet.
      if (!contents.bonds.empty() || !contents.identities.empty()) {
        loaded_.faults.push_back("its head is missing");
      }
    } else {
      TakeHead((*stored)->head, (*stored)->sealed);
    }
  }

  void TakeHead(Head& head, ByteView sealed) {
    Contents& contents = loaded_.contents;
    const OpenedHead opened = OpenHead(head, sealed, sealer_);
    if (opened == OpenedHead::kBroken) {
      loaded_.faults.push_back("its head is damaged");
      return;
    }
    contents.generation = std::max(highest_, head.generation);
    if (head.bonds != contents.bonds.size() ||
        head.identities != contents.identities.size() ||
        highest_ > head.generation) {
      loaded_.faults.push_back("rows of it are missing");
    } else if (opened == OpenedHead::kWhole && head.sum != loaded_.sum) {
      loaded_.faults.push_back("a row is older than it should be");
    }
  }

  Database& database_;
  Sealer& sealer_;
  LoadedFile loaded_;
  uint64_t highest_ = 0;
  bool in_order_ = true;
  bool name_damaged_ = false;
};

}  // namespace

LoadedFile ReadRows(Database& database, Sealer& sealer) {
  return RowReader(database, sealer).Read();
}

Result<std::optional<Head>> ReadUncheckedHead(Database& database) {
  const auto stored = ReadSealedHead(database);
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) return std::nullopt;
  return (*stored)->head;
}

Result<bool> HoldsSeals(Database& database) {
  const Result<int64_t> any = database.QueryInteger(
      "SELECT EXISTS(SELECT 1 FROM head) OR EXISTS(SELECT 1 FROM bonds) OR "
      "EXISTS(SELECT 1 FROM identities)");
  if (!any) return std::unexpected(any.error());
  return *any != 0;
}

Result<int64_t> CountSeals(Database& database) {
  return database.QueryInteger(
      "SELECT (SELECT COUNT(*) FROM head) + (SELECT COUNT(*) FROM bonds) + "
      "(SELECT COUNT(*) FROM identities)");
}

bool OpensAnySeal(Database& database, Sealer& sealer) {
  auto stored = ReadSealedHead(database);
  if (stored && *stored &&
      OpenHead((*stored)->head, (*stored)->sealed, sealer) !=
          OpenedHead::kBroken) {
    return true;
  }
  bool opens = false;
  // Reading may end early in a damaged file: what was seen until then counts.
  (void)ForEachRow(database, kSelectBonds, [&](const Statement& row) {
    Bond bond;
    opens = OpenBond(BondColumns(row), sealer, bond).has_value();
    return !opens;
  });
  if (opens) return true;
  (void)ForEachRow(
      database, "SELECT name, sealed FROM identities",
      [&](const Statement& row) {
        opens =
            OpenIdentity(AsText(row.Blob(0)), row.Blob(1), sealer).has_value();
        return !opens;
      });
  return opens;
}

Result<void> QuickCheck(Database& database) {
  Result<Statement> check = database.Prepare("PRAGMA quick_check(1)");
  if (!check) return std::unexpected(std::move(check.error()));
  const Result<bool> row = check->Step();
  if (!row) return std::unexpected(row.error());
  const std::string said(AsText(*row ? check->Blob(0) : ByteView()));
  if (said == "ok") return {};
  return Fail(ErrorCode::kCorrupt,
              fmt::format("{}: {}", database.path(), said));
}

DamagedRow DamagedRowOf(const RowView& row, std::string reason, Bytes sealed) {
  return {.what = NameOfBond(row.identity),
          .reason = std::move(reason),
          .adapter = Owned(row.adapter),
          .identity = Owned(row.identity),
          .generation = row.generation,
          .name = Owned(row.name),
          .last_used = row.last_used,
          .attributes = Owned(row.attributes),
          .sealed = std::move(sealed)};
}

std::string NameOfBond(ByteView identity) {
  const Result<DeviceAddress> address = DecodeAddress(identity);
  if (!address) return "a bond whose address can't be read";
  return fmt::format("the bond with {} ({})", address->ToString(),
                     ToString(address->type));
}

std::string NameOfIdentity(ByteView name) {
  const std::string text(AsText(name));
  if (!IsValidName(text)) return "an identity whose name can't be read";
  return fmt::format("the identity of adapter {}", text);
}

}  // namespace bondd::bonds
