#!/usr/bin/env python3
"""The suite "vm": bondd against the Bluetooth stack of a real kernel.

First in the guest: bondd has one emulated adapter through a user channel, the
kernel has the other. Then bondd on this machine, under sanitizers, with the
guest's kernel attached to bondd's simulated radio through a virtual console.
What can't be had (QEMU, the kernel's package, a tool) is a failure.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import guest  # noqa: E402
import kernel as kernel_package  # noqa: E402
import machine  # noqa: E402
from initramfs import GuestError  # noqa: E402
from results import Results  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUEST_SECONDS = 420
HOST_SECONDS = 300


def show(title, file):
    if file.exists() and file.stat().st_size:
        text = file.read_text(encoding='utf-8', errors='replace')
        print(f'--- {title}\n{text[-30000:]}', flush=True)


def keep(source, target):
    """Copies the logs to where a developer finds them after the run."""
    subprocess.run(('rm', '-rf', target), check=True)
    subprocess.run(('cp', '-r', source, target), check=True)


def in_guest(kernel, options, results, work):
    """bondd and the kernel both in the guest; the whole integration suite."""
    out = work / 'out'
    out.mkdir()
    root = guest.base(kernel)
    if options.btmon:
        root.file('suite-btmon', b'')
    root.program(options.build / 'tests/integration/integration-tests',
                 'test/integration-tests')
    root.program(options.build / 'daemon/bondd', 'test/bondd')
    root.copy(ROOT / 'packaging/org.bondd.conf', 'test/org.bondd.conf')
    root.copy(guest.HERE / 'suite.sh', 'suite', 0o755)
    root.file('test/filter', options.filter.encode())
    root.write(work / 'initrd')
    serial = out / 'serial.log'
    status = machine.run(kernel, work / 'initrd', out, serial, GUEST_SECONDS)
    failed = results.failed
    ran = results.add_gtest('vm', out / 'report.json',
                            'no verdict' if status is None else status)
    keep(out, options.build / 'vm-logs')
    if results.failed != failed:
        show('the guest', serial)
    return ran


def on_host(kernel, options, results, work):
    """bondd on this machine, sanitized, the guest's kernel as its peer."""
    out = work / 'out'
    out.mkdir()
    build = options.sanitized_build
    root = guest.base(kernel)
    if options.btmon:
        root.file('suite-btmon', b'')
    root.program(options.build / 'tests/vm/peer', 'test/peer')
    root.copy(guest.HERE / 'peer.sh', 'suite', 0o755)
    root.write(work / 'initrd')
    mgmt, console = work / 'mgmt', work / 'console'
    serial, report = out / 'serial.log', out / 'report.json'
    with machine.Guest(kernel, work / 'initrd', out, serial,
                       machine.serial_devices(mgmt, console)):
        machine.wait_for(mgmt, console)
        try:
            status = subprocess.run(
                (options.build / 'tests/integration/integration-tests',
                 '--bondd', build / 'daemon/bondd',
                 '--policy', ROOT / 'packaging/org.bondd.conf',
                 '--bondd-adapter', 'sim', '--kernel-adapter', 'hci0',
                 '--guest-mgmt', mgmt, '--guest-console', console,
                 '--logs', out, '--gtest_color=no',
                 f'--gtest_output=json:{report}',
                 f'--gtest_filter={options.filter}'),
                stdin=subprocess.DEVNULL, stdout=open(out / 'tests.log', 'wb'),
                stderr=subprocess.STDOUT, timeout=HOST_SECONDS,
                check=False).returncode
        except subprocess.TimeoutExpired:
            status = f'no end within {HOST_SECONDS} s'
    failed = results.failed
    ran = results.add_gtest('vm-host', report, status)
    keep(out, options.build / 'vm-host-logs')
    if results.failed != failed:
        show('the guest', serial)
        show('the tests', out / 'tests.log')
    return ran


SUITES = {'vm': in_guest, 'vm-host': on_host}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--build', type=pathlib.Path, required=True)
    parser.add_argument('--sanitized-build', type=pathlib.Path, required=True)
    parser.add_argument('--results', type=pathlib.Path, required=True)
    parser.add_argument('--filter', default='*')
    parser.add_argument('--suite', choices=SUITES, action='append')
    parser.add_argument('--btmon', action='store_true',
                        help='also record the traffic, beside the logs')
    options = parser.parse_args()
    results = Results(options.results, 'vm')
    try:
        kernel = kernel_package.fetch(ROOT / 'build/vm')
    except (kernel_package.KernelError, OSError,
            subprocess.CalledProcessError) as error:
        print(error)
        results.add('the kernel', False)
        return 1
    for name in options.suite or SUITES:
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix='bondd-vm-') as work:
            try:
                ran = SUITES[name](kernel, options, results,
                                   pathlib.Path(work))
            except (GuestError, OSError) as error:
                print(error)
                results.add(name, False)
                continue
        print(f'{name}: {ran} cases, {time.monotonic() - start:.1f} s',
              flush=True)
    return 1 if results.failed else 0


if __name__ == '__main__':
    sys.exit(main())
