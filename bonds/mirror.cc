#include "bonds/mirror.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "bonds/row_writer.h"

namespace bondd::bonds {

namespace {

bool Same(ByteView a, ByteView b) { return std::ranges::equal(a, b); }

// The rows of a table in the order of their keys, one at a time.
class Cursor {
 public:
  static Result<Cursor> Open(Database& database, std::string_view sql) {
    Result<Statement> rows = database.Prepare(sql);
    if (!rows) return std::unexpected(std::move(rows.error()));
    Cursor cursor(std::move(*rows));
    if (auto first = cursor.Next(); !first) {
      return std::unexpected(std::move(first.error()));
    }
    return cursor;
  }

  Result<void> Next() {
    const Result<bool> row = rows_.Step();
    if (!row) return std::unexpected(row.error());
    at_end_ = !*row;
    return {};
  }

  bool at_end() const { return at_end_; }
  const Statement& row() const { return rows_; }

 private:
  explicit Cursor(Statement rows) : rows_(std::move(rows)) {}

  Statement rows_;
  bool at_end_ = false;
};

// Walks over both tables side by side. Less, greater or equal is what
// `compare` says of two rows' keys, `same` whether all else is equal, too;
// `note` gets each row that is not in both or not the same.
template <typename Compare, typename SameRow, typename NoteRow>
Result<void> Differences(Database& from, Database& to, std::string_view sql,
                         Compare compare, SameRow same, NoteRow note) {
  Result<Cursor> a = Cursor::Open(from, sql);
  if (!a) return std::unexpected(std::move(a.error()));
  Result<Cursor> b = Cursor::Open(to, sql);
  if (!b) return std::unexpected(std::move(b.error()));
  while (!a->at_end() || !b->at_end()) {
    int order = 0;
    if (a->at_end()) {
      order = 1;
    } else if (b->at_end()) {
      order = -1;
    } else {
      order = compare(a->row(), b->row());
    }
    if (order < 0 || (order == 0 && !same(a->row(), b->row()))) note(a->row());
    if (order > 0) note(b->row());
    Result<void> moved;
    if (order <= 0) moved = a->Next();
    if (moved && order >= 0) moved = b->Next();
    if (!moved) return moved;
  }
  return {};
}

int CompareColumns(const Statement& a, const Statement& b, int columns) {
  for (int column = 0; column < columns; ++column) {
    const ByteView left = a.Blob(column);
    const ByteView right = b.Blob(column);
    const auto order = std::lexicographical_compare_three_way(
        left.begin(), left.end(), right.begin(), right.end());
    if (order != 0) return order < 0 ? -1 : 1;
  }
  return 0;
}

bool SameBondRow(const Statement& a, const Statement& b) {
  const RowView left = BondColumns(a);
  const RowView right = BondColumns(b);
  return left.generation == right.generation && Same(left.name, right.name) &&
         left.last_used == right.last_used &&
         Same(left.attributes, right.attributes) &&
         Same(left.sealed, right.sealed);
}

Result<void> MirrorBond(Database& from, Database& to, ByteView adapter,
                        ByteView identity) {
  const auto select = from.Cached(kSelectBond);
  if (!select) return std::unexpected(select.error());
  const Result<bool> row = (*select)->Bind(adapter).Bind(identity).Step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return DeleteBondRow(to, adapter, identity);
  auto put = PutRawBondRow(to, BondColumns(**select));
  if (auto end = (*select)->Run(); put && !end) return end;
  return put;
}

Result<void> MirrorIdentity(Database& from, Database& to, ByteView name) {
  const auto select =
      from.Cached("SELECT sealed FROM identities WHERE name = ?");
  if (!select) return std::unexpected(select.error());
  const Result<bool> row = (*select)->Bind(name).Step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return DeleteIdentityRow(to, name);
  auto put = PutRawIdentityRow(to, name, (*select)->Blob(0));
  if (auto end = (*select)->Run(); put && !end) return end;
  return put;
}

Result<void> MirrorHead(Database& from, Database& to) {
  if (auto emptied = to.Execute("DELETE FROM head"); !emptied) return emptied;
  const auto select =
      from.Cached("SELECT generation, bonds, identities, sealed FROM head");
  if (!select) return std::unexpected(select.error());
  const Result<bool> row = (*select)->Step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return {};
  const auto put = to.Cached(
      "INSERT INTO head(id, generation, bonds, identities, sealed) "
      "VALUES(0, ?, ?, ?, ?)");
  if (!put) return std::unexpected(put.error());
  auto run = (*put)
                 ->Bind((*select)->Integer(0))
                 .Bind((*select)->Integer(1))
                 .Bind((*select)->Integer(2))
                 .Bind((*select)->Blob(3))
                 .Run();
  if (auto end = (*select)->Run(); run && !end) return end;
  return run;
}

Result<TouchedRows> DifferentRows(Database& from, Database& to) {
  TouchedRows touched;
  auto compared = Differences(
      from, to, kSelectBonds,
      [](const Statement& a, const Statement& b) {
        return CompareColumns(a, b, 2);
      },
      SameBondRow,
      [&](const Statement& row) {
        touched.bonds.emplace(Owned(row.Blob(0)), Owned(row.Blob(1)));
      });
  if (compared) {
    compared = Differences(
        from, to, "SELECT name, sealed FROM identities ORDER BY name",
        [](const Statement& a, const Statement& b) {
          return CompareColumns(a, b, 1);
        },
        [](const Statement& a, const Statement& b) {
          return Same(a.Blob(1), b.Blob(1));
        },
        [&](const Statement& row) {
          touched.identities.insert(Owned(row.Blob(0)));
        });
  }
  if (!compared) return std::unexpected(std::move(compared.error()));
  return touched;
}

}  // namespace

Result<void> MirrorRows(Database& from, Database& to,
                        const TouchedRows& touched) {
  Result<Transaction> transaction = Transaction::Begin(to);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  for (const auto& [adapter, identity] : touched.bonds) {
    if (auto done = MirrorBond(from, to, adapter, identity); !done) return done;
  }
  for (const Bytes& name : touched.identities) {
    if (auto done = MirrorIdentity(from, to, name); !done) return done;
  }
  if (auto done = MirrorHead(from, to); !done) return done;
  return transaction->Commit();
}

Result<size_t> MirrorAll(Database& from, Database& to) {
  const Result<TouchedRows> different = DifferentRows(from, to);
  if (!different) return std::unexpected(different.error());
  if (auto mirrored = MirrorRows(from, to, *different); !mirrored) {
    return std::unexpected(std::move(mirrored.error()));
  }
  if (different->empty()) return 0;
  // Where the order of rows is damaged some can't be found by their keys.
  const Result<TouchedRows> left = DifferentRows(from, to);
  if (!left) return std::unexpected(left.error());
  if (left->empty()) return different->size();
  return Fail(ErrorCode::kCorrupt, to.path() + ": rows are out of order");
}

}  // namespace bondd::bonds
