// Which of two files is right.

#ifndef BONDD_BONDS_MERGE_H_
#define BONDD_BONDS_MERGE_H_

#include "bonds/contents.h"
#include "bonds/row_reader.h"

namespace bondd::bonds {

// What the store holds, going by its file and the copy of it. A file that is
// intact and at least as new as the other is right in everything, in what was
// removed as well; else each bond is taken from where it is newer, those that a
// newer, intact copy does not have excepted.
Contents Merge(LoadedFile file, LoadedFile copy);

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_MERGE_H_
