// A file that a process serves (FUSE) which does not mean well. Needs root.

#ifndef BONDD_TESTS_BONDS_SERVED_FILE_H_
#define BONDD_TESTS_BONDS_SERVED_FILE_H_

#include <atomic>
#include <filesystem>
#include <thread>

#include "common/unique_fd.h"
#include "tests/bonds/support.h"

namespace bondd::bonds::testing {

// There as long as it lives. It can be opened and closed; everything else that
// is asked is counted and fails, in place of an answer that never comes.
class ServedFile {
 public:
  ServedFile();
  ServedFile(const ServedFile&) = delete;
  ServedFile& operator=(const ServedFile&) = delete;
  ~ServedFile();

  // False where the kernel does not allow it.
  bool mounted() const { return mounted_; }
  std::filesystem::path path() const { return directory_.path() / "file"; }
  int asked() const { return asked_; }

 private:
  void Serve();

  TemporaryDirectory directory_;
  UniqueFd device_;
  bool mounted_ = false;
  std::atomic<int> asked_ = 0;
  std::thread thread_;
};

}  // namespace bondd::bonds::testing

#endif  // BONDD_TESTS_BONDS_SERVED_FILE_H_
