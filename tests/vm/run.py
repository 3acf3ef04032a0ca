#!/usr/bin/env python3
"""The suites in virtual machines: bondd against a real kernel's Bluetooth stack.

"vm" is all in the guest: bondd has one emulated adapter through a user channel,
the kernel has the other. "vm-host" has bondd on this machine, under sanitizers,
and the guest's kernel attached to bondd's simulated radio through a virtual
console. "vm-service" is bondd as `meson install` lays it down, in the hands of
the guest's systemd and system bus; "vm-bluez" is the same bondd, whose bonds go
to bluetoothd and back. The suites run at the same time.
What can't be had (QEMU, the kernel's package, a tool) is a failure.
"""

import argparse
import concurrent.futures
import functools
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
# Of suites that hang; on two free processors each takes about a minute.
GUEST_SECONDS = 600
HOST_SECONDS = 600


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
                            'no verdict' if status is None else status,
                            options.filter != '*')
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
    ran = results.add_gtest('vm-host', report, status, options.filter != '*')
    keep(out, options.build / 'vm-host-logs')
    if results.failed != failed:
        show('the guest', serial)
        show('the tests', out / 'tests.log')
    return ran


def installed(script, kernel, options, results, work):
    """bondd as it is installed, under the guest's systemd, where the script
    writes a line for each case."""
    name = 'vm-' + script
    out = work / 'out'
    out.mkdir()
    subprocess.run(('meson', 'install', '-C', options.build, '--no-rebuild',
                    '--quiet', '--strip', '--destdir', work / 'tree'),
                   check=True)
    root = guest.base(kernel)
    guest.add_systemd(root)
    guest.add_bluetoothd(root)
    guest.add_tree(root, work / 'tree')
    root.copy(guest.HERE / 'installed.sh', 'installed.sh')
    root.copy(guest.HERE / f'{script}.sh', 'suite', 0o755)
    root.write(work / 'initrd')
    serial, cases = out / 'serial.log', out / 'cases'
    status = machine.run(kernel, work / 'initrd', out, serial, GUEST_SECONDS)
    lines = cases.read_text('utf-8').splitlines() if cases.exists() else []
    for line in lines:
        verdict, _, case = line.partition(' ')
        results.add(f'{name} {case}', verdict == 'pass')
    if status is None or not lines:
        results.add(f'{name} gave no verdict', False)
    keep(out, options.build / f'{name}-logs')
    if results.failed:
        show('the guest', serial)
    return len(lines)


SUITES = {
    'vm': in_guest,
    'vm-host': on_host,
    'vm-service': functools.partial(installed, 'service'),
    'vm-bluez': functools.partial(installed, 'bluez'),
}


def run_suite(name, kernel, options):
    """Whether all went well."""
    results = Results(options.results, 'vm')
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix='bondd-vm-') as work:
        try:
            ran = SUITES[name](kernel, options, results, pathlib.Path(work))
            print(f'{name}: {ran} cases, {time.monotonic() - start:.1f} s',
                  flush=True)
        except (GuestError, OSError, subprocess.CalledProcessError) as error:
            print(error, flush=True)
            results.add(name, False)
    return results.failed == 0


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
    try:
        kernel = kernel_package.fetch(ROOT / 'build/vm')
    except (kernel_package.KernelError, OSError,
            subprocess.CalledProcessError) as error:
        print(error)
        Results(options.results, 'vm').add('the kernel', False)
        return 1
    # A guest has one processor, and spends much of its time waiting.
    names = options.suite or list(SUITES)
    if options.filter != '*':
        # The others' cases are no GoogleTest's, and build upon each other.
        names = [name for name in names if name in ('vm', 'vm-host')]
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        went_well = list(pool.map(
            lambda name: run_suite(name, kernel, options), names))
    return 0 if all(went_well) else 1


if __name__ == '__main__':
    sys.exit(main())
