"""Debian's kernel for the guest: downloaded, unpacked, never installed.

The kernel has to be 6.12 or later: earlier ones fail their own P-256
self-test under QEMU's software emulation and then offer no Security Manager.
"""

import lzma
import pathlib
import re
import shutil
import subprocess
import zlib

# Debian 12 has 6.12 under the first name, Debian 13 under the second.
META_PACKAGES = ('linux-image-6.12-amd64', 'linux-image-amd64')
OLDEST = (6, 12)


class KernelError(Exception):
    """The kernel package can't be had."""


def _output(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else ''


def _find_package():
    """The name of the newest kernel image package that will do, or None."""
    for meta in META_PACKAGES:
        found = re.search(r'Depends: (linux-image-(\d+)\.(\d+)\S*)',
                          _output('apt-cache', 'depends', meta))
        if found and (int(found[2]), int(found[3])) >= OLDEST:
            return found[1]
    return None


def _download(package, folder):
    """Puts the package's .deb into the folder and returns its path."""
    for refresh in (False, True):
        if refresh:
            subprocess.run(('apt-get', '-qq', 'update'), check=False,
                           stdin=subprocess.DEVNULL)
        done = subprocess.run(('apt-get', 'download', package), cwd=folder,
                              stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, check=False)
        files = list(folder.glob(f'{package}_*.deb'))
        if done.returncode == 0 and files:
            return files[0]
    raise KernelError(f'{package} could not be downloaded: {done.stderr}')


def _decompressed_at(data, start):
    """What is compressed at `start`, or nothing if that is no archive."""
    try:
        if data[start] == 0xfd:
            return lzma.LZMADecompressor().decompress(data[start:])
        if data[start] == 0x1f:
            return zlib.decompressobj(31).decompress(data[start:])
        return subprocess.run(('zstd', '-dcq'), input=data[start:],
                              capture_output=True, check=False).stdout
    except (lzma.LZMAError, zlib.error):
        return b''


def _extract_elf(image, target):
    """Writes the ELF kernel inside a bzImage: QEMU starts it directly (PVH),
    which saves the guest from decompressing it under emulation."""
    data = image.read_bytes()
    for magic in (b'\xfd7zXZ\0', b'\x28\xb5\x2f\xfd', b'\x1f\x8b\x08'):
        start = data.find(magic)
        while start > 0:
            kernel = _decompressed_at(data, start)
            if kernel.startswith(b'\x7fELF'):
                target.write_bytes(kernel)
                return
            start = data.find(magic, start + 1)
    raise KernelError(f'{image} holds no ELF kernel')


class Kernel:
    """An unpacked kernel package: `vmlinux` and the modules beside it."""

    def __init__(self, folder):
        self.folder = folder
        self.vmlinux = folder / 'vmlinux'

    @property
    def version(self):
        return next((self.folder / 'lib/modules').iterdir()).name

    def modules(self, names):
        """The modules' files with all they depend on, in loading order; what
        is built into the kernel has none."""
        files = []
        for name in names:
            listing = subprocess.run(
                ('/sbin/modprobe', '-d', self.folder, '-S', self.version,
                 '--show-depends', name),
                text=True, capture_output=True, check=False)
            if listing.returncode != 0:
                raise KernelError(f'no module {name}: {listing.stderr}')
            for line in listing.stdout.splitlines():
                kind, _, path = line.partition(' ')
                path = pathlib.Path(path.strip())
                if kind == 'insmod' and path not in files:
                    files.append(path)
        return files


def fetch(cache):
    """The kernel, out of the folder `cache` when it is there already."""
    package = _find_package()
    if package is None:
        subprocess.run(('apt-get', '-qq', 'update'), check=False,
                       stdin=subprocess.DEVNULL)
        package = _find_package()
    if package is None:
        raise KernelError('none of the packages ' + ', '.join(META_PACKAGES) +
                          ' gives a kernel of 6.12 or later')
    kernel = Kernel(cache / package)
    if kernel.vmlinux.exists():
        return kernel
    cache.mkdir(parents=True, exist_ok=True)
    fresh = cache / (package + '.new')
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    deb = _download(package, fresh)
    subprocess.run(('dpkg', '-x', deb, fresh), check=True)
    deb.unlink()
    if not (fresh / 'lib').exists():
        # Debian 13's: everything is below usr.
        (fresh / 'lib').symlink_to('usr/lib')
    version = next((fresh / 'lib/modules').iterdir()).name
    subprocess.run(('/sbin/depmod', '-b', fresh, version), check=True)
    _extract_elf(next((fresh / 'boot').glob('vmlinuz-*')), fresh / 'vmlinux')
    fresh.rename(kernel.folder)
    return kernel


def load(file):
    """A module's octets, decompressed."""
    data = file.read_bytes()
    return lzma.decompress(data) if file.suffix == '.xz' else data
