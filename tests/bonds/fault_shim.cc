#include "tests/bonds/fault_shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <mutex>

namespace bondd::bonds::testing {

namespace {

std::atomic<bool> active = false;
std::atomic<int> counted = 0;
FaultPlan plan;

std::atomic<bool> hooked = false;
// Held while the hook runs, or is put there or taken away.
std::mutex hook_mutex;
std::function<void()> hook;
// A hook may change files of its own.
thread_local bool in_hook = false;

enum class Verdict { kGo, kFail, kShort };

Verdict Decide() {
  const int number = ++counted;
  if (plan.fault == Fault::kErrorSince && number >= plan.at) {
    return Verdict::kFail;
  }
  if (number != plan.at) return Verdict::kGo;
  switch (plan.fault) {
    case Fault::kKill:
      ::syscall(SYS_kill, ::getpid(), SIGKILL);
      return Verdict::kGo;
    case Fault::kError:
      return Verdict::kFail;
    case Fault::kShortWrite:
      return Verdict::kShort;
    default:
      return Verdict::kGo;
  }
}

bool IsMeant(const char* path) {
  return std::strstr(path, plan.only) != nullptr;
}

bool IsMeant(int fd) {
  if (*plan.only == '\0') return true;
  char link[64];
  std::snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  char path[4096] = {};
  if (::readlink(link, path, sizeof(path) - 1) < 0) return false;
  return IsMeant(path);
}

// `file` is a descriptor or a path.
template <typename File>
Verdict OnCall(Calls calls, File file) {
  if (hooked && calls == Calls::kChanging && !in_hook) {
    const std::lock_guard lock(hook_mutex);
    in_hook = true;
    if (hook) hook();
    in_hook = false;
  }
  if (!active || plan.calls != calls || !IsMeant(file)) return Verdict::kGo;
  const Verdict verdict = Decide();
  if (verdict == Verdict::kFail) errno = plan.error;
  return verdict;
}

}  // namespace

FaultScope::FaultScope(const FaultPlan& new_plan) {
  plan = new_plan;
  counted = 0;
  active = true;
}
FaultScope::~FaultScope() { active = false; }
int FaultScope::count() const { return counted; }

HookScope::HookScope(std::function<void()> new_hook) {
  const std::lock_guard lock(hook_mutex);
  hook = std::move(new_hook);
  hooked = true;
}
HookScope::~HookScope() {
  const std::lock_guard lock(hook_mutex);
  hooked = false;
  hook = nullptr;
}

namespace {

ssize_t Write(long number, int fd, const void* data, size_t size,
              off_t offset) {
  const Verdict verdict = OnCall(Calls::kChanging, fd);
  if (verdict == Verdict::kFail) return -1;
  if (verdict == Verdict::kShort && size > 1) size /= 2;
  return ::syscall(number, fd, data, size, offset);
}

template <typename File>
bool Fails(File file) {
  return OnCall(Calls::kChanging, file) == Verdict::kFail;
}

}  // namespace

}  // namespace bondd::bonds::testing

using bondd::bonds::testing::Calls;
using bondd::bonds::testing::Fails;
using bondd::bonds::testing::OnCall;
using bondd::bonds::testing::Verdict;
using bondd::bonds::testing::Write;

// Meson builds for files of 64 bits: these names are what everybody calls then.
extern "C" {

int open64(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  // Nothing is made where there is something.
  const bool makes = (flags & O_CREAT) != 0 && ::access(path, F_OK) != 0;
  if (makes && Fails(path)) return -1;
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
ssize_t write(int fd, const void* data, size_t size) {
  return Write(SYS_write, fd, data, size, 0);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  return Write(SYS_pwrite64, fd, data, size, offset);
}
ssize_t pread64(int fd, void* data, size_t size, off64_t offset) {
  if (OnCall(Calls::kReading, fd) == Verdict::kFail) return -1;
  return ::syscall(SYS_pread64, fd, data, size, offset);
}
int fsync(int fd) {
  return Fails(fd) ? -1 : static_cast<int>(::syscall(SYS_fsync, fd));
}
int fdatasync(int fd) {
  return Fails(fd) ? -1 : static_cast<int>(::syscall(SYS_fdatasync, fd));
}
int ftruncate64(int fd, off64_t size) noexcept {
  return Fails(fd) ? -1 : static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
int unlink(const char* path) noexcept {
  if (Fails(path)) return -1;
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
int rename(const char* from, const char* to) noexcept {
  if (Fails(from)) return -1;
  return static_cast<int>(
      ::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

}  // extern "C"
