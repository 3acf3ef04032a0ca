// What doctor finds in files: of the system that runs, or of one that is
// mounted somewhere, such as a Raspberry Pi's card.

#ifndef BONDD_CLI_DOCTOR_CHECKS_H_
#define BONDD_CLI_DOCTOR_CHECKS_H_

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bondd::cli {

enum class Verdict { kOk, kNote, kProblem };

struct Finding {
  std::string check;
  Verdict verdict = Verdict::kOk;
  std::string detail;
  // What to do about it; empty when nothing has to be done.
  std::string remedy = {};
};

// The running bondd as /proc shows it.
struct DaemonProcess {
  pid_t pid = 0;
  std::filesystem::path state_directory;
  uid_t uid = 0;
  // Nothing when this user may not see it.
  std::optional<bool> may_administer_network;
};
DaemonProcess ReadDaemonProcess(const std::filesystem::path& root, pid_t pid);

// `root` is "/" for the system that runs. None of these changes anything.
Finding CheckPolicy(const std::filesystem::path& root);
Finding CheckConfiguration(const std::filesystem::path& root);
Finding CheckBluetoothd(const std::filesystem::path& root);
// A finding for each kill switch of Bluetooth.
std::vector<Finding> CheckRfkill(const std::filesystem::path& root);
Finding CheckCapability(const DaemonProcess& daemon);
// Without a daemon the owner is not looked at.
Finding CheckStateDirectory(const std::filesystem::path& root,
                            const std::filesystem::path& directory,
                            std::optional<uid_t> owner);
Finding CheckSealingKey(const std::filesystem::path& root,
                        const std::filesystem::path& directory);
// Names of the local adapters, "hci0".
std::vector<std::string> LocalAdapters(const std::filesystem::path& root);
// Whether the kernel has this adapter powered for its own Bluetooth subsystem,
// which keeps bondd from taking it. False where the kernel cannot be asked.
bool IsUp(const std::string& adapter);

}  // namespace bondd::cli

#endif  // BONDD_CLI_DOCTOR_CHECKS_H_
