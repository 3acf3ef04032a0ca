"""Writes the guest's root file system: a cpio archive in the `newc` format,
which the kernel unpacks into memory. Needs no root and no mount."""

import pathlib
import re
import stat
import subprocess


class GuestError(Exception):
    """Something that the guest needs is not on this machine."""


class Initramfs:
    """Collects files, then is written out once."""

    def __init__(self):
        self._entries = {}

    def directory(self, path, mode=0o755):
        path = path.strip('/')
        if path and path not in self._entries:
            self.directory(str(pathlib.PurePosixPath(path).parent).lstrip('.'))
            self._entries[path] = (stat.S_IFDIR | mode, b'')

    def file(self, path, content, mode=0o644):
        self._add(path, stat.S_IFREG | mode, content)

    def link(self, path, target):
        self._add(path, stat.S_IFLNK | 0o777, target.encode())

    def copy(self, source, path, mode=0o644):
        self.file(path, pathlib.Path(source).read_bytes(), mode)

    def program(self, source, path):
        """A program with the shared libraries that it needs; those keep their
        paths."""
        source = pathlib.Path(source)
        if not source.exists():
            raise GuestError(f'no such program: {source}')
        self.copy(source, path, 0o755)
        # "name => path (address)" or "path (address)"
        listing = subprocess.run(('ldd', source), text=True,
                                 capture_output=True, check=False).stdout
        if 'not found' in listing:
            raise GuestError(f'{source}: {listing}')
        for library in re.findall(r'(?:^|\s)(/\S+) \(0x', listing):
            self.copy(library, library, 0o755)

    def _add(self, path, mode, content):
        path = path.strip('/')
        self.directory(str(pathlib.PurePosixPath(path).parent).lstrip('.'))
        self._entries[path] = (mode, content)

    def write(self, target):
        with open(target, 'wb') as out:
            for number, (path, entry) in enumerate(self._entries.items(), 1):
                out.write(_record(number, path, *entry))
            out.write(_record(0, 'TRAILER!!!', 0, b''))


def _padded(data):
    return data + b'\0' * (-len(data) % 4)


def _record(number, path, mode, content):
    name = path.encode() + b'\0'
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)
    header = b'070701' + b''.join(b'%08X' % field for field in fields)
    return _padded(header + name) + _padded(content)
