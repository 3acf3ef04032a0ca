// All that another process can write in its memory, as a core dump or a
// debugger would show it.

#ifndef BONDD_TESTS_DAEMON_PROCESS_IMAGE_H_
#define BONDD_TESTS_DAEMON_PROCESS_IMAGE_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bondd::daemon::test {

// A copy, taken when it is made. Of a process with the address sanitizer only
// the heap, but with all that was given back to it: its stacks are not the ones
// that the program has without. Needs root; a failure throws
// std::runtime_error.
class ProcessImage {
 public:
  explicit ProcessImage(pid_t pid);

  // Where these octets are, as "[heap]@55a4f27ba000+0x10".
  std::vector<std::string> Find(std::string_view octets) const;

 private:
  struct Area {
    std::string name;
    uintptr_t start = 0;
    std::string octets;
  };
  std::vector<Area> areas_;
};

}  // namespace bondd::daemon::test

#endif  // BONDD_TESTS_DAEMON_PROCESS_IMAGE_H_
