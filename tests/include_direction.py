#!/usr/bin/env python3
"""Holds the table of DESIGN.md, section 1: who may include whom.

usage: include_direction.py ROOT        checks the tree at ROOT
       include_direction.py --self-test checks that the check itself bites

Every #include of every folder is looked at, ours and the libraries'. The
library of a header is told by the header's path.
"""

import fnmatch
import pathlib
import re
import sys
import tempfile

SOURCES = ('.h', '.cc')
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)

# Headers of smp/ that hold values only.
SMP_VALUES = (
    'smp/attempt_policy.h',
    'smp/bond_data.h',
    'smp/keys.h',
    'smp/p256.h',
    'smp/pairing_options.h',
    'smp/types.h',
)

# Which library a <header> belongs to; the first match counts. What matches
# nothing is a library that the table does not know.
LIBRARIES = (
    ('gtest', ('gtest/*', 'gmock/*')),
    ('benchmark', ('benchmark/*',)),
    ('fmt', ('fmt/*',)),
    ('libcrypto', ('openssl/*',)),
    ('libbluetooth', ('bluetooth/*',)),
    ('sqlite', ('sqlite3.h',)),
    ('libinih', ('INIReader.h', 'ini.h')),
    ('nlohmann-json', ('nlohmann/*',)),
    ('CLI11', ('CLI/*',)),
    ('sdbus-c++', ('sdbus-c++/*',)),
    ('libsystemd', ('systemd/*',)),
    # What a folder without I/O has no business with.
    ('std-io', ('iostream', 'fstream', 'filesystem', 'random', 'thread',
                'mutex', 'condition_variable', 'future', 'stdio.h', 'cstdio',
                'time.h', 'ctime')),
    ('std', ('string.h', 'stdint.h', 'stddef.h', 'assert.h', 'limits.h')),
    ('system', ('*.h', 'sys/*', 'linux/*', 'net/*', 'netinet/*', 'arpa/*')),
    ('std', ('*',)),
)

# folder: (patterns of our headers besides its own, libraries besides std)
TABLE = {
    'common': ((), ('fmt', 'std-io', 'system')),
    'smp': (('common/[!lu]*.h',), ('libcrypto',)),
    'hci': (('common/*',), ('libbluetooth', 'fmt', 'std-io', 'system')),
    'sim': (('common/*', 'hci/*'), ('libcrypto', 'fmt', 'std-io', 'system')),
    'bonds': (('common/*', 'smp/crypto.h') + SMP_VALUES,
              ('sqlite', 'libcrypto', 'nlohmann-json', 'fmt', 'std-io',
               'system')),
    'config': (('common/*',) + SMP_VALUES,
               ('libinih', 'fmt', 'std-io', 'system')),
    'dbus': (('common/*',) + SMP_VALUES,
             ('sdbus-c++', 'libsystemd', 'fmt', 'std-io', 'system')),
    'daemon': (('*',),
               ('libsystemd', 'fmt', 'CLI11', 'std-io', 'system')),
    'cli': (('common/*', 'dbus/*proxy.h', 'dbus/agent1_adaptor.h',
             'dbus/sdbus_compat.h'),
            ('sdbus-c++', 'CLI11', 'nlohmann-json', 'fmt', 'std-io',
             'system')),
}
# These may include everything.
FREE = ('tests', 'bench')


def library_of(header):
    for library, patterns in LIBRARIES:
        for pattern in patterns:
            if '/' in header and '/' not in pattern:
                continue
            if fnmatch.fnmatchcase(header, pattern):
                return library
    return None


def allowed(folder, quoted, angled):
    ours, libraries = TABLE[folder]
    if quoted:
        own = quoted.startswith(folder + '/')
        return own or any(fnmatch.fnmatchcase(quoted, p) for p in ours)
    library = library_of(angled)
    return library == 'std' or library in libraries


def check(root):
    """Returns the number of files looked at and the list of complaints."""
    files, complaints = 0, []
    for source in sorted(root.rglob('*')):
        place = source.relative_to(root)
        folder = place.parts[0]
        if source.suffix not in SOURCES or folder.startswith(('.', 'build')):
            continue
        files += 1
        if folder in FREE:
            continue
        if folder not in TABLE:
            complaints.append(f'{place}: the folder is not in the table')
            continue
        text = source.read_text(encoding='utf-8')
        for match in INCLUDE.finditer(text):
            if not allowed(folder, *match.groups()):
                line = text.count('\n', 0, match.end(0)) + 1
                header = match.group(1) or match.group(2)
                complaints.append(
                    f'{place}:{line}: {folder}/ may not include {header}')
    return files, complaints


def self_test():
    """Each forbidden arrow alone fails the check; the allowed ones pass."""
    good = {
        'common/a.h': '#include <fmt/core.h>\n#include <vector>',
        'smp/a.cc': '#include "smp/a.h"\n#include <openssl/evp.h>\n'
                    '#include "common/bytes.h"\n#include <string.h>',
        'hci/a.cc': '#include <sys/socket.h>\n#include <bluetooth/hci.h>',
        'sim/a.cc': '#include "hci/transport.h"\n#include <openssl/aes.h>',
        'bonds/a.cc': '#include "smp/crypto.h"\n#include <sqlite3.h>',
        'config/a.cc': '#include "smp/types.h"\n#include <INIReader.h>',
        'dbus/a.cc': '#include <sdbus-c++/sdbus-c++.h>',
        'daemon/a.cc': '#include "smp/pairing.h"\n#include "hci/controller.h"',
        'cli/a.cc': '#include <CLI/CLI.hpp>',
        'tests/smp/a.cc': '#include "smp/a.h"\n#include "hci/a.h"',
    }
    bad = [
        ('common/b.h', '#include "smp/types.h"'),
        ('common/b.h', '#include <openssl/evp.h>'),
        ('smp/b.cc', '#include "hci/events.h"'),
        ('smp/b.cc', '  #  include "bonds/store.h"'),
        ('smp/phases/b.cc', '#include <sys/socket.h>'),
        ('smp/b.cc', '#include <unistd.h>'),
        ('smp/b.cc', '#include <random>'),
        ('smp/b.cc', '#include <fmt/core.h>'),
        ('smp/b.cc', '#include "common/log.h"'),
        ('smp/b.cc', '#include "common/unique_fd.h"'),
        ('smp/b.cc', '#include "types.h"'),
        ('hci/b.cc', '#include "smp/types.h"'),
        ('hci/b.cc', '#include <openssl/evp.h>'),
        ('hci/b.cc', '#include <systemd/sd-event.h>'),
        ('sim/b.cc', '#include "smp/crypto.h"'),
        ('sim/b.cc', '#include <bluetooth/hci.h>'),
        ('bonds/b.cc', '#include "smp/pairing.h"'),
        ('bonds/b.cc', '#include "hci/events.h"'),
        ('config/b.cc', '#include "smp/crypto.h"'),
        ('config/b.cc', '#include "bonds/store.h"'),
        ('dbus/b.cc', '#include "bonds/store.h"'),
        ('dbus/b.cc', '#include <sqlite3.h>'),
        ('cli/b.cc', '#include "smp/types.h"'),
        ('cli/b.cc', '#include <openssl/evp.h>'),
        ('daemon/b.cc', '#include <sqlite3.h>'),
        ('daemon/b.cc', '#include <boost/asio.hpp>'),
        ('elsewhere/b.cc', '#include <vector>'),
    ]
    failures = 0
    for name, text in [(None, None)] + bad:
        with tempfile.TemporaryDirectory() as folder:
            tree = dict(good)
            if name:
                tree[name] = '#include <array>\n' + text + '\n'
            for path, content in tree.items():
                file = pathlib.Path(folder) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content, encoding='utf-8')
            files, complaints = check(pathlib.Path(folder))
        expected = 1 if name else 0
        if files != len(tree) or len(complaints) != expected or (
            name and not complaints[0].startswith(name + ':')):
            failures += 1
            print(f'{name or "the allowed tree"}: {text}: {complaints}')
    print(f'{1 + len(bad)} trees, {failures} wrongly judged')
    return 1 if failures else 0


def main():
    if sys.argv[1:] == ['--self-test']:
        return self_test()
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    files, complaints = check(pathlib.Path(sys.argv[1]))
    for complaint in complaints:
        print(complaint)
    print(f'{files} files, {len(complaints)} forbidden arrows')
    return 1 if complaints or files == 0 else 0


if __name__ == '__main__':
    sys.exit(main())
