// Stands between this program and the kernel wherever files are changed or
// read, so that tests can count the calls and let one of them go wrong.
//
// The functions of fault_shim.cc take the place of libc's for this program and
// the libraries it has loaded, SQLite among them.

#ifndef BONDD_TESTS_BONDS_FAULT_SHIM_H_
#define BONDD_TESTS_BONDS_FAULT_SHIM_H_

#include <functional>

namespace bondd::bonds::testing {

// Which calls are counted.
enum class Calls {
  // write, pwrite, fsync, fdatasync, ftruncate, unlink, rename, and open where
  // that makes a file
  kChanging,
  kReading,  // pread
};

enum class Fault {
  kNone,
  kKill,        // the process dies as by kill -9, before the call
  kError,       // the call fails, doing nothing
  kErrorSince,  // this one and all after it fail
  kShortWrite,  // half of it is written; other calls go well
};

struct FaultPlan {
  Calls calls = Calls::kChanging;
  Fault fault = Fault::kNone;
  int at = 0;  // the call that it happens to, from 1
  int error = 0;
  // Only files whose path holds this are meant; empty = all.
  const char* only = "";
};

// In force for as long as it lives; one at a time. For all threads.
class FaultScope {
 public:
  explicit FaultScope(const FaultPlan& plan);
  FaultScope(const FaultScope&) = delete;
  FaultScope& operator=(const FaultScope&) = delete;
  ~FaultScope();

  // How many calls there were so far.
  int count() const;
};

// `hook` is called before every changing call, on the thread that calls, by one
// thread at a time; once the scope is gone it is not running any more.
class HookScope {
 public:
  explicit HookScope(std::function<void()> hook);
  HookScope(const HookScope&) = delete;
  HookScope& operator=(const HookScope&) = delete;
  ~HookScope();
};

}  // namespace bondd::bonds::testing

#endif  // BONDD_TESTS_BONDS_FAULT_SHIM_H_
