#include "tests/bonds/served_file.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace bondd::bonds::testing {

namespace {

// As much as the kernel may send at once.
constexpr size_t kRequestSize = FUSE_MIN_READ_BUFFER + (128 << 10);

void Answer(int device, uint64_t request, int error, const void* body = nullptr,
            size_t size = 0) {
  const fuse_out_header header = {
      .len = static_cast<uint32_t>(sizeof(fuse_out_header) + size),
      .error = error,
      .unique = request};
  std::vector<char> answer(header.len);
  std::memcpy(answer.data(), &header, sizeof(header));
  if (size > 0) std::memcpy(answer.data() + sizeof(header), body, size);
  // A request may be gone by now.
  (void)!::write(device, answer.data(), answer.size());
}

}  // namespace

ServedFile::ServedFile() : device_(::open("/dev/fuse", O_RDWR | O_CLOEXEC)) {
  WriteWholeFile(path(), "");
  const std::string options =
      "fd=" + std::to_string(device_.get()) +
      ",rootmode=100000,user_id=0,group_id=0,allow_other";
  mounted_ = ::mount("test", path().c_str(), "fuse", MS_NOSUID | MS_NODEV,
                     options.c_str()) == 0;
  if (mounted_) thread_ = std::thread([this] { Serve(); });
}

ServedFile::~ServedFile() {
  if (!mounted_) return;
  // The device has nothing more to say then.
  ::umount2(path().c_str(), MNT_FORCE | MNT_DETACH);
  thread_.join();
}

void ServedFile::Serve() {
  std::vector<char> buffer(kRequestSize);
  while (true) {
    const ssize_t count = ::read(device_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno != EINTR && errno != ENOENT) return;
    if (count < static_cast<ssize_t>(sizeof(fuse_in_header))) continue;
    fuse_in_header request;
    std::memcpy(&request, buffer.data(), sizeof(request));
    if (request.opcode == FUSE_INIT) {
      fuse_init_out init = {};
      init.major = FUSE_KERNEL_VERSION;
      init.minor = FUSE_KERNEL_MINOR_VERSION;
      init.max_write = 4096;
      Answer(device_.get(), request.unique, 0, &init, sizeof(init));
    } else if (request.opcode == FUSE_OPEN) {
      const fuse_open_out open = {};
      Answer(device_.get(), request.unique, 0, &open, sizeof(open));
    } else if (request.opcode == FUSE_FLUSH || request.opcode == FUSE_RELEASE) {
      Answer(device_.get(), request.unique, 0);
    } else if (request.opcode != FUSE_FORGET &&
               request.opcode != FUSE_INTERRUPT) {
      ++asked_;
      Answer(device_.get(), request.unique, -EIO);
    }
  }
}

}  // namespace bondd::bonds::testing
