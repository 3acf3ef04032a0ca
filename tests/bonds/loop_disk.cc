#include "tests/bonds/loop_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <stdexcept>

#include "common/unique_fd.h"

namespace bondd::bonds::testing {

namespace {

constexpr size_t kDiskSize = 4 << 20;

[[noreturn]] void Throw(const std::string& what) {
  throw std::runtime_error(what + ": " + ::strerror(errno));
}

// Gives the device's path; it goes when nothing uses it any more.
std::string AttachLoopDevice(const std::filesystem::path& file,
                             UniqueFd& device) {
  const UniqueFd image(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  const UniqueFd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  if (!image || !control) Throw("no loop devices");
  loop_config config{};
  config.fd = static_cast<uint32_t>(image.get());
  config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
  // Somebody else may be faster in taking a free one.
  for (int attempt = 0; attempt < 100; ++attempt) {
    const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) Throw("no free loop device");
    const std::string path = "/dev/loop" + std::to_string(number);
    device = UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!device) Throw(path);
    if (::ioctl(device.get(), LOOP_CONFIGURE, &config) == 0) return path;
    if (errno != EBUSY) Throw(path);
  }
  Throw("all loop devices are busy");
}

}  // namespace

LoopDisk::LoopDisk() {
  WriteWholeFile(File(), std::string(kDiskSize, '\0'));
  const std::string command =
      "mkfs.ext4 -q -b 1024 -E lazy_itable_init=0,lazy_journal_init=0 " +
      File().native();
  if (::system(command.c_str()) != 0) Throw("mkfs.ext4");
  Attach();
}

LoopDisk::LoopDisk(std::span<const uint8_t> image) {
  WriteWholeFile(File(),
                 {reinterpret_cast<const char*>(image.data()), image.size()});
  Attach();
}

LoopDisk::~LoopDisk() { ::umount2(path().c_str(), MNT_DETACH); }

void LoopDisk::Attach() {
  std::filesystem::create_directory(path());
  UniqueFd device;
  const std::string name = AttachLoopDevice(File(), device);
  if (::mount(name.c_str(), path().c_str(), "ext4", 0, "commit=300") != 0) {
    Throw("mount " + name);
  }
}

std::vector<uint8_t> LoopDisk::Image() const {
  const UniqueFd file(::open(File().c_str(), O_RDONLY | O_CLOEXEC));
  std::vector<uint8_t> image(kDiskSize);
  size_t done = 0;
  while (done < image.size()) {
    const ssize_t count =
        ::read(file.get(), image.data() + done, image.size() - done);
    if (count <= 0) Throw("read the image");
    done += static_cast<size_t>(count);
  }
  return image;
}

void LoopDisk::Fill() {
  const UniqueFd file(::open((path() / "filler").c_str(),
                             O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const std::string block(4096, 'f');
  while (::write(file.get(), block.data(), block.size()) > 0) {
  }
}

void LoopDisk::Empty() { std::filesystem::remove(path() / "filler"); }

void LoopDisk::Remount(bool writable) {
  const unsigned long flags = MS_REMOUNT | (writable ? 0 : MS_RDONLY);
  if (::mount(nullptr, path().c_str(), nullptr, flags, nullptr) != 0) {
    Throw("remount");
  }
}

void LoopDisk::MakeReadOnly() {
  if (::mount(nullptr, path().c_str(), nullptr, MS_REMOUNT, "abort") != 0) {
    Throw("remount");
  }
}

}  // namespace bondd::bonds::testing
