"""Boots the guest under QEMU and hands back what it said."""

import shutil
import subprocess
import time

from initramfs import GuestError

# The guest ends with this program, however that ends.
ENDS_WITH_US = ('setpriv', '--pdeathsig', 'KILL', '--')
# KVM is not used even where its device node exists: on hosts that are
# virtual machines themselves it can hang, and a boot takes 3 s without it.
QEMU = ('qemu-system-x86_64', '-M', 'q35', '-accel', 'tcg', '-cpu', 'qemu64',
        '-smp', '1', '-m', '512', '-nodefaults', '-no-user-config',
        '-nographic', '-no-reboot', '-serial', 'stdio', '-monitor', 'none',
        '-device', 'isa-debug-exit,iobase=0xf4,iosize=0x1')
# The HPET keeps the guest's time. What the kernel measures of the TSC at boot is
# wrong where it was held up meanwhile: clocks ran forty times too fast.
APPEND = 'console=ttyS0 quiet panic=-1 tsc=unstable clocksource=hpet'


def command_line(kernel, initrd, out, devices=()):
    """`out` is the folder of this machine that the guest sees as /out."""
    if shutil.which(QEMU[0]) is None:
        raise GuestError('QEMU is not installed')
    share = f'local,path={out},mount_tag=out,security_model=none,id=out'
    return (*ENDS_WITH_US, *QEMU, '-virtfs', share, *devices,
            '-kernel', kernel.vmlinux, '-initrd', initrd, '-append', APPEND)


def status_of(exit_code):
    """The guest's exit status, or None when it gave no verdict: the guest
    writes N to the debug-exit port and QEMU ends with 2N+1, while 0 is a
    guest that merely powered off."""
    if exit_code is None or exit_code <= 0 or exit_code % 2 == 0:
        return None
    return exit_code >> 1


def run(kernel, initrd, out, log, timeout):
    """Runs the guest to its end and returns its status as above."""
    with open(log, 'wb') as serial:
        try:
            done = subprocess.run(command_line(kernel, initrd, out),
                                  stdin=subprocess.DEVNULL, stdout=serial,
                                  stderr=subprocess.STDOUT, timeout=timeout,
                                  check=False)
        except subprocess.TimeoutExpired:
            serial.write(f'\nno end within {timeout} s'.encode())
            return None
    return status_of(done.returncode)


def serial_devices(port, console):
    """A virtio port and a virtio console, each with a socket of ours."""
    return ('-device', 'virtio-serial-pci',
            '-chardev', f'socket,id=console,path={console},server=on,wait=off',
            '-device', 'virtconsole,chardev=console',
            '-chardev', f'socket,id=port,path={port},server=on,wait=off',
            '-device', 'virtserialport,chardev=port,name=bondd.mgmt')


def wait_for(*sockets, seconds=20):
    """Until QEMU listens."""
    end = time.monotonic() + seconds
    while not all(socket.exists() for socket in sockets):
        if time.monotonic() > end:
            raise GuestError('QEMU does not start')
        time.sleep(0.05)


class Guest:
    """A guest in the background, killed at the end of the `with` block."""

    def __init__(self, kernel, initrd, out, log, devices):
        self._command = command_line(kernel, initrd, out, devices)
        self._log = log
        self._process = None

    def __enter__(self):
        with open(self._log, 'wb') as serial:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=serial,
                stderr=subprocess.STDOUT)
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
