// A small ext4 disk in a file, for what only a disk of one's own can show.
// Needs root.

#ifndef BONDD_TESTS_BONDS_LOOP_DISK_H_
#define BONDD_TESTS_BONDS_LOOP_DISK_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tests/bonds/support.h"

namespace bondd::bonds::testing {

// Mounted as long as it lives.
class LoopDisk {
 public:
  // A fresh file system.
  LoopDisk();
  // What a disk has kept, as from Image().
  explicit LoopDisk(std::span<const uint8_t> image);
  LoopDisk(const LoopDisk&) = delete;
  LoopDisk& operator=(const LoopDisk&) = delete;
  ~LoopDisk();

  std::filesystem::path path() const { return directory_.path() / "mount"; }
  // What would be on the disk if the power went now. May be taken by any
  // thread.
  std::vector<uint8_t> Image() const;

  // Leaves less than a block free; Empty() takes that back.
  void Fill();
  void Empty();
  // As an administrator does it, who waits until nothing is being written.
  void Remount(bool writable);
  // As the kernel does it on its own when it finds the disk broken.
  void MakeReadOnly();

 private:
  std::filesystem::path File() const { return directory_.path() / "image"; }
  void Attach();

  TemporaryDirectory directory_;
};

}  // namespace bondd::bonds::testing

#endif  // BONDD_TESTS_BONDS_LOOP_DISK_H_
