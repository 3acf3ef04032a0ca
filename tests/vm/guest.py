"""The guest's root file system: Debian's busybox, BlueZ's tools, a bus, the
kernel's modules, and what is to be tested."""

import pathlib
import shutil
import subprocess

from initramfs import GuestError, Initramfs
from kernel import load

HERE = pathlib.Path(__file__).parent
MODULES = ('hci_vhci', 'hci_uart', 'cmac', 'ecb', 'algif_hash',
           'algif_skcipher', 'virtio_pci', 'virtio_console', '9pnet_virtio',
           '9p')
TOOLS = ('btmon', 'btvirt', 'busctl', 'dbus-daemon', 'prlimit',
         'setpriv')
SYSTEMD_UNITS = ('basic.target', 'dbus.service', 'dbus.socket',
                 'multi-user.target', 'shutdown.target', 'slices.target',
                 'sockets.target', 'sysinit.target')
PASSWD = '''root:x:0:0:root:/:/bin/sh
messagebus:x:100:100::/:/bin/false
bondd:x:101:101::/:/bin/false
nobody:x:65534:65534::/:/bin/false
'''
GROUP = '''root:x:0:
messagebus:x:100:
bondd:x:101:
nogroup:x:65534:
'''


def _which(program):
    path = shutil.which(program, path='/usr/bin:/bin:/usr/sbin:/sbin')
    if path is None:
        raise GuestError(f'{program} is not installed')
    return path


def base(kernel):
    """Everything but the tests."""
    root = Initramfs()
    for folder in ('dev', 'proc', 'sys', 'run', 'tmp', 'out', 'sbin', 'usr'):
        root.directory(folder)
    busybox = _which('busybox')
    root.copy(busybox, 'bin/busybox', 0o755)
    applets = subprocess.run((busybox, '--list'), text=True, check=True,
                             capture_output=True).stdout.split()
    for applet in applets:
        if applet != 'busybox' and applet not in TOOLS:
            root.link(f'bin/{applet}', 'busybox')
    for tool in TOOLS:
        root.program(_which(tool), f'bin/{tool}')
    order = []
    for file in kernel.modules(MODULES):
        order.append(file.name.removesuffix('.xz'))
        root.file(f'modules/{order[-1]}', load(file))
    root.file('modules/order', '\n'.join(order).encode())
    root.file('etc/passwd', PASSWD.encode())
    root.file('etc/group', GROUP.encode())
    root.copy(HERE / 'init.sh', 'init', 0o755)
    root.copy(HERE / 'run_suite.sh', 'run-suite', 0o755)
    return root


def add_systemd(root):
    """The machine's own systemd and system bus, which run /suite as a service
    and start nothing by themselves."""
    root.program('/lib/systemd/systemd', 'lib/systemd/systemd')
    # From systemd 255 on, which looks for it there.
    executor = 'usr/lib/systemd/systemd-executor'
    if pathlib.Path('/', executor).exists():
        root.program(f'/{executor}', executor)
    for tool in ('systemctl', 'systemd-creds', 'systemd-run', 'dbus-send'):
        root.program(_which(tool), f'bin/{tool}')
    # Where the units look for programs.
    root.link('usr/bin', '../bin')
    for unit in SYSTEMD_UNITS:
        root.copy(pathlib.Path('/lib/systemd/system') / unit,
                  f'usr/lib/systemd/system/{unit}')
    for file in ('system.conf', 'system.d/org.freedesktop.systemd1.conf',
                 'system-services/org.freedesktop.systemd1.service'):
        root.copy(pathlib.Path('/usr/share/dbus-1') / file,
                  f'usr/share/dbus-1/{file}')
    for unit in ('default.target', 'suite.service'):
        root.copy(HERE / unit, f'etc/systemd/system/{unit}')
    # Else this is a first boot, which enables every unit there is.
    root.file('etc/machine-id', b'b0ddb0ddb0ddb0ddb0ddb0ddb0ddb0dd\n')
    # What services say ends up among the kernel's messages.
    root.file('etc/systemd/system.conf',
              b'[Manager]\nDefaultStandardOutput=kmsg\n')


def add_tree(root, tree):
    """A folder with installed files, as if installed in the guest."""
    for file in sorted(tree.rglob('*')):
        path = str(file.relative_to(tree))
        if file.is_symlink():
            root.link(path, str(file.readlink()))
        elif file.is_file() and file.stat().st_mode & 0o111:
            root.program(file, path)
        elif file.is_file():
            root.copy(file, path)


def add_bluetoothd(root):
    """BlueZ's daemon, which nothing starts by itself, and its client."""
    root.program('/usr/libexec/bluetooth/bluetoothd', 'bin/bluetoothd')
    root.program(_which('bluetoothctl'), 'bin/bluetoothctl')
    # Debian 12 has its policy in the first, later ones in the second.
    for folder in ('/etc/dbus-1', '/usr/share/dbus-1'):
        policy = pathlib.Path(folder, 'system.d/bluetooth.conf')
        if policy.exists():
            root.copy(policy, str(policy))
