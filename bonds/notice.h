// Something about the files that people should know, and that no request asked
// for.

#ifndef BONDD_BONDS_NOTICE_H_
#define BONDD_BONDS_NOTICE_H_

#include <string>

#include "common/log.h"

namespace bondd::bonds {

enum class NoticeKind {
  kKey,           // about the key that seals the bonds
  kMigrated,      // a file of an older version was brought up to date
  kRowSetAside,   // a damaged row went to the quarantine
  kFileSetAside,  // a file that could not be used was renamed
  kRestored,      // what was damaged came back from the other file
  kReadOnly,      // nothing can be written now
  kCopy,          // the copy could not be written, or can be again
};

struct Notice {
  NoticeKind kind;
  LogLevel level;
  std::string message;  // one sentence, without secrets
};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_NOTICE_H_
