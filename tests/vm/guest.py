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
TOOLS = ('btmon', 'btvirt', 'busctl', 'dbus-daemon', 'setpriv')
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
    return root
