#!/usr/bin/env python3
"""install_test.py BUILD PREFIX SYSCONFDIR: what `meson install` lays down is a
service that systemd and D-Bus can start.

The tree goes into a folder of its own; the programs in it are run, but nothing
of it is given to the machine's own systemd or bus.
"""

import configparser
import pathlib
import re
import stat
import subprocess
import sys
import tempfile

EX_CONFIG = 78


class Installed:
    """The installed tree, and the problems found in it."""

    def __init__(self, root, prefix, sysconfdir):
        self.root = root
        self.prefix = root / prefix.lstrip('/')
        self.sysconfdir = root / sysconfdir.lstrip('/')
        self.problems = []

    def expect(self, right, problem):
        if not right:
            self.problems.append(problem)

    def file(self, path, mode):
        """Whether a plain file is there, for everybody to read."""
        if not path.is_file():
            self.problems.append(f'{path} is missing')
            return False
        have = stat.S_IMODE(path.stat().st_mode)
        self.expect(have == mode, f'{path} has mode {have:o}, not {mode:o}')
        return True

    def at(self, path):
        """Where a path of the installed system is in the tree."""
        return self.root / str(path).lstrip('/')


def unit_settings(file):
    """All `Key=value` of a unit; the last one wins, which is enough here."""
    pairs = re.findall(r'^(\w+)=(.*)$', file.read_text('utf-8'), flags=re.M)
    return dict(pairs)


def check_files(tree):
    share = tree.prefix / 'share/dbus-1'
    files = {
        tree.prefix / 'sbin/bondd': 0o755,
        tree.prefix / 'bin/bondctl': 0o755,
        tree.prefix / 'share/man/man1/bondctl.1': 0o644,
        tree.prefix / 'share/man/man5/bondd.conf.5': 0o644,
        tree.prefix / 'share/man/man8/bondd.8': 0o644,
        tree.prefix / 'share/bash-completion/completions/bondctl': 0o644,
        tree.prefix / 'share/zsh/site-functions/_bondctl': 0o644,
        tree.prefix / 'lib/systemd/system/bondd.service': 0o644,
        tree.prefix / 'lib/sysusers.d/bondd.conf': 0o644,
        share / 'system.d/org.bondd.conf': 0o644,
        share / 'system-services/org.bondd.service': 0o644,
        tree.sysconfdir / 'bondd/bondd.conf': 0o644,
    }
    return all([tree.file(path, mode) for path, mode in files.items()])


def check_program(tree, unit):
    """The unit starts what was installed, with the configuration that was,
    which names no adapter and is good in all else."""
    words = unit['ExecStart'].split()
    program = tree.at(words[0])
    if not tree.file(program, 0o755):
        return
    config = tree.at(words[words.index('--config') + 1])
    with tempfile.TemporaryDirectory() as state:
        done = subprocess.run((program, '--config', config, '--state-dir',
                               state), stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, check=False, timeout=60)
    tree.expect(done.returncode == EX_CONFIG and 'adapter' in done.stderr,
                f'{program} ended with {done.returncode}: {done.stderr}')
    tree.expect(unit['RestartPreventExitStatus'] == str(EX_CONFIG),
                'systemd would restart a daemon that names no adapter')


def check_activation(tree, unit):
    parser = configparser.ConfigParser()
    parser.read(tree.prefix / 'share/dbus-1/system-services/org.bondd.service')
    service = parser['D-BUS Service']
    tree.expect(service['Name'] == 'org.bondd', 'activates another name')
    # Only the link that `systemctl enable` makes has this name.
    tree.expect(service['SystemdService'] == unit['Alias'],
                'activates another unit')


def check_user(tree, unit):
    """systemd-sysusers makes the user that the unit and the policy name."""
    (tree.root / 'etc').mkdir(exist_ok=True)
    done = subprocess.run(('systemd-sysusers', f'--root={tree.root}',
                           tree.prefix / 'lib/sysusers.d/bondd.conf'),
                          text=True, capture_output=True, check=False)
    tree.expect(done.returncode == 0, f'systemd-sysusers: {done.stderr}')
    for name, wanted in (('passwd', 'User'), ('group', 'Group')):
        file = tree.root / 'etc' / name
        lines = file.read_text('utf-8').splitlines() if file.exists() else []
        tree.expect(any(line.startswith(unit[wanted] + ':') for line in lines),
                    f'no {wanted} {unit[wanted]}')
    policy = tree.prefix / 'share/dbus-1/system.d/org.bondd.conf'
    text = policy.read_text('utf-8')
    tree.expect(f'user="{unit["User"]}"' in text, 'the policy: another user')
    tree.expect(f'group="{unit["Group"]}"' in text, 'the policy: other group')


def main():
    build, prefix, sysconfdir = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(('meson', 'install', '-C', build, '--no-rebuild',
                        '--quiet', '--destdir', folder), check=True)
        tree = Installed(pathlib.Path(folder), prefix,
                         str(pathlib.PurePosixPath('/', prefix, sysconfdir)))
        if check_files(tree):
            unit = unit_settings(tree.prefix /
                                 'lib/systemd/system/bondd.service')
            check_program(tree, unit)
            check_activation(tree, unit)
            check_user(tree, unit)
        for problem in tree.problems:
            print(problem)
    return 1 if tree.problems else 0


if __name__ == '__main__':
    sys.exit(main())
